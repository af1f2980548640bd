//go:build browser

package browser

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/m365"
)

// serverRoom is the program at a customer without Entra ID, who runs an Exchange
// server.
type serverRoom struct {
	*office
	x    *m365.Exchange
	away m365.Person // who is on holiday
	busy m365.Person // as well, but of whose calendar times alone are shown
}

const monitorsPassword = "Blåbär & lingon 17"

// An administrator's way with an Exchange server of their own by real clicks:
// connect it, read the script, put a person on the board, change the password, and
// be led to Graph where the server is Microsoft's. At its end every page is looked
// at.
func TestExchange(t *testing.T) {
	t.Parallel()
	r := openServerRoom(t)
	c := openChrome(t, r.URL)
	signIn(c, r.program)

	source := connectServer(c, r)
	script(c, r)
	byHandWithMail(c, r)
	readsServer(c, r)
	ways(c, r)
	password(c, r, source)
	r.colleague(c)
	r.oldServer(c)
	r.online(c)
	lookAt(t, c, r.pages(source))
}

func openServerRoom(t *testing.T) *serverRoom {
	t.Helper()
	r := &serverRoom{office: &office{T: t}}
	tenant := m365.New(m365.Options{People: 30, Seed: 4})
	id := tenant.AddPerson(m365.Person{DisplayName: "Monitor", Mail: "monitor@" + tenant.Domain, UserPrincipalName: "monitor@" + tenant.Domain,
		Purpose: "user", AccountEnabled: true, UserType: "Member"})
	for _, p := range tenant.People() {
		switch {
		case p.ID == id || p.Purpose != "user" || p.Mail == "" || !p.AccountEnabled:
		case r.away.ID == "":
			r.away = p
		case r.busy.ID == "" && p.Surname != r.away.Surname:
			r.busy = p
		}
	}
	r.x = m365.NewExchange(tenant, m365.ExchangeOptions{Version: m365.Exchange2016, NTLM: true, All: true, Lockout: 5,
		Accounts: []m365.ExchangeAccount{{User: "monitor", Password: monitorsPassword, Mailbox: "monitor@" + tenant.Domain}}})
	r.must(r.x.Start("127.0.0.1:0", m365.ModernTLS))
	t.Cleanup(func() { r.x.Close() })
	r.must(r.x.Grant("monitor", m365.RightLimitedDetails, r.away.ID))
	for _, one := range []m365.Person{r.away, r.busy} {
		_, err := tenant.AddEvent(one.ID, m365.Event{Subject: "SEM: Fjällen",
			Start: time.Now().Add(-10 * time.Minute), End: time.Now().Add(2 * time.Hour)})
		r.must(err)
	}
	r.program = startProgram(t, tenant, "networks: {allow: [127.0.0.0/8]}\n")
	socket := client.Socket(filepath.Join(r.Data, "telefonist.sock")).Speaking("sv")
	made, err := socket.AddOrganization(t.Context(), client.NewCustomer{Number: customerNumber, Name: "Ålsta Rör & Värme AB"})
	r.must(err)
	r.customer, r.org = socket.In(customerNumber), "/o/"+made.ID+"/"
	r.always()
	return r
}

// paste puts a text into the empty field of this name, as from the clipboard.
func (c *chrome) paste(name, text string) {
	c.t.Helper()
	field := chromedp.CSS(fmt.Sprintf(`main [name=%q]`, name))
	c.do("paste "+name, chromedp.Focus(field), chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: text})
		return err
	}))
}

// looks is how a page stands that no link opens, such as the answer to a form.
func (c *chrome) looks(name string) {
	c.t.Helper()
	c.untranslated(c.t)
	c.accessible(c.t)
	c.picture("sv-" + name)
	c.size(390, 844)
	c.fits(c.t)
	c.picture("phone-" + name)
	c.size(1280, 900)
}

