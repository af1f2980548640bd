package m365_test

import (
	"strings"
	"testing"
	"time"

	"github.com/telefonist/telefonist/m365"
)

// TestVersionsOfTheSchema holds what each release says to what it does not
// know: https://learn.microsoft.com/exchange/client-developer/web-service-reference/requestserverversion
func TestVersionsOfTheSchema(t *testing.T) {
	const ok = "NoError"
	for _, c := range []struct {
		server         m365.ExchangeVersion
		asked          string
		want, soap     string
		major, minor   string
		version        string
		hasZone, hears bool
	}{
		{m365.Exchange2007SP1, "Exchange2007_SP1", ok, "soap", "8", "1", "", false, false},
		{m365.Exchange2007SP1, "", ok, "soap", "8", "1", "", false, false},
		{m365.Exchange2007SP1, "Exchange2010", "ErrorSchemaValidation", "soap", "8", "1", "", false, false},
		{m365.Exchange2010SP2, "Exchange2010_SP2", ok, "s", "14", "2", "Exchange2010_SP2", true, true},
		{m365.Exchange2010SP2, "Exchange2013", "ErrorInvalidRequest", "s", "14", "2", "Exchange2010_SP2", true, true},
		{m365.Exchange2013SP1, "Exchange2013_SP1", ok, "s", "15", "0", "V2_8", true, true},
		{m365.Exchange2013SP1, "Exchange2016", "ErrorInvalidServerVersion", "s", "15", "0", "V2_8", true, true},
		{m365.Exchange2016, "Exchange2016", ok, "s", "15", "1", "V2017_04_14", true, true},
		{m365.Exchange2016, "V2017_07_11", "ErrorInvalidServerVersion", "s", "15", "1", "V2017_04_14", true, true},
		{m365.Exchange2019, "V2017_07_11", ok, "s", "15", "2", "V2017_07_11", true, true},
		{m365.Exchange2019, "Exchange2031", "ErrorInvalidServerVersion", "s", "15", "2", "V2017_07_11", true, true},
		{m365.ExchangeSE, "Exchange2016", ok, "s", "15", "2", "V2017_07_11", true, true},
	} {
		w := exchange(t, m365.ExchangeOptions{Version: c.server})
		a := w.post(soap(c.asked, "", freeBusy("FreeBusy", "2026-11-23T00:00:00", "2026-11-24T00:00:00", staff(w.tenant)[0].Mail)))
		e := parsed(t, a.body)
		name := string(c.server) + " asked in " + c.asked
		if got := e.find("ResponseCode").Text; got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		if wrong := c.want != ok; wrong != (a.status == 500) {
			t.Errorf("%s: status %d", name, a.status)
		}
		if !strings.Contains(string(a.body), "<"+c.soap+":Envelope ") {
			t.Errorf("%s: envelope %.120s", name, a.body)
		}
		info := e.find("ServerVersionInfo")
		if info.attr("MajorVersion") != c.major || info.attr("MinorVersion") != c.minor || info.attr("Version") != c.version {
			t.Errorf("%s: %+v", name, info.Attrs)
		}
		if c.want != ok || c.asked == "" {
			continue
		}
		if _, e := w.ask(c.asked, "", `<m:GetServerTimeZones ReturnFullTimeZoneData="false"/>`); (e.find("ResponseCode").Text == ok) != c.hasZone {
			t.Errorf("%s: time zones: %s", name, e.find("ResponseCode").Text)
		}
		if _, e := w.ask(c.asked, "", subscribeTo("")); (e.find("ResponseCode").Text == ok) != c.hears {
			t.Errorf("%s: subscription: %s", name, e.find("ResponseCode").Text)
		}
	}
}

