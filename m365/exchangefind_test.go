package m365_test

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/telefonist/telefonist/m365"
)

func TestCalendarViewAtTheLimit(t *testing.T) {
	window := func(most string) string {
		view := calendarViewOf("", "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z", "item:Subject")
		return strings.Replace(view, "<m:CalendarView ", "<m:CalendarView "+most+" ", 1)
	}
	for _, c := range []struct {
		server            m365.ExchangeVersion
		asked, most, code string
		items             int
		whole             string
	}{
		{m365.Exchange2007SP1, "Exchange2007_SP1", "", "NoError", 12, "true"},
		{m365.Exchange2010SP2, "Exchange2010", "", "ErrorServerBusy", 0, ""},
		{m365.Exchange2010SP2, "Exchange2010", `MaxEntriesReturned="5"`, "NoError", 5, "false"},
		{m365.Exchange2010SP2, "Exchange2010_SP1", "", "NoError", 10, "false"},
		{m365.Exchange2019, "Exchange2016", `MaxEntriesReturned="11"`, "NoError", 10, "false"},
		{m365.Exchange2019, "Exchange2016", `MaxEntriesReturned="0"`, "ErrorSchemaValidation", 0, ""},
	} {
		w := exchange(t, m365.ExchangeOptions{Version: c.server, FindLimit: 10})
		for i := range 12 {
			start := at(t, "UTC", "2026-11-23 08:00").Add(time.Duration(12-i) * time.Minute)
			_, err := w.tenant.AddEvent("monitor@"+w.tenant.Domain, m365.Event{Subject: fmt.Sprint(12 - i), Start: start, End: start.Add(time.Minute)})
			must(t, err)
		}
		_, e := w.ask(c.asked, "", window(c.most))
		subjects := e.texts("Subject")
		if got := e.find("ResponseCode").Text; got != c.code || len(subjects) != c.items || e.find("RootFolder").attr("IncludesLastItemInRange") != c.whole {
			t.Errorf("%s in %s, %s: %s, %d items, whole %q", c.server, c.asked, c.most, got, len(subjects), e.find("RootFolder").attr("IncludesLastItemInRange"))
		}
		if len(subjects) > 1 && (subjects[0] != "1" || subjects[1] != "2") {
			t.Errorf("%s: in the order %q", c.server, subjects)
		}
	}
}

func TestCalendarViewRefusals(t *testing.T) {
	w := exchange(t, m365.ExchangeOptions{})
	good := calendarViewOf("", "2026-11-23T00:00:00Z", "2028-11-23T00:00:00Z", "item:Subject")
	for name, c := range map[string]struct{ body, want string }{
		"two years":           {good, "NoError"},
		"more than two years": {strings.Replace(good, "2028-11-23", "2028-11-24", 1), "ErrorCalendarViewRangeTooBig"},
		"backwards":           {strings.Replace(good, "2028-11-23", "2026-11-22", 1), "ErrorCalendarEndDateIsEarlierThanStartDate"},
		"another folder":      {strings.Replace(good, `Id="calendar"`, `Id="inbox"`, 1), "ErrorCalendarFolderIsInvalidForCalendarView"},
		"no folder":           {strings.Replace(good, `<t:DistinguishedFolderId Id="calendar"/>`, `<t:FolderId Id="xxx"/>`, 1), "ErrorInvalidIdMalformed"},
		"nobody's":            {strings.Replace(good, calendarOf(""), calendarOf("nobody@x.example"), 1), "ErrorNonExistentMailbox"},
		"a restriction":       {strings.Replace(good, `<m:ParentFolderIds>`, `<m:Restriction/><m:ParentFolderIds>`, 1), "ErrorInvalidRequest"},
		"deep":                {strings.Replace(good, `"Shallow"`, `"Deep"`, 1), "ErrorUnsupportedTraversal"},
	} {
		if _, e := w.ask("Exchange2013_SP1", "", c.body); e.find("ResponseCode").Text != c.want {
			t.Errorf("%s: %s, want %s", name, e.find("ResponseCode").Text, c.want)
		}
	}
}

