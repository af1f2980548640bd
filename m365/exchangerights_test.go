package m365_test

import (
	"strings"
	"testing"

	"github.com/telefonist/telefonist/m365"
)

// TestRights tries what each right opens, and that a right taken away closes
// it at once.
func TestRights(t *testing.T) {
	w := exchange(t, m365.ExchangeOptions{Version: m365.Exchange2016})
	anna, bo := staff(w.tenant)[0], staff(w.tenant)[1]
	day := [2]string{"2026-11-23T00:00:00", "2026-11-24T00:00:00"}
	code := func(body string) string {
		t.Helper()
		_, e := w.ask("Exchange2013_SP1", "", body)
		return e.find("ResponseCode").Text
	}
	for _, c := range []struct {
		right                                            m365.ExchangeRight
		times, folder, view, root, inbox, subscribe, oof string
	}{
		{m365.RightNone, "ErrorNoFreeBusyAccess", "ErrorFolderNotFound", "ErrorFolderNotFound", "ErrorFolderNotFound", "ErrorFolderNotFound", "ErrorFolderNotFound", "ErrorAccessDenied"},
		{m365.RightTimes, "NoError", "ErrorFolderNotFound", "ErrorFolderNotFound", "ErrorFolderNotFound", "ErrorFolderNotFound", "ErrorFolderNotFound", "ErrorAccessDenied"},
		{m365.RightLimitedDetails, "NoError", "NoError", "ErrorAccessDenied", "ErrorFolderNotFound", "ErrorFolderNotFound", "ErrorSubscriptionDelegateAccessNotSupported", "ErrorAccessDenied"},
		{m365.RightReviewer, "NoError", "NoError", "NoError", "ErrorAccessDenied", "ErrorFolderNotFound", "ErrorSubscriptionDelegateAccessNotSupported", "ErrorAccessDenied"},
		{m365.RightFullAccess, "NoError", "NoError", "NoError", "NoError", "NoError", "NoError", "NoError"},
		{m365.RightReviewer, "NoError", "NoError", "NoError", "ErrorAccessDenied", "ErrorFolderNotFound", "ErrorSubscriptionDelegateAccessNotSupported", "ErrorAccessDenied"},
	} {
		must(t, w.x.Grant(monitor, c.right, anna.Mail))
		for _, try := range []struct{ name, body, want string }{
			{"availability", freeBusy("Detailed", day[0], day[1], anna.Mail), c.times},
			{"folder", getFolder(calendarOf(anna.Mail)), c.folder},
			{"view", calendarViewOf(anna.Mail, day[0]+"Z", day[1]+"Z"), c.view},
			{"root", getFolder(distinguished("root", anna.Mail)), c.root},
			{"inbox", getFolder(distinguished("inbox", anna.Mail)), c.inbox},
			{"subscribe", subscribeTo(anna.Mail), c.subscribe},
			{"oof", oofOf(anna.Mail), c.oof},
			{"view of another's", calendarViewOf(bo.Mail, day[0]+"Z", day[1]+"Z"), "ErrorFolderNotFound"},
		} {
			if got := code(try.body); got != try.want {
				t.Errorf("%s: %s: %s, want %s", c.right, try.name, got, try.want)
			}
		}
	}
	if got := code(getFolder(calendarOf(anna.Mail), "folder:PermissionSet")); got != "ErrorAccessDenied" {
		t.Errorf("a reviewer asks for the permissions: %s", got)
	}
	_, e := w.ask("Exchange2013_SP1", "", getFolder(calendarOf(anna.Mail), "folder:EffectiveRights"))
	if e.find("Read").Text != "true" || e.find("ViewPrivateItems").Text != "false" || e.find("Modify").Text != "false" {
		t.Errorf("a reviewer's rights: %+v", e.find("EffectiveRights"))
	}
	must(t, w.x.Grant(monitor, "", anna.Mail))
	must(t, w.x.GrantEverybody(m365.RightNone))
	if got := code(freeBusy("Detailed", day[0], day[1], anna.Mail)); got != "ErrorNoFreeBusyAccess" {
		t.Errorf("when nobody may see anything: %s", got)
	}
	if w.x.Grant(monitor, "owner") == nil || w.x.Grant(monitor, m365.RightReviewer, "nobody@x.example") == nil || w.x.GrantImpersonation(monitor, "no group") == nil {
		t.Error("rights that there are not, or of nobody, were granted")
	}
}

