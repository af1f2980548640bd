package m365_test

import (
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/telefonist/telefonist/m365"
)

// exchangeWorld is a simulated Exchange behind HTTP, and who calls it.
type exchangeWorld struct {
	t      *testing.T
	tenant *m365.Tenant
	x      *m365.Exchange
	url    string
	client *http.Client
	user   string
}

const (
	monitor  = "monitor"
	password = "Hemligt!23"
)

// exchange runs a server of a version, on which every mailbox is.
func exchange(t *testing.T, o m365.ExchangeOptions) *exchangeWorld {
	t.Helper()
	return exchangeOf(t, m365.New(m365.Options{People: 40, Seed: 1}), o)
}

func exchangeOf(t *testing.T, tenant *m365.Tenant, o m365.ExchangeOptions) *exchangeWorld {
	t.Helper()
	id := tenant.AddPerson(m365.Person{DisplayName: "Monitor", Mail: "monitor@" + tenant.Domain, UserPrincipalName: "monitor@" + tenant.Domain, Purpose: "user", AccountEnabled: true, UserType: "Member"})
	p, err := tenant.Person(id)
	if err != nil {
		t.Fatal(err)
	}
	o.All = true
	o.Accounts = append(o.Accounts, m365.ExchangeAccount{User: monitor, Password: password, Mailbox: p.Mail})
	x := m365.NewExchange(tenant, o)
	server := httptest.NewServer(x)
	t.Cleanup(server.Close)
	return &exchangeWorld{t: t, tenant: tenant, x: x, url: server.URL + "/EWS/Exchange.asmx", client: server.Client(), user: monitor}
}

// tag is an element of an answer.
type tag struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
	Text    string     `xml:",chardata"`
	Inside  []tag      `xml:",any"`
}

// find is the first element of a name at any depth.
func (e *tag) find(name string) *tag {
	if all := e.findAll(name); len(all) > 0 {
		return all[0]
	}
	return &tag{}
}

func (e *tag) findAll(name string) []*tag {
	var found []*tag
	for i := range e.Inside {
		if e.Inside[i].XMLName.Local == name {
			found = append(found, &e.Inside[i])
		}
		found = append(found, e.Inside[i].findAll(name)...)
	}
	return found
}

func (e *tag) attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// texts are those of every element of a name.
func (e *tag) texts(name string) []string {
	var out []string
	for _, f := range e.findAll(name) {
		out = append(out, f.Text)
	}
	return out
}

// soap is a request's envelope.
func soap(version, header, body string) string {
	if version != "" {
		header = `<t:RequestServerVersion Version="` + version + `"/>` + header
	}
	return `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"` +
		` xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types">` +
		`<soap:Header>` + header + `</soap:Header><soap:Body>` + body + `</soap:Body></soap:Envelope>`
}

// post sends a request and returns status, headers and body.
func (w *exchangeWorld) post(envelope string, headers ...string) answer {
	w.t.Helper()
	r, err := http.NewRequest(http.MethodPost, w.url, strings.NewReader(envelope))
	if err != nil {
		w.t.Fatal(err)
	}
	r.SetBasicAuth(w.user, password)
	r.Header.Set("Content-Type", "text/xml; charset=utf-8")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := w.client.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	return read(w.t, res)
}

// ask is post for an answer that is one document.
func (w *exchangeWorld) ask(version, header, body string, headers ...string) (int, *tag) {
	w.t.Helper()
	a := w.post(soap(version, header, body), headers...)
	return a.status, parsed(w.t, a.body)
}

func parsed(t *testing.T, body []byte) *tag {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(string(body)))
	var e tag
	if err := d.Decode(&e); err != nil {
		t.Fatalf("no XML: %v\n%.600s", err, body)
	}
	if _, err := d.Token(); err != io.EOF {
		t.Fatalf("more than one document: %v\n%s", err, body)
	}
	return &e
}

const swedishZone = `<t:TimeZone><t:Bias>-60</t:Bias>` +
	`<t:StandardTime><t:Bias>0</t:Bias><t:Time>03:00:00</t:Time><t:DayOrder>5</t:DayOrder><t:Month>10</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek></t:StandardTime>` +
	`<t:DaylightTime><t:Bias>-60</t:Bias><t:Time>02:00:00</t:Time><t:DayOrder>5</t:DayOrder><t:Month>3</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek></t:DaylightTime></t:TimeZone>`

// freeBusy is the body of GetUserAvailability from Stockholm.
func freeBusy(view, from, to string, addresses ...string) string {
	var b strings.Builder
	b.WriteString(`<m:GetUserAvailabilityRequest>` + swedishZone + `<m:MailboxDataArray>`)
	for _, a := range addresses {
		b.WriteString(`<t:MailboxData><t:Email><t:Address>` + a + `</t:Address></t:Email><t:AttendeeType>Required</t:AttendeeType></t:MailboxData>`)
	}
	b.WriteString(`</m:MailboxDataArray><t:FreeBusyViewOptions><t:TimeWindow><t:StartTime>` + from + `</t:StartTime><t:EndTime>` + to + `</t:EndTime></t:TimeWindow>` +
		`<t:MergedFreeBusyIntervalInMinutes>60</t:MergedFreeBusyIntervalInMinutes><t:RequestedView>` + view + `</t:RequestedView></t:FreeBusyViewOptions></m:GetUserAvailabilityRequest>`)
	return b.String()
}
