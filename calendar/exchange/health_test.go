package exchange_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/calendar/exchange"
	"github.com/telefonist/telefonist/m365"
)

// TestOneBadMailboxIsItsOwnAffair: each has its health, and the others are read.
func TestOneBadMailboxIsItsOwnAffair(t *testing.T) {
	for name, impersonate := range map[string]string{"by view": "*", "by availability": ""} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 140, m365.ExchangeOptions{})
			w.do(w.x.GrantImpersonation("monitor", impersonate))
			list := w.mailboxes(97)
			for i := range list {
				w.add(i, m365.Event{Subject: "Möte", Start: day(23, 9, 0), End: day(23, 10, 0)})
			}
			w.read(list)
			for who, code := range map[int]string{3: "ErrorMailboxMoveInProgress", 4: "ErrorMailboxStoreUnavailable", 5: "ErrorAccountDisabled", 6: "ErrorSomethingNew"} {
				w.do(w.x.Fault(m365.ExchangeFault{Kind: m365.ExchangeError, Mailbox: w.staff[who].ID, Code: code, Times: m365.Forever}))
			}
			w.do(w.tenant.ChangeMailbox(w.staff[7].ID, func(m *m365.Mailbox) { m.State = m365.NoMailbox }))
			list = append(list, calendar.Mailbox{Person: "no address"}, calendar.Mailbox{Person: "stranger", Address: "nobody@elsewhere.example", Zone: stockholm})
			want := map[int]calendar.State{3: calendar.Failed, 4: calendar.Failed, 5: calendar.NoMailbox, 6: calendar.Failed, 7: calendar.NoMailbox, 97: calendar.NoMailbox, 98: calendar.NoMailbox}
			for i, r := range w.read(list) {
				state, bad := want[i]
				switch {
				case bad && (r.Health.State != state || r.Events != nil || i < 97 && r.Health.Sentence == ""):
					t.Errorf("%d: %+v, want %s", i, r, state)
				case !bad && (r.Health.State != calendar.Fine || len(r.Events) != 1):
					t.Errorf("%d: %+v", i, r)
				}
			}
			if s := w.read(list[3:4])[0].Health.Sentence; !strings.HasPrefix(s, "ErrorMailboxMoveInProgress") {
				t.Errorf("the sentence is %q", s)
			}
		})
	}
}

// TestABusyServerIsLeftAlone for as long as it asks for.
func TestABusyServerIsLeftAlone(t *testing.T) {
	for _, kind := range []m365.ExchangeFaultKind{m365.ExchangeBusy, m365.ExchangeBusyInside, m365.ExchangeUnavailable} {
		for name, impersonate := range map[string]string{"by view": "*", "by availability": ""} {
			t.Run(string(kind)+" "+name, func(t *testing.T) {
				w := newWorld(t, 140, m365.ExchangeOptions{})
				w.do(w.x.GrantImpersonation("monitor", impersonate))
				list := w.mailboxes(60)
				before := w.read(list)
				w.asked()
				w.do(w.x.Fault(m365.ExchangeFault{Kind: kind, BackOff: 5 * time.Minute, Times: m365.Forever}))
				got := w.read(list)
				if n := kinds(got); n["throttled"] != 60 {
					t.Fatalf("%v, %+v", n, got[0])
				}
				if asked := w.asked(); asked["FindItem"]+asked["GetUserAvailabilityRequest"] > 4 {
					t.Errorf("asked %v while it was busy", asked)
				}
				until := got[0].Health.Until.Sub(w.clock())
				if most := 5 * time.Minute; until > most || until < time.Minute || got[0].Way != before[0].Way {
					t.Errorf("until %v, %+v", until, got[0].Way)
				}
				w.x.ClearFaults()
				w.pass(until / 2)
				if n := kinds(w.read(list)); n["throttled"] != 60 || len(w.asked()) != 0 {
					t.Errorf("it was not left alone: %v", n)
				}
				w.pass(until)
				if n := kinds(w.read(list)); n["throttled"] != 0 {
					t.Errorf("afterwards: %v", n)
				}
			})
		}
	}
}

// TestAPasswordThatIsChanged in mid flight: the account is not locked by our tries,
// and reading goes on when it is right again.
func TestAPasswordThatIsChanged(t *testing.T) {
	w := newWorld(t, 140, m365.ExchangeOptions{Basic: true, NTLM: true, Lockout: 5})
	w.do(w.x.GrantImpersonation("monitor", "*"))
	list := w.mailboxes(40)
	w.read(list)
	w.do(w.x.SetPassword("monitor", "annat"))
	w.server.CloseClientConnections()
	for range 3 {
		for _, r := range w.read(list) {
			if r.Health.State == calendar.Fine && r.Events == nil {
				t.Errorf("%+v", r)
			}
		}
	}
	if n := kinds(w.read(list)); n["noSource"] != 40 {
		t.Errorf("%v", n)
	}
	if tries, locked, err := w.x.BadPasswords("monitor"); tries > 3 || locked || err != nil {
		t.Errorf("%d tries, locked %v, %v", tries, locked, err)
	}
	if err := w.source.Ready(t.Context()); err == nil || !w.source.Refused() {
		t.Errorf("ready: %v", err)
	}
}

