package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/drivers"
	"github.com/telefonist/telefonist/organization"
)

// inputs are the values of a page's form that a button would post, hidden ones and
// those of its selects.
func inputs(page string) url.Values {
	form := url.Values{}
	for _, m := range regexp.MustCompile(`<input[^>]*>`).FindAllString(page, -1) {
		name := attribute(m, "name")
		kind := attribute(m, "type")
		if name == "" || name == "next" || (kind == "checkbox" || kind == "radio") && !strings.Contains(m, " checked") {
			continue
		}
		form.Add(name, attribute(m, "value"))
	}
	for _, m := range regexp.MustCompile(`(?s)<select[^>]* name="([^"]*)".*?</select>`).FindAllStringSubmatch(page, -1) {
		chosen := regexp.MustCompile(`<option value="([^"]*)" selected`).FindStringSubmatch(m[0])
		if chosen == nil {
			chosen = regexp.MustCompile(`<option value="([^"]*)"`).FindStringSubmatch(m[0])
		}
		form.Add(m[1], chosen[1])
	}
	return form
}

func attribute(tag, name string) string {
	m := regexp.MustCompile(` ` + name + `="([^"]*)"`).FindStringSubmatch(tag)
	if m == nil {
		return ""
	}
	return m[1]
}

func (b *browser) press(address string, form url.Values, do string) seen {
	b.Helper()
	form.Set("do", do)
	return b.do("POST", address, form)
}

// A draft of rules is not saved by its buttons; saving says what is wrong at its
// field, and keeps the order.
func TestRulesPage(t *testing.T) {
	h := openHall(t)
	b := h.user(h.first, "asa@example.se", organization.Administrator)
	rules := "/o/" + string(h.first) + "/rules"
	page := b.press(rules, inputs(main(b.get(rules).body)), "new:")
	b.shows(page, http.StatusOK, "En ny regel står sist i listan")
	form := inputs(main(page.body))
	b.shows(b.press(rules, form, "save"), http.StatusUnprocessableEntity, "Måste rättas", "Måste fyllas i.")
	form.Set("prefix", "jour:")
	form.Set("ruleName", "Jour")
	page = b.press(rules, form, "new:")
	form = inputs(main(page.body))
	form["word"] = []string{"", "kundbesök"}
	page = b.press(rules, form, "up:1")
	b.shows(page, http.StatusOK, "ordet ”kundbesök” står nu på plats 1 av 2.")
	if saved := have(h.operator.In(h.first).CalendarSettings(t.Context()))(t); len(saved.Rules) != 0 {
		t.Errorf("a draft was saved: %+v", saved.Rules)
	}
	b.goesTo(b.press(rules, inputs(main(page.body)), "save"), rules)
	saved := have(h.operator.In(h.first).CalendarSettings(t.Context()))(t)
	if len(saved.Rules) != 2 || saved.Rules[0].If.Word != "kundbesök" || saved.Rules[1].If.Prefix != "JOUR" || saved.Rules[1].Name != "Jour" {
		t.Errorf("got %+v", saved.Rules)
	}
	b.shows(b.get("/o/"+string(h.first)+"/staffcard"), http.StatusOK, "JOUR:", "ordet ”kundbesök”")
	if old := b.press(rules, form, "save"); old.status != http.StatusConflict {
		t.Errorf("a form of before was saved: %d", old.status)
	}
}

// Sjuk / VAB stays sensitive whatever is posted; an activity that a rule uses stays.
func TestActivitiesPage(t *testing.T) {
	h := openHall(t)
	b := h.user(h.first, "asa@example.se", organization.Administrator)
	path := "/o/" + string(h.first) + "/activities"
	form := inputs(main(b.get(path).body))
	form.Set("newName", "På väg")
	page := b.press(path, form, "new")
	b.shows(page, http.StatusOK, "På väg är tillagd")
	form = inputs(main(page.body))
	form.Del("sensitive")
	b.goesTo(b.press(path, form, "save"), path)
	v := h.operator.In(h.first)
	saved := have(v.CalendarSettings(t.Context()))(t)
	own, ok := saved.Set().Find("pavag")
	sick, _ := saved.Set().Find(activity.Sick)
	if !ok || own.Names["sv"] != "På väg" || !sick.Sensitive {
		t.Errorf("got %+v, %+v", own, sick)
	}
	saved.Rules = []activity.Rule{{ID: "r", If: activity.Condition{Prefix: "VAG"}, Then: "pavag"}}
	have(v.SaveCalendarSettings(t.Context(), saved.Calendar, saved.Generation))(t)
	page = b.press(path, inputs(main(b.get(path).body)), "drop:7")
	b.shows(page, http.StatusOK, "På väg är borttagen")
	b.shows(b.press(path, inputs(main(page.body)), "save"), http.StatusUnprocessableEntity, "En regel använder en hänvisning som inte längre finns")
}

