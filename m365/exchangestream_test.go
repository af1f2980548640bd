package m365_test

import (
	"bufio"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/telefonist/telefonist/m365"
)

// stream is an open GetStreamingEvents.
type stream struct {
	t      *testing.T
	body   io.Reader
	cancel context.CancelFunc
	read   *bufio.Reader
}

// listen opens a stream; headers come in pairs.
func (w *exchangeWorld) listen(header, body string, headers ...string) *stream {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, strings.NewReader(soap("Exchange2013_SP1", header, body)))
	if err != nil {
		w.t.Fatal(err)
	}
	r.SetBasicAuth(w.user, password)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := w.client.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { cancel(); res.Body.Close() })
	return &stream{t: w.t, body: res.Body, cancel: cancel, read: bufio.NewReader(res.Body)}
}

// next is the next envelope; the error is why there is none.
func (s *stream) next() (*tag, error) {
	var b strings.Builder
	for !strings.HasSuffix(b.String(), "Envelope>") || strings.Count(b.String(), "Envelope>") < 1 {
		part, err := s.read.ReadString('>')
		b.WriteString(part)
		if err != nil {
			return nil, err
		}
	}
	var e tag
	return &e, xml.Unmarshal([]byte(b.String()), &e)
}

// news is the next envelope that is no heart-beat.
func (s *stream) news() *tag {
	s.t.Helper()
	for {
		e, err := s.next()
		if err != nil {
			s.t.Fatalf("the stream: %v", err)
		}
		if e.find("ConnectionStatus").Text != "OK" {
			return e
		}
	}
}

// subscribe is the id of a new subscription to somebody's calendar, by
// impersonation.
func (w *exchangeWorld) subscribe(address string, headers ...string) string {
	w.t.Helper()
	_, e := w.ask("Exchange2013_SP1", impersonating(address), subscribeTo(""), headers...)
	id := e.find("SubscriptionId").Text
	if id == "" {
		w.t.Fatalf("no subscription: %s", e.find("ResponseCode").Text)
	}
	return id
}

func TestAStreamTellsWhatChanges(t *testing.T) {
	w := exchange(t, m365.ExchangeOptions{HeartBeat: time.Millisecond})
	must(t, w.x.GrantImpersonation(monitor, "*"))
	anna, bo := staff(w.tenant)[0], staff(w.tenant)[1]
	ids := []string{w.subscribe(anna.Mail), w.subscribe(bo.Mail)}
	s := w.listen(impersonating(anna.Mail), streamOf(ids...))
	for range 3 { // the first shows that the subscriptions are read, the others are heart-beats
		if e, err := s.next(); err != nil || e.find("ConnectionStatus").Text != "OK" {
			t.Fatalf("no heart-beat: %v", err)
		}
	}
	start := time.Now().Truncate(time.Hour)
	id, err := w.tenant.AddEvent(anna.ID, m365.Event{Subject: "Nytt", Start: start, End: start.Add(time.Hour)})
	must(t, err)
	made := s.news()
	if n := made.find("Notification"); n.find("SubscriptionId").Text != ids[0] || len(n.findAll("CreatedEvent")) != 1 {
		t.Errorf("made: %+v", n)
	}
	item := made.find("ItemId").attr("Id")
	must(t, w.tenant.ChangeEvent(anna.ID, id, func(e *m365.Event) { e.Subject = "Nyare" }))
	if changed := s.news(); changed.find("ModifiedEvent").find("ItemId").attr("Id") != item {
		t.Errorf("changed: %+v", changed.find("Notification"))
	}
	_, e := w.ask("Exchange2013_SP1", impersonating(anna.Mail), `<m:GetItem>`+shaped("ItemShape", "IdOnly", "item:Subject")+`<m:ItemIds><t:ItemId Id="`+item+`"/></m:ItemIds></m:GetItem>`)
	if got := e.find("Subject").Text; got != "Nyare" {
		t.Errorf("what a stream told of is called %q", got)
	}
	must(t, w.tenant.DeleteEvent(anna.ID, id))
	if deleted := s.news(); deleted.find("MovedEvent").find("OldItemId").attr("Id") != item {
		t.Errorf("deleted, which is moved to Deleted Items: %+v", deleted.find("Notification"))
	}
	_, err = w.tenant.AddEvent(bo.ID, m365.Event{Subject: "Hans", Start: start, End: start.Add(time.Hour)})
	must(t, err)
	if got := s.news().find("SubscriptionId").Text; got != ids[1] {
		t.Errorf("the other one's: %s", got)
	}
	w.x.ForgetSubscriptions()
	if e := s.news(); e.find("ResponseCode").Text != "ErrorSubscriptionNotFound" || e.find("ConnectionStatus").Text != "Closed" || len(e.find("ErrorSubscriptionIds").Inside) == 0 {
		t.Errorf("after a failover: %+v", e.find("ResponseMessages"))
	}
	if _, err := s.next(); !errors.Is(err, io.EOF) {
		t.Errorf("then: %v", err)
	}
}

