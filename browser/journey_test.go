//go:build browser

package browser

import (
	"strings"
	"testing"

	"github.com/telefonist/telefonist/m365"
)

// A newcomer's whole way by real clicks: first start, connect, scope, fields,
// plan, approve, linked; then someone leaves and it is decided what becomes of
// him. At its end every page is looked at.
func TestJourney(t *testing.T) {
	p := startProgram(t)
	c := openChrome(t, p.URL)

	firstStart(c, p)
	connect(c, p)
	scopeAndFields(c)
	approve(c)
	someoneLeaves(c, p)
	lookAtEverything(t, c)
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
	c.see("Anslut själv", "New registration")
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
	c.see("Så här många blir det")
	c.tick("Gäster")
	c.see("personer")
	c.tick("Gäster")
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
