package m365_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/telefonist/telefonist/m365"
)

func TestControl(t *testing.T) {
	w := start(t, m365.Options{People: 20, Seed: 1})
	at := "/control/tenants/" + w.tenant.Domain
	call := func(method, path, body string, status int) answer {
		t.Helper()
		a := w.do(method, path, body)
		if a.status != status {
			t.Fatalf("%s %s: %d %s", method, path, a.status, a.body)
		}
		return a
	}
	var tenants []struct{ ID, Domain, ClientID, Secret string }
	call("GET", "/control/tenants", "", 200).decode(t, &tenants)
	if len(tenants) != 1 || tenants[0].ID != w.tenant.ID || tenants[0].Secret != w.tenant.Secret() || tenants[0].ClientID != w.tenant.ClientID {
		t.Errorf("tenants %+v", tenants)
	}
	link := w.round("/v1.0/users/delta?$select=displayName,jobTitle,accountEnabled")
	var made struct{ ID string }
	call("POST", at+"/people", `{"displayName":"Kim Öst","mail":"kim@example.com","businessPhones":["08-1"]}`, 201).decode(t, &made)
	call("PATCH", at+"/people/"+made.ID, `{"jobTitle":"Chef"}`, 204)
	call("POST", at+"/people/"+made.ID+"/disable", "", 204)
	if got := w.page(link).Value; len(got) != 1 || got[0]["jobTitle"] != "Chef" || got[0]["accountEnabled"] != false {
		t.Errorf("delta after control: %v", got)
	}
	var person m365.Person
	call("GET", at+"/people/"+made.ID, "", 200).decode(t, &person)
	if person.DisplayName != "Kim Öst" || person.AccountEnabled || person.BusinessPhones[0] != "08-1" {
		t.Errorf("person %+v", person)
	}
	guest := url.PathEscape(w.tenant.People()[3].UserPrincipalName) // has #EXT# in it
	call("PATCH", at+"/people/"+guest, `{"jobTitle":""}`, 204)
	call("POST", at+"/people/"+made.ID+"/delete", "", 204)
	call("POST", at+"/people/"+made.ID+"/restore", "", 204)
	call("POST", at+"/people/"+made.ID+"/purge", "", 204)
	call("GET", at+"/people/"+made.ID, "", 404)
	call("PATCH", at+"/people/"+w.tenant.People()[0].ID, `{"jobtittle":"x"}`, 400)

	call("POST", at+"/groups", `{"displayName":"G"}`, 201).decode(t, &made)
	call("PATCH", at+"/groups/"+made.ID, `{"description":"D"}`, 204)
	member := w.tenant.People()[1].ID
	call("PUT", at+"/groups/"+made.ID+"/members/"+member, "", 204)
	var members []string
	if call("GET", at+"/groups/"+made.ID+"/members", "", 200).decode(t, &members); !slices.Equal(members, []string{member}) {
		t.Errorf("members %v", members)
	}
	call("DELETE", at+"/groups/"+made.ID+"/members/"+member, "", 204)
	call("DELETE", at+"/groups/"+made.ID, "", 204)
	call("DELETE", at+"/groups/"+made.ID, "", 404)

	var done []string
	if call("POST", at+"/drift", `{"n":25}`, 200).decode(t, &done); len(done) != 25 {
		t.Errorf("drift %q", done)
	}
	call("POST", "/control/faults", `{"kind":"429","times":-1,"path":"/v1.0/users"}`, 204)
	if a := w.get("/v1.0/users"); a.status != 429 {
		t.Errorf("with the fault: %d", a.status)
	}
	call("POST", "/control/faults", `{"kind":"nonsense"}`, 400)
	call("POST", "/control/faults", `{"kind":"slow","delay":"5"}`, 400)
	call("POST", "/control/faults", `{"kind":"clock","delay":"-2h"}`, 204)
	if faults := w.server.Faults(); len(faults) != 2 || faults[1].Delay != -2*time.Hour {
		t.Errorf("faults %+v", faults)
	}
	call("DELETE", "/control/faults", "", 204)
	call("POST", at+"/expire", "", 204)
	if a := w.get(link); a.status != http.StatusGone {
		t.Errorf("after expire: %d", a.status)
	}
	call("POST", at+"/roles", `{"revoke":["User.Read.All"]}`, 204)
	w.signIn()
	if a := w.get("/v1.0/users"); a.status != 403 {
		t.Errorf("after revoke: %d", a.status)
	}
	call("POST", at+"/secrets", `{"until":"2030-01-01T00:00:00Z"}`, 201)
	call("POST", at+"/apps", `{"name":"X","multiTenant":true,"redirectUris":["https://example.com"],"roles":["User.Read.All"]}`, 201)
	call("POST", at+"/lifecycle", "", 204)
	call("POST", "/control/tenants", `{"people":5,"seed":77}`, 201)
	call("POST", "/control/tenants", `{"people":5,"seed":77}`, 409)
	call("GET", "/control/tenants/nowhere", "", 404)
	call("DELETE", "/control/requests", "", 204)
	w.get("/v1.0/groups?$top=5")
	var requests []m365.Request
	if call("GET", "/control/requests", "", 200).decode(t, &requests); len(requests) != 1 || requests[0].Path != "/v1.0/groups" || requests[0].Status != 200 {
		t.Errorf("requests %+v", requests)
	}
}