func TestImpersonation(t *testing.T) {
	w := exchange(t, m365.ExchangeOptions{})
	anna, bo := staff(w.tenant)[0], staff(w.tenant)[1]
	must(t, w.tenant.ChangePerson(anna.ID, func(p *m365.Person) { p.ProxyAddresses = []string{"SMTP:" + p.Mail, "smtp:anna@other.example"} }))
	view := calendarViewOf("", "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z")
	code := func(kind, who string) string {
		t.Helper()
		status, e := w.ask("Exchange2013_SP1", `<t:ExchangeImpersonation><t:ConnectingSID><t:`+kind+`>`+who+`</t:`+kind+`></t:ConnectingSID></t:ExchangeImpersonation>`, view)
		got := e.find("ResponseCode").Text
		if failed := got != "NoError"; failed != (status == 500) || failed != (len(e.findAll("ServerVersionInfo")) == 0) {
			t.Errorf("%s: status %d, %d ServerVersionInfo", got, status, len(e.findAll("ServerVersionInfo")))
		}
		return got
	}
	group := w.tenant.AddGroup(m365.Group{DisplayName: "Telefoni"})
	must(t, w.tenant.AddMember(group, anna.ID))
	for _, c := range []struct{ scope, kind, who, want string }{
		{"", "PrimarySmtpAddress", anna.Mail, "ErrorImpersonateUserDenied"},
		{"*", "PrimarySmtpAddress", anna.Mail, "NoError"},
		{"*", "PrimarySmtpAddress", "anna@other.example", "ErrorNonExistentMailbox"},
		{"*", "SmtpAddress", "anna@other.example", "NoError"},
		{"*", "PrincipalName", anna.UserPrincipalName, "NoError"},
		{"*", "PrincipalName", "nobody@other.example", "ErrorInvalidUserPrincipalName"},
		{"*", "PrimarySmtpAddress", "nobody@other.example", "ErrorNonExistentMailbox"},
		{"*", "PrimarySmtpAddress", "", "ErrorInvalidExchangeImpersonationHeaderData"},
		{group, "PrimarySmtpAddress", anna.Mail, "NoError"},
		{group, "PrimarySmtpAddress", bo.Mail, "ErrorImpersonateUserDenied"},
	} {
		must(t, w.x.GrantImpersonation(monitor, c.scope))
		if got := code(c.kind, c.who); got != c.want {
			t.Errorf("scope %q: %s %s: %s, want %s", c.scope, c.kind, c.who, got, c.want)
		}
	}
	must(t, w.x.Older(m365.Exchange2010SP2, anna.ID))
	if got := code("PrimarySmtpAddress", anna.Mail); got != "ErrorInvalidSchemaVersionForMailboxVersion" {
		t.Errorf("a mailbox on an older server: %s", got)
	}
	must(t, w.x.Grant(monitor, m365.RightReviewer))
	_, e := w.ask("Exchange2010_SP2", "", calendarViewOf(anna.Mail, "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"))
	if got := e.find("ResponseCode").Text; got != "ErrorWrongServerVersionDelegate" {
		t.Errorf("a delegate on another server: %s", got)
	}
}

func TestAnAccountWithoutAMailbox(t *testing.T) {
	w := exchange(t, m365.ExchangeOptions{Accounts: []m365.ExchangeAccount{{User: "bare", Password: password}}})
	anna := staff(w.tenant)[0]
	w.user = "bare"
	must(t, w.x.Grant("bare", m365.RightReviewer))
	must(t, w.x.GrantImpersonation("bare", "*"))
	view := func(address string) string {
		return calendarViewOf(address, "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z")
	}
	for _, c := range []struct{ header, body, want string }{
		{"", view(""), "ErrorMissingEmailAddress"}, {"", view(anna.Mail), "ErrorMissingEmailAddress"},
		{impersonating(anna.Mail), view(""), "NoError"}, {"", freeBusy("Detailed", "2026-11-23T00:00:00", "2026-11-24T00:00:00", anna.Mail), "NoError"},
	} {
		if _, e := w.ask("Exchange2013_SP1", c.header, c.body); e.find("ResponseCode").Text != c.want {
			t.Errorf("%.120s: %s, want %s", c.header+c.body, e.find("ResponseCode").Text, c.want)
		}
	}
}

