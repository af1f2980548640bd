package m365_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/telefonist/telefonist/m365"
)

// office is a world whose app may read calendars and settings.
func office(t *testing.T, roles ...string) *world {
	if roles == nil {
		roles = []string{"Calendars.Read", "MailboxSettings.Read"}
	}
	return start(t, m365.Options{People: 30, Seed: 1, Roles: roles})
}

// add puts an event into a calendar.
func (w *world) add(p m365.Person, e m365.Event) string {
	w.t.Helper()
	id, err := w.tenant.AddEvent(p.ID, e)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// view is the path of a calendarView of the days from first up to last.
func view(p m365.Person, first, last string) string {
	return "/v1.0/users/" + p.ID + "/calendarView?startDateTime=" + first + "T00:00:00Z&endDateTime=" + last + "T00:00:00Z"
}

// times are "start–end" of events, in the zone of the answer.
func times(events []object) []string {
	var out []string
	for _, e := range events {
		cut := func(name string) string {
			return strings.TrimSuffix(e[name].(object)["dateTime"].(string), ":00.0000000")
		}
		out = append(out, cut("start")+"–"+cut("end")[11:])
	}
	return out
}

// A whole day is midnight to midnight in whichever zone is asked for, and stands
// in the window as it is where it was made.
func TestWholeDaysHangNowhere(t *testing.T) {
	w := office(t)
	p := staff(w.tenant)[0]
	w.add(p, m365.Event{
		Subject: "SEM:", AllDay: true, Zone: "New Zealand Standard Time",
		Start: at(t, "Pacific/Auckland", "2026-11-24 00:00"), End: at(t, "Pacific/Auckland", "2026-11-25 00:00"),
	})
	for _, zone := range []string{"UTC", "W. Europe Standard Time", "America/New_York"} {
		got := w.page(view(p, "2026-11-23", "2026-11-24"), "Prefer", `outlook.timezone="`+zone+`"`)
		if list := times(got.Value); !slices.Equal(list, []string{"2026-11-24T00:00–00:00"}) {
			t.Errorf("in %s: %v", zone, list)
			continue
		}
		if start := got.Value[0]["start"].(object); start["timeZone"] != zone {
			t.Errorf("in %s: it starts %v", zone, start)
		}
	}
	if got := w.page(view(p, "2026-11-25", "2026-11-26")); len(got.Value) != 0 {
		t.Errorf("over in Auckland: %v", times(got.Value))
	}
}

func TestACalendarInTheZoneThatIsAsked(t *testing.T) {
	w := office(t)
	p := staff(w.tenant)[0]
	w.add(p, m365.Event{
		Subject: "Besök", Body: "Rad ett\nRad två <&>", Start: at(t, "Europe/Stockholm", "2026-11-23 23:30"), End: at(t, "Europe/Stockholm", "2026-11-24 00:30"),
		ShowAs: "limbo", Sensitivity: "secret", Categories: []string{"Röd"}, Zone: "W. Europe Standard Time",
	})
	path := view(p, "2026-11-23", "2026-11-24")
	for zone, want := range map[string]string{
		"":                        "2026-11-23T22:30–23:30",
		"UTC":                     "2026-11-23T22:30–23:30",
		"W. Europe Standard Time": "2026-11-23T23:30–00:30",
		"America/New_York":        "2026-11-23T17:30–18:30",
		"Eastern Standard Time":   "2026-11-23T17:30–18:30",
	} {
		var headers []string
		if zone != "" {
			headers = []string{"Prefer", `outlook.timezone="` + zone + `", outlook.body-content-type="text"`}
		}
		a := w.get(path, headers...)
		var got page
		a.decode(t, &got)
		if list := times(got.Value); !slices.Equal(list, []string{want}) {
			t.Errorf("in %q: %v, want %s", zone, list, want)
		}
		e := got.Value[0]
		if e["showAs"] != "limbo" || e["sensitivity"] != "secret" || e["originalStartTimeZone"] != "W. Europe Standard Time" {
			t.Errorf("words the docs do not know: %v", e)
		}
		kind, applied := "html", ""
		if zone != "" {
			kind, applied = "text", headers[1]
		}
		if e["body"].(object)["contentType"] != kind || a.header.Get("Preference-Applied") != applied {
			t.Errorf("in %q: %v, applied %q", zone, e["body"], a.header.Get("Preference-Applied"))
		}
	}
	if a := w.get(path, "Prefer", `outlook.timezone="Mars"`); a.status != 400 || a.code(t) != "TimeZoneNotSupportedException" {
		t.Errorf("a zone that is none: %d %s", a.status, a.body)
	}
	// the bounds have their own offset; Prefer does not touch them
	bounds := "/v1.0/users/" + p.UserPrincipalName + "/calendar/calendarView?startDateTime=" + url.QueryEscape("2026-11-24T00:30:00+01:00") + "&endDateTime=2026-11-25T00:00:00Z"
	if got := w.page(bounds, "Prefer", `outlook.timezone="America/New_York"`); len(got.Value) != 0 {
		t.Errorf("over before the window began: %v", times(got.Value))
	}
	if got := w.page(strings.Replace(bounds, "00%3A30%3A00", "00%3A29%3A00", 1)); len(got.Value) != 1 {
		t.Errorf("the last minute of it in the window: %v", times(got.Value))
	}
	for name, bad := range map[string]string{
		"no window": "/v1.0/users/" + p.ID + "/calendarView", "top": path + "&$top=1001", "filter": path + "&$filter=x", "too long": view(p, "2020-01-01", "2026-01-01"),
		"backwards": view(p, "2026-11-24", "2026-11-23"), "no time": "/v1.0/users/" + p.ID + "/calendarView?startDateTime=x&endDateTime=y",
	} {
		if a := w.get(bad); a.status != 400 || !strings.HasPrefix(a.code(t), "Error") {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
}

func TestADayOfAThousandEventsInPages(t *testing.T) {
	w := office(t)
	p := staff(w.tenant)[0]
	begin := at(t, "UTC", "2026-11-23 00:00")
	for i := range 1003 {
		from := begin.Add(time.Duration(i) * time.Minute)
		w.add(p, m365.Event{Subject: fmt.Sprint(i), Start: from, End: from.Add(time.Minute)})
	}
	for path, pages := range map[string]int{
		view(p, "2026-11-23", "2026-11-24") + "&$top=1000&$select=subject": 2,
		view(p, "2026-11-23", "2026-11-24") + "&$top=100":                  11,
	} {
		var subjects []string
		n := 0
		for ; path != ""; n++ {
			got := w.page(path)
			for _, e := range got.Value {
				subjects = append(subjects, e["subject"].(string))
			}
			path = got.Next
		}
		for i, subject := range subjects {
			if subject != fmt.Sprint(i) {
				t.Fatalf("%d is %q", i, subject)
			}
		}
		if n != pages || len(subjects) != 1003 {
			t.Errorf("%d events in %d pages, want 1003 in %d", len(subjects), n, pages)
		}
	}
	if got := w.page(view(p, "2026-11-23", "2026-11-24")); len(got.Value) != 10 {
		t.Errorf("a page that nobody sized holds %d", len(got.Value))
	}
	if got := w.page(view(p, "2026-11-23", "2026-11-24"), "Prefer", "odata.maxpagesize=25"); len(got.Value) != 25 {
		t.Errorf("a page of 25 holds %d", len(got.Value))
	}
}

func TestSelectAndReadBasic(t *testing.T) {
	w := office(t)
	p := staff(w.tenant)[0]
	w.add(p, m365.Event{Subject: "Hemligt", Body: "text", Start: at(t, "UTC", "2026-11-23 09:00"), End: at(t, "UTC", "2026-11-23 10:00")})
	path := view(p, "2026-11-23", "2026-11-24")
	chosen := w.page(path + "&$select=subject,start").Value[0]
	if names := sorted(chosen); !slices.Equal(names, []string{"@odata.etag", "id", "start", "subject"}) {
		t.Errorf("selected: %v", names)
	}
	full := w.page(path).Value[0]
	w.tenant.Revoke("Calendars.Read")
	w.tenant.Grant("Calendars.ReadBasic.All")
	w.signIn()
	basic := w.page(path).Value[0]
	for _, name := range []string{"body", "bodyPreview", "hasAttachments"} {
		if _, shown := basic[name]; shown || full[name] == nil {
			t.Errorf("%s: read %v, basic %v", name, full[name], basic[name])
		}
	}
	if len(basic) != len(full)-3 || basic["subject"] != "Hemligt" {
		t.Errorf("basic: %v", basic)
	}
}

func sorted(o object) []string {
	var names []string
	for name := range o {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func TestImmutableIDs(t *testing.T) {
	w := office(t)
	p := staff(w.tenant)[0]
	id := w.add(p, m365.Event{Start: at(t, "UTC", "2026-11-23 09:00"), End: at(t, "UTC", "2026-11-23 10:00"), Recurrence: &m365.Recurrence{Type: "daily"}})
	const prefer = `IdType="ImmutableId"`
	a := w.get(view(p, "2026-11-23", "2026-11-24"), "Prefer", prefer)
	var got page
	a.decode(t, &got)
	other := got.Value[0]["seriesMasterId"].(string)
	if other == id || a.header.Get("Preference-Applied") != prefer {
		t.Errorf("immutable: %s, %v", other, a.header)
	}
	for _, name := range []string{id, other} {
		if a := w.get("/v1.0/users/" + p.ID + "/events/" + url.PathEscape(name)); a.status != 200 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	for _, name := range []string{strings.ToLower(id), "x", w.add(staff(w.tenant)[1], m365.Event{Start: at(t, "UTC", "2026-11-23 09:00"), End: at(t, "UTC", "2026-11-23 10:00")})} {
		if a := w.get("/v1.0/users/" + p.ID + "/events/" + name); a.status != 404 || a.code(t) != "ErrorItemNotFound" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
}

func TestEventsAreWritten(t *testing.T) {
	w := office(t, "Calendars.ReadWrite")
	anna, bertil := staff(w.tenant)[0], staff(w.tenant)[1]
	folder := "/v1.0/users/" + anna.ID + "/events"
	made := w.do(http.MethodPost, folder, `{"subject":"Möte","body":{"contentType":"HTML","content":"<p>Hej</p>"},
		"start":{"dateTime":"2026-11-23T10:00:00","timeZone":"W. Europe Standard Time"},"end":{"dateTime":"2026-11-23T11:00:00","timeZone":"Europe/Stockholm"},
		"location":{"displayName":"Vättern"},"attendees":[{"emailAddress":{"address":"`+bertil.Mail+`"},"type":"required"}]}`)
	var e struct {
		ID        string
		ShowAs    string
		Start     struct{ DateTime string }
		Organizer struct {
			EmailAddress struct{ Address, Name string }
		}
		Response struct{ Response string } `json:"responseStatus"`
	}
	made.decode(t, &e)
	if made.status != 201 || e.Start.DateTime != "2026-11-23T09:00:00.0000000" || e.ShowAs != "busy" || e.Organizer.EmailAddress.Address != anna.Mail {
		t.Fatalf("made: %d %s", made.status, made.body)
	}
	copies := w.page(view(bertil, "2026-11-23", "2026-11-24")).Value
	if len(copies) != 1 || copies[0]["isOrganizer"] != false || copies[0]["showAs"] != "tentative" || copies[0]["responseStatus"].(object)["response"] != "notResponded" {
		t.Fatalf("who is invited sees %v", copies)
	}
	his := "/v1.0/users/" + bertil.ID + "/events/" + url.PathEscape(copies[0]["id"].(string))
	if a := w.do(http.MethodPost, his+"/accept", `{"sendResponse":true}`); a.status != 202 {
		t.Errorf("accept: %d %s", a.status, a.body)
	}
	if a := w.do(http.MethodPost, folder+"/"+url.PathEscape(e.ID)+"/accept", `{}`); a.status != 400 || a.code(t) != "ErrorInvalidRequest" {
		t.Errorf("the organizer accepts: %d %s", a.status, a.body)
	}
	own := folder + "/" + url.PathEscape(e.ID)
	status := w.get(own).String(t, "attendees", 0, "status", "response")
	if status != "accepted" {
		t.Errorf("the organizer sees %s", status)
	}
	a := w.do(http.MethodPatch, own, `{"start":{"dateTime":"2026-11-23T13:00:00","timeZone":"W. Europe Standard Time"},
		"end":{"dateTime":"2026-11-23T14:00:00","timeZone":"W. Europe Standard Time"},"showAs":"OOF"}`)
	if a.status != 200 || a.String(t, "start", "dateTime") != "2026-11-23T12:00:00.0000000" || a.String(t, "showAs") != "oof" || a.String(t, "subject") != "Möte" {
		t.Errorf("moved: %d %s", a.status, a.body)
	}
	if got := w.get(his).String(t, "start", "dateTime"); got != "2026-11-23T12:00:00.0000000" {
		t.Errorf("his copy begins at %s", got)
	}
	if a := w.do(http.MethodPost, his+"/cancel", `{}`); a.status != 400 {
		t.Errorf("who is invited cancels: %d %s", a.status, a.body)
	}
	if a := w.do(http.MethodPost, own+"/cancel", `{"comment":"ledsen"}`); a.status != 202 {
		t.Errorf("cancel: %d %s", a.status, a.body)
	}
	if a := w.get(his); a.String(t, "subject") != "Canceled: Möte" || a.String(t, "showAs") != "free" {
		t.Errorf("his copy of what was called off: %s", a.body)
	}
	if a := w.do(http.MethodDelete, his, ""); a.status != 204 {
		t.Errorf("delete: %d %s", a.status, a.body)
	}
	for name, body := range map[string]string{
		"no times": `{"subject":"x"}`, "no JSON": `{`, "show as": `{"start":{"dateTime":"2026-11-23T10:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-11-23T11:00:00","timeZone":"UTC"},"showAs":"gone"}`,
		"zone": `{"start":{"dateTime":"2026-11-23T10:00:00","timeZone":"Mars"},"end":{"dateTime":"2026-11-23T11:00:00","timeZone":"UTC"}}`,
		"days": `{"isAllDay":true,"start":{"dateTime":"2026-11-23T10:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-11-24T00:00:00","timeZone":"UTC"}}`,
	} {
		if a := w.do(http.MethodPost, folder, body); a.status != 400 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	w.tenant.Revoke("Calendars.ReadWrite")
	w.tenant.Grant("Calendars.Read")
	w.signIn()
	if a := w.do(http.MethodDelete, his, ""); a.status != 403 || a.code(t) != "ErrorAccessDenied" {
		t.Errorf("delete with the right to read: %d %s", a.status, a.body)
	}
}

// String is a text deep in the body: names of objects, places in lists.
func (a answer) String(t *testing.T, path ...any) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(a.body, &v); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	for _, step := range path {
		switch at := v.(type) {
		case object:
			v = at[step.(string)]
		case []any:
			if i := step.(int); i < len(at) {
				v = at[i]
			}
		}
	}
	return fmt.Sprint(v)
}

func TestASeriesOverGraph(t *testing.T) {
	w := office(t, "Calendars.ReadWrite")
	p := staff(w.tenant)[0]
	folder := "/v1.0/users/" + p.ID + "/events"
	made := w.do(http.MethodPost, folder, `{"subject":"Standup","start":{"dateTime":"2026-11-23T09:00:00","timeZone":"W. Europe Standard Time"},
		"end":{"dateTime":"2026-11-23T09:15:00","timeZone":"W. Europe Standard Time"},
		"recurrence":{"pattern":{"type":"weekly","interval":1,"daysOfWeek":["monday","wednesday"],"firstDayOfWeek":"monday"},"range":{"type":"numbered","startDate":"2026-11-23","numberOfOccurrences":4}}}`)
	if made.status != 201 || made.String(t, "type") != "seriesMaster" || made.String(t, "recurrence", "range", "numberOfOccurrences") != "4" {
		t.Fatalf("made: %d %s", made.status, made.body)
	}
	master := made.String(t, "id")
	look := func() []object { return w.page(view(p, "2026-11-23", "2026-12-31") + "&$top=50").Value }
	days := look()
	if got, want := times(days), []string{"2026-11-23T08:00–08:15", "2026-11-25T08:00–08:15", "2026-11-30T08:00–08:15", "2026-12-02T08:00–08:15"}; !slices.Equal(got, want) {
		t.Fatalf("occurrences %v, want %v", got, want)
	}
	uids := map[any]bool{made.String(t, "iCalUId"): true}
	for _, o := range days {
		uids[o["iCalUId"]] = true
		if o["type"] != "occurrence" || o["seriesMasterId"] != master || o["recurrence"] != nil {
			t.Errorf("occurrence %v", o)
		}
	}
	if len(uids) != 5 {
		t.Errorf("%d iCalUIds of a series and its 4 occurrences", len(uids))
	}
	second := folder + "/" + url.PathEscape(days[1]["id"].(string))
	if a := w.do(http.MethodPatch, second, `{"subject":"Sen standup","start":{"dateTime":"2026-11-26T15:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-11-26T15:30:00","timeZone":"UTC"}}`); a.status != 200 || a.String(t, "type") != "exception" {
		t.Errorf("moved one: %d %s", a.status, a.body)
	}
	if a := w.do(http.MethodDelete, folder+"/"+url.PathEscape(days[2]["id"].(string)), ""); a.status != 204 {
		t.Errorf("deleted one: %d %s", a.status, a.body)
	}
	if a := w.get(folder + "/" + url.PathEscape(days[2]["id"].(string))); a.status != 404 {
		t.Errorf("the one that was deleted: %d %s", a.status, a.body)
	}
	days = look()
	if got, want := times(days), []string{"2026-11-23T08:00–08:15", "2026-11-26T15:00–15:30", "2026-12-02T08:00–08:15"}; !slices.Equal(got, want) {
		t.Fatalf("with exceptions %v, want %v", got, want)
	}
	if a := w.get(second + "?$select=originalStart,subject"); days[1]["type"] != "exception" || a.String(t, "originalStart") != "2026-11-25T08:00:00Z" || a.String(t, "subject") != "Sen standup" {
		t.Errorf("exception: %s", a.body)
	}
	if a := w.get(folder + "/" + url.PathEscape(master) + "?$select=cancelledOccurrences"); a.String(t, "cancelledOccurrences", 0) != "OID."+master+".2026-11-30" {
		t.Errorf("cancelled occurrences: %s", a.body)
	}
	instances := w.page(folder + "/" + url.PathEscape(master) + "/instances?startDateTime=2026-11-24T00:00:00Z&endDateTime=2026-11-27T00:00:00Z").Value
	if len(instances) != 1 || instances[0]["id"] != days[1]["id"] {
		t.Errorf("instances: %v", instances)
	}
	if list := w.page(folder).Value; len(list) != 1 || list[0]["id"] != master {
		t.Errorf("events lists %v", list)
	}
	// A series that is moved to other days has occurrences with other ids, and
	// its exceptions are no more.
	if a := w.do(http.MethodPatch, folder+"/"+url.PathEscape(master), `{"recurrence":{"pattern":{"type":"weekly","interval":1,"daysOfWeek":["tuesday"]},"range":{"type":"endDate","startDate":"2026-11-24","endDate":"2026-12-08"}}}`); a.status != 200 {
		t.Fatalf("moved series: %d %s", a.status, a.body)
	}
	if got, want := times(look()), []string{"2026-11-24T08:00–08:15", "2026-12-01T08:00–08:15", "2026-12-08T08:00–08:15"}; !slices.Equal(got, want) {
		t.Errorf("moved series %v, want %v", got, want)
	}
	if a := w.get(second); a.status != 404 {
		t.Errorf("an occurrence of before: %d %s", a.status, a.body)
	}
}

func TestTheCalendarFolder(t *testing.T) {
	w := office(t)
	p := staff(w.tenant)[0]
	a := w.get("/v1.0/users/" + p.ID + "/calendar?$select=id")
	var got object
	a.decode(t, &got)
	if a.status != 200 || len(got) != 2 || got["id"] == nil {
		t.Errorf("calendar: %d %s", a.status, a.body)
	}
	if list := w.page("/v1.0/users/" + p.ID + "/calendars").Value; len(list) != 1 || list[0]["id"] != got["id"] || list[0]["isDefaultCalendar"] != true {
		t.Errorf("calendars: %v", list)
	}
}
