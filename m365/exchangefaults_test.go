package m365_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/telefonist/telefonist/m365"
)

func TestExchangeFaults(t *testing.T) {
	now := at(t, "Europe/Stockholm", "2026-11-23 09:15")
	tenant := m365.New(m365.Options{People: 40, Seed: 1, Now: func() time.Time { return now }})
	w := exchangeOf(t, tenant, m365.ExchangeOptions{})
	w.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	anna, bo := staff(tenant)[0], staff(tenant)[1]
	ask := soap("Exchange2013_SP1", "", freeBusy("FreeBusy", "2026-11-23T00:00:00", "2026-11-24T00:00:00", anna.Mail, bo.Mail))
	for _, c := range []struct {
		fault  m365.ExchangeFault
		status int
		has    []string
	}{
		{m365.ExchangeFault{Kind: m365.ExchangeBusy, BackOff: 297749 * time.Millisecond}, 500, []string{"<e:ResponseCode xmlns:e=", ">ErrorServerBusy<", `Name="BackOffMilliseconds">297749<`}},
		{m365.ExchangeFault{Kind: m365.ExchangeBusy}, 500, []string{">ErrorServerBusy<", `Name="Policy">`}},
		{m365.ExchangeFault{Kind: m365.ExchangeBusyInside, BackOff: time.Second}, 200, []string{"<ResponseCode>ErrorServerBusy<"}},
		{m365.ExchangeFault{Kind: m365.ExchangeError, Code: "ErrorProxyRequestProcessingFailed", Mailbox: bo.Mail}, 200, []string{"<ResponseCode>NoError<", "<ResponseCode>ErrorProxyRequestProcessingFailed<"}},
		{m365.ExchangeFault{Kind: m365.ExchangeFault500, Code: "ErrorInternalServerTransientError"}, 500, []string{"a:ErrorInternalServerTransientError<"}},
		{m365.ExchangeFault{Kind: m365.ExchangeFault500, Code: "ErrorMailboxStoreUnavailable", Status: 200, Mailbox: anna.Mail}, 200, []string{"Fault", "ErrorMailboxStoreUnavailable"}},
		{m365.ExchangeFault{Kind: m365.ExchangeSlow, Delay: time.Microsecond}, 200, []string{"NoError"}},
		{m365.ExchangeFault{Kind: m365.ExchangeHTML}, 500, []string{"Server Error in '/EWS' Application."}},
		{m365.ExchangeFault{Kind: m365.ExchangeHTML, Status: 200}, 200, []string{"<html>"}},
		{m365.ExchangeFault{Kind: m365.ExchangeErrorPage}, 302, nil},
		{m365.ExchangeFault{Kind: m365.ExchangeRedirect, Code: "https://elsewhere.example/EWS/Exchange.asmx"}, 302, nil},
		{m365.ExchangeFault{Kind: m365.ExchangeUnavailable}, 503, []string{"Service Unavailable"}},
		{m365.ExchangeFault{Kind: m365.ExchangeUnauthorized}, 401, []string{"Access is denied"}},
		{m365.ExchangeFault{Kind: m365.ExchangeEmpty}, 200, nil},
	} {
		must(t, w.x.Fault(c.fault))
		a := w.post(ask)
		if a.status != c.status {
			t.Errorf("%+v: status %d", c.fault, a.status)
		}
		for _, part := range c.has {
			if !strings.Contains(string(a.body), part) {
				t.Errorf("%+v: no %s in %.900s", c.fault, part, a.body)
			}
		}
		if a := w.post(ask); a.status != 200 || strings.Count(string(a.body), "NoError") != 2 {
			t.Errorf("%+v strikes again: %d", c.fault, a.status)
		}
	}
	must(t, w.x.Fault(m365.ExchangeFault{Kind: m365.ExchangeErrorPage}))
	if got := w.post(ask).header.Get("Location"); got != "/EWS/genericerrorpage.htm" {
		t.Errorf("led to %q", got)
	}
	must(t, w.x.Fault(m365.ExchangeFault{Kind: m365.ExchangeBusy, Operation: "FindItem", For: 5 * time.Minute}))
	if a := w.post(ask); a.status != 200 {
		t.Errorf("a fault of another operation: %d", a.status)
	}
	view := soap("Exchange2013_SP1", "", calendarViewOf("", "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"))
	for range 3 {
		if a := w.post(view); a.status != 500 {
			t.Errorf("busy for five minutes: %d", a.status)
		}
	}
	if now = now.Add(5 * time.Minute); w.post(view).status != 200 || len(w.x.Faults()) != 0 {
		t.Errorf("after them: %v", w.x.Faults())
	}
	if w.x.Fault(m365.ExchangeFault{Kind: "flood"}) == nil || w.x.Fault(m365.ExchangeFault{Kind: m365.ExchangeError, Mailbox: "nobody"}) == nil {
		t.Error("faults that there are not were taken")
	}
}