// TestPrivateItems: 2007 hid them from reviewers, 2010 showed them, later ones
// show that there is something.
func TestPrivateItems(t *testing.T) {
	for version, want := range map[m365.ExchangeVersion]string{
		m365.Exchange2007SP1: "", m365.Exchange2010SP2: "Tandläkare", m365.Exchange2019: "Privat avtalad tid",
	} {
		w := exchange(t, m365.ExchangeOptions{Version: version})
		anna := staff(w.tenant)[0]
		start := at(t, "Europe/Stockholm", "2026-11-23 10:00")
		_, err := w.tenant.AddEvent(anna.ID, m365.Event{Subject: "Tandläkare", Location: "Storgatan", Sensitivity: "private", Start: start, End: start.AddDate(0, 0, 0).Add(1e9)})
		must(t, err)
		must(t, w.x.Grant(monitor, m365.RightReviewer))
		must(t, w.x.GrantImpersonation(monitor, "*"))
		view := func(header, address string) *tag {
			_, e := w.ask(schemaOf(version), header, calendarViewOf(address, "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z", "item:Subject", "calendar:Location", "item:Sensitivity"))
			return e
		}
		e := view("", anna.Mail)
		if got := strings.Join(e.texts("Subject"), "|"); got != want {
			t.Errorf("%s: a reviewer sees %q, want %q", version, got, want)
		}
		if want != "" && e.find("Sensitivity").Text != "Private" {
			t.Errorf("%s: sensitivity %q", version, e.find("Sensitivity").Text)
		}
		if e := view(impersonating(anna.Mail), ""); e.find("Subject").Text != "Tandläkare" || e.find("Location").Text != "Storgatan" {
			t.Errorf("%s: the owner sees %q", version, e.texts("Subject"))
		}
	}
}

func TestNamesOfCalendarFolders(t *testing.T) {
	w := exchange(t, m365.ExchangeOptions{})
	must(t, w.x.Grant(monitor, m365.RightReviewer))
	for i, c := range [][2]string{{"sv-SE", "Kalender"}, {"nl-NL", "Agenda"}, {"fr-FR", "Calendrier"}, {"fi-FI", "Kalenteri"}, {"en-US", "Calendar"}, {"", "Kalender"}} {
		p := staff(w.tenant)[i]
		must(t, w.tenant.ChangePerson(p.ID, func(p *m365.Person) { p.PreferredLanguage = c[0] }))
		_, e := w.ask("Exchange2013_SP1", "", getFolder(calendarOf(p.Mail), "folder:DisplayName"))
		if got := e.find("DisplayName").Text; got != c[1] {
			t.Errorf("%s: %q, want %q", c[0], got, c[1])
		}
		if got, err := w.x.CalendarName(p.ID); got != c[1] || err != nil {
			t.Errorf("%s: %q %v", c[0], got, err)
		}
	}
}

// TestAMailboxOfTheServersOwn: an account's mailbox need not be somebody's of
// the tenant.
func TestAMailboxOfTheServersOwn(t *testing.T) {
	w := exchange(t, m365.ExchangeOptions{Accounts: []m365.ExchangeAccount{{User: "svc", Password: password, Mailbox: "svc@elsewhere.example"}}})
	anna := staff(w.tenant)[0]
	w.user = "svc"
	must(t, w.x.Grant("svc", m365.RightReviewer))
	for _, address := range []string{"", anna.Mail} {
		_, e := w.ask("Exchange2013_SP1", "", calendarViewOf(address, "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"))
		if got := e.find("ResponseCode").Text; got != "NoError" {
			t.Errorf("the calendar of %q: %s", address, got)
		}
	}
}
