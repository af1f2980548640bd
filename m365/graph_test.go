package m365_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/telefonist/telefonist/m365"
)

func TestCallsNeedAGoodToken(t *testing.T) {
	var later atomic.Int64
	w := start(t, m365.Options{People: 3, Seed: 1, Now: func() time.Time { return time.Now().Add(time.Duration(later.Load())) }})
	w.signIn()
	good := w.token
	for name, token := range map[string]string{
		"none": "", "rubbish": "x", "changed": good[:len(good)-8] + "AAAAAAAA", "unsigned": "eyJhbGciOiJub25lIn0.e30.",
	} {
		if a := w.get("/v1.0/users", "Authorization", "Bearer "+token); a.status != 401 || a.code(t) != "InvalidAuthenticationToken" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	later.Store(int64(time.Hour))
	if a := w.get("/v1.0/users"); a.status != 401 || !strings.Contains(string(a.body), "Lifetime validation failed") {
		t.Errorf("expired: %d %s", a.status, a.body)
	}
}

func TestCallsNeedTheirPermission(t *testing.T) {
	w := start(t, m365.Options{People: 20, Seed: 1, Roles: []string{}})
	id, group := w.tenant.People()[1].ID, w.tenant.Groups()[0].ID
	for path, roles := range map[string][]string{
		"/v1.0/users/delta":                                 {"User.Read.All", "Directory.Read.All"},
		"/v1.0/users":                                       {"User.ReadBasic.All", "User.Read.All"},
		"/v1.0/users/" + id + "/manager":                    {"User.Read.All"},
		"/v1.0/groups/delta":                                {"GroupMember.Read.All", "Group.Read.All"},
		"/v1.0/groups":                                      {"GroupMember.Read.All", "Directory.Read.All"},
		"/v1.0/groups/" + group + "/members":                {"GroupMember.Read.All"},
		"/v1.0/groups/" + group + "/transitiveMembers":      {"Group.Read.All"},
		"/v1.0/directory/deletedItems/microsoft.graph.user": {"User.Read.All"},
		"/v1.0/organization":                                {"Organization.Read.All"},
		"/v1.0/applications":                                {"Application.Read.All"},
	} {
		w.signIn()
		if a := w.get(path); a.status != 403 || a.code(t) != "Authorization_RequestDenied" {
			t.Errorf("%s without permission: %d %s", path, a.status, a.body)
		}
		for _, role := range roles {
			w.tenant.Grant(role)
			w.signIn()
			if a := w.get(path); a.status == 403 {
				t.Errorf("%s with %s: %s", path, role, a.body)
			}
			w.tenant.Revoke(role)
		}
	}
}

func TestReadBasicShowsLittle(t *testing.T) {
	w := start(t, m365.Options{People: 20, Seed: 1, Roles: []string{"User.ReadBasic.All"}})
	for _, o := range w.page("/v1.0/users?$select=id,displayName,mobilePhone,department").Value {
		if len(o) != 2 || o["displayName"] == nil {
			t.Fatalf("got %v", o)
		}
	}
}

func TestUsersInPages(t *testing.T) {
	w := start(t, m365.Options{People: 250, Seed: 1})
	first := w.page("/v1.0/users")
	if len(first.Value) != 100 || !strings.Contains(first.Next, "$skiptoken=") || first.Count != nil {
		t.Errorf("%d people, next %q", len(first.Value), first.Next)
	}
	for _, path := range []string{"/v1.0/users", "/v1.0/users?$top=999", "/v1.0/users?$top=7&$select=id", "/v1.0/users?$orderby=displayName"} {
		people, _ := w.all(path)
		ids := map[any]bool{}
		for _, p := range people {
			ids[p["id"]] = true
		}
		if len(people) != 250 || len(ids) != 250 {
			t.Errorf("%s: %d people, %d ids", path, len(people), len(ids))
		}
	}
	if names := w.page("/v1.0/users").Value[0]; len(names) != 11 {
		t.Errorf("default properties: %v", names)
	}
	sorted, _ := w.all("/v1.0/users?$orderby=displayName desc&$select=displayName")
	if !slices.IsSortedFunc(sorted, func(a, b object) int {
		return strings.Compare(strings.ToLower(b["displayName"].(string)), strings.ToLower(a["displayName"].(string)))
	}) {
		t.Error("not in descending order")
	}
}

func TestFilters(t *testing.T) {
	w := start(t, m365.Options{People: 300, Seed: 4})
	w.tenant.AddPerson(m365.Person{DisplayName: "Pat O'Hara", GivenName: "Pat", Mail: "pat@example.com", ProxyAddresses: []string{"SMTP:pat@example.com"},
		AccountEnabled: true, Licenses: []string{"sku-1"}, Department: "Lager"})
	count := func(fits func(m365.Person) bool) (n int) {
		for _, p := range w.tenant.People() {
			if fits(p) {
				n++
			}
		}
		return n
	}
	disabled := count(func(p m365.Person) bool { return !p.AccountEnabled })
	guests := count(func(p m365.Person) bool { return p.UserType == "Guest" })
	for _, test := range []struct {
		filter   string
		advanced bool
		want     int
	}{
		{"accountEnabled eq false", false, disabled},
		{"userType eq 'Guest'", false, guests},
		{"userType eq 'guest' or accountEnabled eq false", false, count(func(p m365.Person) bool { return p.UserType == "Guest" || !p.AccountEnabled })},
		{"displayName eq 'Pat O''Hara'", false, 1},
		{"startswith(displayName,'pat o')", false, 1},
		{"startsWith(displayName, 'Pat') and accountEnabled eq true and (department eq 'Lager')", false, 1},
		{"department in ('Lager','HR')", false, count(func(p m365.Person) bool { return p.Department == "Lager" || p.Department == "HR" })},
		{"proxyAddresses/any(p:p eq 'SMTP:pat@example.com')", false, 1},
		{"proxyAddresses/any(p:startswith(p,'smtp:pat'))", false, 1},
		{"assignedLicenses/any(x:x/skuId eq 'sku-1')", false, 1},
		{"mail eq null", true, count(func(p m365.Person) bool { return p.Mail == "" })},
		{"userType ne 'Guest'", true, 301 - guests},
		{"not(userType eq 'Guest')", true, 301 - guests},
		{"endswith(mail,'@example.com')", true, 1},
		{"createdDateTime ge 2999-01-01T00:00:00Z", false, 0},
	} {
		path := "/v1.0/users?$top=999&$count=true&$select=id&$filter=" + test.filter
		got := w.page(path, "ConsistencyLevel", "eventual")
		if len(got.Value) != test.want || got.Count == nil || *got.Count != test.want {
			t.Errorf("%s: %d people, count %v, want %d", test.filter, len(got.Value), got.Count, test.want)
		}
		plain := w.get("/v1.0/users?$filter=" + test.filter)
		switch {
		case test.advanced && test.filter != "mail eq null" && (plain.status != 400 || plain.code(t) != "Request_UnsupportedQuery"):
			t.Errorf("%s without ConsistencyLevel: %d %s", test.filter, plain.status, plain.body)
		case !test.advanced && plain.status != 200:
			t.Errorf("%s: %d %s", test.filter, plain.status, plain.body)
		}
	}
}

func TestSearchAndCount(t *testing.T) {
	w := start(t, m365.Options{People: 100, Seed: 4})
	got := w.page(`/v1.0/users?$search="displayName:öberg"&$select=displayName`, "ConsistencyLevel", "eventual")
	if len(got.Value) < 2 || !strings.Contains(got.Value[0]["displayName"].(string), "Öberg") {
		t.Errorf("found %v", got.Value)
	}
	a := w.get("/v1.0/users/$count", "ConsistencyLevel", "eventual")
	if string(a.body) != "100" || !strings.HasPrefix(a.header.Get("Content-Type"), "text/plain") {
		t.Errorf("$count: %s %q", a.body, a.header.Get("Content-Type"))
	}
	if got := w.page("/v1.0/users?$count=true"); got.Count != nil {
		t.Error("@odata.count without ConsistencyLevel")
	}
}

func TestRefusals(t *testing.T) {
	w := start(t, m365.Options{People: 10, Seed: 1})
	id := w.tenant.People()[1].ID
	for path, want := range map[string]string{
		"/v1.0/users?$skip=5":                                             "400 Request_BadRequest",
		"/v1.0/users?$top=1000":                                           "400 Request_BadRequest",
		"/v1.0/users?$top=0":                                              "400 Request_BadRequest",
		"/v1.0/users?$apply=x":                                            "400 Request_BadRequest",
		"/v1.0/users?$filter=displayName eq":                              "400 Request_BadRequest",
		"/v1.0/users?$filter=displayName like 'x'":                        "400 Request_BadRequest",
		"/v1.0/users?$filter=(displayName eq 'x'":                         "400 Request_BadRequest",
		"/v1.0/users?$search=x":                                           "400 Request_BadRequest",
		"/v1.0/users?$expand=photos":                                      "400 Request_BadRequest",
		"/v1.0/users?$expand=manager($levels=3)":                          "400 Request_UnsupportedQuery",
		"/v1.0/users?$filter=accountEnabled eq true&$orderby=displayName": "400 Request_UnsupportedQuery",
		"/v1.0/users/$count":                                              "400 Request_BadRequest",
		"/v1.0/users/nobody":                                              "404 Request_ResourceNotFound",
		"/v1.0/groups/nothing":                                            "404 Request_ResourceNotFound",
		"/v1.0/groups/" + id + "/members":                                 "404 Request_ResourceNotFound",
		"/v1.0/nothing":                                                   "400 BadRequest",
		"/v1.0/directory/deletedItems":                                    "400 Request_BadRequest",
		"/v1.0/me":                                                        "400 Request_BadRequest",
		"/v1.0/subscriptions/x":                                           "404 ResourceNotFound",
	} {
		if a := w.get(path); strconv.Itoa(a.status)+" "+a.code(t) != want {
			t.Errorf("%s: %d %s, want %s", path, a.status, a.body, want)
		}
	}
	if a := w.do(http.MethodDelete, "/v1.0/users/"+id, ""); a.status != http.StatusMethodNotAllowed {
		t.Errorf("DELETE: %d", a.status)
	}
}

func TestManager(t *testing.T) {
	w := start(t, m365.Options{People: -1, Seed: 1})
	top := w.tenant.AddPerson(m365.Person{DisplayName: "VD"})
	boss := w.tenant.AddPerson(m365.Person{DisplayName: "Chef", Manager: top})
	w.tenant.AddPerson(m365.Person{DisplayName: "Kim", UserPrincipalName: "kim@example.com", Manager: boss})
	var got object
	w.get("/v1.0/users/kim@example.com/manager?$select=displayName").decode(t, &got)
	if got["id"] != boss || got["displayName"] != "Chef" {
		t.Errorf("manager: %v", got)
	}
	if a := w.get("/v1.0/users/" + top + "/manager"); a.status != 404 {
		t.Errorf("nobody's manager: %d", a.status)
	}
	list := w.page("/v1.0/users?$expand=manager($levels=max;$select=displayName)&$count=true&$select=displayName", "ConsistencyLevel", "eventual")
	if text := fmt.Sprint(list.Value[2]["manager"]); !strings.Contains(text, "Chef") || !strings.Contains(text, "VD") {
		t.Errorf("expanded: %v", list.Value[2])
	}
	if list := w.page("/v1.0/users?$expand=manager"); strings.Contains(fmt.Sprint(list.Value[2]), "VD") {
		t.Errorf("one level: %v", list.Value[2])
	}
}

func TestMailboxSettings(t *testing.T) {
	w := start(t, m365.Options{People: 30, Seed: 1})
	for _, p := range w.tenant.People() {
		a := w.get("/v1.0/users/" + p.ID + "/mailboxSettings/userPurpose")
		var got object
		if a.decode(t, &got); p.Purpose != "" && got["value"] != p.Purpose {
			t.Errorf("%s: %s", p.Purpose, a.body)
		}
		if p.Purpose == "" && (a.status != 404 || a.code(t) != "MailboxNotEnabledForRESTAPI") {
			t.Errorf("no mailbox: %d %s", a.status, a.body)
		}
	}
}

func TestGroupMembers(t *testing.T) {
	w := start(t, m365.Options{People: 120, Seed: 1})
	groups := map[string]m365.Group{}
	for _, g := range w.tenant.Groups() {
		groups[g.DisplayName] = g
	}
	all, _ := w.all("/v1.0/groups/" + groups["Hela bolaget"].ID + "/transitiveMembers/microsoft.graph.user?$select=id&$top=50")
	direct, _ := w.all("/v1.0/groups/" + groups["Hela bolaget"].ID + "/members?$select=displayName")
	members := 0
	for _, p := range w.tenant.People() {
		if p.UserType == "Member" && p.Department != "" {
			members++
		}
	}
	if len(all) != members || len(direct) != 12 || direct[0]["@odata.type"] != "#microsoft.graph.group" {
		t.Errorf("%d people of %d, %d groups: %v", len(all), members, len(direct), direct[:1])
	}
	// Region Nord and Syd contain each other.
	a, _ := w.all("/v1.0/groups/" + groups["Region Nord"].ID + "/transitiveMembers?$select=id")
	b, _ := w.all("/v1.0/groups/" + groups["Region Syd"].ID + "/transitiveMembers?$select=id")
	if len(a) == 0 || len(a) != len(b) {
		t.Errorf("the cycle has %d and %d members", len(a), len(b))
	}
	hidden := "/v1.0/groups/" + groups["Löneärenden"].ID + "/members"
	if got := w.page(hidden); len(got.Value) != 0 {
		t.Errorf("hidden members shown: %v", got.Value)
	}
	w.tenant.Grant("Member.Read.Hidden")
	w.signIn()
	if got := w.page(hidden); len(got.Value) == 0 {
		t.Error("hidden members not shown with Member.Read.Hidden")
	}
	count := w.get("/v1.0/groups/"+groups["Hela bolaget"].ID+"/transitiveMembers/microsoft.graph.user/$count", "ConsistencyLevel", "eventual")
	if string(count.body) != strconv.Itoa(members) {
		t.Errorf("$count %s, want %d", count.body, members)
	}
	if a := w.get("/v1.0/groups/" + groups["Hela bolaget"].ID + "/members/microsoft.graph.user?$count=true"); a.status != 400 {
		t.Errorf("a cast with $count and no ConsistencyLevel: %d", a.status)
	}
	found := w.page(`/v1.0/groups?$search="displayName:växel"&$count=true`, "ConsistencyLevel", "eventual")
	if len(found.Value) != 2 || *found.Count != 2 {
		t.Errorf("groups found: %v", found.Value)
	}
	shown := w.page("/v1.0/groups?$expand=members($select=id)&$filter=displayName eq 'Alla medarbetare'")
	if list, _ := shown.Value[0]["members"].([]any); len(list) != 20 {
		t.Errorf("$expand shows %d members", len(list))
	}
	person := w.tenant.Members(groups["Region Nord"].ID)[1]
	in, _ := w.all("/v1.0/users/" + person + "/transitiveMemberOf?$select=displayName")
	if text := fmt.Sprint(in); !strings.Contains(text, "Region Nord") || !strings.Contains(text, "Region Syd") {
		t.Errorf("member of %s", text)
	}
	var checked struct {
		Value []string `json:"value"`
	}
	w.do(http.MethodPost, "/v1.0/users/"+person+"/checkMemberGroups",
		`{"groupIds":["`+groups["Region Syd"].ID+`","`+groups["Tom grupp"].ID+`"]}`).decode(t, &checked)
	if !slices.Equal(checked.Value, []string{groups["Region Syd"].ID}) {
		t.Errorf("checkMemberGroups: %v", checked.Value)
	}
}

func TestTheAppsOwnSecretExpiry(t *testing.T) {
	w := start(t, m365.Options{People: 3, Seed: 1})
	until := time.Now().AddDate(0, 1, 0).UTC().Truncate(time.Second)
	w.tenant.App(w.tenant.ClientID).AddSecret(until)
	_, der := certificate(t, until)
	w.must(w.tenant.AddCertificate(der))
	a := w.get("/v1.0/applications(appId='" + w.tenant.ClientID + "')?$select=appId,passwordCredentials,keyCredentials")
	var got struct {
		Secrets []struct {
			End  time.Time `json:"endDateTime"`
			Hint string    `json:"hint"`
			Key  string    `json:"keyId"`
		} `json:"passwordCredentials"`
		Keys []struct {
			End time.Time `json:"endDateTime"`
		} `json:"keyCredentials"`
	}
	a.decode(t, &got)
	if len(got.Secrets) != 2 || !got.Secrets[1].End.Equal(until) || len(got.Keys) != 1 || !got.Keys[0].End.Equal(until) {
		t.Errorf("got %s", a.body)
	}
	if got.Secrets[0].Key != w.tenant.SecretID() || got.Secrets[0].Hint != w.tenant.Secret()[:3] || strings.Contains(string(a.body), w.tenant.Secret()) {
		t.Errorf("got %s", a.body)
	}
	var chosen object
	if a.decode(t, &chosen); len(chosen) != 5 { // with id and context
		t.Errorf("$select of three: %s", a.body)
	}
	if list := w.page("/v1.0/applications?$filter=appId eq '" + w.tenant.ClientID + "'"); len(list.Value) != 1 {
		t.Errorf("by filter: %v", list.Value)
	}
	var self object
	w.get("/v1.0/servicePrincipals(appId='"+w.tenant.ClientID+"')").decode(t, &self)
	granted := w.page("/v1.0/servicePrincipals/" + self["id"].(string) + "/appRoleAssignments")
	if len(granted.Value) != len(m365.DefaultRoles) || granted.Value[0]["appRoleId"] != "df021288-bdef-4463-88db-98f22de89214" {
		t.Errorf("granted: %v", granted.Value)
	}
}

func TestHeaders(t *testing.T) {
	w := start(t, m365.Options{People: 3, Seed: 1})
	a := w.get("/v1.0/users?$select=id", "client-request-id", "7a7a7a7a-0000-4000-8000-000000000000")
	if a.header.Get("request-id") == "" || a.header.Get("client-request-id") != "7a7a7a7a-0000-4000-8000-000000000000" ||
		a.header.Get("x-ms-resource-unit") != "1" || !strings.Contains(a.header.Get("x-ms-ags-diagnostic"), "DataCenter") {
		t.Errorf("headers %v", a.header)
	}
	if !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
		t.Errorf("content type %q", a.header.Get("Content-Type"))
	}
}

