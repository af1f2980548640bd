package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/organization"
)

// exchange puts an Exchange server beside Alfa's tenant.
func (h *hall) exchange() (address, ca string) {
	h.Helper()
	x := m365.NewExchange(h.alfa, m365.ExchangeOptions{Version: m365.Exchange2016, Domain: "ALFA", NTLM: true, All: true,
		Accounts: []m365.ExchangeAccount{{User: "monitor", Password: "rätt lösen", Mailbox: "monitor@" + h.alfa.Domain}}})
	h.sim.AddExchange("exchange", x)
	return h.sim.URL() + "/EWS/Exchange.asmx", string(h.sim.CA())
}

// serverForm is as a browser sends it, where lines end in CR LF.
func serverForm(address, ca, password string) url.Values {
	return url.Values{"kind": {"exchange"}, "name": {"Egen server"}, "url": {address}, "user": {`ALFA\monitor`}, "password": {password}, "ca": {strings.ReplaceAll(ca, "\n", "\r\n")}}
}

// A server is connected by its form, tried at once, and its password is never shown
// again; another server never gets it.
func TestExchangeIsConnected(t *testing.T) {
	h := openHall(t)
	address, ca := h.exchange()
	b := h.user(h.first, "asa@example.se", organization.Administrator)
	connect := "/o/" + string(h.first) + "/connect"
	b.shows(b.get(connect), http.StatusOK, "Anslut Exchange-server")
	add := connect + "/exchange"
	wrong := serverForm("http://mail.example.se/owa", "", "rätt lösen")
	page := b.do("POST", add, wrong)
	b.shows(page, http.StatusUnprocessableEntity, "måste börja med https://", "Egen server", `ALFA\monitor`)
	if strings.Contains(page.body, "rätt lösen") {
		t.Error("the password is shown again")
	}
	done := b.do("POST", add, serverForm(address, ca, "rätt lösen"))
	all := h.sources(h.first)
	if len(all) != 1 || all[0].Kind != organization.Exchange || len(all[0].Credentials) != 1 || all[0].Credentials[0].Hint != "" {
		t.Fatalf("connected: %+v", all)
	}
	here := connect + "/" + all[0].ID
	b.goesTo(done, here+"#check")
	page = b.get(here)
	b.shows(page, http.StatusOK, "Inloggningen fungerar", "Exchange 2016", "Läs kalendrarna", "Byt lösenord")
	for _, entra := range []string{"rätt lösen", "Certificates", "Application ID", "Går ut"} {
		if strings.Contains(main(page.body), entra) {
			t.Errorf("the page of a server says %q", entra)
		}
	}
	b.goesTo(b.do("POST", here, url.Values{"do": {"password"}, "newPassword": {"fel lösen"}}), here+"#check")
	b.shows(b.get(here), http.StatusOK, "Servern nekar kontot")
	form := serverForm("https://other.example.se/EWS/Exchange.asmx", "", "")
	form.Set("do", "save")
	form.Set("generation", attribute(main(b.get(here).body)[strings.Index(main(b.get(here).body), `name="generation"`)-20:], "value"))
	b.shows(b.do("POST", here, form), http.StatusUnprocessableEntity, "Skriv lösenordet igen")
	b.goesTo(b.do("POST", "/o/"+string(h.first)+"/calendars", url.Values{"source": {all[0].ID}}), "/o/"+string(h.first)+"/calendars/"+all[0].ID)
	b.shows(b.get("/o/"+string(h.first)+"/calendars/"+all[0].ID), http.StatusOK, "Vad varje rätt ger", "som ingen i Entra ID är kopplad till")
	b.shows(b.get("/o/"+string(h.first)+"/replicators"), http.StatusOK, "Anslut Entra ID") // there is nobody to read
}

// Who types the address that old manuals give for Office 365 is led to Graph.
func TestExchangeOnlineLeadsToGraph(t *testing.T) {
	h := openHall(t)
	b := h.user(h.first, "asa@example.se", organization.Administrator)
	add := "/o/" + string(h.first) + "/connect/exchange"
	page := b.do("POST", add, serverForm("https://outlook.office365.com/EWS/Exchange.asmx", "", "x"))
	b.shows(page, http.StatusUnprocessableEntity, "Det här är Microsoft 365", "1 oktober 2026", "1 april 2027", "Personer, regler och val följer med", "Anslut Microsoft 365")
	h.nothing(h.first)
	entra, err := h.operator.In(h.first).AddSource(t.Context(), desk.NewSource{Name: "Vår Entra", Kind: organization.Entra,
		Settings: map[string]string{"cloud": "sim", "tenant": h.alfa.ID}})
	h.ok(err)
	page = b.do("POST", add, serverForm("https://outlook.office365.com/EWS/Exchange.asmx", "", "x"))
	b.shows(page, http.StatusUnprocessableEntity, "Läs kalendrarna genom Vår Entra", entra.ID)
}

// The script is shown with its steps, and handed out as a file; a right that a
// version has not is refused.
func TestExchangeScriptPage(t *testing.T) {
	h := openHall(t)
	b := h.user(h.first, "asa@example.se", organization.Administrator)
	script := "/o/" + string(h.first) + "/connect/exchange/script"
	b.shows(b.get(script+"?version=2019&group=Alla"), http.StatusOK, "LimitedDetails", "-WhatIf", "medlemmarna i Alla", "Ladda ner skriptet")
	b.shows(b.get(script+"?version=2007&right=reviewer"), http.StatusUnprocessableEntity, "Välj ett av alternativen.")
	if file := b.get(script + "/file?version=2007"); file.status != http.StatusOK || !strings.HasPrefix(file.body, "#") || !strings.Contains(file.body, "FullAccess") {
		t.Errorf("as a file: %d %.80q", file.status, file.body)
	}
}

// A colleague gives the values of a server by a link; what is wrong leaves nothing.
func TestColleagueConnectsExchange(t *testing.T) {
	h := openHall(t)
	address, ca := h.exchange()
	b := h.browser()
	link := strings.TrimPrefix(h.link(h.first), h.url)
	b.shows(b.get(link), http.StatusOK, "Egen Exchange-server")
	b.shows(b.get(link+"?kind=exchange&version=2010"), http.StatusOK, "Adress till Exchange Web Services", "telefonist-exchange.ps1")
	b.shows(b.do("POST", link, serverForm(address, ca, "fel lösen")), http.StatusUnprocessableEntity, "Servern nekar kontot")
	h.nothing(h.first)
	b.shows(b.do("POST", link, serverForm(address, ca, "rätt lösen")), http.StatusOK, "Tack, det fungerar")
	if all := h.sources(h.first); len(all) != 1 || all[0].Kind != organization.Exchange {
		t.Errorf("connected: %+v", all)
	}
}
