package graph

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// recorded answers each request by method and path and keeps its query,
// consistency level and body.
func recorded(t *testing.T, by map[string]string) (*fake, *[]string) {
	t.Helper()
	var seen []string
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		query, _ := url.QueryUnescape(r.URL.RawQuery)
		line := r.Method + " " + r.URL.Path + "?" + query
		if v := r.Header.Get("ConsistencyLevel"); v != "" {
			line += " [" + v + "]"
		}
		seen = append(seen, strings.TrimSpace(line+" "+string(raw)))
		answer, ok := by[r.Method+" "+r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"error":{"code":"Request_ResourceNotFound"}}`)
			return
		}
		if answer == "" {
			w.WriteHeader(http.StatusNoContent)
		}
		_, _ = io.WriteString(w, answer)
	})
	return f, &seen
}

func TestGroupsAddUpOverPages(t *testing.T) {
	f := newFake(t, answers(
		`{"@odata.nextLink":"HOST/v1.0/groups/delta?$skiptoken=a","value":[{"id":"g","displayName":"Sälj","members@delta":[
			{"@odata.type":"#microsoft.graph.user","id":"1"},{"@odata.type":"#microsoft.graph.group","id":"h"}]}]}`,
		`{"@odata.deltaLink":"HOST/v1.0/groups/delta?$deltatoken=b","value":[{"id":"g","members@delta":[
			{"@odata.type":"#microsoft.graph.user","id":"2","@removed":{"reason":"deleted"}}]},{"id":"k","@removed":{"reason":"someday"}}]}`))
	members := map[string][]Member{}
	var removed []Removal
	for page, err := range f.client(t).Groups(t.Context(), "", []string{"displayName", "members"}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range page.Items {
			members[g.ID] = append(members[g.ID], g.Members...)
			removed = append(removed, g.Removed)
		}
	}
	want := map[string][]Member{"g": {{"1", "user", ""}, {"h", "group", ""}, {"2", "user", Deleted}}, "k": nil}
	if d := cmp.Diff(want, members); d != "" {
		t.Errorf("members (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]Removal{"", "", "someday"}, removed); d != "" {
		t.Errorf("removed (-want +got):\n%s", d)
	}
}

func TestValuesOfEveryKind(t *testing.T) {
	f := newFake(t, answers(`{
		"@odata.context":"x","id":"1","displayName":"Åsa \"Ö\" \u00d6berg","mail":null,
		"businessPhones":["+46 8 123 45 67"],"proxyAddresses":["SMTP:a@x.se","smtp:b@x.se"],"otherMails":[],
		"accountEnabled":true,"showInAddressList":null,"assignedLicenses":[{"skuId":"s","disabledPlans":[]},{}],
		"onPremisesExtensionAttributes":{"extensionAttribute1":"312","extensionAttribute2":null},
		"employeeOrgData":{"division":"Nord","costCenter":null},"manager":{"@odata.type":"#microsoft.graph.user","id":"m"},
		"mail@odata.type":"skipped","signInSessions":7,"strange":[[1],"x"]}`))
	u, err := f.client(t).User(t.Context(), "1", []string{"displayName", "manager"})
	if err != nil {
		t.Fatal(err)
	}
	want := []Value{
		{Name: "displayName", Text: `Åsa "Ö" Öberg`}, {Name: "mail", Null: true},
		{Name: "businessPhones", Text: "+46 8 123 45 67", List: []string{"+46 8 123 45 67"}},
		{Name: "proxyAddresses", Text: "SMTP:a@x.se", List: []string{"SMTP:a@x.se", "smtp:b@x.se"}},
		{Name: "otherMails", List: []string{}}, {Name: "accountEnabled", Text: "true"}, {Name: "showInAddressList", Null: true},
		{Name: "assignedLicenses", Text: "2"}, {Name: "extensionAttribute1", Text: "312"}, {Name: "extensionAttribute2", Null: true},
		{Name: "employeeOrgData.division", Text: "Nord"}, {Name: "employeeOrgData.costCenter", Null: true},
		{Name: "manager", Text: "m"}, {Name: "signInSessions", Text: "7"},
		{Name: "strange", Text: "x", List: []string{"x"}},
	}
	if d := cmp.Diff(want, u.Values); d != "" {
		t.Errorf("values (-want +got):\n%s", d)
	}
	if got := u.Text("accountEnabled"); got != "true" {
		t.Errorf("accountEnabled is %q", got)
	}
	if _, ok := u.Value("department"); ok {
		t.Error("an absent property has a value")
	}
	query, _ := url.QueryUnescape(f.calls()[0])
	if want := "GET /v1.0/users/1?$expand=manager($select=id)&$select=id,displayName"; query != want {
		t.Errorf("asked %q, want %q", query, want)
	}
}

func TestNullExtensionAttributesClearAllFifteen(t *testing.T) {
	f := newFake(t, answers(`{"id":"1","onPremisesExtensionAttributes":null}`))
	u, err := f.client(t).User(t.Context(), "1", nil)
	if err != nil || len(u.Values) != 15 || u.Values[14].Name != "extensionAttribute15" || !u.Values[14].Null {
		t.Errorf("%+v, %v", u.Values, err)
	}
}

func TestTheManagerInADelta(t *testing.T) {
	for in, want := range map[string]Value{
		`"manager@delta":[{"id":"old","@removed":{"reason":"deleted"}},{"id":"new"}]`: {Name: "manager", Text: "new"},
		`"manager@delta":[{"id":"new"},{"id":"old","@removed":{"reason":"deleted"}}]`: {Name: "manager", Text: "new"},
		`"manager@delta":[{"id":"old","@removed":{"reason":"deleted"}}]`:              {Name: "manager", Null: true},
		`"manager":null`: {Name: "manager", Null: true},
	} {
		f := newFake(t, answers(`{"@odata.deltaLink":"HOST/v1.0/users/delta","value":[{"id":"1",`+in+`}]}`))
		for page, err := range f.client(t).Users(t.Context(), "", []string{"manager"}) {
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff([]Value{want}, page.Items[0].Values); d != "" {
				t.Errorf("%s (-want +got):\n%s", in, d)
			}
		}
	}
}

func TestSearchGroups(t *testing.T) {
	f, seen := recorded(t, map[string]string{"GET /v1.0/groups": `{"value":[{"id":"g","displayName":"Sälj \"Nord\""}]}`})
	found, err := f.client(t).SearchGroups(t.Context(), `Sälj "N`, 5)
	if err != nil || len(found) != 1 || found[0].Text("displayName") != `Sälj "Nord"` {
		t.Fatalf("%+v, %v", found, err)
	}
	want := `GET /v1.0/groups?$search="displayName:Sälj \"N"&$select=` + groupProperties + `&$top=5 [eventual]`
	if (*seen)[0] != want {
		t.Errorf("asked %q\nwant  %q", (*seen)[0], want)
	}
}