func TestBatch(t *testing.T) {
	w := start(t, m365.Options{People: 30, Seed: 1})
	type item struct {
		ID      string            `json:"id"`
		Status  int               `json:"status"`
		Headers map[string]string `json:"headers"`
		Body    json.RawMessage   `json:"body"`
	}
	run := func(items ...string) map[string]item {
		t.Helper()
		a := w.do(http.MethodPost, "/v1.0/$batch", `{"requests":[`+strings.Join(items, ",")+`]}`)
		var got struct {
			Responses []item `json:"responses"`
		}
		if a.decode(t, &got); a.status != 200 || len(got.Responses) != len(items) {
			t.Fatalf("%d %s", a.status, a.body)
		}
		byID := map[string]item{}
		for _, i := range got.Responses {
			byID[i.ID] = i
		}
		return byID
	}
	id := w.tenant.People()[1].ID
	w.server.Fault(m365.Fault{Kind: m365.Throttled, Path: "/manager", RetryAfter: "7"})
	got := run(`{"id":"1","method":"GET","url":"/users/`+id+`?$select=id"}`, `{"id":"b","method":"GET","url":"users/nobody"}`,
		`{"id":"3","method":"GET","url":"/users/`+id+`/manager"}`, `{"id":"4","method":"GET","url":"/users/`+id+`","dependsOn":["b"]}`,
		`{"id":"5","method":"GET","url":"/users/$count","headers":{"ConsistencyLevel":"eventual"}}`)
	if got["1"].Status != 200 || got["b"].Status != 404 || got["3"].Status != 429 || got["3"].Headers["Retry-After"] != "7" || got["4"].Status != 424 ||
		string(got["5"].Body) != "30" {
		t.Errorf("got %+v", got)
	}
	many := make([]string, 21)
	for i := range many {
		many[i] = fmt.Sprintf(`{"id":"%d","method":"GET","url":"/users"}`, i)
	}
	run(many[:20]...)
	for name, items := range map[string]string{
		"21": strings.Join(many, ","), "none": "", "same ids": `{"id":"a","method":"GET","url":"/users"},{"id":"A","method":"GET","url":"/users"}`,
		"nested": `{"id":"a","method":"POST","url":"/$batch"}`, "absolute": `{"id":"a","method":"GET","url":"https://example.com/users"}`,
		"no id": `{"method":"GET","url":"/users"}`, "body without type": `{"id":"a","method":"POST","url":"/users","body":{}}`,
		"async":      `{"id":"a","method":"GET","url":"/users","headers":{"Prefer":"respond-async"}}`,
		"dependency": `{"id":"a","method":"GET","url":"/users","dependsOn":["x"]}`,
	} {
		if a := w.do(http.MethodPost, "/v1.0/$batch", `{"requests":[`+items+`]}`); a.status != 400 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
}

func TestThrottlingByResourceUnits(t *testing.T) {
	var later atomic.Int64
	w := start(t, m365.Options{People: 10, Seed: 1, Throttle: true, Now: func() time.Time {
		return time.Unix(1_800_000_000, 0).Add(time.Duration(later.Load()))
	}})
	warned, n := false, 0
	var a answer
	for ; n < 2000; n++ {
		if a = w.get("/v1.0/users"); a.status != 200 {
			break
		}
		warned = warned || a.header.Get("x-ms-throttle-limit-percentage") != ""
	}
	if n != 1750 || !warned { // 3,500 units at 2 each
		t.Errorf("%d calls, warned %v", n, warned)
	}
	if a.status != 429 || a.header.Get("Retry-After") == "" || a.header.Get("x-ms-throttle-information") != "ResourceUnitLimitExceeded" ||
		a.header.Get("x-ms-throttle-scope") != "Tenant_Application/ReadWrite/"+w.tenant.ClientID+"/"+w.tenant.ID {
		t.Errorf("%d %v", a.status, a.header)
	}
	later.Store(int64(5 * time.Second))
	if a := w.get("/v1.0/users"); a.status != 200 {
		t.Errorf("five seconds later: %d", a.status)
	}
}
