package m365_test

import (
	"html"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/telefonist/telefonist/m365"
)

// reader is somebody with a browser before the Outlook pages.
type reader struct {
	t      *testing.T
	client *http.Client
	tenant *m365.Tenant
	now    time.Time
	at     string // the host
	anna   string
	erik   string
}

// readOutlook opens the pages of a tenant with Anna and Erik at 10:07:30 on a Tuesday
// in Stockholm.
func readOutlook(t *testing.T) *reader {
	t.Helper()
	now := time.Date(2026, 11, 24, 9, 7, 30, 0, time.UTC)
	tenant := m365.New(m365.Options{People: -1, Seed: 4, Now: func() time.Time { return now }})
	server := m365.NewServer(tenant)
	t.Cleanup(func() { server.Close() })
	if err := server.StartPages("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{t: t, client: &http.Client{Jar: jar}, tenant: tenant, now: now}
	t.Cleanup(r.client.CloseIdleConnections)
	r.anna = tenant.AddPerson(m365.Person{DisplayName: "Anna Öberg", Mail: "anna@exempel4.example", Purpose: "user", AccountEnabled: true})
	r.erik = tenant.AddPerson(m365.Person{DisplayName: "Erik Åkesson", Mail: "erik@exempel4.example", Purpose: "user", AccountEnabled: true})
	r.at = strings.TrimSuffix(server.OutlookURL(tenant), "/outlook/"+tenant.Domain)
	return r
}

func (r *reader) page(person, rest string) string {
	return r.at + "/outlook/" + r.tenant.Domain + "/" + person + rest
}

func (r *reader) get(address string) string {
	r.t.Helper()
	res, err := r.client.Get(address)
	if err != nil {
		r.t.Fatal(err)
	}
	a := read(r.t, res)
	if a.status != http.StatusOK {
		r.t.Fatalf("%s: %d\n%s", address, a.status, a.body)
	}
	return string(a.body)
}

// post sends a form and returns the page that it leads to.
func (r *reader) post(status int, address string, fields ...string) string {
	r.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	res, err := r.client.PostForm(address, form)
	if err != nil {
		r.t.Fatal(err)
	}
	a := read(r.t, res)
	if a.status != status {
		r.t.Fatalf("%s: %d, not %d\n%s", address, a.status, status, a.body)
	}
	return string(a.body)
}

// shows checks that a page has texts, in their order.
func (r *reader) shows(page string, texts ...string) {
	r.t.Helper()
	rest := page
	for _, text := range texts {
		_, after, found := strings.Cut(rest, html.EscapeString(text))
		if !found {
			r.t.Fatalf("the page does not say %q after the last\n%s", text, page)
		}
		rest = after
	}
}

// events are a person's of the Tuesday and the day after.
func (r *reader) events(person string) []m365.Event {
	r.t.Helper()
	events, err := r.tenant.Events(person, r.now.Add(-12*time.Hour), r.now.Add(36*time.Hour))
	if err != nil {
		r.t.Fatal(err)
	}
	return events
}

func (r *reader) only(person string) m365.Event {
	r.t.Helper()
	events := r.events(person)
	if len(events) != 1 {
		r.t.Fatalf("%d events, not one: %+v", len(events), events)
	}
	return events[0]
}

func tuesday(clock string) time.Time {
	t, _ := time.Parse(time.RFC3339, "2026-11-24T"+clock+":00+01:00")
	return t
}

func TestSomebodyIsFoundAndMeetsNow(t *testing.T) {
	r := readOutlook(t)
	found := r.get(r.at + "/outlook/" + r.tenant.Domain + "?q=" + url.QueryEscape("ÖBERG"))
	r.shows(found, r.anna, "Anna Öberg")
	if strings.Contains(found, "Erik") {
		t.Error("the search finds everybody")
	}
	r.shows(r.get(r.page(r.anna, "")), "Tisdag 24 november 2026, vecka 48", "Inget i kalendern.", "Automatiska svar: av")
	page := r.post(200, r.page(r.anna, "/now"), "subject", "Snabbt prat", "for", "30m")
	r.shows(page, "10:07:30–10:37:30", "Snabbt prat", "Upptagen", "pågår")
	if e := r.only(r.anna); !e.Start.Equal(r.now) || e.End.Sub(e.Start) != 30*time.Minute {
		t.Errorf("the meeting is %v to %v", e.Start, e.End)
	}
}

var someID = regexp.MustCompile(`name="id" value="([^"]+)"`)

func TestAMeetingIsMadeMovedAnsweredAndCancelled(t *testing.T) {
	r := readOutlook(t)
	fields := []string{
		"subject", "Kundmöte Ås", "location", "Blå rummet", "fromdate", "2026-11-24", "fromtime", "13:00", "todate", "2026-11-24", "totime", "14:00",
		"showas", "oof", "categories", "Kundbesök, Viktigt",
	}
	looking := r.post(200, r.page(r.anna, "/new"), append(slices.Clone(fields), "find", "erik", "do", "enter")...)
	r.shows(looking, "Kundmöte Ås", "erik@exempel4.example", "Erik Åkesson")
	if len(r.events(r.anna)) != 0 {
		t.Fatal("searching made a meeting")
	}
	page := r.post(200, r.page(r.anna, "/new"), append(slices.Clone(fields), "invite", "erik@exempel4.example", "private", "1", "do", "enter")...)
	r.shows(page, "13:00–14:00", "Kundmöte Ås", "Inte på kontoret", "Privat", "Kundbesök", "Viktigt", "Blå rummet", "Inbjudna: 1", "Erik Åkesson", "inte svarat", "Ställ in")
	e := r.only(r.anna)
	if !e.Start.Equal(tuesday("13:00")) || e.Sensitivity != "private" || e.ShowAs != "oof" || !slices.Equal(e.Attendees, []string{"erik@exempel4.example"}) {
		t.Errorf("made: %+v", e)
	}

	r.shows(r.post(200, r.page(r.anna, "/event"), "id", e.ID, "do", "later"), "13:15–14:15")
	r.shows(r.post(200, r.page(r.anna, "/event"), "id", e.ID, "do", "longer"), "13:15–14:30")

	invitation := r.get(r.page(r.erik, ""))
	r.shows(invitation, "13:15–14:30", "Inbjudan från Anna Öberg", "Ditt svar: inte svarat", "Acceptera")
	theirs := html.UnescapeString(someID.FindStringSubmatch(invitation)[1])
	r.shows(r.post(200, r.page(r.erik, "/event"), "id", theirs, "do", "accepted"), "Ditt svar: accepterat")
	r.shows(r.get(r.page(r.anna, "")), "Erik Åkesson", "accepterat")

	form := r.get(r.page(r.anna, "/event?id="+url.QueryEscape(e.ID)))
	r.shows(form, "Kundmöte Ås", "Blå rummet", "2026-11-24", "13:15", "14:30", "Kundbesök, Viktigt", "erik@exempel4.example")
	moved := append(slices.Clone(fields[:4]), "id", e.ID, "fromdate", "2026-11-25", "fromtime", "09:00:20", "todate", "2026-11-25", "totime", "09:30",
		"showas", "busy", "invite", "erik@exempel4.example", "do", "save")
	r.shows(r.post(200, r.page(r.anna, "/event"), moved...), "Onsdag 25 november", "09:00:20–09:30", "Upptagen", "inte svarat")

	r.shows(r.post(200, r.page(r.anna, "/event"), "id", e.ID, "do", "delete"), "Inget i kalendern.")
	if e := r.only(r.erik); !e.Cancelled {
		t.Errorf("Erik's copy is not cancelled: %+v", e)
	}
	r.shows(r.get(r.page(r.erik, "?day=2026-11-25")), "Ledig", "inställt", "Ta bort")
}

func TestAWholeDayAndAWeek(t *testing.T) {
	r := readOutlook(t)
	r.post(200, r.page(r.anna, "/new"), "subject", "SEM:", "fromdate", "2026-11-25", "fromtime", "", "todate", "2026-11-26", "totime", "",
		"allday", "1", "showas", "free", "do", "save")
	week := r.get(r.page(r.anna, "?view=week&day=2026-11-24"))
	r.shows(week, "Måndag 23", "Tisdag 24", "Onsdag 25", "Hela dagen", "SEM:", "Ledig", "Torsdag 26", "Hela dagen", "SEM:", "Söndag 29")
	if n := strings.Count(week, ">SEM:<"); n != 2 {
		t.Errorf("two days are shown as %d", n)
	}
	e := r.events(r.anna)[0]
	if !e.AllDay || e.End.Sub(e.Start) != 48*time.Hour {
		t.Errorf("made: %+v", e)
	}
	r.shows(r.get(r.page(r.anna, "/event?id="+url.QueryEscape(e.ID))), "2026-11-25", "2026-11-26", " checked")
}

func TestOneOfASeriesIsChangedAlone(t *testing.T) {
	r := readOutlook(t)
	_, err := r.tenant.AddEvent(r.anna, m365.Event{Subject: "Stand-up", Start: tuesday("09:00"), End: tuesday("09:15"), Recurrence: &m365.Recurrence{Type: "daily"}})
	if err != nil {
		t.Fatal(err)
	}
	first := r.events(r.anna)[0]
	r.shows(r.get(r.page(r.anna, "/event?id="+url.QueryEscape(first.ID))), "serie", "En gång i en serie")
	r.post(200, r.page(r.anna, "/event"), "id", first.ID, "do", "later")
	events := r.events(r.anna)
	if len(events) != 2 || !events[0].Start.Equal(tuesday("09:15")) || !events[1].Start.Equal(tuesday("09:00").Add(24*time.Hour)) {
		t.Errorf("after moving one: %+v", events)
	}
	r.post(200, r.page(r.anna, "/event"), "id", events[0].ID, "do", "delete-series")
	if left := r.events(r.anna); len(left) != 0 {
		t.Errorf("left of the series: %+v", left)
	}
}

func TestAutomaticRepliesAreSetAndTurnedOff(t *testing.T) {
	r := readOutlook(t)
	page := r.post(200, r.page(r.anna, "/replies"), "status", "scheduled", "fromdate", "2026-12-21", "fromtime", "00:00", "todate", "2027-01-04", "totime", "08:00",
		"text", "Åter den 4 <januari>")
	r.shows(page, "Automatiska svar: på", "2026-12-21", "2027-01-04", "Åter den 4 <januari>")
	m, err := r.tenant.Mailbox(r.anna)
	if err != nil || m.Replies.Status != "scheduled" || m.Replies.Internal != "Åter den 4 &lt;januari&gt;" || !m.Replies.End.Equal(time.Date(2027, 1, 4, 7, 0, 0, 0, time.UTC)) {
		t.Errorf("set: %+v, %v", m.Replies, err)
	}
	r.shows(r.post(200, r.page(r.anna, "/replies"), "status", "disabled"), "Automatiska svar: av")
}

func TestTimesThatDoNotFitAreRefusedAndKept(t *testing.T) {
	r := readOutlook(t)
	for name, times := range map[string][]string{
		"end before beginning": {"fromdate", "2026-11-24", "fromtime", "13:00", "todate", "2026-11-24", "totime", "12:00"},
		"no date":              {"fromdate", "", "fromtime", "13:00", "todate", "2026-11-24", "totime", "14:00"},
		"no time":              {"fromdate", "2026-11-24", "fromtime", "halv ett", "todate", "2026-11-24", "totime", "14:00"},
	} {
		page := r.post(http.StatusUnprocessableEntity, r.page(r.anna, "/new"), append([]string{"subject", "Minns mig", "showas", "busy", "do", "save"}, times...)...)
		r.shows(page, "Det gick inte", "Minns mig")
		if len(r.events(r.anna)) != 0 {
			t.Errorf("%s: a meeting was made", name)
		}
	}
	r.shows(r.post(http.StatusNotFound, r.page(r.anna, "/event"), "id", "AAMk", "do", "later"), "Mötet finns inte längre.")
}

func TestANastySubjectStaysText(t *testing.T) {
	r := readOutlook(t)
	const nasty = `"><script>alert('å')</script><img src=x onerror=alert(1)>{{.}}`
	r.tenant.AddPerson(m365.Person{DisplayName: nasty, Mail: "x@exempel4.example", Purpose: "user", AccountEnabled: true})
	page := r.post(200, r.page(r.anna, "/new"), "subject", nasty, "location", nasty, "categories", nasty, "showas", nasty, "invite", nasty, "do", "save",
		"fromdate", "2026-11-24", "fromtime", "13:00", "todate", "2026-11-24", "totime", "14:00")
	e := r.only(r.anna)
	if e.Subject != nasty {
		t.Fatalf("the subject became %q", e.Subject)
	}
	form := r.get(r.page(r.anna, "/event?id="+url.QueryEscape(e.ID)))
	people := r.get(r.at + "/outlook/" + r.tenant.Domain + "?q=" + url.QueryEscape(nasty))
	for _, page := range []string{page, form, people} {
		if strings.Contains(page, "<script") || strings.Contains(page, "<img") || strings.Contains(page, `"><`+"script") {
			t.Errorf("the page carries it out:\n%s", page)
		}
	}
	r.shows(page, "alert(")
}

func TestThePagesLetNobodyElseIn(t *testing.T) {
	r := readOutlook(t)
	ask := func(method string, change func(*http.Request)) (int, http.Header) {
		req, err := http.NewRequest(method, r.page(r.anna, map[string]string{"POST": "/now", "GET": ""}[method]), strings.NewReader("subject=x"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		change(req)
		res, err := r.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		a := read(t, res)
		return a.status, a.header
	}
	if status, header := ask("GET", func(*http.Request) {}); status != 200 || !strings.HasPrefix(header.Get("Content-Security-Policy"), "default-src 'none';") {
		t.Errorf("answered %d with policy %q", status, header.Get("Content-Security-Policy"))
	}
	for name, change := range map[string]func(*http.Request){
		"a stranger's form":    func(q *http.Request) { q.Header.Set("Origin", "https://evil.example") },
		"a stranger's page":    func(q *http.Request) { q.Header.Set("Sec-Fetch-Site", "cross-site") },
		"a name led to us":     func(q *http.Request) { q.Host = "evil.example" },
		"a subdomain of ours?": func(q *http.Request) { q.Host = "localhost.evil.example:80" },
	} {
		if status, _ := ask("POST", change); status != http.StatusForbidden {
			t.Errorf("%s: %d", name, status)
		}
	}
	if len(r.events(r.anna)) != 0 {
		t.Error("a stranger made a meeting")
	}
	for _, addr := range []string{"0.0.0.0:0", "192.0.2.1:0", "localhost:0", "x"} {
		if m365.NewServer().StartPages(addr) == nil {
			t.Errorf("pages without TLS on %s", addr)
		}
	}
}

func TestThePagesInEnglish(t *testing.T) {
	r := readOutlook(t)
	r.shows(r.get(r.page(r.anna, "?lang=en")), "Tuesday 24 November 2026, week 48", "Nothing in the calendar.")
	r.shows(r.get(r.page(r.anna, "/new")), "New meeting", "Show as", "Out of office")
	r.shows(r.get(r.page(r.anna, "?lang=sv")), "Inget i kalendern.")
}

func TestAMailboxThatIsNotHere(t *testing.T) {
	r := readOutlook(t)
	if err := r.tenant.ChangeMailbox(r.anna, func(m *m365.Mailbox) { m.State = m365.OnPremises }); err != nil {
		t.Fatal(err)
	}
	r.shows(r.get(r.page(r.anna, "")), "Brevlådan finns på företagets egen Exchange-server.")
	m365.NewExchange(r.tenant, m365.ExchangeOptions{}) // and with that server, it is looked into there
	r.shows(r.get(r.page(r.anna, "")), "Inget i kalendern.")
}