// Drift is what a day brings: some of everything, and delta tells of it.
func TestDrift(t *testing.T) {
	w := start(t, m365.Options{People: 300, Seed: 1})
	users, groups := w.round("/v1.0/users/delta"), w.round("/v1.0/groups/delta")
	done := w.tenant.Drift(200)
	changed, _ := w.all(users)
	regrouped, _ := w.all(groups)
	removed := 0
	for _, o := range changed {
		if o["@removed"] != nil {
			removed++
		}
	}
	if len(done) != 200 || len(changed) < 50 || len(regrouped) == 0 || removed == 0 || len(w.tenant.People()) == 300 {
		t.Errorf("%d changes: %d people, %d removed, %d groups", len(done), len(changed), removed, len(regrouped))
	}
	if w.tenant.People()[0].Role == "" {
		t.Error("the administrator has drifted away")
	}
}

func TestControlOfCalendars(t *testing.T) {
	w := office(t)
	anna, bertil := staff(w.tenant)[0], staff(w.tenant)[1]
	at := "/control/tenants/" + w.tenant.Domain
	call := func(method, path, body string, status int) answer {
		t.Helper()
		a := w.do(method, path, body)
		if a.status != status {
			t.Fatalf("%s %s: %d %s", method, path, a.status, a.body)
		}
		return a
	}
	hers, his := at+"/people/"+url.PathEscape(anna.UserPrincipalName), at+"/people/"+bertil.ID
	const days = "/events?from=2026-11-23T00:00:00Z&to=2026-11-30T00:00:00Z"
	id := call("POST", hers+"/events", `{"subject":"Standup","start":"2026-11-23T09:00:00+01:00","end":"2026-11-23T09:15:00+01:00","showAs":"ovanligt",
		"attendees":["`+bertil.Mail+`"],"recurrence":{"type":"weekly","daysOfWeek":["monday","wednesday"]}}`, 201).String(t, "id")
	var list []m365.Event
	call("GET", his+days, "", 200).decode(t, &list)
	if len(list) != 2 || list[1].Type != "occurrence" || list[1].Response != "notResponded" || list[1].Start.Format(time.RFC3339) != "2026-11-25T08:00:00Z" {
		t.Fatalf("his days: %+v", list)
	}
	call("POST", his+"/events/"+url.PathEscape(list[0].Master)+"/respond", `{"response":"accepted"}`, 204)
	call("POST", his+"/events/"+url.PathEscape(list[0].Master)+"/respond", `{"response":"perhaps"}`, 400)
	call("GET", his+days, "", 200).decode(t, &list)
	if list[0].Response != "accepted" || list[0].ShowAs != "ovanligt" {
		t.Errorf("after his answer: %+v", list[0])
	}
	call("GET", hers+days, "", 200).decode(t, &list)
	second := hers + "/events/" + url.PathEscape(list[1].ID)
	call("PATCH", second, `{"start":"2026-11-25T12:00:00Z","end":"2026-11-25T12:15:00Z"}`, 204)
	if got := call("GET", second, "", 200); got.String(t, "type") != "exception" || got.String(t, "subject") != "Standup" || got.String(t, "start") != "2026-11-25T12:00:00Z" {
		t.Errorf("moved: %s", got.body)
	}
	call("PATCH", second, `{"strat":"2026-11-25T12:00:00Z"}`, 400)
	call("DELETE", second, "", 204)
	call("GET", second, "", 404)
	call("DELETE", hers+"/events/"+url.PathEscape(id), "", 204)
	call("GET", hers+days, "", 200).decode(t, &list)
	if len(list) != 0 {
		t.Errorf("her days: %+v", list)
	}
	call("GET", hers+"/events?from=then", "", 400)
	call("GET", at+"/people/nobody/events", "", 404)

	call("PATCH", his+"/mailbox", `{"timeZone":"Europe/Amsterdam","automaticRepliesSetting":{"status":"alwaysEnabled"}}`, 204)
	if got := call("GET", his+"/mailbox", "", 200); got.String(t, "timeZone") != "Europe/Amsterdam" || got.String(t, "workingHours", "startTime") != "08:00" || got.String(t, "state") != "live" {
		t.Errorf("mailbox: %s", got.body)
	}
	call("PATCH", his+"/mailbox", `{"timeZone":"Mars"}`, 400)
	call("PATCH", his+"/mailbox", `{"state":"onPremises"}`, 204)
	if a := w.get(folderOf(bertil)); a.status != 404 {
		t.Errorf("moved away: %d %s", a.status, a.body)
	}

	group := w.tenant.Groups()[0].ID
	call("PUT", at+"/policy", `{"rbac":{"`+group+`":["Calendars.Read"]},"delay":"30m"}`, 204)
	call("PUT", at+"/policy", `{"accessPolicy":"`+group+`"}`, 204)
	if got := call("GET", at+"/policy", "", 200); got.String(t, "accessPolicy") != group || got.String(t, "rbac", group, 0) != "Calendars.Read" || got.String(t, "delay") != "30m0s" {
		t.Errorf("policy: %s", got.body)
	}
	call("PUT", at+"/policy", `{"accessPolicy":"none such"}`, 404)
	call("PUT", at+"/policy", `{"delay":"soon"}`, 400)
}
