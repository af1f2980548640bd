package reconcile

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// pass is one reading of some mailboxes of a source.
type pass struct {
	*Reconciler
	*terms
	org    store.Org
	source string
	began  time.Time
	heard  map[string]store.Subscription // by person, where Microsoft tells of changes
	silent []store.Subscription          // those that turned out not to
}

// seen is a mailbox that has been read: whose, over which time, what came of it.
type seen struct {
	store.Subject
	window calendar.Window
	calendar.Reading
	wanted string // a sum of what was asked for
	hash   []byte // of the events
}

// readMailboxes reads at most 100 mailboxes and keeps what came of each: its
// agenda, the day that follows, and what is to be told of it, in one transaction.
// One that could not be read keeps its last agenda and says why; it is tried again
// ever more rarely, and holds up no other.
func (r *Reconciler) readMailboxes(ctx context.Context, org organization.ID, source string, people []string) error {
	o := r.Store.In(org)
	t, err := r.terms(ctx, o)
	if err != nil {
		return err
	}
	p := &pass{Reconciler: r, terms: t, org: o, source: source, began: r.Now()}
	subjects, err := o.Subjects(ctx, people, false)
	if err != nil {
		return err
	}
	subjects = slices.DeleteFunc(subjects, func(s store.Subject) bool { return s.Source != source }) // read by another since
	if err := p.listen(ctx); err != nil {
		return err
	}
	cal, err := r.OpenCalendar(ctx, org, source)
	if err != nil {
		return p.shut(ctx, subjects, err)
	}
	all := p.ask(ctx, cal.Reader, subjects, p.window)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	p.askOn(ctx, cal.Reader, all)
	return p.keepAll(ctx, all)
}

// window is the time that is read of a mailbox: from the beginning of yesterday,
// by its own clock.
func (p *pass) window(zone *time.Location) calendar.Window {
	today := calendar.DateOf(p.began.In(zone))
	return calendar.Window{From: today.Add(-1).Midnight(zone), To: today.Add(max(p.Reading.Ahead, dayAhead)).Midnight(zone)}
}

// ask reads mailboxes, those of one zone together, because their days are the
// same.
func (p *pass) ask(ctx context.Context, reader calendar.Source, subjects []store.Subject, window func(*time.Location) calendar.Window) []seen {
	all := make([]seen, len(subjects))
	zones := map[*time.Location][]int{}
	for i, s := range subjects {
		zone := p.zoneOf(s)
		zones[zone] = append(zones[zone], i)
	}
	var group sync.WaitGroup
	for zone, at := range zones {
		group.Go(func() {
			w := window(zone)
			boxes := make([]calendar.Mailbox, len(at))
			for n, i := range at {
				s := subjects[i]
				boxes[n] = s.Calendar()
				boxes[n].Zone, boxes[n].Keep = zone, p.keep(s.Person, s.Preference)
			}
			for n, r := range readWhole(ctx, reader, boxes, w, func(n int) bool { return sum(boxes[n], w) == subjects[at[n]].Wanted }) {
				all[at[n]] = seen{Subject: subjects[at[n]], window: w, Reading: r, wanted: sum(boxes[n], w)}
			}
		})
	}
	group.Wait()
	return all
}

// readWhole reads, and reads once more whole those of which nothing has changed
// though now something else is wanted of them than before: other days, or more.
func readWhole(ctx context.Context, reader calendar.Source, boxes []calendar.Mailbox, w calendar.Window, wantedBefore func(n int) bool) []calendar.Reading {
	readings := reader.Read(ctx, boxes, w)
	var again []calendar.Mailbox
	var at []int
	for n, r := range readings {
		if r.Same && !wantedBefore(n) {
			box := boxes[n]
			box.Way = r.Way
			box.Way.Mark = "" // which is by what a source knows what it told before
			again, at = append(again, box), append(at, n)
		}
	}
	if len(again) == 0 {
		return readings
	}
	for i, r := range reader.Read(ctx, again, w) {
		if readings[at[i]] = r; r.Same {
			readings[at[i]].Health = calendar.Health{State: calendar.Failed, Sentence: "unchanged, and asked for whole"}
		}
	}
	return readings
}

