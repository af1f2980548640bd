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