// TestWhatStandsInACalendar: series as occurrences, whole days as the
// midnights of who made them, changes at once.
func TestWhatStandsInACalendar(t *testing.T) {
	now := at(t, "Europe/Stockholm", "2026-11-23 09:15")
	tenant := m365.New(m365.Options{People: 40, Seed: 1, Now: func() time.Time { return now }})
	w := exchangeOf(t, tenant, m365.ExchangeOptions{})
	anna, bo := staff(tenant)[0], staff(tenant)[1]
	fullCalendar(t, tenant, anna, bo)
	must(t, w.x.GrantImpersonation(monitor, "*"))
	view := func(header string) map[string][]*tag {
		t.Helper()
		_, e := w.ask("Exchange2013_SP1", header+impersonating(anna.Mail), calendarViewOf("", "2026-11-23T00:00:00+01:00", "2026-11-30T00:00:00+01:00", allFields...))
		found := map[string][]*tag{}
		for _, item := range e.findAll("CalendarItem") {
			subject := item.find("Subject").Text
			found[subject] = append(found[subject], item)
		}
		return found
	}
	found := view("")
	if got := found["Semester"][0]; got.find("Start").Text != "2026-11-23T23:00:00Z" || got.find("End").Text != "2026-11-25T23:00:00Z" || got.find("IsAllDayEvent").Text != "true" {
		t.Errorf("whole days: %s – %s", got.find("Start").Text, got.find("End").Text)
	}
	if got := view(`<t:TimeZoneContext><t:TimeZoneDefinition Id="W. Europe Standard Time"/></t:TimeZoneContext>`)["Semester"][0].find("Start").Text; got != "2026-11-24T00:00:00+01:00" {
		t.Errorf("with a zone of ours: %s", got)
	}
	series := found["Avstämning"]
	if len(series) != 2 || series[0].find("UID").Text != series[1].find("UID").Text || series[0].find("ItemId").attr("Id") == series[1].find("ItemId").attr("Id") {
		t.Fatalf("a series: %+v", series)
	}
	for i, want := range []string{"Occurrence", "Exception"} {
		if got := series[i]; got.find("CalendarItemType").Text != want || got.find("IsRecurring").Text != "true" {
			t.Errorf("%s: %s, recurring %s", want, got.find("CalendarItemType").Text, got.find("IsRecurring").Text)
		}
	}
	if got := series[1].find("OriginalStart").Text; got != "2026-11-25T07:30:00Z" {
		t.Errorf("the exception would have begun %s", got)
	}
	if got := found[`Budget <Q4> & "annat"`][0]; got.find("IsMeeting").Text != "true" || got.find("MyResponseType").Text != "Organizer" || len(got.findAll("Body"))+len(got.findAll("Attendee"))+len(got.find("Organizer").findAll("EmailAddress")) != 0 {
		t.Errorf("a meeting as FindItem has it: %+v", got)
	}
	_, e := w.ask("Exchange2013_SP1", impersonating(anna.Mail), `<m:GetItem>`+shaped("ItemShape", "IdOnly", allFields...)+
		`<m:ItemIds><t:RecurringMasterItemId OccurrenceId="`+series[0].find("ItemId").attr("Id")+`"/></m:ItemIds></m:GetItem>`)
	if e.find("CalendarItemType").Text != "RecurringMaster" || e.find("IsRecurring").Text != "false" || e.find("DaysOfWeek").Text != "Monday Wednesday" {
		t.Errorf("the series itself: %s", e.find("CalendarItemType").Text)
	}
	_, err := tenant.AddEvent(bo.ID, m365.Event{Subject: "Nytt", Start: now, End: now.Add(time.Hour), Attendees: []string{anna.Mail}})
	must(t, err)
	if got := view("")["Nytt"]; len(got) != 1 || got[0].find("MyResponseType").Text != "NoResponseReceived" || got[0].find("LegacyFreeBusyStatus").Text != "Tentative" {
		t.Errorf("an invitation: %+v", got)
	}
}

// TestEdgesOfTheWindow: what ends at the very beginning is in from 2013 on.
func TestEdgesOfTheWindow(t *testing.T) {
	for version, want := range map[m365.ExchangeVersion][]string{m365.Exchange2010SP2: {"in"}, m365.Exchange2013SP1: {"before", "in"}} {
		w := exchange(t, m365.ExchangeOptions{Version: version})
		for i, subject := range []string{"before", "in", "after"} {
			start := at(t, "UTC", "2026-11-23 09:00").Add(time.Duration(i) * time.Hour)
			_, err := w.tenant.AddEvent("monitor@"+w.tenant.Domain, m365.Event{Subject: subject, Start: start, End: start.Add(time.Hour)})
			must(t, err)
		}
		_, e := w.ask(schemaOf(version), "", calendarViewOf("", "2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z", "item:Subject"))
		if got := e.texts("Subject"); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", version, got, want)
		}
	}
}

