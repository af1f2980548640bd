package m365_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/telefonist/telefonist/m365"
)

// schemaOf is the newest RequestServerVersion that every server of a version
// takes.
func schemaOf(v m365.ExchangeVersion) string {
	switch v {
	case m365.Exchange2007SP1, m365.Exchange2010SP2, m365.Exchange2013SP1:
		return "Exchange" + string(v)
	}
	return "Exchange2016"
}

// fullCalendar are events of every sort for a person, from Monday 2026-11-23.
func fullCalendar(t *testing.T, tenant *m365.Tenant, p, other m365.Person) {
	t.Helper()
	place := "Europe/Stockholm"
	day := func(clock string) time.Time { return at(t, place, "2026-11-23 "+clock) }
	for _, e := range []m365.Event{
		{Subject: `Budget <Q4> & "annat"`, Location: "Vänern", Body: "Ta med siffror", Start: day("10:00"), End: day("11:30"), Attendees: []string{other.Mail}, Categories: []string{"Röd"}},
		{Subject: "Tandläkare", Sensitivity: "private", ShowAs: "oof", Start: day("13:00"), End: day("14:00")},
		{Subject: "Hemma", ShowAs: "workingElsewhere", Start: day("15:00"), End: day("16:00")},
		{Subject: "Okänt", ShowAs: "unknown", Start: day("16:00"), End: day("16:30"), Zone: "Eastern Standard Time"},
		{Subject: "Avstämning", Start: day("08:30"), End: day("08:45"), Recurrence: &m365.Recurrence{Type: "weekly", Days: []string{"monday", "wednesday"}}},
		{Subject: "Månadsmöte", Start: day("09:00"), End: day("10:00"), Recurrence: &m365.Recurrence{Type: "relativeMonthly", Days: []string{"monday"}, Index: "last", Count: 12}},
		{Subject: "Lön", Start: day("12:00"), End: day("12:00"), Recurrence: &m365.Recurrence{Type: "absoluteMonthly", Until: "2027-11-30"}},
		{Subject: "Dagligen", Start: day("07:00"), End: day("07:15"), Recurrence: &m365.Recurrence{Type: "daily", Interval: 2, Count: 5}},
		{Subject: "Årsdag", Start: day("17:00"), End: day("18:00"), Recurrence: &m365.Recurrence{Type: "absoluteYearly"}},
		{Subject: "Advent", Start: day("18:00"), End: day("19:00"), Recurrence: &m365.Recurrence{Type: "relativeYearly", Days: []string{"sunday"}, Index: "first"}},
		{Subject: "Semester", AllDay: true, ShowAs: "oof", Start: at(t, place, "2026-11-24 00:00"), End: at(t, place, "2026-11-26 00:00")},
	} {
		if _, err := tenant.AddEvent(p.ID, e); err != nil {
			t.Fatal(e.Subject, err)
		}
	}
	list, err := tenant.Events(p.ID, day("00:00").AddDate(0, 0, 2), day("00:00").AddDate(0, 0, 3))
	i := slices.IndexFunc(list, func(e m365.Event) bool { return e.Subject == "Avstämning" })
	if err != nil || i < 0 {
		t.Fatal(list, err)
	}
	if err := tenant.ChangeEvent(p.ID, list[i].ID, func(e *m365.Event) { e.Start, e.End = e.Start.Add(time.Hour), e.End.Add(time.Hour) }); err != nil {
		t.Fatal(err)
	}
}

// allFields are the properties of calendar items that every version has.
var allFields = []string{
	"item:ParentFolderId", "item:ItemClass", "item:Subject", "item:Sensitivity", "item:Body", "item:DateTimeCreated", "item:Size", "item:Categories",
	"item:Importance", "item:ReminderIsSet", "item:HasAttachments", "item:Culture", "item:LastModifiedTime", "item:EffectiveRights",
	"calendar:UID", "calendar:Start", "calendar:End", "calendar:OriginalStart", "calendar:IsAllDayEvent", "calendar:LegacyFreeBusyStatus", "calendar:Location",
	"calendar:IsMeeting", "calendar:IsCancelled", "calendar:IsRecurring", "calendar:CalendarItemType", "calendar:MyResponseType", "calendar:Organizer",
	"calendar:RequiredAttendees", "calendar:Duration", "calendar:TimeZone", "calendar:AppointmentState", "calendar:Recurrence",
}

// shaped is an ItemShape or FolderShape.
func shaped(name, base string, fields ...string) string {
	var b strings.Builder
	b.WriteString(`<m:` + name + `><t:BaseShape>` + base + `</t:BaseShape>`)
	if len(fields) > 0 {
		b.WriteString(`<t:AdditionalProperties>`)
		for _, f := range fields {
			b.WriteString(`<t:FieldURI FieldURI="` + f + `"/>`)
		}
		b.WriteString(`</t:AdditionalProperties>`)
	}
	b.WriteString(`</m:` + name + `>`)
	return b.String()
}

