//go:build browser

package browser

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/telefonist/telefonist/m365"
)

// A newcomer's whole way by real clicks: first start, connect, scope, fields,
// plan, approve, linked; then someone leaves and it is decided what becomes of
// him. At its end every page is looked at.
func TestJourney(t *testing.T) {
	t.Parallel()
	p := startProgram(t, m365.New(m365.Options{People: 60, Seed: 4}), "")
	c := openChrome(t, p.URL)

	firstStart(c, p)
	connect(c, p)
	scopeAndFields(c)
	approve(c)
	someoneLeaves(c, p)
	undo(c)
	byHand(c)
	unlinkAndLink(c)
	colleague(c, p)
	lookAt(t, c, everyPage(c))
}

func firstStart(c *chrome, p program) {
	c.t.Helper()
	c.open(p.First)
	c.see("Välkommen")
	c.picture("sv-first")
	c.write("name", "Åsa Öberg")
	c.write("email", "asa@example.se")
	c.write("password", "en lång mening om växlar")
	c.write("repeat", "en lång mening om vaxlar")
	c.click("Börja")
	c.see("Lösenorden är inte lika")
	c.write("password", "en lång mening om växlar")
	c.write("repeat", "en lång mening om växlar")
	c.click("Börja")
	c.see("Inga kunder än")
	c.click("Åsa Öberg")
	c.click("Logga ut")
	c.see("Logga in", "Glömt lösenordet?")
	c.picture("sv-sign-in")
	c.write("email", "asa@example.se")
	c.write("password", "fel lösenord")
	c.click("Logga in")
	c.see("Fel e-postadress eller lösenord.")
	c.write("password", "en lång mening om växlar")
	c.click("Logga in")
	c.see("Inga kunder än")
	c.write("name", "Ålsta Rör & Värme AB")
	c.write("number", "10042")
	c.click("Lägg till kund")
	c.see("Börja med att ansluta Entra ID")
	c.picture("sv-overview-empty")
}

func connect(c *chrome, p program) {
	c.t.Helper()
	c.clickIn("//main", "Anslut Entra ID")
	c.see("Anslut Entra ID själv", "New registration")
	c.picture("sv-connect-empty")
	c.choose("cloud", "simulated")
	c.write("tenant", p.Tenant.ID)
	c.write("client", p.Tenant.ClientID)
	c.click("Spara och gå vidare")
	c.see("Nu behövs ett certifikat eller en hemlighet")
	c.write("secret", p.Tenant.SecretID())
	c.click("Spara hemligheten")
	c.see("Det här är hemlighetens ID. Klistra in fältet Value i stället.")
	c.write("secret", p.Tenant.Secret())
	c.click("Spara hemligheten")
	c.see("Fungerar, ", "Personer")
	c.click("Gå vidare till katalogsynkronisering")
	c.see("Inget skrivs till växeln förrän")
	c.write("name", "Alla anställda")
	c.clickIn("//main//form", "Lägg till katalogsynkronisering")
	c.see("Välj nu vilka personer som ska ingå")
}

func scopeAndFields(c *chrome) {
	c.t.Helper()
	c.see("Så här många blir det", "Några av dem")
	before := c.text(`document.querySelector('#count .big').innerText`)
	c.tick("Rum")
	c.truth("more with rooms", `document.querySelector('#count .big').innerText !== '`+before+`'`)
	c.tick("Rum")
	c.truth("as many as before", `document.querySelector('#count .big').innerText === '`+before+`'`)
	c.write("search", "Te")
	c.truth("groups are found", `document.querySelectorAll('#found button').length > 0`)
	c.do("take the first group", chromedp.Click(chromedp.CSS("#found button")))
	c.truth("a chosen group", `document.querySelectorAll('.chip button').length === 1`)
	c.do("leave it again", chromedp.Click(chromedp.CSS(".chip button")))
	c.truth("no chosen group", `document.querySelectorAll('.chip button').length === 0`)
	c.click("Spara och gå till fälten")
	c.see("Vad ska skrivas till växeln?")
	c.click("Fler fält")
	c.truth("a fifth rule", `document.querySelectorAll('.rule:not(.rule-head)').length === 5`)
	c.click("Fler fält")
	c.truth("a sixth rule", `document.querySelectorAll('.rule:not(.rule-head)').length === 6`)
	c.choose("extension", "nextFree")
	c.write("extensionStart", "300")
	c.tick("Skapa dem i växeln")
	c.click("Spara fälten")
	c.see("Ett nytt förslag görs nu")
}

func approve(c *chrome) {
	c.t.Helper()
	c.see("Väntar på godkännande", " skapas")
	c.clickIn("//nav", "Översikt")
	c.see("väntar på dig")
	c.click("Granska")
	c.see("Väntar på godkännande", "Första körningen ska alltid godkännas", "skapas")
	c.picture("sv-round-waiting")
	c.click("Godkänn")
	c.see("Godkänn körningen?")
	c.picture("sv-round-confirm")
	c.clickIn("//dialog[@open]", "Godkänn")
	c.see("Klar")
	c.clickIn("//nav", "Personer")
	c.click("Kopplade")
	c.see("ankn. 3")
}

