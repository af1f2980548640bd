package reconcile_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"testing"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/drivers"
	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/reconcile"
)

// serverRoom is a workplace with a simulated Exchange of its own, beside Microsoft
// 365 or without it.
type serverRoom struct {
	*plant
	x      *m365.Exchange
	source string // the server's
}

func newServerRoom(t *testing.T, n int, o m365.ExchangeOptions, way m365.ExchangeTLS) *serverRoom {
	t.Helper()
	r := &serverRoom{plant: &plant{workplace: newWorkplace(t, n, nil)}}
	r.drivers.Dial = drivers.Guard([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")})
	monitor := r.hire("Monitor", "Tjänst", nil)
	who, err := r.tenant.Person(monitor)
	r.must(err)
	o.Accounts = []m365.ExchangeAccount{{User: "monitor", Password: "Hemligt!23", Mailbox: who.Mail}}
	r.x = m365.NewExchange(r.tenant, o)
	r.must(r.x.Start("127.0.0.1:0", way))
	t.Cleanup(func() { _ = r.x.Close() })
	values := map[string]string{"url": r.x.URL(), "user": `EXEMPEL\monitor`}
	if way == m365.ModernTLS {
		sum := sha256.Sum256(r.x.Certificate())
		values["fingerprint"] = hex.EncodeToString(sum[:])
	}
	s, err := r.org.AddSource(r.ctx, organization.Source{Name: "Exchange", Kind: organization.Exchange, Settings: values})
	r.must(err)
	r.source = s.ID
	r.password("Hemligt!23")
	r.must(r.org.PutConnection(r.ctx, organization.Connection{Source: r.source, Live: organization.Live{All: true}}, 0))
	return r
}

// password gives the server's account another, as on its page.
func (r *serverRoom) password(word string) {
	r.Helper()
	sealed, err := r.key.Seal([]byte(word), organization.Sealed(r.org.ID(), r.source, string(organization.Secret)))
	r.must(err)
	_, err = r.org.AddCredential(r.ctx, r.source, organization.Credential{Kind: organization.Secret}, sealed)
	r.must(err)
}

func (r *serverRoom) own(people ...string) {
	r.Helper()
	for _, p := range people {
		r.must(r.tenant.ChangeMailbox(p, func(m *m365.Mailbox) { m.State = m365.OnPremises }))
	}
}

// sweeps lets time go by in steps, with all that is due in each.
func (r *serverRoom) sweeps(d, step time.Duration) {
	r.Helper()
	for until := r.now.Add(d); r.now.Before(until); {
		r.passes(step)
	}
}

func TestTwoServersNeedNoSettingPerPerson(t *testing.T) {
	r := newServerRoom(t, 4, m365.ExchangeOptions{}, m365.NoTLS)
	r.must(r.x.GrantImpersonation("monitor", "*"))
	r.must(r.org.PutConnection(r.ctx, organization.Connection{Source: r.workplace.source, Live: organization.Live{All: true}}, 0))
	for _, p := range r.people {
		r.meeting(p, "10:00", "11:00")
	}
	r.own(r.people[:2]...)
	r.settles()
	for i, p := range r.people {
		m := r.wantsHealth(p, calendar.Fine)
		if here := m.Source == r.source; here != (i < 2) || here && m.Way.Kind != calendar.Impersonation {
			t.Errorf("the %dth: on the server %v, by %q", i, here, m.Way.Kind)
		}
	}
	r.at("10:00")
	for _, p := range r.people {
		r.wantsTold(p, "meeting until 11:00")
	}
	r.must(r.tenant.ChangeMailbox(r.people[0], func(m *m365.Mailbox) { m.State = m365.Live }))
	r.own(r.people[3])
	r.passes(2 * time.Hour)
	for i, p := range r.people {
		if m := r.wantsHealth(p, calendar.Fine); (m.Source == r.source) != (i == 1 || i == 3) || len(m.Agenda) != 1 {
			t.Errorf("after two were moved the %dth is on the server: %v, with %d events", i, m.Source == r.source, len(m.Agenda))
		}
	}
}

func TestACertificateThatIsAnother(t *testing.T) {
	r := newServerRoom(t, 1, m365.ExchangeOptions{}, m365.ModernTLS)
	r.must(r.x.GrantEverybody(m365.RightLimitedDetails))
	r.own(r.people[0])
	r.meeting(r.people[0], "10:00", "17:00")
	r.settles()
	r.at("10:00")
	r.must(r.x.Renew())
	r.must(r.x.Fault(m365.ExchangeFault{Kind: m365.ExchangeCut, Times: 4})) // what stood open ends
	r.sweeps(20*time.Minute, 5*time.Minute)
	r.wantsTold(r.people[0], "meeting until 17:00")
	r.wantsHealth(r.people[0], calendar.Fine)
	if trouble, hindered := r.reconciler.Trouble(r.org.ID(), r.source); !hindered || trouble.Reason.Code != "exchange.fingerprint" {
		t.Errorf("the trouble is %+v", trouble)
	}
}

func TestHalfTheMailboxesGone(t *testing.T) {
	r := newServerRoom(t, 20, m365.ExchangeOptions{}, m365.NoTLS)
	r.must(r.x.GrantEverybody(m365.RightLimitedDetails))
	r.own(r.people...)
	for _, p := range r.people {
		r.meeting(p, "10:00", "17:00")
	}
	r.settles()
	r.at("10:00")
	r.must(r.x.Fault(m365.ExchangeFault{Kind: m365.ExchangeError, Share: .5, Code: "ErrorNonExistentMailbox", Times: m365.Forever}))
	r.passes(10 * time.Minute)
	states := map[calendar.State]int{}
	for _, p := range r.people {
		r.wantsTold(p, "meeting until 17:00")
		states[r.box(p).Health.State]++
	}
	if states[calendar.Fine]+states[calendar.NoMailbox] != 20 || states[calendar.NoMailbox] < 3 || states[calendar.Fine] < 3 {
		t.Errorf("they are %v", states)
	}
	r.x.ResetRequests()
	r.sweeps(30*time.Minute, 5*time.Minute)
	if n := r.x.Count("GetUserAvailability"); n > 8 {
		t.Errorf("six sweeps took %d requests", n)
	}
	r.x.ClearFaults()
	r.passes(2 * time.Hour)
	for _, p := range r.people {
		r.wantsHealth(p, calendar.Fine)
	}
}

func TestARightTakenAwayAtTheServer(t *testing.T) {
	r := newServerRoom(t, 2, m365.ExchangeOptions{}, m365.NoTLS)
	r.must(r.x.GrantEverybody(m365.RightNone))
	r.must(r.x.Grant("monitor", m365.RightReviewer))
	r.own(r.people...)
	for _, p := range r.people {
		r.meeting(p, "10:00", "17:00")
	}
	r.settles()
	r.at("10:00")
	anna, bo := r.people[0], r.people[1]
	if m := r.wantsHealth(anna, calendar.Fine); m.Way.Kind != calendar.Reviewer {
		t.Errorf("read by %q", m.Way.Kind)
	}
	r.must(r.x.Grant("monitor", m365.RightNone, r.box(anna).Address))
	r.passes(10 * time.Minute)
	if m := r.wantsHealth(anna, calendar.Denied); len(m.Agenda) != 1 {
		t.Errorf("her agenda is %v", m.Agenda)
	}
	r.wantsHealth(bo, calendar.Fine)
	r.wantsTold(anna, "meeting until 17:00")
	r.wantsTold(bo, "meeting until 17:00")
}

func TestAServerTellsOfAChange(t *testing.T) {
	t.Parallel()
	r := newServerRoom(t, 2, m365.ExchangeOptions{HeartBeat: 100 * time.Millisecond}, m365.NoTLS)
	r.must(r.x.GrantImpersonation("monitor", "*"))
	r.own(r.people...)
	r.settles()
	anna := r.people[0]
	r.listens()
	r.until("she is heard", func() bool { cause, _ := r.due(anna); return cause == reconcile.CauseAgain })
	r.settles()
	if _, in := r.due(anna); in < 50*time.Minute {
		t.Errorf("swept after %v", in)
	}
	r.meeting(anna, "10:00", "11:00")
	r.until("she is due", func() bool { cause, _ := r.due(anna); return cause == reconcile.CauseTold })
	r.settles()
	r.at("10:00")
	r.wantsTold(anna, "meeting until 11:00")
}