// TestStrangeAnswers are no reason to take a calendar for empty.
func TestStrangeAnswers(t *testing.T) {
	for _, kind := range []m365.ExchangeFaultKind{m365.ExchangeHTML, m365.ExchangeErrorPage, m365.ExchangeRedirect, m365.ExchangeCut, m365.ExchangeEmpty} {
		for name, impersonate := range map[string]string{"by view": "*", "by availability": ""} {
			w := newWorld(t, 30, m365.ExchangeOptions{})
			w.do(w.x.GrantImpersonation("monitor", impersonate))
			list := w.mailboxes(5)
			w.read(list)
			w.do(w.x.Fault(m365.ExchangeFault{Kind: kind, Code: "https://elsewhere.example/EWS/Exchange.asmx", Times: m365.Forever}))
			for _, r := range w.read(list) {
				if r.Health.State != calendar.Failed && r.Health.State != calendar.NoSource || r.Events != nil || r.Health.Sentence == "" {
					t.Errorf("%s, %s: %+v", kind, name, r)
				}
			}
			w.x.ClearFaults()
			if n := kinds(w.read(list)); n["impersonation"]+n["times"] != 5 {
				t.Errorf("%s, %s, afterwards: %v", kind, name, n)
			}
		}
	}
	w := newWorld(t, 30, m365.ExchangeOptions{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, r := range w.source.Read(ctx, w.mailboxes(3), window) {
		if r.Health.State != calendar.NoSource || r.Events != nil {
			t.Errorf("nobody waits: %+v", r)
		}
	}
	w.server.Close()
	for _, r := range w.read(w.mailboxes(3)) {
		if r.Health.State != calendar.NoSource {
			t.Errorf("nobody answers: %+v", r.Health)
		}
	}
}

// TestASlowSite makes nobody wait but those on it.
func TestASlowSite(t *testing.T) {
	w := newWorld(t, 140, m365.ExchangeOptions{})
	w.timeout = 300 * time.Millisecond
	w.source = w.open(4)
	list := w.mailboxes(96)
	w.read(list)
	w.do(w.x.Fault(m365.ExchangeFault{Kind: m365.ExchangeSlow, Mailbox: w.staff[3].ID, Delay: time.Second, Times: m365.Forever}))
	got := w.read(list)
	if n := kinds(got); n["times"] < 84 || got[3].Health.State != calendar.Failed {
		t.Errorf("%v: %+v", n, got[3])
	}
}

// TestAMailboxThatMoves is read here while it is here.
func TestAMailboxThatMoves(t *testing.T) {
	for name, impersonate := range map[string]string{"by view": "*", "by availability": ""} {
		w := newWorld(t, 30, m365.ExchangeOptions{All: true}) // those alone that are put there
		w.do(w.x.GrantImpersonation("monitor", impersonate))
		w.do(w.tenant.ChangeMailbox(w.staff[0].ID, func(m *m365.Mailbox) { m.State = m365.OnPremises }))
		list := w.mailboxes(2)
		got := w.read(list)
		if got[0].Health.State != calendar.Fine || got[1].Health.State != calendar.NoMailbox && got[1].Health.State != calendar.OnServer {
			t.Errorf("%s: %+v, %+v", name, got[0].Health, got[1].Health)
		}
		for i, state := range []m365.State{m365.Live, m365.OnPremises} {
			w.do(w.tenant.ChangeMailbox(w.staff[i].ID, func(m *m365.Mailbox) { m.State = state }))
		}
		for range 3 {
			got = w.read(list)
		}
		if got[1].Health.State != calendar.Fine || got[0].Health.State != calendar.NoMailbox && got[0].Health.State != calendar.OnServer {
			t.Errorf("%s, moved: %+v, %+v", name, got[0].Health, got[1].Health)
		}
	}
}

// TestNothingFollowsARedirect: neither the account's name nor its password, nor what
// is asked, goes where a server sends to.
func TestNothingFollowsARedirect(t *testing.T) {
	var elsewhere atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer other.Close()
	for _, status := range []int{http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		w := newWorld(t, 30, m365.ExchangeOptions{Basic: true, NTLM: true})
		w.trip = func(rw http.ResponseWriter, r *http.Request) {
			http.Redirect(rw, r, other.URL+"/EWS/Exchange.asmx", status)
		}
		for _, r := range w.read(w.mailboxes(2)) {
			if r.Health.State != calendar.NoSource {
				t.Errorf("%d: %+v", status, r.Health)
			}
		}
		var trouble *exchange.Trouble
		if err := w.source.Ready(t.Context()); !errors.As(err, &trouble) || trouble.Code != "redirect" || trouble.Args["host"] != strings.TrimPrefix(other.URL, "http://") {
			t.Errorf("%d: %v", status, err)
		}
	}
	if n := elsewhere.Load(); n > 0 {
		t.Errorf("the other server was asked %d times", n)
	}
}