func someoneLeaves(c *chrome, p program) {
	c.t.Helper()
	var who m365.Person
	for _, one := range p.Tenant.People() {
		if one.AccountEnabled && strings.Contains(c.text(`document.body.innerText`), one.DisplayName) {
			who = one
			break
		}
	}
	if who.ID == "" {
		c.t.Fatal("nobody of the tenant is linked")
	}
	if err := p.Tenant.SoftDelete(who.ID); err != nil {
		c.t.Fatal(err)
	}
	c.clickIn("//nav", "Katalogsynkronisering")
	c.click("Kör nu")
	c.see("Körning 2")
	c.see("Klar")
	c.clickIn("//nav", "Personer")
	c.see("Ta bort eller behåll", who.DisplayName, "kan återställas")
	c.picture("sv-people-left")
	c.clickIn("//main//form", "Behåll")
	c.see("Ingen att besluta om")
}

// What was applied can be undone: the plan that does it waits for approval, and
// may be rejected.
func undo(c *chrome) {
	c.t.Helper()
	c.clickIn("//nav", "Körningar")
	c.click("Körning 3")
	c.see("53 skapas")
	c.click("Ångra körningen")
	c.click("Visa förslaget")
	c.see("Ångrar en tidigare körning", "53 tas bort")
	c.picture("sv-round-undo")
	c.click("Avvisa")
	c.clickIn("//dialog[@open]", "Avvisa")
	c.see("Avvisad. Inget har ändrats.")
}

// byHand makes an entry, finds it by its number and by a part of its name, and
// takes others in from a file.
func byHand(c *chrome) {
	c.t.Helper()
	c.clickIn("//nav", "Växelanvändare")
	c.click("Ny växelanvändare")
	c.write("firstName", "Örjan")
	c.write("lastName", "Ekström")
	c.write("mobile", "ring mig")
	c.click("Spara")
	c.see("Går inte att läsa som ett telefonnummer.")
	c.write("mobile", "070-174 06 05")
	c.click("Spara")
	c.see("Örjan Ekström är tillagd.")
	c.write("number", "0046 70 1740605")
	c.click("Slå upp")
	c.see("070-174 06 05 hör till")
	c.write("q", "ekstr orj")
	c.truth("one is found", `document.querySelectorAll('#subscribers tbody tr').length === 1`)
	c.see("Örjan Ekström")

	file := filepath.Join(c.t.TempDir(), "växel.csv")
	if err := os.WriteFile(file, []byte("Förnamn;Efternamn;Mobil\nÅke;Åström;070-174 06 06\nEva;Ek;nej\n"), 0o600); err != nil {
		c.t.Fatal(err)
	}
	c.click("Importera CSV")
	c.do("choose the file", chromedp.SetUploadFiles(chromedp.CSS("[name=fileFile]"), []string{file}))
	c.click("Förhandsvisa")
	c.see("Åke Åström", "Eva Ek")
	c.picture("sv-import-plan")
	c.clickIn("//main", "Importera")
	c.see("ändringar är gjorda")
}

// Someone who is unlinked is ignored from then on; when he no longer is, he is
// offered again with the entry he may be, and linked by one click.
func unlinkAndLink(c *chrome) {
	c.t.Helper()
	c.clickIn("//nav", "Personer")
	c.click("Kopplade")
	c.see("Koppla från")
	name := c.text(`document.querySelector('#people tbody a').innerText`)
	c.clickIn("//tbody/tr[1]", "Koppla från")
	c.see("gör det nu för 1 person")
	c.click("Ignorerade")
	c.see(name)
	c.clickIn("//tbody", "Sluta ignorera")
	c.see("Klart för 1 person")
	c.clickIn("//nav", "Katalogsynkronisering")
	c.click("Alla anställda")
	c.click("Läs allt på nytt")
	c.see("Klar")
	c.clickIn("//nav", "Personer")
	c.click("Att koppla")
	c.see(name, "Kan vara", "Samma e-postadress")
	c.accessible(c.t)
	c.picture("sv-people-suggestions")
	c.clickIn("//tbody", "Koppla")
	c.see("gör det nu för 1 person")
	c.click("Att koppla")
	c.see("Ingen att koppla")
}

// A colleague without an account connects by a link; what he gave is checked at
// once and never shown, and the link is good for one time.
func colleague(c *chrome, p program) {
	c.t.Helper()
	c.clickIn("//nav", "Anslutningar")
	c.click("Skicka en länk till en kollega")
	c.write("colleague", "Kim på IT")
	c.click("Skapa länk")
	c.see("Länken till Kim på IT är klar")
	link := c.text(`document.getElementById('link').innerText`)
	c.open(link)
	c.see("Anslut Ålsta Rör & Värme AB till telefonisystemet")
	c.accessible(c.t)
	c.picture("sv-link")
	c.choose("cloud", "simulated")
	c.write("tenant", p.Tenant.ID)
	c.write("client", p.Tenant.ClientID)
	c.write("secret", "fel-hemlighet-fel-hemlighet")
	c.click("Skicka och kontrollera")
	c.see("Det fungerar inte än", "Klienthemligheten stämmer inte")
	c.picture("sv-link-refused")
	c.write("secret", p.Tenant.Secret())
	c.click("Skicka och kontrollera")
	c.see("Tack, det fungerar")
	if strings.Contains(c.text(`document.documentElement.outerHTML`), p.Tenant.Secret()) {
		c.t.Error("the page shows the secret")
	}
	c.open(link)
	c.see("Länken gäller inte längre")
	c.open("/")
	c.click("Ålsta Rör & Värme AB")
	c.see("Översikt")
}
