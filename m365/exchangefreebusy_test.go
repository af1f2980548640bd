package m365_test

import (
	"testing"

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
