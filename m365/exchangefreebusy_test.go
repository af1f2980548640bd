package m365_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/telefonist/telefonist/m365"
)

func TestAvailabilityTellsWhatTheRightAllows(t *testing.T) {
	w := exchange(t, m365.ExchangeOptions{})
	anna := staff(w.tenant)[0]
	for _, e := range []m365.Event{
		{Subject: "Budget", Location: "Vänern", Start: at(t, "Europe/Stockholm", "2026-11-23 10:00"), End: at(t, "Europe/Stockholm", "2026-11-23 11:30")},
		{Subject: "Tandläkare", ShowAs: "oof", Sensitivity: "private", Start: at(t, "Europe/Stockholm", "2026-11-23 13:00"), End: at(t, "Europe/Stockholm", "2026-11-23 14:00")},
	} {
		if _, err := w.tenant.AddEvent(anna.ID, e); err != nil {
			t.Fatal(err)
		}
	}
	ask := func() *tag {
		t.Helper()
		status, a := w.ask("Exchange2013_SP1", "", freeBusy("DetailedMerged", "2026-11-23T00:00:00", "2026-11-24T00:00:00", anna.Mail))
		if status != 200 {
			t.Fatalf("status %d", status)
		}
		return a
	}
	a := ask()
	if got := a.find("FreeBusyViewType").Text; got != "FreeBusyMerged" {
		t.Errorf("view with free/busy alone: %s", got)
	}
	if got := a.find("MergedFreeBusy").Text; got != "000000000022030000000000" {
		t.Errorf("digits: %s", got)
	}
	if got := a.find("StartTime").Text; got != "2026-11-23T10:00:00" {
		t.Errorf("begins %s", got)
	}
	if n := len(a.findAll("CalendarEventDetails")); n != 0 {
		t.Errorf("%d details for who may not read them", n)
	}
	if err := w.x.Grant(monitor, m365.RightLimitedDetails, anna.Mail); err != nil {
		t.Fatal(err)
	}
	a = ask()
	if got := a.texts("Subject"); len(got) != 1 || got[0] != "Budget" {
		t.Errorf("subjects with limited details: %q", got)
	}
	if got := a.texts("IsPrivate"); len(got) != 2 || got[0] != "false" || got[1] != "true" {
		t.Errorf("private: %q", got)
	}
	if err := w.x.Grant(monitor, m365.RightNone, anna.Mail); err != nil {
		t.Fatal(err)
	}
	if got := ask().find("ResponseCode").Text; got != "ErrorNoFreeBusyAccess" {
		t.Errorf("without any right: %s", got)
	}
}