// sum is a short text that is the same where the same is wanted of a mailbox. It
// differs each day: once a day everything is read, whatever a source says.
func sum(box calendar.Mailbox, w calendar.Window) string {
	all := sha256.Sum256([]byte(asText(box.Keep, w.From.UnixMilli(), w.To.UnixMilli())))
	return base64.RawURLEncoding.EncodeToString(all[:9])
}

// askOn reads those on whose absence reaches the end of their window, as far as is
// read at all. Where that fails it is not known when they come back, no more.
func (p *pass) askOn(ctx context.Context, reader calendar.Source, all []seen) {
	var away []store.Subject
	index := map[string]int{}
	for i, s := range all {
		if s.Reading.Health.State == calendar.Fine && !s.Same && p.Reading.Far > p.Reading.Ahead && p.awayAtEnd(s) {
			away = append(away, s.Subject)
			index[s.Person] = i
		}
	}
	if len(away) == 0 {
		return
	}
	further := p.ask(ctx, reader, away, func(zone *time.Location) calendar.Window {
		today := calendar.DateOf(p.began.In(zone))
		return calendar.Window{From: p.window(zone).To, To: today.Add(p.Reading.Far).Midnight(zone)}
	})
	for _, f := range further {
		if f.Reading.Health.State != calendar.Fine {
			continue
		}
		s := &all[index[f.Person]]
		s.Events = joined(s.Events, f.Events)
		s.window.To = f.window.To
	}
}

// joined are the events of two windows that adjoin; one that lies in both is one.
func joined(near, far []calendar.Event) []calendar.Event {
	have := make(map[string]bool, len(near))
	for _, e := range near {
		have[e.Key] = true
	}
	for _, e := range far {
		if !have[e.Key] {
			near = append(near, e)
		}
	}
	return near
}

// awayAtEnd is true where something of a day or longer reaches the end of what was
// read and proposes that she is away.
func (p *pass) awayAtEnd(s seen) bool {
	zone, end := p.zoneOf(s.Subject), s.window.To
	var long []calendar.Event
	for _, e := range s.Events {
		if from, to := e.Span(zone); !to.Before(end) && from.Before(end) && to.Sub(from) >= 23*time.Hour {
			long = append(long, e)
		}
	}
	if len(long) == 0 {
		return false
	}
	in := p.input(s.Subject, end.Add(-time.Hour), end)
	in.Calendar, in.Events, in.Known = true, long, end
	in.Choice, in.OnReplies, in.OffHours = activity.Choice{}, "", ""
	span, ok := activity.Make(in).At(end.Add(-time.Minute))
	return ok && span.State.Key != activity.Available && !span.State.Open
}