func TestSearchGroupsWhereSearchIsRefused(t *testing.T) {
	var last string
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("$search") != "" {
			refuse(400, "Request_UnsupportedQuery")(w, r)
			return
		}
		last = r.URL.Query().Get("$filter")
		body(`{"value":[{"id":"g"}]}`)(w, r)
	})
	found, err := f.client(t).SearchGroups(t.Context(), "O'Neill", 5)
	if err != nil || len(found) != 1 || last != "startswith(displayName,'O''Neill')" {
		t.Errorf("%+v, %v, filter %q", found, err, last)
	}
}

func TestTypedCalls(t *testing.T) {
	f, seen := recorded(t, map[string]string{
		"GET /v1.0/users/åsa#EXT#@x.se":                                    `{"id":"1"}`,
		"GET /v1.0/users/1/manager":                                        `{"@odata.type":"#microsoft.graph.user","id":"m","displayName":"Chef"}`,
		"GET /v1.0/groups/g":                                               `{"id":"g","displayName":"Sälj"}`,
		"GET /v1.0/users/$count":                                           "\ufeff5004",
		"GET /v1.0/groups/$count":                                          "12",
		"GET /v1.0/groups/g/members/$count":                                "3",
		"GET /v1.0/groups/g/transitiveMembers/microsoft.graph.user/$count": "7",
		"GET /v1.0/groups/g/members":                                       `{"value":[{"@odata.type":"#microsoft.graph.device","id":"d"}]}`,
		"GET /v1.0/groups/g/transitiveMembers/microsoft.graph.user":        `{"@odata.count":1,"value":[{"id":"1"}]}`,
		"GET /v1.0/directory/deletedItems/microsoft.graph.user":            `{"value":[{"id":"9","deletedDateTime":"2026-11-01T00:00:00Z"}]}`,
		"GET /v1.0/organization":                                           `{"value":[{"id":"t","displayName":"Exempel AB","countryLetterCode":"SE","verifiedDomains":[{"name":"exempel.se","isDefault":true}]}]}`,
		"GET /v1.0/applications(appId='" + testApp + "')":                  `{"id":"o","appId":"a","displayName":"Telefonist","passwordCredentials":[{"keyId":"k","hint":"abc","endDateTime":"2027-01-02T03:04:05Z"}],"keyCredentials":[{"keyId":"c","endDateTime":"never"}]}`,
	})
	c, ctx := f.client(t), t.Context()
	var got []any
	add := func(v any, err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
		got = append(got, v)
	}
	u, err := c.User(ctx, "åsa#EXT#@x.se", []string{"mail"})
	add(u.ID, err)
	m, err := c.Manager(ctx, "1")
	add(m.Text("displayName"), err)
	g, err := c.Group(ctx, "g")
	add(g.Text("displayName"), err)
	add(c.CountUsers(ctx))
	add(c.CountGroups(ctx))
	add(c.CountMembers(ctx, "g"))
	add(c.CountTransitiveMembers(ctx, "g"))
	for p, err := range c.Members(ctx, "g", "") {
		add(p.Items[0].Type+p.Items[0].ID, err)
	}
	for p, err := range c.TransitiveMembers(ctx, "g", "", []string{"id"}) {
		add(int(p.Count), err)
	}
	for p, err := range c.DeletedUsers(ctx, "", []string{"id", "deletedDateTime"}) {
		add(p.Items[0].Text("deletedDateTime"), err)
	}
	org, err := c.Organization(ctx)
	add(org, err)
	app, err := c.Application(ctx, testApp)
	add(app, err)
	want := []any{"1", "Chef", "Sälj", 5004, 12, 3, 7, "deviced", 1, "2026-11-01T00:00:00Z",
		Organization{"t", "Exempel AB", "SE", []Domain{{Name: "exempel.se", Default: true}}},
		Application{"o", "a", "Telefonist",
			[]Expiry{{KeyID: "k", Hint: "abc", End: time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC)}}, []Expiry{{KeyID: "c"}}}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("answers (-want +got):\n%s", d)
	}
	for i, line := range *seen {
		if counts := strings.Contains(line, "$count"); counts != strings.HasSuffix(line, "[eventual]") {
			t.Errorf("request %d without its consistency level, or with one it needn't: %s", i, line)
		}
	}
	var none *Error
	if _, err := c.Manager(ctx, "2"); !errors.As(err, &none) || !none.NotFound() {
		t.Errorf("a missing manager is %v", err)
	}
}