// calendarOf is a person's calendar folder, "" one's own.
func calendarOf(address string) string { return distinguished("calendar", address) }

func distinguished(name, address string) string {
	if address == "" {
		return `<t:DistinguishedFolderId Id="` + name + `"/>`
	}
	return `<t:DistinguishedFolderId Id="` + name + `"><t:Mailbox><t:EmailAddress>` + address + `</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`
}

func calendarViewOf(address, from, to string, fields ...string) string {
	return `<m:FindItem Traversal="Shallow">` + shaped("ItemShape", "IdOnly", fields...) + `<m:CalendarView StartDate="` + from + `" EndDate="` + to + `"/>` +
		`<m:ParentFolderIds>` + calendarOf(address) + `</m:ParentFolderIds></m:FindItem>`
}

func getFolder(folder string, fields ...string) string {
	return `<m:GetFolder>` + shaped("FolderShape", "IdOnly", fields...) + `<m:FolderIds>` + folder + `</m:FolderIds></m:GetFolder>`
}

func syncItems(address, state string, most int) string {
	if state != "" {
		state = `<m:SyncState>` + state + `</m:SyncState>`
	}
	return `<m:SyncFolderItems>` + shaped("ItemShape", "IdOnly", "item:Subject") + `<m:SyncFolderId>` + calendarOf(address) + `</m:SyncFolderId>` + state +
		fmt.Sprintf(`<m:MaxChangesReturned>%d</m:MaxChangesReturned></m:SyncFolderItems>`, most)
}

func subscribeTo(address string) string {
	return `<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds>` + calendarOf(address) + `</t:FolderIds><t:EventTypes><t:EventType>CreatedEvent</t:EventType>` +
		`<t:EventType>ModifiedEvent</t:EventType><t:EventType>DeletedEvent</t:EventType><t:EventType>MovedEvent</t:EventType></t:EventTypes></m:StreamingSubscriptionRequest></m:Subscribe>`
}

func streamOf(ids ...string) string {
	var b strings.Builder
	for _, id := range ids {
		b.WriteString(`<t:SubscriptionId>` + id + `</t:SubscriptionId>`)
	}
	return `<m:GetStreamingEvents><m:SubscriptionIds>` + b.String() + `</m:SubscriptionIds><m:ConnectionTimeout>1</m:ConnectionTimeout></m:GetStreamingEvents>`
}

func impersonating(address string) string {
	return `<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>` + address + `</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>`
}

func oofOf(address string) string {
	return `<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>` + address + `</t:Address></t:Mailbox></m:GetUserOofSettingsRequest>`
}

