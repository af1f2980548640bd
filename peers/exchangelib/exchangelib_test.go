//go:build peers

package exchangelib_test

import (
	"encoding/pem"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/peers/exchangelib"
)

const domain = "exempel.example"

// The account that reads.
const user, password = "monitor", "Hemligt!23å"

// plain is the password of another, anna.
const plain = "Hemligt!24"

// office is a customer with an Exchange of his own, and two people on it.
type office struct {
	*m365.Exchange
	tenant       *m365.Tenant
	anna, bertil string // addresses
	from, to     time.Time
}

// open starts an Exchange, in the week from the 23rd of November 2026 on.
func open(t *testing.T, o m365.ExchangeOptions, way m365.ExchangeTLS) *office {
	t.Helper()
	tenant := m365.New(m365.Options{People: -1, Domain: domain})
	f := &office{tenant: tenant, anna: "anna@" + domain, bertil: "bertil@" + domain}
	for name, language := range map[string]string{"Anna": "sv-SE", "Bertil": "fr-FR", "Monitor": "sv-SE"} {
		mail := strings.ToLower(name) + "@" + domain
		tenant.AddPerson(m365.Person{DisplayName: name, Mail: mail, UserPrincipalName: mail, Purpose: "user",
			AccountEnabled: true, UserType: "Member", PreferredLanguage: language})
	}
	stockholm, err := time.LoadLocation("Europe/Stockholm")
	must(t, err)
	f.from, f.to = time.Date(2026, 11, 23, 0, 0, 0, 0, stockholm), time.Date(2026, 11, 28, 0, 0, 0, 0, stockholm)
	f.fill(t)
	o.All = true
	o.Accounts = append(o.Accounts, m365.ExchangeAccount{User: user, Password: password, Mailbox: user + "@" + domain},
		m365.ExchangeAccount{User: "anna", Password: plain, Mailbox: f.anna})
	f.Exchange = m365.NewExchange(tenant, o)
	must(t, f.Start("127.0.0.1:0", way))
	t.Cleanup(func() { f.Close() })
	return f
}

// fill gives Anna a week.
func (f *office) fill(t *testing.T) {
	t.Helper()
	at := func(day, hour int) time.Time { return f.from.AddDate(0, 0, day).Add(time.Duration(hour) * time.Hour) }
	for _, e := range []m365.Event{
		{Subject: "Frukostmöte å ä ö", Location: "Vättern", Start: at(0, 8), End: at(0, 9)},
		{Subject: "Läkare", Location: "Sjukhuset", Start: at(0, 13), End: at(0, 15), ShowAs: "oof", Sensitivity: "private"},
		{Subject: "Avstämning", Start: at(-7, 10), End: at(-7, 11), ShowAs: "tentative",
			Recurrence: &m365.Recurrence{Type: "weekly", Days: []string{"monday", "wednesday"}}},
		{Subject: "Hemma", Start: at(3, 8), End: at(3, 17), ShowAs: "workingElsewhere"},
		{Subject: "Semester", Start: at(4, 0), End: at(5, 0), AllDay: true, ShowAs: "oof"},
	} {
		if _, err := f.tenant.AddEvent(f.anna, e); err != nil {
			t.Fatal(err)
		}
	}
}

// job is one of exchangelib's, over Basic, at f itself.
func (f *office) job(what ...string) exchangelib.Job {
	return exchangelib.Job{
		URL: f.URL(), User: `EXEMPEL\` + user, Password: password, Auth: "basic", CA: f.CA(),
		Mailbox: f.anna, Addresses: []string{f.anna, f.bertil, "ingen@" + domain}, From: f.from, To: f.to, What: what,
	}
}

// address is host and port.
func (f *office) address() string {
	u, err := url.Parse(f.URL())
	if err != nil {
		return ""
	}
	return u.Host
}

// encode writes a certificate as PEM.
func encode(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func read(t *testing.T, j exchangelib.Job) *exchangelib.Seen {
	t.Helper()
	seen, err := exchangelib.Read(t.Context(), j)
	must(t, err)
	return seen
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