func TestStreamsThatEnd(t *testing.T) {
	w := exchange(t, m365.ExchangeOptions{Minute: 20 * time.Millisecond, HeartBeat: time.Hour})
	must(t, w.x.GrantImpersonation(monitor, "*"))
	id := w.subscribe(staff(w.tenant)[0].Mail)
	s := w.listen("", streamOf(id))
	if e := s.news(); e.find("ConnectionStatus").Text != "Closed" || e.find("ResponseCode").Text != "NoError" {
		t.Errorf("when the time is over: %+v", e)
	}
	if all, read := w.x.Subscriptions(); all != 1 {
		t.Errorf("%d subscriptions, %d read", all, read)
	}
	for name, c := range map[string]struct{ body, want string }{
		"half an hour at most": {strings.Replace(streamOf(id), ">1<", ">31<", 1), "ErrorSchemaValidation"},
		"200 at most":          {streamOf(slices.Repeat([]string{id}, 201)...), "ErrorSchemaValidation"},
		"one that is none":     {streamOf(id, "none"), "ErrorSubscriptionNotFound"},
	} {
		_, e := w.ask("Exchange2013_SP1", "", c.body)
		if got := e.find("ResponseCode").Text; got != c.want {
			t.Errorf("%s: %s", name, got)
		}
		if lost := e.find("ErrorSubscriptionIds").texts("SubscriptionId"); name == "one that is none" && !slices.Equal(lost, []string{"none"}) {
			t.Errorf("lost: %q", lost)
		}
	}
}

func TestWhoMayReadAStream(t *testing.T) {
	w := exchange(t, m365.ExchangeOptions{Accounts: []m365.ExchangeAccount{{User: "other", Password: password}}, HeartBeat: time.Hour, Hanging: 2})
	must(t, w.x.GrantImpersonation(monitor, "*"))
	anna := staff(w.tenant)[0]
	id := w.subscribe(anna.Mail)
	w.user = "other"
	if _, e := w.ask("Exchange2013_SP1", "", streamOf(id)); e.find("ResponseCode").Text != "ErrorSubscriptionAccessDenied" {
		t.Errorf("another account: %s", e.find("ResponseCode").Text)
	}
	w.user = monitor
	first := w.listen("", streamOf(id))
	if _, err := first.next(); err != nil {
		t.Fatal(err)
	}
	second := w.listen("", streamOf(id))
	if _, err := second.next(); err != nil {
		t.Fatal(err)
	}
	if e := first.news(); e.find("ResponseCode").Text != "ErrorNewEventStreamConnectionOpened" {
		t.Errorf("the first, once there is a second: %s", e.find("ResponseCode").Text)
	}
	third := w.listen("", streamOf(w.subscribe(anna.Mail)))
	if _, err := third.next(); err != nil {
		t.Fatal(err)
	}
	status, e := w.ask("Exchange2013_SP1", "", streamOf(w.subscribe(anna.Mail)))
	if got := e.find("ResponseCode").Text; status != 500 || got != "ErrorExceededConnectionCount" {
		t.Errorf("one more than may hang: %d %s", status, got)
	}
	w.x.DropStreams()
	if _, err := second.next(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a stream that breaks: %v", err)
	}
	_, e = w.ask("Exchange2013_SP1", "", `<m:Unsubscribe><m:SubscriptionId>`+id+`</m:SubscriptionId></m:Unsubscribe>`)
	if got := e.find("ResponseCode").Text; got != "NoError" {
		t.Errorf("unsubscribe: %s", got)
	}
}

func TestAffinity(t *testing.T) {
	w := exchange(t, m365.ExchangeOptions{Affinity: 3, Minute: time.Millisecond})
	must(t, w.x.GrantImpersonation(monitor, "*"))
	people := staff(w.tenant)
	anchor := []string{"X-AnchorMailbox", people[0].Mail, "X-PreferServerAffinity", "true"}
	a := w.post(soap("Exchange2013_SP1", impersonating(people[0].Mail), subscribeTo("")), anchor...)
	cookie := ""
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		if c.Name == "X-BackEndOverrideCookie" {
			cookie = c.Name + "=" + c.Value
		}
	}
	if cookie == "" {
		t.Fatal("no cookie")
	}
	ids := []string{parsed(t, a.body).find("SubscriptionId").Text}
	kept := append(slices.Clone(anchor), "Cookie", cookie)
	for _, p := range people[1:8] {
		ids = append(ids, w.subscribe(p.Mail, kept...))
	}
	if e := w.listen("", streamOf(ids...), kept...).news(); e.find("ResponseCode").Text != "NoError" {
		t.Errorf("with the cookie: %s", e.find("ResponseCode").Text)
	}
	lost := 0
	for _, p := range people[1:8] {
		if e := w.listen("", streamOf(ids...), "X-AnchorMailbox", p.Mail).news(); e.find("ResponseCode").Text == "ErrorSubscriptionNotFound" {
			lost++
		}
	}
	if lost == 0 {
		t.Error("subscriptions are found without the cookie wherever one is led")
	}
}

func TestASubscriptionEndsWhenTheMailboxMoves(t *testing.T) {
	w := exchange(t, m365.ExchangeOptions{HeartBeat: time.Hour})
	must(t, w.x.GrantImpersonation(monitor, "*"))
	people := staff(w.tenant)
	s := w.listen("", streamOf(w.subscribe(people[0].Mail), w.subscribe(people[1].Mail)))
	if _, err := s.next(); err != nil {
		t.Fatal(err)
	}
	must(t, w.x.Move(people[0].ID, time.Hour))
	if e := s.news(); e.find("ResponseCode").Text != "ErrorSubscriptionNotFound" || len(e.find("ErrorSubscriptionIds").Inside) != 1 {
		t.Errorf("when one of two moves: %+v", e.find("ResponseMessages"))
	}
	status, e := w.ask("Exchange2013_SP1", impersonating(people[0].Mail), subscribeTo(""))
	if got := e.find("ResponseCode").Text; status != 500 || got != "ErrorMailboxMoveInProgress" {
		t.Errorf("a new one: %d %s", status, got)
	}
}
