package exchange_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"sync"
	"testing"
	"time"
	_ "time/tzdata" // the same rules on every machine

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/calendar/exchange"
	"github.com/telefonist/telefonist/m365"
)

// world is a simulated Exchange and its calendars as exchange reads them.
type world struct {
	t      testing.TB
	tenant *m365.Tenant
	x      *m365.Exchange
	source *exchange.Source
	staff  []m365.Person
	server *httptest.Server

	silence, timeout time.Duration

	mu    sync.Mutex
	now   time.Time
	calls map[string]int // by operation
	most  int            // at the same time
	under int
	ids   []string         // of the subscriptions that were streamed last
	trip  http.HandlerFunc // answers in place of the server where it is set
}

const password = "Hemligt!23"

var (
	operation     = regexp.MustCompile(`Body><m:(\w+)`)
	subscriptions = regexp.MustCompile(`SubscriptionId>([^<]+)<`)
)

// newWorld runs a server of a version with an account "monitor" that may do what
// is granted later.
func newWorld(t testing.TB, people int, o m365.ExchangeOptions) *world {
	t.Helper()
	w := &world{t: t, tenant: m365.New(m365.Options{Seed: 5, People: people}), now: time.Now(), calls: map[string]int{}}
	for _, p := range w.tenant.People() {
		if p.Purpose == "user" {
			w.staff = append(w.staff, p)
		}
	}
	id := w.tenant.AddPerson(m365.Person{DisplayName: "Monitor", Mail: "monitor@" + w.tenant.Domain, UserPrincipalName: "monitor@" + w.tenant.Domain,
		Purpose: "user", AccountEnabled: true, UserType: "Member"})
	monitor, err := w.tenant.Person(id)
	if err != nil {
		t.Fatal(err)
	}
	o.All = !o.All // by default every mailbox is on the server
	if o.Accounts == nil {
		o.Accounts = []m365.ExchangeAccount{{User: "monitor", Password: password, Mailbox: monitor.Mail}}
	}
	w.x = m365.NewExchange(w.tenant, o)
	w.server = httptest.NewUnstartedServer(w)
	w.server.Config.ConnContext = m365.ExchangeConn
	w.server.Start()
	t.Cleanup(w.server.Close)
	w.source = w.open(4)
	return w
}

// open is another source for the same server.
func (w *world) open(atOnce int) *exchange.Source {
	w.t.Helper()
	s, err := exchange.Open(exchange.Settings{URL: w.server.URL + "/EWS/Exchange.asmx", User: `EXEMPEL\monitor`, Password: password},
		exchange.Options{Country: "SE", AtOnce: atOnce, Silence: w.silence, Timeout: w.timeout, Now: w.clock})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(s.Close)
	return s
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// ServeHTTP counts what is asked, and how much at a time.
func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	w.mu.Lock()
	if m := operation.FindSubmatch(body); m != nil && r.Header.Get("Authorization") != "" {
		w.calls[string(m[1])]++
	}
	if ids := subscriptions.FindAllSubmatch(body, -1); bytes.Contains(body, []byte("<m:GetStreamingEvents>")) {
		w.ids = nil
		for _, id := range ids {
			w.ids = append(w.ids, string(id[1]))
		}
	}
	w.under++
	w.most = max(w.most, w.under)
	trip := w.trip
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		w.under--
		w.mu.Unlock()
	}()
	if trip != nil {
		trip(rw, r)
		return
	}
	w.x.ServeHTTP(rw, r)
}

// asked is how often each operation was called since it was asked the last time.
func (w *world) asked() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	was := w.calls
	w.calls = map[string]int{}
	return was
}

func (w *world) do(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) add(who int, e m365.Event) string {
	w.t.Helper()
	id, err := w.tenant.AddEvent(w.staff[who].ID, e)
	w.do(err)
	return id
}

var stockholm = func() *time.Location {
	l, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		panic(err)
	}
	return l
}()

// all keeps everything there is to keep.
var all = &calendar.Keep{Words: []string{"budget"}, Categories: []string{"Röd"}, Subject: true, Place: true, Note: true}

func (w *world) mailboxes(n int) (list []calendar.Mailbox) {
	for _, p := range w.staff[:n] {
		list = append(list, calendar.Mailbox{Person: "p-" + p.ID, Address: p.Mail, Zone: stockholm, Keep: all})
	}
	return list
}

// day is a time on a day of November 2026 in Stockholm.
func day(d, hour, minute int) time.Time { return time.Date(2026, 11, d, hour, minute, 0, 0, stockholm) }

var window = calendar.Window{From: day(20, 0, 0), To: day(20, 0, 0).AddDate(0, 0, 36)}

// read reads mailboxes, and hands their ways in with the next reading.
func (w *world) read(mailboxes []calendar.Mailbox) []calendar.Reading {
	w.t.Helper()
	out := w.source.Read(w.t.Context(), mailboxes, window)
	if len(out) != len(mailboxes) {
		w.t.Fatalf("%d answers for %d mailboxes", len(out), len(mailboxes))
	}
	for i := range out {
		mailboxes[i].Way = out[i].Way
	}
	return out
}

// kinds are the ways by which mailboxes were read, or why they were not.
func kinds(all []calendar.Reading) map[string]int {
	n := map[string]int{}
	for _, r := range all {
		if r.Health.State == calendar.Fine {
			n[string(r.Way.Kind)]++
		} else {
			n[string(r.Health.State)]++
		}
	}
	return n
}