func TestHalfTheMailboxes(t *testing.T) {
	w := exchange(t, m365.ExchangeOptions{})
	must(t, w.x.Fault(m365.ExchangeFault{Kind: m365.ExchangeError, Code: "ErrorMailboxStoreUnavailable", Share: 0.5, Times: m365.Forever}))
	var addresses []string
	for _, p := range staff(w.tenant) {
		addresses = append(addresses, p.Mail)
	}
	gone := func() string {
		a := w.post(soap("Exchange2013_SP1", "", freeBusy("FreeBusy", "2026-11-23T00:00:00", "2026-11-24T00:00:00", addresses...)))
		return strings.Join(parsed(t, a.body).texts("ResponseCode"), " ")
	}
	first := gone()
	if n := strings.Count(first, "ErrorMailboxStoreUnavailable"); n < len(addresses)/4 || n > 3*len(addresses)/4 {
		t.Errorf("%d of %d are gone", n, len(addresses))
	}
	if gone() != first {
		t.Error("others are gone the next time")
	}
	w.x.ClearFaults()
	if strings.Contains(gone(), "Unavailable") {
		t.Error("the fault goes on")
	}
}

func TestACutAnswerAndASilentStream(t *testing.T) {
	w := exchange(t, m365.ExchangeOptions{HeartBeat: time.Millisecond, Minute: 30 * time.Millisecond})
	must(t, w.x.Fault(m365.ExchangeFault{Kind: m365.ExchangeCut}))
	r, _ := http.NewRequest(http.MethodPost, w.url, strings.NewReader(soap("Exchange2013_SP1", "", calendarViewOf("", "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"))))
	r.SetBasicAuth(monitor, password)
	res, err := w.client.Do(r)
	must(t, err)
	if _, err := io.ReadAll(res.Body); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a cut answer: %v", err)
	}
	res.Body.Close()
	me := "monitor@" + w.tenant.Domain
	must(t, w.x.GrantImpersonation(monitor, "*"))
	id := w.subscribe(me)
	must(t, w.x.Fault(m365.ExchangeFault{Kind: m365.ExchangeSilence}))
	s := w.listen("", streamOf(id))
	_, err = w.tenant.AddEvent(me, m365.Event{Start: time.Now(), End: time.Now().Add(time.Hour)})
	must(t, err)
	if e, err := s.next(); err == nil {
		t.Errorf("a silent stream says %+v", e)
	}
}