// connectServer types a server's values into the form; without its authority the
// check says what to do, and with it every line is green.
func connectServer(c *chrome, r *serverRoom) (source string) {
	c.t.Helper()
	c.open(r.org + "connect")
	c.click("Anslut Exchange-server")
	c.see("Innan du börjar", "Uppgifter om servern")
	c.write("url", r.x.URL())
	c.write("user", `EXEMPEL\monitor`)
	c.write("password", monitorsPassword)
	c.click("Spara och kontrollera")
	c.see("Anslutningen är sparad", "Fungerar inte", "Ingen vi känner har gett ut certifikatet")
	c.looks("exchange-authority")
	c.click("Eget certifikat (CA eller fingeravtryck)")
	c.paste("ca", string(r.x.CA()))
	c.clickIn("//section[@id='values']", "Spara")
	c.see("Inloggningen fungerar. Servern erbjuder", "NTLM", "Exchange 2016", "Utgivet av", "Går som vår", "Det finns ingen brevlåda att prova med än")
	if strings.Contains(c.text(`document.documentElement.outerHTML`), monitorsPassword) {
		c.t.Error("the page shows the password")
	}
	return c.text(`location.pathname.split('/').pop()`)
}

// script chooses a version, a right and a group, and sees the script for them.
func script(c *chrome, r *serverRoom) {
	c.t.Helper()
	c.click("Skript som skapar kontot och ger rätten")
	c.see("Vad varje rätt ger")
	c.choose("version", "2010")
	c.choose("right", "impersonation")
	c.write("group", "Ledningen")
	c.click("Visa skriptet")
	c.see("Så här gör du", "medlemmarna i Ledningen", "ApplicationImpersonation", "Ladda ner skriptet")
	c.choose("version", "2007")
	c.choose("right", "reviewer")
	c.click("Visa skriptet")
	c.see("Välj ett av alternativen.")
	c.accessible(c.t)
}

// byHandWithMail makes the subscribers whose calendars are on the server.
func byHandWithMail(c *chrome, r *serverRoom) {
	c.t.Helper()
	for _, one := range []m365.Person{r.away, r.busy} {
		c.open(r.org + "subscribers/new")
		c.write("firstName", one.GivenName)
		c.write("lastName", one.Surname)
		c.write("mail", one.Mail)
		c.click("Spara")
		c.see(" är tillagd.")
	}
}

// readsServer reads its calendars: with nothing read from a directory the board
// shows who is on holiday, and as busy alone of whom it sees no more.
func readsServer(c *chrome, r *serverRoom) {
	c.t.Helper()
	c.clickIn("//nav", "Anslutningar")
	c.clickIn("//main//table", "Exchange")
	c.click("Läs kalendrarna")
	c.see("Kalendrarna läses nu i provläge", "Vad varje rätt ger")
	c.click("Sätt i drift för alla")
	c.see("Sätta i drift för alla?")
	c.clickIn("//dialog[@open]", "Sätt i drift")
	c.see("I drift. Växlarna får veta nu.")
	c.clickIn("//nav", "Hänvisningstavla")
	c.see("Semester", "Upptagen")
	c.picture("sv-exchange-board-two")
	c.write("q", r.away.Surname)
	c.truth("the first is on holiday", `document.querySelectorAll('#board tr[data-person]').length === 1 && document.querySelector('#board tr[data-person]').innerText.includes('Semester')`)
	c.clickIn("//main", r.away.GivenName)
	c.truth("the coming days", `document.querySelectorAll('.ahead .days > li').length === 7`)
	c.clickIn("//*[contains(@class,'ahead')]", "Hela dagen")
	c.see("Sätt hänvisning")
	c.clickIn("//*[contains(@class,'standing')]", "Varför?")
	c.see("Därför", "Semester")
	c.looks("exchange-why")
}