// keepAll keeps what came of the readings.
func (p *pass) keepAll(ctx context.Context, all []seen) error {
	var rows []store.ReadingRow
	var changed []seen
	var away error
	for _, s := range all {
		if s.ReadAt.IsZero() || readable(s.Reading.Health.State) != readable(s.Subject.Health.State) {
			p.readable.add(p.org.ID())
			defer p.wake(WorkEvents)
		}
		switch {
		case s.Reading.Health.State == calendar.NoSource:
			away = &sourceAway{s.Reading.Health} // the connection's, not hers
			if len(s.Sought) > 0 {
				rows = append(rows, p.unread(s)) // another may have it
			}
			continue
		case s.Reading.Health.State != calendar.Fine:
			rows = append(rows, p.unread(s))
			continue
		case s.Same: // of what was covered before, and no more
			s.window = calendar.Window{From: s.CoversFrom, To: s.CoversTo}
			rows = append(rows, p.fine(s))
			continue
		}
		zone := p.zoneOf(s.Subject)
		s.Events, _ = p.tidy(s.Events, zone, p.began)
		if s.hash = calendar.Hash(s.Events); bytes.Equal(s.hash, s.Subject.Hash) {
			rows = append(rows, p.fine(s))
			continue
		}
		changed = append(changed, s)
	}
	more, err := p.fold(ctx, changed)
	if err != nil {
		return err
	}
	if rows = append(rows, more...); len(rows) > 0 {
		if _, err := p.org.SaveReadings(ctx, rows); err != nil {
			return fmt.Errorf("keep readings: %w", err)
		}
		if slices.ContainsFunc(rows, func(r store.ReadingRow) bool { return r.Source != "" }) {
			p.readable.add(p.org.ID()) // who is told of by whom has changed
			p.wake(WorkEvents)
			p.wake(WorkMailboxes)
		}
		if slices.ContainsFunc(all, func(s seen) bool { return s.Reading.Way.Kind.Heard() != s.Subject.Way.Kind.Heard() }) {
			p.ears.ring()
		}
		p.wake(WorkClock)
	}
	if slices.ContainsFunc(all, func(s seen) bool { return s.ReadAt.IsZero() && s.Reading.Health.State == calendar.Fine }) {
		if err := p.settingsSoon(ctx); err != nil {
			return err
		}
	}
	if err := p.org.PutSubscriptions(ctx, p.source, p.silent); err != nil {
		return fmt.Errorf("note silence: %w", err)
	}
	if away != nil {
		return p.hold(ctx, away)
	}
	p.troubles.over(place{p.org.ID(), p.source, ""})
	return nil
}

// shut is what comes of a connection that could not even be opened: it waits, and
// mailboxes that are sought are asked for elsewhere.
func (p *pass) shut(ctx context.Context, subjects []store.Subject, err error) error {
	var rows []store.ReadingRow
	for _, s := range subjects {
		if len(s.Sought) > 0 && ctx.Err() == nil {
			rows = append(rows, p.unread(seen{Subject: s, Reading: calendar.Reading{Health: calendar.Health{State: calendar.NoSource}}}))
		}
	}
	if _, err := p.org.SaveReadings(ctx, rows); err != nil {
		return fmt.Errorf("keep readings: %w", err)
	}
	return p.hold(ctx, err)
}

// fold puts what was read in place of what its window covers, and makes the days
// that follow.
func (p *pass) fold(ctx context.Context, changed []seen) ([]store.ReadingRow, error) {
	if len(changed) == 0 {
		return nil, nil
	}
	byPerson := make(map[string]seen, len(changed))
	people := make([]string, len(changed))
	for i, s := range changed {
		byPerson[s.Person], people[i] = s, s.Person
	}
	before, err := p.org.Subjects(ctx, people, true)
	if err != nil {
		return nil, err
	}
	rows := make([]store.ReadingRow, len(before))
	for i, b := range before {
		s := byPerson[b.Person]
		zone, keep := p.zoneOf(s.Subject), p.keep(s.Person, b.Preference)
		p.hark(s, b.Agenda, zone)
		row := p.fine(s)
		row.Hash = s.hash
		row.Agenda = append(p.behind(b.Agenda, s, zone, keep), s.Events...)
		b.Agenda, b.CoversFrom, b.CoversTo = row.Agenda, row.CoversFrom, row.CoversTo
		day := p.day(b, p.began)
		row.Day = &day
		rows[i] = row
	}
	return rows, nil
}

// behind is what is kept of an agenda from before the window, no more of it than
// is kept now. An event that was moved into the window is in there.
func (p *pass) behind(agenda []calendar.Event, s seen, zone *time.Location, keep *calendar.Keep) []calendar.Event {
	moved := make(map[string]bool, len(s.Events))
	for _, e := range s.Events {
		moved[e.Key] = true
	}
	var kept []calendar.Event
	for _, e := range agenda {
		if _, to := e.Span(zone); to.After(s.window.From) || moved[e.Key] {
			continue
		}
		if e, ok := keep.Again(e); ok {
			kept = append(kept, e)
		}
	}
	kept, _ = p.tidy(kept, zone, p.began)
	return kept
}