// everyAnswer asks a server of a version for all that can be asked, right and
// wrong, and returns the answers by name. DumpAnswers writes them.
func everyAnswer(t *testing.T, v m365.ExchangeVersion) map[string][]byte {
	t.Helper()
	now := at(t, "Europe/Stockholm", "2026-11-23 09:15")
	tenant := m365.New(m365.Options{People: 40, Seed: 1, Now: func() time.Time { return now }})
	w := exchangeOf(t, tenant, m365.ExchangeOptions{Version: v, Minute: 50 * time.Millisecond, HeartBeat: 10 * time.Millisecond})
	people := staff(tenant)
	anna, bo, cia := people[0], people[1], people[2]
	fullCalendar(t, tenant, anna, bo)
	must(t, w.x.Grant(monitor, m365.RightReviewer, anna.ID))
	must(t, w.x.Grant(monitor, m365.RightNone, cia.ID))
	must(t, w.x.GrantImpersonation(monitor, "*"))
	list := tenant.AddGroup(m365.Group{DisplayName: "Alla", Mail: "alla@" + tenant.Domain})
	must(t, tenant.AddMember(list, anna.ID))
	schema := schemaOf(v)
	answers := map[string][]byte{}
	ask := func(name, header, body string) *tag {
		t.Helper()
		a := w.post(soap(schema, header, body))
		answers[name] = a.body
		if name == "stream" {
			return nil
		}
		return parsed(t, a.body)
	}
	week := [2]string{"2026-11-23T00:00:00", "2026-11-30T00:00:00"}
	ask("availability", impersonating(anna.Mail), freeBusy("DetailedMerged", week[0], week[1], anna.Mail, bo.Mail, cia.Mail, "nobody@"+tenant.Domain, "no address", "alla@"+tenant.Domain))
	ask("availability-times", "", freeBusy("FreeBusyMerged", week[0], week[1], anna.Mail, bo.Mail))
	view := calendarViewOf(anna.Mail, "2026-11-23T00:00:00+01:00", "2026-11-30T00:00:00+01:00", allFields...)
	ask("view-reviewer", "", view)
	found := ask("view-owner", impersonating(anna.Mail), strings.ReplaceAll(view, anna.Mail, anna.Mail))
	ask("view-denied", "", strings.ReplaceAll(view, anna.Mail, bo.Mail))
	ids := ""
	for _, item := range found.findAll("ItemId") {
		ids += `<t:ItemId Id="` + item.attr("Id") + `"/><t:RecurringMasterItemId OccurrenceId="` + item.attr("Id") + `"/>`
	}
	ask("items", impersonating(anna.Mail), `<m:GetItem>`+shaped("ItemShape", "AllProperties", allFields...)+`<m:ItemIds>`+ids+`<t:ItemId Id="xxx"/></m:ItemIds></m:GetItem>`)
	ask("stored", impersonating(anna.Mail), `<m:FindItem Traversal="Shallow">`+shaped("ItemShape", "Default")+`<m:IndexedPageItemView MaxEntriesReturned="3" Offset="1" BasePoint="Beginning"/><m:ParentFolderIds>`+calendarOf("")+`</m:ParentFolderIds></m:FindItem>`)
	folders := calendarOf("") + distinguished("root", "") + distinguished("inbox", "") + distinguished("contacts", "") + distinguished("tasks", "") + distinguished("journal", "")
	ask("folders", impersonating(anna.Mail), `<m:GetFolder>`+shaped("FolderShape", "AllProperties")+`<m:FolderIds>`+folders+`</m:FolderIds></m:GetFolder>`)
	ask("folder-reviewer", "", getFolder(calendarOf(anna.Mail), "folder:EffectiveRights", "folder:DisplayName"))
	ask("sync", impersonating(anna.Mail), syncItems("", "", 3))
	ask("sync-bad", impersonating(anna.Mail), syncItems("", "xyz", 3))
	ask("names", "", `<m:ResolveNames ReturnFullContactData="true"><m:UnresolvedEntry>`+anna.Mail+`</m:UnresolvedEntry></m:ResolveNames>`)
	ask("names-many", "", `<m:ResolveNames ReturnFullContactData="true"><m:UnresolvedEntry>a</m:UnresolvedEntry></m:ResolveNames>`)
	ask("names-none", "", `<m:ResolveNames ReturnFullContactData="true"><m:UnresolvedEntry>qqqq</m:UnresolvedEntry></m:ResolveNames>`)
	ask("oof", impersonating(anna.Mail), oofOf(anna.Mail))
	ask("oof-denied", "", oofOf(anna.Mail))
	ask("zones", "", `<m:GetServerTimeZones ReturnFullTimeZoneData="true"/>`)
	ask("zones-short", "", `<m:GetServerTimeZones ReturnFullTimeZoneData="false"><m:Ids><t:Id>W. Europe Standard Time</t:Id></m:Ids></m:GetServerTimeZones>`)
	ask("subscribe-denied", "", subscribeTo(anna.Mail))
	if id := ask("subscribe", impersonating(anna.Mail), subscribeTo("")).find("SubscriptionId").Text; id != "" {
		_, err := tenant.AddEvent(anna.ID, m365.Event{Subject: "Nytt", Start: now, End: now.Add(time.Hour)})
		must(t, err)
		ask("stream", impersonating(anna.Mail), streamOf(id))
		ask("unsubscribe", impersonating(anna.Mail), `<m:Unsubscribe><m:SubscriptionId>`+id+`</m:SubscriptionId></m:Unsubscribe>`)
		ask("unsubscribe-again", impersonating(anna.Mail), `<m:Unsubscribe><m:SubscriptionId>`+id+`</m:SubscriptionId></m:Unsubscribe>`)
		ask("stream-lost", impersonating(anna.Mail), streamOf(id))
	}
	must(t, w.x.Fault(m365.ExchangeFault{Kind: m365.ExchangeBusyInside, BackOff: 5 * time.Second, Times: 2}))
	ask("busy-inside", "", view)
	ask("busy-sync", "", syncItems(anna.Mail, "", 3))
	return answers
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestEveryAnswer asks everything of every version. With
// TELEFONIST_EWS_ANSWERS it writes the answers there, for other checks.
func TestEveryAnswer(t *testing.T) {
	for _, v := range m365.ExchangeVersions() {
		t.Run(string(v), func(t *testing.T) {
			t.Parallel()
			answers := everyAnswer(t, v)
			if len(answers) < 20 {
				t.Errorf("%d answers", len(answers))
			}
			if into := os.Getenv("TELEFONIST_EWS_ANSWERS"); into != "" {
				dump(t, filepath.Join(into, string(v)), answers)
			}
		})
	}
}

func dump(t *testing.T, dir string, answers map[string][]byte) {
	t.Helper()
	must(t, os.MkdirAll(dir, 0o755))
	for name, body := range answers {
		must(t, os.WriteFile(filepath.Join(dir, name+".xml"), body, 0o644))
	}
}