// ways are by which each mailbox is read, and what would better them; when a better
// right comes, it is used.
func ways(c *chrome, r *serverRoom) {
	c.t.Helper()
	c.clickIn("//nav", "Kalenderläsning")
	c.clickIn("//main", "Brevlådor")
	c.see(r.away.Mail, r.busy.Mail)
	c.truth("each by its way", way(r.away, "Ledig/upptagen med ämne")+` && `+way(r.busy, "Bara tider"))
	c.clickIn(fmt.Sprintf("//tr[contains(., %s)]", quote(r.busy.Mail)), "Bättre sätt")
	c.see("Kör raden i Exchange Management Shell", "LimitedDetails")
	c.looks("exchange-better")
	c.clickIn("//*[@role='group']", "Bara tider")
	c.truth("the second alone", `document.querySelectorAll('#mailboxes tbody tr').length === 1`)
}

// way is true in a script where a mailbox is read by a way.
func way(p m365.Person, by string) string {
	return fmt.Sprintf(`[...document.querySelectorAll('#mailboxes tbody tr')].some(r => r.innerText.includes(%q) && r.innerText.includes(%q))`, p.Mail, by)
}

// password gives a wrong one, which is tried once and not again, and then the right.
func password(c *chrome, r *serverRoom, source string) {
	c.t.Helper()
	c.open(r.org + "connect/" + source)
	c.write("newPassword", "Hjortron 4")
	c.clickIn("//section[@id='password']", "Spara och kontrollera")
	c.see("Lösenordet är bytt. Kontrollen nedan visar om det fungerar.", "Servern nekar kontot: fel användarnamn eller lösenord", "Fungerar inte")
	c.looks("exchange-refused")
	c.write("newPassword", monitorsPassword)
	c.clickIn("//section[@id='password']", "Spara och kontrollera")
	c.see("Inloggningen fungerar", "Exchange 2016")
	if tries, locked, err := r.x.BadPasswords("monitor"); err != nil || locked || tries != 0 {
		c.t.Errorf("after a wrong password and the right one: %d bad ones, locked %v, %v", tries, locked, err)
	}
}

// colleague gives a server's values by a link in another tab.
func (r *serverRoom) colleague(c *chrome) {
	r.Helper()
	c.open(r.org + "connect")
	c.click("Skicka en länk till en kollega")
	c.write("colleague", "Kim på IT")
	c.click("Skapa länk")
	c.see("Länken till Kim på IT är klar")
	link := c.text(`document.getElementById('link').innerText`)
	kim := c.another(r.URL)
	kim.open(link)
	kim.see("Anslut Ålsta Rör & Värme AB till telefonisystemet")
	kim.click("Egen Exchange-server")
	kim.see("Adress till Exchange Web Services")
	kim.choose("version", "2019")
	kim.click("Visa skriptet")
	kim.see("Så här gör du", "LimitedDetails")
	kim.looks("exchange-link")
	kim.write("url", r.x.URL())
	kim.write("user", "monitor@"+r.Tenant.Domain)
	kim.write("password", "fel lösen")
	kim.click("Eget certifikat (CA eller fingeravtryck)")
	kim.paste("ca", string(r.x.CA()))
	kim.click("Skicka och kontrollera")
	kim.see("Det fungerar inte än", "Servern nekar kontot")
	kim.looks("exchange-link-refused")
	kim.write("password", monitorsPassword)
	kim.click("Skicka och kontrollera")
	kim.see("Tack, det fungerar", "Exchange 2016")
	kim.looks("exchange-link-done")
	kim.open(link)
	kim.see("Länken gäller inte längre")
	r.forgetAnother()
}

// forgetAnother takes the colleague's connection away: it is the same server.
func (r *serverRoom) forgetAnother() {
	r.Helper()
	all, err := r.customer.Sources(r.Context())
	r.must(err)
	if len(all) != 2 {
		r.Fatalf("there are %d connections", len(all))
	}
	reads, err := r.customer.Connections(r.Context())
	r.must(err)
	for _, s := range all {
		if !slices.ContainsFunc(reads, func(c client.Connection) bool { return c.Source == s.ID }) {
			r.must(r.customer.DeleteSource(r.Context(), s.ID))
		}
	}
}

