package reconcile_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/store"
)

// service is where mailboxes are, as a driver would show it, by address: what each
// answers is set by a test, and how often each was asked is counted.
type service struct {
	source string

	mu    sync.Mutex
	boxes map[string]calendar.Reading
	asked map[string]int
	sizes []int // of the calls
	away  error // it cannot be opened
	ears  int   // open at present
	begun int   // ears opened ever
	tells func(calendar.Notice)
	heard []calendar.Mailbox // of the last ear
	deaf  chan error         // what an ear ends with
}

// in puts a mailbox there.
func (s *service) in(address string, r calendar.Reading) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.boxes[address] = r
}

func (s *service) says(address string, state calendar.State) {
	s.in(address, calendar.Reading{Health: calendar.Health{State: state, Sentence: string(state)}})
}

// holds puts a mailbox there that is read in a way and has one meeting.
func (s *service) holds(address string, way calendar.WayKind, from, to time.Time) {
	s.in(address, calendar.Reading{Health: calendar.Health{State: calendar.Fine}, Way: calendar.Way{Kind: way, Server: "2016"},
		Events: []calendar.Event{{Key: address + from.String(), Start: from, End: to, ShowAs: calendar.Busy, Sensitivity: calendar.Normal, Others: calendar.Yes}}})
}

func (s *service) Read(_ context.Context, boxes []calendar.Mailbox, _ calendar.Window) []calendar.Reading {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sizes = append(s.sizes, len(boxes))
	all := make([]calendar.Reading, len(boxes))
	for i, m := range boxes {
		s.asked[m.Address]++
		var ok bool
		if all[i], ok = s.boxes[m.Address]; !ok {
			all[i].Health.State = calendar.NoMailbox
		}
		all[i].Events = slices.Clone(all[i].Events)
		all[i].Same = all[i].Same && m.Way.Mark != ""
	}
	return all
}

// times is how often a mailbox was asked for since the last time this was called.
func (s *service) times(address string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.asked[address]
	delete(s.asked, address)
	return n
}

// Listen is an ear that a test tells through.
func (s *service) listen(ctx context.Context, boxes []calendar.Mailbox, tell func(calendar.Notice)) error {
	s.mu.Lock()
	s.ears++
	s.begun++
	s.tells, s.heard = tell, boxes
	deaf := s.deaf
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.ears--
		s.mu.Unlock()
	}()
	for _, b := range boxes {
		tell(calendar.Notice{Person: b.Person, What: calendar.Listening})
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case err := <-deaf:
		return err
	}
}

// plant is a workplace whose calendars are in services.
type plant struct {
	*workplace
	cloud    *service // of the directory's own connection
	services map[string]*service
}

// newPlant hires n people and reads nothing yet; their calendars are in services, of
// which cloud is connected where that is asked for.
func newPlant(t *testing.T, n int, cloud bool, change func(*organization.Calendar)) *plant {
	t.Helper()
	p := &plant{workplace: newWorkplace(t, n, change), services: map[string]*service{}}
	p.reconciler.OpenCalendar = func(_ context.Context, _ organization.ID, source string) (reconcile.Calendar, error) {
		s := p.services[source]
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.away != nil {
			return reconcile.Calendar{}, s.away
		}
		return reconcile.Calendar{Reader: s, Listen: s.listen}, nil
	}
	if cloud {
		p.cloud = p.connect(p.source, organization.Connection{Live: organization.Live{All: true}})
	}
	return p
}

// connect connects a source's calendars.
func (p *plant) connect(source string, c organization.Connection) *service {
	p.Helper()
	c.Source = source
	p.must(p.org.PutConnection(p.ctx, c, 0))
	p.services[source] = &service{source: source, boxes: map[string]calendar.Reading{}, asked: map[string]int{}, deaf: make(chan error, 1)}
	return p.services[source]
}

// server connects an Exchange server.
func (p *plant) server(c organization.Connection) *service {
	p.Helper()
	s, err := p.org.AddSource(p.ctx, organization.Source{Name: "Exchange", Kind: organization.Exchange, Settings: map[string]string{"url": "https://mail.foretag.se/EWS/Exchange.asmx"}})
	p.must(err)
	return p.connect(s.ID, c)
}

// entry adds somebody to the register by hand.
func (p *plant) byHand(name, department string) (id, address string) {
	p.Helper()
	address = name + "@foretag.se"
	s, err := p.org.AddSubscriber(p.ctx, pbx.Subscriber{Fields: pbx.Fields{pbx.DisplayName: name, pbx.Mail: address, pbx.Department: department}})
	p.must(err)
	return s.ID, address
}

// address is that of somebody in the directory.
func (p *plant) address(person string) string {
	p.Helper()
	who, err := p.org.Person(p.ctx, p.source, person)
	p.must(err)
	return who.Get(directory.Mail)
}

// settles does all that is due now, of every service, and fails where it never ends.
func (p *plant) settles() {
	p.Helper()
	p.must(p.reconciler.Enroll(p.ctx, p.org.ID()))
	for range 6 {
		due, err := p.store.DueMailboxes(p.ctx, p.now, 1000)
		p.must(err)
		if len(due) == 0 {
			p.computes()
			p.tells()
			return
		}
		sources := map[string]bool{}
		for _, d := range due {
			sources[d.Source] = true
		}
		for source := range sources {
			p.must(p.reconciler.Pass(p.ctx, p.org.ID(), source))
		}
	}
	p.Fatal("mailboxes are due for ever")
}

// passes lets time go by and does what is due then.
func (p *plant) passes(d time.Duration) {
	p.Helper()
	p.comes(p.now.Add(d))
	p.settles()
}

// wantsIn fails where another service reads somebody.
func (p *plant) wantsIn(person string, s *service, health calendar.State) store.Mailbox {
	p.Helper()
	m := p.wantsHealth(person, health)
	if m.Source != s.source {
		p.Errorf("the mailbox is read from another source")
	}
	return m
}