func TestMailboxesThatMove(t *testing.T) {
	now := at(t, "Europe/Stockholm", "2026-11-23 09:15")
	tenant := m365.New(m365.Options{People: 40, Seed: 1, Now: func() time.Time { return now }})
	anna := staff(tenant)[0]
	must(t, tenant.ChangeMailbox(anna.ID, func(m *m365.Mailbox) { m.State = m365.OnPremises }))
	x := m365.NewExchange(tenant, m365.ExchangeOptions{Accounts: []m365.ExchangeAccount{{User: monitor, Password: password, Mailbox: anna.Mail}}})
	server := httptest.NewServer(x)
	t.Cleanup(server.Close)
	w := &exchangeWorld{t: t, tenant: tenant, x: x, url: server.URL + "/EWS/Exchange.asmx", client: server.Client(), user: monitor}
	code := func(who string) string {
		_, e := w.ask("Exchange2013_SP1", "", freeBusy("FreeBusy", "2026-11-23T00:00:00", "2026-11-24T00:00:00", who))
		return e.find("ResponseCode").Text
	}
	if got := code(staff(tenant)[1].Mail); got != "ErrorMailRecipientNotFound" {
		t.Errorf("a mailbox in the cloud: %s", got)
	}
	if got := code(anna.Mail); got != "NoError" {
		t.Errorf("one of ours: %s", got)
	}
	must(t, x.Move(anna.ID, time.Minute))
	if got := code(anna.Mail); got != "ErrorMailboxMoveInProgress" {
		t.Errorf("on its way: %s", got)
	}
	now = now.Add(time.Minute)
	if got := code(anna.Mail); got != "ErrorMailRecipientNotFound" {
		t.Errorf("in the cloud: %s", got)
	}
	if m, err := tenant.Mailbox(anna.ID); m.State != m365.Live || err != nil {
		t.Errorf("the cloud has it %s, %v", m.State, err)
	}
	must(t, x.MoveBack(anna.ID))
	if got := code(anna.Mail); got != "NoError" {
		t.Errorf("back again: %s", got)
	}
}

func TestCallsAtOnce(t *testing.T) {
	w := exchange(t, m365.ExchangeOptions{Version: m365.Exchange2010SP2, Concurrency: 1})
	must(t, w.x.Fault(m365.ExchangeFault{Kind: m365.ExchangeSlow, Delay: time.Hour, Mailbox: "monitor@" + w.tenant.Domain}))
	body := calendarViewOf("", "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z")
	s := make(chan struct{})
	first, stop := http.NewRequest(http.MethodPost, w.url, strings.NewReader(soap("Exchange2010_SP2", "", body)))
	must(t, stop)
	first.SetBasicAuth(monitor, password)
	ctx, cancel := contextOf(t)
	go func() {
		defer close(s)
		if res, err := w.client.Do(first.WithContext(ctx)); err == nil {
			res.Body.Close()
		}
	}()
	for len(w.x.Faults()) > 0 { // until it waits
		time.Sleep(time.Millisecond)
	}
	status, e := w.ask("Exchange2010_SP2", "", body)
	if got := e.find("ResponseCode").Text; status != 500 || got != "ErrorExceededConnectionCount" || !strings.Contains(strings.Join(e.texts("Value"), " "), "MaxConcurrency") {
		t.Errorf("the second call: %d %s", status, got)
	}
	cancel()
	<-s
}

func TestExchangeRequests(t *testing.T) {
	w := exchange(t, m365.ExchangeOptions{})
	anna := staff(w.tenant)[0]
	must(t, w.x.GrantImpersonation(monitor, "*"))
	w.ask("Exchange2013_SP1", impersonating(anna.Mail), calendarViewOf("", "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"))
	w.ask("Exchange2013", "", freeBusy("FreeBusy", "2026-11-23T00:00:00", "2026-11-24T00:00:00", anna.Mail, "nobody@x.example"))
	w.post("no XML")
	got := w.x.Requests()
	if len(got) != 3 || w.x.Count("") != 3 || w.x.Count("FindItem") != 1 || w.x.Count("GetUserAvailability") != 1 {
		t.Fatalf("%+v", got)
	}
	if r := got[0]; r.Impersonate != anna.Mail || r.Version != "Exchange2013_SP1" || r.Account != monitor || r.Status != 200 || r.Code != "" {
		t.Errorf("%+v", r)
	}
	if r := got[1]; len(r.Mailboxes) != 2 || r.Code != "ErrorMailRecipientNotFound" {
		t.Errorf("%+v", r)
	}
	if r := got[2]; r.Operation != "" || r.Status != 500 {
		t.Errorf("%+v", r)
	}
	if w.x.ResetRequests(); w.x.Count("") != 0 || len(w.x.Requests()) != 0 {
		t.Error("they are not forgotten")
	}
}