// TestAvailabilityRefusals: what is wrong with the whole question, and what
// with one mailbox of it.
func TestAvailabilityRefusals(t *testing.T) {
	w := exchange(t, m365.ExchangeOptions{})
	anna, bo, cia := staff(w.tenant)[0], staff(w.tenant)[1], staff(w.tenant)[2]
	must(t, w.x.Grant(monitor, m365.RightNone, cia.Mail))
	must(t, w.tenant.ChangeMailbox(bo.ID, func(m *m365.Mailbox) { m.State = m365.NoMailbox }))
	good := freeBusy("Detailed", "2026-11-23T00:00:00", "2026-11-24T00:00:00", anna.Mail)
	for name, c := range map[string]struct{ header, body, want string }{
		"no zone":                       {"", strings.Replace(good, swedishZone, "", 1), "ErrorTimeZone"},
		"zone in context":               {`<t:TimeZoneContext><t:TimeZoneDefinition Id="W. Europe Standard Time"/></t:TimeZoneContext>`, strings.Replace(good, swedishZone, "", 1), "NoError"},
		"no such zone":                  {`<t:TimeZoneContext><t:TimeZoneDefinition Id="Nowhere"/></t:TimeZoneContext>`, good, "ErrorTimeZone"},
		"42 days":                       {"", freeBusy("FreeBusy", "2026-11-01T00:00:00", "2026-12-13T00:00:00", anna.Mail), "NoError"},
		"42 days and an hour of winter": {"", freeBusy("FreeBusy", "2026-10-01T00:00:00", "2026-11-12T00:00:00", anna.Mail), "NoError"},
		"43 days":                       {"", freeBusy("FreeBusy", "2026-11-01T00:00:00", "2026-12-14T00:00:00", anna.Mail), "ErrorTimeIntervalTooBig"},
		"backwards":                     {"", freeBusy("FreeBusy", "2026-11-24T00:00:00", "2026-11-23T00:00:00", anna.Mail), "ErrorInvalidTimeInterval"},
		"100 mailboxes":                 {"", freeBusy("FreeBusy", "2026-11-23T00:00:00", "2026-11-24T00:00:00", slices.Repeat([]string{anna.Mail}, 100)...), "NoError"},
		"101 mailboxes":                 {"", freeBusy("FreeBusy", "2026-11-23T00:00:00", "2026-11-24T00:00:00", slices.Repeat([]string{anna.Mail}, 101)...), "ErrorMailboxDataArrayTooBig"},
		"no such view":                  {"", strings.Replace(good, ">Detailed<", ">Everything<", 1), "ErrorSchemaValidation"},
		"intervals":                     {"", strings.Replace(good, ">60<", ">4<", 1), "ErrorInvalidMergedFreeBusyInterval"},
		"a document type":               {"", `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>` + good, "ErrorInvalidRequest"},
	} {
		status, e := w.ask("Exchange2013_SP1", c.header, c.body)
		if got := e.find("ResponseCode").Text; got != c.want || (status == 200) != (c.want == "NoError") {
			t.Errorf("%s: %d %s, want %s", name, status, got, c.want)
		}
	}
	status, e := w.ask("Exchange2013_SP1", "", freeBusy("Detailed", "2026-11-23T00:00:00", "2026-11-24T00:00:00", anna.Mail, bo.Mail, "nobody@x.example", "no address", cia.Mail, anna.Mail))
	want := []string{"NoError", "ErrorMailRecipientNotFound", "ErrorMailRecipientNotFound", "ErrorInvalidSmtpAddress", "ErrorNoFreeBusyAccess", "NoError"}
	if got := e.texts("ResponseCode"); status != 200 || !slices.Equal(got, want) {
		t.Errorf("mailbox by mailbox: %d %q", status, got)
	}
	if got := e.texts("FreeBusyViewType"); !slices.Equal(got, []string{"FreeBusy", "None", "None", "None", "None", "FreeBusy"}) {
		t.Errorf("views: %q", got)
	}
	if got := e.texts("ExceptionCode"); len(got) != 4 || got[2] != "5035" {
		t.Errorf("exceptions: %q", got)
	}
}

func TestAvailabilityOfADistributionList(t *testing.T) {
	w := exchange(t, m365.ExchangeOptions{})
	list := w.tenant.AddGroup(m365.Group{DisplayName: "Sälj", Mail: "salj@" + w.tenant.Domain})
	for i, p := range staff(w.tenant)[:2] {
		must(t, w.tenant.AddMember(list, p.ID))
		start := at(t, "Europe/Stockholm", "2026-11-23 10:00").Add(time.Duration(2*i) * time.Hour)
		_, err := w.tenant.AddEvent(p.ID, m365.Event{Subject: "Kund", Start: start, End: start.Add(time.Hour)})
		must(t, err)
	}
	_, e := w.ask("Exchange2013_SP1", "", freeBusy("DetailedMerged", "2026-11-23T09:00:00", "2026-11-23T14:00:00", "salj@"+w.tenant.Domain))
	if view, digits := e.find("FreeBusyViewType").Text, e.find("MergedFreeBusy").Text; view != "MergedOnly" || digits != "02020" {
		t.Errorf("a list is %s %s", view, digits)
	}
}

func TestWorkingHoursOfAvailability(t *testing.T) {
	w := exchange(t, m365.ExchangeOptions{})
	anna := staff(w.tenant)[0]
	must(t, w.tenant.ChangeMailbox(anna.ID, func(m *m365.Mailbox) {
		m.Hours = m365.Hours{Days: []string{"monday", "thursday"}, Start: "07:30", End: "16:00", Zone: "FLE Standard Time"}
	}))
	_, e := w.ask("Exchange2013_SP1", "", freeBusy("FreeBusy", "2026-11-23T00:00:00", "2026-11-24T00:00:00", anna.Mail))
	hours := e.find("WorkingHours")
	got := []string{hours.find("Bias").Text, hours.find("DaylightTime").find("Month").Text, hours.find("DaylightTime").find("DayOrder").Text,
		hours.find("DaylightTime").find("Time").Text, hours.find("StandardTime").find("Month").Text, hours.find("StandardTime").find("Time").Text,
		hours.find("DaylightTime").find("Bias").Text, hours.find("WorkingPeriod").find("DayOfWeek").Text, hours.find("StartTimeInMinutes").Text, hours.find("EndTimeInMinutes").Text}
	want := []string{"-120", "3", "5", "03:00:00", "10", "04:00:00", "-60", "Monday Thursday", "450", "960"}
	if !slices.Equal(got, want) {
		t.Errorf("hours %q, want %q", got, want)
	}
}