func TestWhatAnOldSchemaLacks(t *testing.T) {
	view := func(fields ...string) string {
		return calendarViewOf("", "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z", fields...)
	}
	smtp := `<t:ExchangeImpersonation><t:ConnectingSID><t:SmtpAddress>monitor@exempel1.example</t:SmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>`
	for _, c := range []struct {
		server               m365.ExchangeVersion
		asked, header, body  string
		status               int
		code                 string
		withoutServerVersion bool
	}{
		{m365.Exchange2007SP1, "Exchange2007_SP1", "", view("calendar:Start", "calendar:UID"), 200, "NoError", false},
		{m365.Exchange2007SP1, "Exchange2007_SP1", "", view("calendar:StartTimeZone"), 500, "ErrorSchemaValidation", false},
		{m365.Exchange2010SP2, "Exchange2007_SP1", "", view("calendar:StartTimeZone"), 200, "ErrorInvalidPropertyRequest", false},
		{m365.Exchange2010SP2, "Exchange2010_SP2", "", view("calendar:StartTimeZone"), 200, "NoError", false},
		{m365.Exchange2010SP2, "Exchange2010_SP2", "", view("calendar:EnhancedLocation"), 500, "ErrorSchemaValidation", false},
		{m365.Exchange2013SP1, "Exchange2010_SP2", "", view("calendar:EnhancedLocation"), 200, "ErrorInvalidPropertyRequest", false},
		{m365.Exchange2013SP1, "Exchange2013_SP1", "", view("calendar:EnhancedLocation"), 200, "NoError", false},
		{m365.Exchange2019, "Exchange2013_SP1", "", view("calendar:NoSuchThing"), 500, "ErrorSchemaValidation", false},
		{m365.Exchange2019, "Exchange2010", "", subscribeTo(""), 500, "ErrorSchemaValidation", false},
		{m365.Exchange2019, "Exchange2007_SP1", "", `<m:GetServerTimeZones/>`, 500, "ErrorInvalidServerVersion", false},
		{m365.Exchange2007SP1, "Exchange2007_SP1", smtp, view(), 500, "ErrorSchemaValidation", false},
		{m365.Exchange2019, "Exchange2013_SP1", smtp, view(), 500, "ErrorImpersonateUserDenied", true},
		{m365.Exchange2007SP1, "Exchange2007_SP1", impersonating("monitor@exempel1.example"), view(), 500, "ErrorImpersonationDenied", true},
		{m365.Exchange2019, "Exchange2013_SP1", "", `<m:CreateItem/>`, 500, "ErrorSchemaValidation", false},
	} {
		w := exchange(t, m365.ExchangeOptions{Version: c.server})
		status, e := w.ask(c.asked, c.header, c.body)
		if got := e.find("ResponseCode").Text; status != c.status || got != c.code {
			t.Errorf("%s asked in %s: %d %s, want %d %s for %.200s", c.server, c.asked, status, got, c.status, c.code, c.header+c.body)
		}
		if without := len(e.findAll("ServerVersionInfo")) == 0; without != c.withoutServerVersion {
			t.Errorf("%s: %s: without ServerVersionInfo is %v", c.server, c.code, without)
		}
	}
}

// TestStatusByVersion: what came with 2013 reads otherwise in older schemas.
func TestStatusByVersion(t *testing.T) {
	for _, c := range []struct {
		server                m365.ExchangeVersion
		asked                 string
		elsewhere, digits, at string
	}{
		{m365.Exchange2007SP1, "Exchange2007_SP1", "NoData", "44", "2026-11-23T10:00:00+01:00"},
		{m365.Exchange2010SP2, "Exchange2010_SP2", "NoData", "44", "2026-11-23T10:00:00"},
		{m365.Exchange2013SP1, "Exchange2013_SP1", "WorkingElsewhere", "45", "2026-11-23T10:00:00"},
		{m365.Exchange2019, "Exchange2010_SP2", "Free", "45", "2026-11-23T10:00:00"},
	} {
		w := exchange(t, m365.ExchangeOptions{Version: c.server})
		anna := staff(w.tenant)[0]
		for i, show := range []string{"workingElsewhere", "unknown"} {
			start := at(t, "Europe/Stockholm", "2026-11-23 10:00").Add(time.Duration(i) * time.Hour)
			_, err := w.tenant.AddEvent(anna.ID, m365.Event{ShowAs: show, Start: start, End: start.Add(time.Hour)})
			must(t, err)
		}
		_, e := w.ask(c.asked, "", freeBusy("FreeBusyMerged", "2026-11-23T10:00:00", "2026-11-23T12:00:00", anna.Mail))
		if got := e.texts("BusyType"); len(got) != 2 || got[0] != c.elsewhere || got[1] != "NoData" {
			t.Errorf("%s in %s: %q", c.server, c.asked, got)
		}
		if got := e.find("MergedFreeBusy").Text; got != c.digits {
			t.Errorf("%s: digits %s, want %s", c.server, got, c.digits)
		}
		if got := e.find("StartTime").Text; got != c.at {
			t.Errorf("%s: begins %s, want %s", c.server, got, c.at)
		}
	}
}
