//go:build peers

package exchangelib_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/peers/apache"
	"github.com/telefonist/telefonist/peers/exchangelib"
)

// generation is how versions differ in what exchangelib sees.
type generation struct {
	build     string
	elsewhere string // what working elsewhere is told as
	whole     string // the day of Friday's whole day, as the library has it
	private   string // a private item's subject for a reviewer; "-" hides it
	streams   bool
}

var generations = map[m365.ExchangeVersion]generation{
	// Of 2007 the library takes a whole day's date from UTC.
	m365.Exchange2007SP1: {"8.1.240.5", "NoData", "2026-11-26", "-", false},
	m365.Exchange2010SP2: {"14.2.247.5", "NoData", "2026-11-27", "Läkare", true},
	m365.Exchange2013SP1: {"15.0.847.32", "WorkingElsewhere", "2026-11-27", "Läkare", true},
	m365.Exchange2016:    {"15.1.2507.6", "WorkingElsewhere", "2026-11-27", "Privat avtalad tid", true},
	m365.Exchange2019:    {"15.2.1748.10", "WorkingElsewhere", "2026-11-27", "Privat avtalad tid", true},
	m365.ExchangeSE:      {"15.2.2562.17", "WorkingElsewhere", "2026-11-27", "Privat avtalad tid", true},
}

// items are Anna's week, as a reviewer reads it or who impersonates her.
func (g generation) items(impersonating bool) []exchangelib.Item {
	week := []exchangelib.Item{
		{Start: "2026-11-23T07:00:00Z", End: "2026-11-23T08:00:00Z", Busy: "Busy", Subject: "Frukostmöte å ä ö", Location: "Vättern", Sensitivity: "Normal", Type: "Single"},
		{Start: "2026-11-23T09:00:00Z", End: "2026-11-23T10:00:00Z", Busy: "Tentative", Subject: "Avstämning", Sensitivity: "Normal", Type: "Occurrence"},
		{Start: "2026-11-23T12:00:00Z", End: "2026-11-23T14:00:00Z", Busy: "OOF", Subject: "Läkare", Location: "Sjukhuset", Sensitivity: "Private", Type: "Single"},
		{Start: "2026-11-25T09:00:00Z", End: "2026-11-25T10:00:00Z", Busy: "Tentative", Subject: "Avstämning", Sensitivity: "Normal", Type: "Occurrence"},
		{Start: "2026-11-26T07:00:00Z", End: "2026-11-26T16:00:00Z", Busy: g.elsewhere, Subject: "Hemma", Sensitivity: "Normal", Type: "Single"},
		{Start: g.whole, End: g.whole, Day: true, Busy: "OOF", Subject: "Semester", Sensitivity: "Normal", Type: "Single"},
	}
	switch {
	case impersonating || g.private == "Läkare":
	case g.private == "-":
		week = slices.Delete(week, 2, 3)
	default:
		week[2].Subject, week[2].Location = g.private, ""
	}
	return week
}

// busy is when Anna is, with or without what she does.
func (g generation) busy(detailed bool) exchangelib.View {
	v := exchangelib.View{View: "FreeBusyMerged", Events: []exchangelib.Item{
		{Start: "2026-11-23T07:00:00Z", End: "2026-11-23T08:00:00Z", Busy: "Busy", Subject: "Frukostmöte å ä ö", Location: "Vättern"},
		{Start: "2026-11-23T09:00:00Z", End: "2026-11-23T10:00:00Z", Busy: "Tentative", Subject: "Avstämning"},
		{Start: "2026-11-23T12:00:00Z", End: "2026-11-23T14:00:00Z", Busy: "OOF", Private: true},
		{Start: "2026-11-25T09:00:00Z", End: "2026-11-25T10:00:00Z", Busy: "Tentative", Subject: "Avstämning"},
		{Start: "2026-11-26T07:00:00Z", End: "2026-11-26T16:00:00Z", Busy: g.elsewhere, Subject: "Hemma"},
		{Start: "2026-11-26T23:00:00Z", End: "2026-11-27T23:00:00Z", Busy: "OOF", Subject: "Semester"},
	}}
	if detailed {
		v.View = "DetailedMerged"
		return v
	}
	for i := range v.Events {
		v.Events[i].Subject, v.Events[i].Location, v.Events[i].Private = "", "", false
	}
	return v
}

// same compares what was seen of a mailbox's times, and what its string of
// digits and its working hours say beside.
func same(t *testing.T, what string, want, got exchangelib.View) {
	t.Helper()
	merged, hours := got.Merged, got.Hours
	got.Merged, got.Hours = "", nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: times (-want +got):\n%s", what, diff)
	}
	const monday = "000000000000000022001100003333000000000000000000"
	if len(merged) != 5*48 || merged[:48] != monday {
		t.Errorf("%s: merged %s, want five days from %s on", what, merged, monday)
	}
	if len(hours) != 1 || hours[0].From != "08:00" || hours[0].To != "17:00" || len(hours[0].Days) != 5 {
		t.Errorf("%s: working hours %+v", what, hours)
	}
}

