package console_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/store"
)

// Whoever asks for a link learns nothing of who is in the directory, and a link
// that is worth nothing opens nothing.
func TestAskForALink(t *testing.T) {
	h := openHall(t)
	b := h.browser()
	b.shows(b.get("/person"), http.StatusOK, "Skicka en länk")
	b.shows(b.do("POST", "/person", url.Values{"address": {"ingen adress"}}), http.StatusUnprocessableEntity, "Ingen giltig e-postadress.")
	b.shows(b.get("/person/tfs_x"), http.StatusOK, "Klicka för att se")
	b.shows(b.do("POST", "/person/tfs_x", url.Values{}), http.StatusGone, "Länken gäller inte längre")
	if got := b.get("/me"); !strings.HasPrefix(got.to, "/person") {
		t.Errorf("without a session: %d to %q", got.status, got.to)
	}
}

// An organization without calendars has no board in its navigation and no mode;
// with them an attendant comes to the board, which says that it is in test mode.
func TestBoardFollowsTheCalendars(t *testing.T) {
	h := openHall(t)
	org := "/o/" + string(h.first) + "/"
	b := h.user(h.first, "karin@example.se", organization.Attendant)
	b.goesTo(b.get(org), org+"subscribers")
	if page := b.get(org + "subscribers"); strings.Contains(page.body, "Hänvisningstavla") || strings.Contains(page.body, "Provläge") {
		t.Error("a board where no calendars are read")
	}
	h.calendars()
	b.goesTo(b.get(org), org+"board")
	b.shows(b.get(org+"board"), http.StatusOK, "Hänvisningstavla", "Provläge: inget skickas till växeln.", "Ingen på tavlan än")
	b.shows(b.get(org+"subscribers"), http.StatusOK, "Provläge: inget skickas till växeln.")
}

// calendars connects the first customer's.
func (h *hall) calendars() desk.SourceState {
	h.Helper()
	v := h.operator.In(h.first)
	source := have(v.AddSource(h.Context(), desk.NewSource{Name: "Entra", Kind: "entra", Settings: map[string]string{
		"cloud": "sim", "tenant": h.alfa.ID, "client": h.alfa.ClientID}}))(h.T)
	have(v.AddCalendarConnection(h.Context(), source.ID, ""))(h.T)
	return source
}

// anna is somebody whose calendar is read and who has an entry in the switchboard.
const anna = "0a2dd449-1399-43f7-a7d4-97dc5a2ed7c2"

// enrolled puts Anna on the board, in test mode.
func (h *hall) enrolled() {
	h.Helper()
	source := h.calendars()
	entry := have(h.operator.In(h.first).AddSubscriber(h.Context(), map[string]string{"displayName": "Anna Ek", "extension": "201"}))(h.T)
	in := h.desk.Store.In(h.first)
	h.ok(in.PutLinks(h.Context(), []store.Link{{
		Register: store.Builtin, Subscriber: entry.ID, Source: source.ID, Person: anna, State: store.Linked, LinkedAt: h.desk.Now(), Written: pbx.Fields{},
	}}))
	h.ok(in.Enroll(h.Context(), source.ID, []store.Enrolled{{Person: anna, EntraID: anna, Name: "Anna Ek", Address: "anna@alfa.example"}}))
	days := reconcile.Days{Reconciler: h.desk.Reconcile}
	h.ok(days.Run(h.Context()))
}

// An attendant sets an activity from the board, sees it on the person's day with
// why it stands, and takes it away; what is refused is said, and changes nothing.
func TestSetFromTheBoard(t *testing.T) {
	h := openHall(t)
	h.enrolled()
	org := "/o/" + string(h.first) + "/"
	b := h.user(h.first, "karin@example.se", organization.Attendant)
	day := org + "people/" + anna + "/day"
	b.shows(b.get(org+"board?q=anna"), http.StatusOK, "Anna Ek", "201", "Provläge", day)
	b.goesTo(b.do("POST", org+"board", url.Values{"person": {anna}, "activity": {"lunch"}, "lasts": {"until"}, "time": {"x"}, "next": {org + "board"}}), org+"board")
	b.shows(b.get(org+"board"), http.StatusOK, "Skriv ett klockslag")
	b.goesTo(b.do("POST", org+"board", url.Values{"person": {anna}, "activity": {"lunch"}, "lasts": {"open"}, "note": {"Hos <b>Bengt</b>"}, "next": {org + "board"}}), org+"board")
	b.shows(b.get(day), http.StatusOK, "Anna Ek: Lunch, tills vidare", "Satt av karin@example.se", "Hos <b>Bengt</b>", "Det här fick växlarna veta")
	b.shows(b.get(day+"?at="+h.desk.Now().In(stockholm(t)).Format("15:04:05")), http.StatusOK, "Satt för hand", "av karin@example.se")
	b.goesTo(b.do("POST", day, url.Values{"do": {"back"}}), day)
	b.shows(b.get(day), http.StatusOK, "Anna Ek: Tillgänglig", "Kan nås nu")
	b.shows(b.get(org+"people/nobody/day"), http.StatusNotFound)
}

func stockholm(t *testing.T) *time.Location {
	return have(time.LoadLocation("Europe/Stockholm"))(t)
}