func TestSynchronization(t *testing.T) {
	w := exchange(t, m365.ExchangeOptions{})
	me := "monitor@" + w.tenant.Domain
	start := time.Now().Truncate(time.Hour)
	ids := map[string]string{}
	add := func(subject string, r *m365.Recurrence) {
		id, err := w.tenant.AddEvent(me, m365.Event{Subject: subject, Start: start, End: start.Add(time.Hour), Recurrence: r})
		must(t, err)
		ids[subject] = id
	}
	state := ""
	sync := func(most int) (changes []string, last string) {
		t.Helper()
		_, e := w.ask("Exchange2013_SP1", "", syncItems("", state, most))
		if code := e.find("ResponseCode").Text; code != "NoError" {
			return []string{code}, e.find("IncludesLastItemInRange").Text
		}
		state = e.find("SyncState").Text
		for _, change := range e.find("Changes").Inside {
			changes = append(changes, strings.TrimSpace(change.XMLName.Local+" "+change.find("Subject").Text))
		}
		return changes, e.find("IncludesLastItemInRange").Text
	}
	for _, subject := range []string{"a", "b", "c"} {
		add(subject, nil)
	}
	add("serie", &m365.Recurrence{Type: "daily"})
	expect := func(what string, most int, last string, want ...string) {
		t.Helper()
		if got, isLast := sync(most); !slices.Equal(got, want) || isLast != last {
			t.Errorf("%s: %q, last %s", what, got, isLast)
		}
	}
	expect("the first page", 3, "false", "Create a", "Create b", "Create c")
	must(t, w.tenant.ChangeEvent(me, ids["a"], func(e *m365.Event) { e.Subject = "A" }))
	expect("the last page", 3, "true", "Create serie")
	expect("what changed meanwhile", 512, "true", "Update A")
	expect("nothing", 512, "true")
	add("d", nil)
	must(t, w.tenant.ChangeEvent(me, ids["d"], func(e *m365.Event) { e.Subject = "D" }))
	must(t, w.tenant.DeleteEvent(me, ids["b"]))
	must(t, w.tenant.ChangeEvent(me, ids["c"], func(e *m365.Event) { e.Subject = "C" }))
	must(t, w.tenant.ChangeEvent(me, ids["c"], func(e *m365.Event) { e.Subject = "CC" }))
	expect("a page of changes", 2, "false", "Create D", "Delete")
	expect("the next", 2, "true", "Update CC")
	w.x.ForgetSyncStates()
	expect("a forgotten state", 512, "true", "ErrorInvalidSyncStateData")
	state = "no state"
	expect("no state at all", 512, "true", "ErrorInvalidSyncStateData")
	state = ""
	expect("too many", 513, "", "ErrorSchemaValidation")
}

// TestGraphAndExchangeShowTheSame: what is written through Graph stands in the
// calendar over EWS, in whatever zone it was written.
func TestGraphAndExchangeShowTheSame(t *testing.T) {
	w := start(t, m365.Options{People: 20, Seed: 1, Roles: append(slices.Clone(m365.DefaultRoles), "Calendars.ReadWrite")})
	anna := staff(w.tenant)[0]
	x := m365.NewExchange(w.tenant, m365.ExchangeOptions{All: true, Version: m365.Exchange2010SP2, Accounts: []m365.ExchangeAccount{{User: monitor, Password: password, Mailbox: anna.Mail}}})
	server := httptest.NewServer(x)
	t.Cleanup(server.Close)
	e := &exchangeWorld{t: t, tenant: w.tenant, x: x, url: server.URL + "/EWS/Exchange.asmx", client: server.Client(), user: monitor}
	for zone, id := range map[string]string{"Europe/Stockholm": "W. Europe Standard Time", "Eastern Standard Time": "Eastern Standard Time", "Africa/Nairobi": "E. Africa Standard Time"} {
		a := w.do("POST", "/v1.0/users/"+anna.ID+"/events", `{"subject":"`+zone+`","start":{"dateTime":"2026-11-23T00:00:00","timeZone":"`+zone+`"},"end":{"dateTime":"2026-11-24T00:00:00","timeZone":"`+zone+`"},"isAllDay":true}`)
		if a.status != 201 {
			t.Fatalf("%s: %d %s", zone, a.status, a.body)
		}
		_, found := e.ask("Exchange2010_SP2", "", calendarViewOf("", "2026-11-22T00:00:00Z", "2026-11-26T00:00:00Z", "item:Subject", "calendar:Start", "calendar:StartTimeZone", "calendar:IsAllDayEvent"))
		i := slices.IndexFunc(found.findAll("CalendarItem"), func(item *tag) bool { return item.find("Subject").Text == zone })
		if i < 0 {
			t.Fatalf("%s is not there", zone)
		}
		item := found.findAll("CalendarItem")[i]
		if got := item.find("StartTimeZone").attr("Id"); got != id {
			t.Errorf("%s: zone %q", zone, got)
		}
		if got := item.find("Start").Text; got != at(t, placeOf(zone), "2026-11-23 00:00").Format(time.RFC3339) {
			t.Errorf("%s: begins %s", zone, got)
		}
		if bias := item.find("Period").attr("Bias"); bias != map[string]string{"Europe/Stockholm": "-PT1H", "Eastern Standard Time": "PT5H", "Africa/Nairobi": "-PT3H"}[zone] {
			t.Errorf("%s: bias %s", zone, bias)
		}
	}
}

func placeOf(zone string) string {
	if zone == "Eastern Standard Time" {
		return "America/New_York"
	}
	return zone
}