// A reviewer reads free and busy times, the name of the calendar, what is in
// it and whether that changes: over Basic, from each version.
func TestExchangelibReadsAsReviewer(t *testing.T) {
	for version, g := range generations {
		t.Run(string(version), func(t *testing.T) {
			t.Parallel()
			f := open(t, m365.ExchangeOptions{Version: version}, m365.ModernTLS)
			must(t, f.Grant(user, m365.RightReviewer))
			seen := read(t, f.job("version", "busy", "name", "items", "sync"))
			if seen.Error != "" {
				t.Fatalf("%s: %s", seen.Error, seen.Text)
			}
			if seen.Version != g.build {
				t.Errorf("version %s, want %s", seen.Version, g.build)
			}
			if len(seen.Busy) != 3 {
				t.Fatalf("%d answers for three mailboxes", len(seen.Busy))
			}
			same(t, "Anna", g.busy(true), seen.Busy[0])
			if b := seen.Busy[1]; b.Error != "" || len(b.Events) > 0 {
				t.Errorf("Bertil, who has nothing to do: %+v", b)
			}
			if got := seen.Busy[2].Error; got != "ErrorMailRecipientNotFound" {
				t.Errorf("nobody's mailbox: %q", got)
			}
			if seen.Name != "Kalender" {
				t.Errorf("the folder is called %q", seen.Name)
			}
			if diff := cmp.Diff(g.items(false), seen.Items); diff != "" {
				t.Errorf("items (-want +got):\n%s", diff)
			}
			stored := 5 // the series is one of them
			if g.private == "-" {
				stored--
			}
			if diff := cmp.Diff([]int{stored, 0}, seen.Sync.Counts); diff != "" || !seen.Sync.State {
				t.Errorf("changes, and none since (-want +got):\n%s", diff)
			}
		})
	}
}

// Through an Apache that asks for NTLM, whoever impersonates Anna reads all
// that she sees, and hears of what changes where the version tells.
func TestExchangelibImpersonatesThroughApache(t *testing.T) {
	for version, g := range generations {
		t.Run(string(version), func(t *testing.T) {
			t.Parallel()
			f := open(t, m365.ExchangeOptions{Version: version}, m365.NoTLS)
			must(t, f.GrantImpersonation(user, "*"))
			j := before(t, f, f.job("busy", "name", "items", "sync", "replies", "stream"))
			j.Impersonate = true
			j.Listening = func() {
				if _, err := f.tenant.AddEvent(f.anna, m365.Event{Subject: "Nytt", Start: f.from, End: f.from.AddDate(0, 0, 1)}); err != nil {
					t.Error(err)
				}
			}
			seen := read(t, j)
			if seen.Error != "" {
				t.Fatalf("%s: %s", seen.Error, seen.Text)
			}
			if len(seen.Busy) != 3 {
				t.Fatalf("%d answers for three mailboxes", len(seen.Busy))
			}
			same(t, "Anna", g.busy(false), seen.Busy[0]) // the library asks for times as itself
			if diff := cmp.Diff(g.items(true), seen.Items); diff != "" {
				t.Errorf("items (-want +got):\n%s", diff)
			}
			if seen.Name != "Kalender" || seen.Replies != "Disabled" || !slices.Equal(seen.Sync.Counts, []int{5, 0}) {
				t.Errorf("the folder is %q, replies %q, changes %v", seen.Name, seen.Replies, seen.Sync.Counts)
			}
			if g.streams != slices.Contains(seen.Stream, "CreatedEvent") {
				t.Errorf("it streams %v: %v", g.streams, seen.Stream)
			}
		})
	}
}

// What the rights are, that is seen.
func TestExchangelibSeesWhatIsGranted(t *testing.T) {
	t.Parallel()
	f := open(t, m365.ExchangeOptions{NTLM: true, Protection: "require"}, m365.ModernTLS)
	g := generations[m365.Exchange2019]
	bertil := f.job("name")
	bertil.Auth, bertil.Mailbox = "NTLM", f.bertil
	for _, c := range []struct {
		right    m365.ExchangeRight
		detailed bool
		want     string // what reading comes to in the end
	}{
		{m365.RightNone, false, "ErrorNoFreeBusyAccess"},
		{m365.RightTimes, false, "ErrorFolderNotFound"},
		{m365.RightLimitedDetails, true, "ErrorAccessDenied"},
		{m365.RightReviewer, true, ""},
		{m365.RightFullAccess, true, ""},
	} {
		must(t, f.Grant(user, c.right))
		j := f.job("busy", "items")
		j.Auth = "NTLM"
		seen := read(t, j)
		if seen.Error != c.want {
			t.Errorf("%s: reading comes to %q (%s), want %q", c.right, seen.Error, seen.Text, c.want)
		}
		if told := c.right != m365.RightNone; told != (len(seen.Busy) == 3) {
			t.Errorf("%s: times of %d mailboxes", c.right, len(seen.Busy))
		} else if told {
			same(t, string(c.right), g.busy(c.detailed), seen.Busy[0])
		}
		if readable := c.want == ""; readable != (len(seen.Items) == 6) {
			t.Errorf("%s: %d items", c.right, len(seen.Items))
		}
	}
	if seen := read(t, bertil); seen.Name != "Calendrier" {
		t.Errorf("Bertil's folder is called %q: %s", seen.Name, seen.Text)
	}
}

// before puts an Apache in front of f, which asks for NTLM and signs in itself
// by Basic at f, and lets j go there.
func before(t *testing.T, f *office, j exchangelib.Job) exchangelib.Job {
	t.Helper()
	const outside = "Apache-Pw1"
	s, err := apache.Start(t.Context(), apache.Options{
		Backend: "http://" + f.address() + "/", BackendBasic: user + ":" + password, Users: []apache.User{{Name: user, Password: outside}},
	})
	must(t, err)
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	j.URL, j.Auth, j.User, j.Password, j.CA = s.URL+"/EWS/Exchange.asmx", "NTLM", apache.Domain+`\`+user, outside, nil
	return j
}