// Working hours close telephones only once it has been agreed to.
func TestHoursPage(t *testing.T) {
	h := openHall(t)
	b := h.user(h.first, "asa@example.se", organization.Administrator)
	path := "/o/" + string(h.first) + "/hours"
	form := inputs(main(b.get(path).body))
	form.Set("hoursOn", "on")
	form.Set("day0", "åtta")
	b.shows(b.press(path, form, "save"), http.StatusUnprocessableEntity, "Går inte att läsa", `value="åtta"`)
	form.Set("day0", "8–12, 13–17")
	form.Set("ownDate", "2026-12-28")
	form.Set("ownName", "Klämdag")
	page := b.press(path, form, "save")
	b.shows(page, http.StatusOK, "Ska telefonerna stängas?", "Klämdag")
	v := h.operator.In(h.first)
	if saved := have(v.CalendarSettings(t.Context()))(t); saved.Hours.On {
		t.Error("hours were switched on unasked")
	}
	b.goesTo(b.press(path, inputs(main(page.body)), "agree"), path)
	saved := have(v.CalendarSettings(t.Context()))(t)
	if !saved.Hours.On || len(saved.Hours.Week.Week[0]) != 2 || len(saved.Hours.FreeDays.Own) != 1 {
		t.Errorf("got %+v", saved.Hours)
	}
	form = inputs(main(b.get(path).body))
	form.Set("day1", "9–15")
	b.goesTo(b.press(path, form, "save"), path) // nothing is switched on any more
}

// A switchboard's password is taken, kept and never shown.
func TestSwitchboardPages(t *testing.T) {
	h := openHall(t)
	h.desk.Switchboards = drivers.Switchboards()
	b := h.user(h.first, "asa@example.se", organization.Administrator)
	path := "/o/" + string(h.first) + "/switchboards"
	const password = "hemligt-ord-som-aldrig-syns"
	form := url.Values{
		"kind": {drivers.Presence}, "name": {"Kamailio"}, "s-server": {"sip.example.se:5061"}, "s-transport": {"tls"},
		"s-address": {"sip:alla@pbx.example.se"}, "password": {password},
	}
	refused := b.do("POST", path, form)
	b.shows(refused, http.StatusUnprocessableEntity, "f-s-address-error")
	form.Set("s-address", "sip:{extension}@pbx.example.se")
	one := b.goesTo(b.do("POST", path, form), path+"/")
	page := b.get(one)
	b.shows(page, http.StatusOK, "Kamailio", "hem•••", "ACL")
	for _, s := range []seen{refused, page, b.get(path)} {
		if strings.Contains(s.body, password) {
			t.Error("a page shows the password")
		}
	}
	b.goesTo(b.do("POST", one, url.Values{"do": {"pause"}}), one)
	b.shows(b.get(one), http.StatusOK, "Pausad")
	b.goesTo(b.do("POST", one, url.Values{"do": {"delete"}}), path)
}

// The pages of calendars hold no more than the policy allows, and say no keys.
func TestCalendarPagesAreClean(t *testing.T) {
	h := openHall(t)
	h.desk.Switchboards = drivers.Switchboards()
	b := h.user(h.first, "asa@example.se", organization.Administrator)
	org := "/o/" + string(h.first) + "/"
	v := h.operator.In(h.first)
	source := have(v.AddSource(t.Context(), desk.NewSource{Name: "Entra", Kind: "entra", Settings: map[string]string{
		"cloud": "sim", "tenant": h.alfa.ID, "client": h.alfa.ClientID}}))(t)
	one := b.goesTo(b.do("POST", org+"calendars", url.Values{"source": {source.ID}}), org+"calendars/")
	b.shows(b.get(one), http.StatusOK, "Provläge: inget skickas till växeln.", "RBAC för program")
	b.goesTo(b.do("POST", one, url.Values{"do": {"live"}, "all": {"on"}}), one)
	b.shows(b.get(one), http.StatusOK, "Tillbaka till provläge")
	b.goesTo(b.do("POST", one, url.Values{"do": {"off"}}), one)
	b.shows(b.get(one), http.StatusOK, "Börja läsa igen")
	for _, path := range []string{
		"rules", "activities", "hours", "hours?year=2027", "calendars", strings.TrimPrefix(one, org), "calendars/mailboxes", "calendars/settings",
		"calendars/precedence", "switchboards", "staffcard", "whatweread",
	} {
		for _, language := range []string{"sv", "en"} {
			b.do("POST", "/preferences", url.Values{"language": {language}})
			page := b.get(org + path)
			if page.status != http.StatusOK || strings.Contains(page.body, "⟦") {
				t.Errorf("%s in %s: %d\n%s", path, language, page.status, regexp.MustCompile(`⟦[^<]*`).FindString(page.body))
			}
			for line := range strings.Lines(page.body) {
				if found := inline.FindString(line); found != "" {
					t.Errorf("%s holds %q", path, found)
				}
			}
		}
	}
}