// oldServer speaks old TLS alone: it is connected only when that is allowed, and
// the page then warns.
func (r *serverRoom) oldServer(c *chrome) {
	r.Helper()
	x := m365.NewExchange(r.Tenant, m365.ExchangeOptions{Version: m365.Exchange2007SP1, NTLM: true, All: true,
		Accounts: []m365.ExchangeAccount{{User: "monitor", Password: monitorsPassword, Mailbox: "monitor@" + r.Tenant.Domain}}})
	r.must(x.Start("127.0.0.1:0", m365.OldTLS))
	r.Cleanup(func() { x.Close() })
	print := sha256.Sum256(x.Certificate())
	c.open(r.org + "connect/exchange")
	c.write("name", "Gamla servern")
	c.write("url", x.URL())
	c.write("user", `EXEMPEL\monitor`)
	c.write("password", monitorsPassword)
	c.click("Eget certifikat (CA eller fingeravtryck)")
	c.write("fingerprint", hex.EncodeToString(print[:]))
	c.click("Spara och kontrollera")
	c.see("Servern och vi kan inte enas om en version av TLS")
	c.click("Inloggningssätt och gamla servrar")
	c.tick("Tillåt gammal TLS")
	c.clickIn("//section[@id='values']", "Spara")
	c.see("Gammal TLS är tillåten", "gammal och osäker. Slå på TLS 1.2 på servern.", "Inloggningen fungerar", "Exchange 2007")
	c.looks("exchange-old")
}

// online types the address that old manuals have for Microsoft 365, in both
// languages: the page says what Microsoft has switched off, and leads to Graph.
func (r *serverRoom) online(c *chrome) {
	r.Helper()
	for _, language := range []struct{ tag, name, save, says, connect string }{
		{"en", "English", "Save and check", "This is Microsoft 365, not a server of your own", "Connect Microsoft 365"},
		{"sv", "Svenska", "Spara och kontrollera", "Det här är Microsoft 365, inte en egen server", "Anslut Microsoft 365"},
	} {
		c.open(r.org + "connect/exchange")
		c.speak(language.tag, language.name)
		c.write("url", "https://outlook.office365.com/EWS/Exchange.asmx")
		c.write("user", "monitor@"+r.Tenant.Domain)
		c.write("password", monitorsPassword)
		c.click(language.save)
		c.see(language.says, "ApplicationImpersonation", "2027")
		c.untranslated(c.t)
		c.accessible(c.t)
		c.picture(language.tag + "-exchange-online")
		if language.tag == "sv" {
			c.looks("exchange-online")
		}
		c.click(language.connect)
		c.truth("where Graph is connected", `location.pathname.endsWith('/connect') && location.hash === '#self'`)
		c.see("New registration")
	}
}

// pages are those of an Exchange server, and those that say something of it.
func (r *serverRoom) pages(source string) []pictured {
	r.Helper()
	all, err := r.customer.Sources(r.Context())
	r.must(err)
	old := slices.IndexFunc(all, func(s client.Source) bool { return s.Name == "Gamla servern" })
	if old < 0 {
		r.Fatal("the old server is not connected")
	}
	return []pictured{
		{"exchange-connections", r.org + "connect", true},
		{"exchange-new", r.org + "connect/exchange", true},
		{"exchange-server", r.org + "connect/" + source, true},
		{"exchange-oldtls", r.org + "connect/" + all[old].ID, true},
		{"exchange-script", r.org + "connect/exchange/script?version=2019&group=Ledningen", true},
		{"exchange-calendars", r.org + "calendars", true},
		{"exchange-calendar", r.org + "calendars/" + source, true},
		{"exchange-mailboxes", r.org + "calendars/mailboxes", true},
		{"exchange-whatweread", r.org + "whatweread", true},
		{"exchange-board", r.org + "board", false},
	}
}