// What an attendant may not know is not in the page at all.
func TestSickIsNotInTheAttendantsPages(t *testing.T) {
	h := openHall(t)
	h.enrolled()
	have(h.operator.In(h.first).Choose(t.Context(), anna, desk.NewChoice{Activity: activity.Sick, Lasts: desk.OpenEnded, Note: "Influensa"}))(t)
	org := "/o/" + string(h.first) + "/"
	b := h.user(h.first, "karin@example.se", organization.Attendant)
	for _, path := range []string{"board", "board?open=" + anna, "people/" + anna + "/day", "people/" + anna + "/day?at=" + h.desk.Now().In(stockholm(t)).Format("15:04:05")} {
		page := b.get(org + path)
		if page.status != http.StatusOK || !strings.Contains(page.body, "Anna Ek") {
			t.Errorf("%s: %d", path, page.status)
		}
		for _, secret := range []string{"Sjuk", "act-sick", "medical", "Influensa"} {
			if strings.Contains(page.body, secret) {
				t.Errorf("%s holds %q", path, secret)
			}
		}
	}
	a := h.user(h.first, "asa@example.se", organization.Administrator)
	a.shows(a.get(org+"people/"+anna+"/day"), http.StatusOK, "Sjuk / VAB", "Influensa")
}

// Anna comes in by a link in a mail and does what is hers, and nothing else.
func TestHerOwnPlace(t *testing.T) {
	h := openHall(t)
	h.enrolled()
	b := h.browser()
	link := "/person/" + h.personLink(anna)
	b.shows(b.get(link), http.StatusOK, "Logga in") // a mail program may have opened it
	b.goesTo(b.do("POST", link, url.Values{}), "/me")
	b.shows(b.get("/me"), http.StatusOK, "Anna Ek", "Min dag", "Kund Ett", "Sjuk / VAB")
	b.goesTo(b.do("POST", "/me", url.Values{"activity": {"sick"}, "lasts": {"day"}}), "/me")
	b.shows(b.get("/me"), http.StatusOK, "Anna Ek: Sjuk / VAB", "Satt själv", "Jag är tillbaka")
	made := b.do("POST", "/me/settings", url.Values{"do": {"token"}, "name": {"Knappen"}})
	b.shows(made, http.StatusOK, "Den visas bara nu", "tfp_", "curl -X PUT", "/api/v1/me/activity")
	if again := b.get("/me/settings"); strings.Contains(again.body, "tfp_") || !strings.Contains(again.body, "Knappen") {
		t.Error("the token's text is shown twice, or its name not at all")
	}
	b.goesTo(b.do("POST", "/me/settings", url.Values{"do": {"calendar"}, "calendar": {"off"}}), "/me/settings")
	b.shows(b.get("/me"), http.StatusOK, "av för personen")
	b.shows(b.do("POST", "/me/settings", url.Values{"do": {"privacy"}, "subject": {"colleagues"}}), http.StatusUnprocessableEntity, "Vad andra får se")
	b.shows(b.do("POST", "/me/settings", url.Values{"do": {"delegate"}, "delegate": {"Anna Ek"}}), http.StatusUnprocessableEntity, "Mina ombud")
	for _, path := range []string{"/o/" + string(h.first) + "/board", "/organizations"} {
		b.goesTo(b.get(path), "/sign-in")
	}
	b.shows(b.get("/me/people/nobody"), http.StatusNotFound)
	other := h.browser()
	other.shows(other.do("POST", link, url.Values{}), http.StatusGone, "Länken gäller inte längre")
	b.goesTo(b.do("POST", "/me/sign-out", url.Values{}), "/person")
	b.goesTo(b.get("/me"), "/person")
}

// personLink is the text of a link as it would be mailed to somebody.
func (h *hall) personLink(person string) string {
	h.Helper()
	text := desk.PersonPrefix + string(h.first) + "_" + "ett-ord-som-ingen-gissar"
	sum := sha256.Sum256([]byte(text))
	have(h.desk.Store.In(h.first).AddPersonLink(h.Context(), store.PersonLink{Person: person, Expires: h.desk.Now().Add(time.Minute)}, hex.EncodeToString(sum[:])))(h.T)
	return text
}

// An entry's page leads to the day of who it is: the person whom it is linked to, or
// himself where it stands in the register alone.
func TestAnEntryLeadsToItsDay(t *testing.T) {
	h := openHall(t)
	h.enrolled()
	b := h.user(h.first, "asa@example.se", organization.Administrator)
	at := "/o/" + string(h.first)
	v := h.operator.In(h.first)
	page := have(v.Subscribers(t.Context(), desk.SubscriberFilter{Search: "Anna"}))(t)
	b.shows(b.get(at+"/subscribers/"+page.Subscribers[0].ID), http.StatusOK, `href="`+at+"/people/"+anna+`/day"`)
	local := have(v.AddSubscriber(t.Context(), map[string]string{"displayName": "Lisa Lager", "mail": "lisa@alfa.example"}))(t)
	if seen := b.get(at + "/subscribers/" + local.ID); seen.status != http.StatusOK || strings.Contains(seen.body, local.ID+"/day") {
		t.Errorf("somebody without a calendar: %d", seen.status)
	}
	h.ok(h.desk.Store.In(h.first).Enroll(t.Context(), organization.Local, []store.Enrolled{{Person: local.ID, Name: "Lisa Lager",
		Address: "lisa@alfa.example", Sources: []string{h.sources(h.first)[0].ID}}}))
	b.shows(b.get(at+"/subscribers/"+local.ID), http.StatusOK, `href="`+at+"/people/"+local.ID+`/day"`)
}