func TestSubscriptions(t *testing.T) {
	const made = `{"id":"s","resource":"users","changeType":"updated","clientState":"x","notificationUrl":"https://n/","expirationDateTime":"2026-12-01T00:00:00.0000000Z","new":1}`
	f, seen := recorded(t, map[string]string{
		"POST /v1.0/subscriptions":               made,
		"PATCH /v1.0/subscriptions/s":            made,
		"DELETE /v1.0/subscriptions/s":           "",
		"POST /v1.0/subscriptions/s/reauthorize": "",
		"GET /v1.0/subscriptions":                `{"value":[` + made + `]}`,
	})
	c, ctx := f.client(t), t.Context()
	end := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	want := Subscription{ID: "s", Resource: "users", ChangeType: "updated", ClientState: "x", NotificationURL: "https://n/", Expires: end}
	ask := want
	ask.ID = ""
	ask.Expires = end.In(time.FixedZone("CET", 3600))
	got, err := c.Subscribe(ctx, ask)
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("subscribed %v (-want +got):\n%s", err, d)
	}
	if _, err := c.Renew(ctx, "s", end); err != nil {
		t.Error(err)
	}
	if err := c.Reauthorize(ctx, "s"); err != nil {
		t.Error(err)
	}
	for page, err := range c.Subscriptions(ctx) {
		if d := cmp.Diff([]Subscription{want}, page.Items); d != "" || err != nil {
			t.Errorf("listed %v (-want +got):\n%s", err, d)
		}
	}
	if err := c.Unsubscribe(ctx, "s"); err != nil {
		t.Error(err)
	}
	if err := c.Unsubscribe(ctx, "gone"); err != nil {
		t.Errorf("one that is gone: %v", err)
	}
	var sent map[string]string
	_, raw, _ := strings.Cut((*seen)[0], "{")
	if err := json.Unmarshal([]byte("{"+raw), &sent); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]string{"resource": "users", "changeType": "updated", "clientState": "x",
		"notificationUrl": "https://n/", "expirationDateTime": "2026-12-01T00:00:00Z"}, sent); d != "" {
		t.Errorf("sent (-want +got):\n%s", d)
	}
	if want := `PATCH /v1.0/subscriptions/s? {"expirationDateTime":"2026-12-01T00:00:00Z"}`; (*seen)[1] != want {
		t.Errorf("renewed with %s", (*seen)[1])
	}
}

func TestManyPagesOfSubscriptionsAreNoCircle(t *testing.T) {
	f := newFake(t, answers(
		`{"value":[{"id":"1"}],"@odata.nextLink":"HOST/v1.0/subscriptions?p=1"}`, `{"value":[{"id":"2"}],"@odata.nextLink":"HOST/v1.0/subscriptions?p=2"}`,
		`{"value":[{"id":"3"}],"@odata.nextLink":"HOST/v1.0/subscriptions?p=3"}`, `{"value":[{"id":"4"}],"@odata.nextLink":"HOST/v1.0/subscriptions?p=4"}`,
		`{"value":[{"id":"5"}]}`))
	n := 0
	for page, err := range f.client(t).Subscriptions(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		n += len(page.Items)
	}
	if n != 5 {
		t.Errorf("%d subscriptions, want 5", n)
	}
}

func TestNotificationsThatAreNone(t *testing.T) {
	for _, in := range []string{"", "[]", `"x"`, `{"value":7}`, `{"value":[{"subscriptionId":7}]}`, "<html>", strings.Repeat(" ", maxDelivery+2)} {
		if _, err := ParseNotifications(strings.NewReader(in)); err == nil {
			t.Errorf("%.20q was taken", in)
		}
	}
}
