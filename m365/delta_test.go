package m365_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/telefonist/telefonist/m365"
)

func TestDeltaReadsEverybodyInPages(t *testing.T) {
	w := start(t, m365.Options{People: 450, Seed: 1})
	first := w.page("/v1.0/users/delta?$select=displayName,mail")
	if len(first.Value) != 200 || first.Next == "" || first.Delta != "" {
		t.Errorf("first page has %d people, next %q, delta %q", len(first.Value), first.Next, first.Delta)
	}
	people, link := w.all("/v1.0/users/delta?$select=displayName,mail")
	if len(people) != 450 || link == "" {
		t.Fatalf("%d people, deltaLink %q", len(people), link)
	}
	if again := w.page(link); len(again.Value) != 0 || again.Delta == "" || again.Next != "" {
		t.Errorf("a quiet round has %d entries, next %q, delta %q", len(again.Value), again.Next, again.Delta)
	}
	groups, link := w.all("/v1.0/groups/delta")
	if len(groups) < 20 || link == "" {
		t.Errorf("%d groups, deltaLink %q", len(groups), link)
	}
}

// round begins a delta round and returns where its end leads.
func (w *world) round(path string) string {
	w.t.Helper()
	_, link := w.all(path)
	return link
}

func TestDeltaTellsWhatChanged(t *testing.T) {
	const path = "/v1.0/users/delta?$select=displayName,jobTitle,mobilePhone,accountEnabled"
	fill := func(p *m365.Person) { p.JobTitle, p.MobilePhone = "Chef", "070-1" }
	for _, test := range []struct {
		name   string
		change func(*m365.Tenant, string) error
		want   string // the entry without id; empty = none
		prefer string
	}{
		{name: "a new title", change: func(tn *m365.Tenant, id string) error {
			return tn.ChangePerson(id, func(p *m365.Person) { p.JobTitle = "Växelansvarig" })
		}, want: `{"accountEnabled":true,"displayName":"Kim","jobTitle":"Växelansvarig","mobilePhone":"070-1"}`},
		{name: "cleared is null", change: func(tn *m365.Tenant, id string) error {
			return tn.ChangePerson(id, func(p *m365.Person) { p.MobilePhone = "" })
		}, want: `{"accountEnabled":true,"displayName":"Kim","jobTitle":"Chef","mobilePhone":null}`},
		{name: "minimal tells the change alone", prefer: "return=minimal", change: func(tn *m365.Tenant, id string) error {
			return tn.ChangePerson(id, func(p *m365.Person) { p.MobilePhone = "" })
		}, want: `{"mobilePhone":null}`},
		{name: "what is not selected is no change", change: func(tn *m365.Tenant, id string) error {
			return tn.ChangePerson(id, func(p *m365.Person) { p.Department = "Lager" })
		}},
		{name: "disabled is a property", change: (*m365.Tenant).Disable,
			want: `{"accountEnabled":false,"displayName":"Kim","jobTitle":"Chef","mobilePhone":"070-1"}`},
		{name: "soft-deleted", change: (*m365.Tenant).SoftDelete, want: `{"@removed":{"reason":"changed"}}`},
		{name: "purged", change: (*m365.Tenant).Purge, want: `{"@removed":{"reason":"deleted"}}`},
		{name: "restored comes back whole", prefer: "return=minimal", change: func(tn *m365.Tenant, id string) error {
			if err := tn.SoftDelete(id); err != nil {
				return err
			}
			return tn.Restore(id)
		}, want: `{"accountEnabled":true,"displayName":"Kim","jobTitle":"Chef","mobilePhone":"070-1"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := start(t, m365.Options{People: 5, Seed: 1})
			id := w.tenant.AddPerson(m365.Person{DisplayName: "Kim", AccountEnabled: true})
			w.must(w.tenant.ChangePerson(id, fill))
			link := w.round(path)
			w.must(test.change(w.tenant, id))
			var headers []string
			if test.prefer != "" {
				headers = []string{"Prefer", test.prefer}
			}
			got, next := w.all(link, headers...)
			if test.want == "" {
				if len(got) != 0 {
					t.Fatalf("got %v", got)
				}
				return
			}
			if len(got) != 1 || got[0]["id"] != id {
				t.Fatalf("got %v", got)
			}
			delete(got[0], "id")
			if text, _ := json.Marshal(got[0]); string(text) != test.want {
				t.Errorf("got  %s\nwant %s", text, test.want)
			}
			if again := w.page(next); len(again.Value) != 0 {
				t.Errorf("told again: %v", again.Value)
			}
		})
	}
}

func TestDeltaLeavesOutWhatWasNeverSet(t *testing.T) {
	w := start(t, m365.Options{People: -1, Seed: 1})
	w.tenant.AddPerson(m365.Person{DisplayName: "Kim"})
	got, _ := w.all("/v1.0/users/delta?$select=displayName,jobTitle")
	if _, there := got[0]["jobTitle"]; there {
		t.Errorf("got %v", got[0])
	}
}

func TestDeltaFromNowOn(t *testing.T) {
	w := start(t, m365.Options{People: 30, Seed: 1})
	now := w.page("/v1.0/users/delta?$deltatoken=latest&$select=displayName")
	if len(now.Value) != 0 || now.Delta == "" {
		t.Fatalf("got %+v", now)
	}
	w.must(w.tenant.ChangePerson(w.tenant.People()[3].ID, func(p *m365.Person) { p.DisplayName = "Ny" }))
	if got := w.page(now.Delta); len(got.Value) != 1 || got.Value[0]["displayName"] != "Ny" || len(got.Value[0]) != 2 {
		t.Errorf("got %v", got.Value)
	}
}

// What changes while a round is read is told in the next one at the latest.
func TestDeltaLosesNothingThatChangesDuringARound(t *testing.T) {
	w := start(t, m365.Options{People: 30, Seed: 1, PageSize: 10})
	people := w.tenant.People()
	first := w.page("/v1.0/users/delta?$select=displayName")
	w.must(w.tenant.ChangePerson(people[0].ID, func(p *m365.Person) { p.DisplayName = "Ny" }))
	w.must(w.tenant.Purge(people[25].ID))
	added := w.tenant.AddPerson(m365.Person{DisplayName: "Sen"})
	rest, link := w.all(first.Next)
	more, _ := w.all(link)
	last := map[string]object{}
	for _, o := range slices.Concat(first.Value, rest, more) {
		last[o["id"].(string)] = o
	}
	if len(last) != 31 || last[people[0].ID]["displayName"] != "Ny" || last[people[25].ID]["@removed"] == nil || last[added]["displayName"] != "Sen" {
		t.Errorf("%d people; %v %v %v", len(last), last[people[0].ID], last[people[25].ID], last[added])
	}
}

func TestDeltaOfManager(t *testing.T) {
	w := start(t, m365.Options{People: -1, Seed: 1})
	a, b := w.tenant.AddPerson(m365.Person{DisplayName: "Chef"}), w.tenant.AddPerson(m365.Person{DisplayName: "Kim"})
	link := w.round("/v1.0/users/delta?$select=displayName,manager")
	w.must(w.tenant.ChangePerson(b, func(p *m365.Person) { p.Manager = a }))
	got, link := w.all(link)
	if text, _ := json.Marshal(got); !strings.Contains(string(text), `"manager@delta":[{"@odata.type":"#microsoft.graph.user","id":"`+a+`"}]`) {
		t.Errorf("got %s", text)
	}
	w.must(w.tenant.Purge(a))
	got, _ = w.all(link)
	if text, _ := json.Marshal(got); !strings.Contains(string(text), `"id":"`+a+`","@removed"`) && !strings.Contains(string(text), `"@removed":{"reason":"deleted"},"id":"`+a) {
		t.Errorf("got %s", text)
	}
}

func TestDeltaTokensRunOut(t *testing.T) {
	var later atomic.Int64
	w := start(t, m365.Options{People: 30, Seed: 1, Now: func() time.Time { return time.Now().Add(time.Duration(later.Load())) }})
	link := w.round("/v1.0/users/delta?$select=displayName")
	w.tenant.Expire()
	a := w.get(link)
	if a.status != http.StatusGone || !strings.HasSuffix(a.header.Get("Location"), "/v1.0/users/delta?$deltatoken=") || a.code(t) != "resyncRequired" {
		t.Errorf("after Expire: %d %q %s", a.status, a.header.Get("Location"), a.body)
	}
	if again, _ := w.all(a.header.Get("Location")); len(again) != 30 {
		t.Errorf("Location leads to %d people", len(again))
	}
	link = w.round("/v1.0/users/delta?$select=displayName")
	later.Store(int64(8 * 24 * time.Hour))
	w.signIn()
	if a := w.get(link); a.status != http.StatusBadRequest || a.code(t) != "syncStateNotFound" {
		t.Errorf("after eight days: %d %s", a.status, a.body)
	}
	other := start(t, m365.Options{People: 3, Seed: 2})
	_, query, _ := strings.Cut(other.round("/v1.0/users/delta"), "?")
	if a := w.get("/v1.0/users/delta?" + query); a.status != http.StatusBadRequest {
		t.Errorf("another tenant's token: %d %s", a.status, a.body)
	}
}

func TestDeltaRefusesWhatGraphDoesNotDocument(t *testing.T) {
	w := start(t, m365.Options{People: 300, Seed: 1})
	next := w.page("/v1.0/users/delta").Next
	ids := strings.Repeat(" or id eq 'x'", 50)
	for path, code := range map[string]string{
		"/v1.0/users/delta?$top=5":                                "Request_UnsupportedQuery",
		"/v1.0/users/delta?$orderby=displayName":                  "Request_UnsupportedQuery",
		"/v1.0/users/delta?$expand=manager":                       "Request_UnsupportedQuery",
		"/v1.0/users/delta?$filter=startswith(displayName,'a')":   "Request_UnsupportedQuery",
		"/v1.0/users/delta?$filter=id eq 'y'" + ids:               "Request_UnsupportedQuery",
		"/v1.0/users/delta?$skiptoken=rubbish":                    "Request_BadRequest",
		next + "&$select=displayName":                             "Request_BadRequest",
		strings.Replace(next, "/users/delta", "/groups/delta", 1): "Request_BadRequest",
	} {
		if a := w.get(path); a.status != http.StatusBadRequest || a.code(t) != code {
			t.Errorf("%.60s: %d %s", path, a.status, a.body)
		}
	}
	people := w.tenant.People()
	got, _ := w.all("/v1.0/users/delta?$select=displayName&$filter=id eq '" + people[7].ID + "' or id eq '" + people[290].ID + "'")
	if len(got) != 2 {
		t.Errorf("a round of two people has %d", len(got))
	}
}

// members is what pages of groups/delta say of one group, put together.
func members(pages []object, group string) (there, gone []string, entries int) {
	for _, o := range pages {
		if o["id"] != group {
			continue
		}
		entries++
		list, _ := o["members@delta"].([]any)
		for _, m := range list {
			member := m.(object)
			if id := member["id"].(string); member["@removed"] != nil {
				gone = append(gone, id)
			} else {
				there = append(there, id)
			}
		}
	}
	return there, gone, entries
}

func TestALargeGroupComesOnSeveralPages(t *testing.T) {
	w := start(t, m365.Options{People: 300, Seed: 1, MembersPage: 50})
	for _, g := range w.tenant.Groups() {
		if g.DisplayName != "Alla medarbetare" {
			continue
		}
		got, link := w.all("/v1.0/groups/delta?$select=displayName,members")
		there, _, entries := members(got, g.ID)
		if !slices.Equal(there, w.tenant.Members(g.ID)) || entries < 5 {
			t.Errorf("%d members in %d entries, want %d", len(there), entries, len(w.tenant.Members(g.ID)))
		}
		left, joined := there[:60], w.tenant.AddPerson(m365.Person{DisplayName: "Ny"})
		for _, id := range left {
			w.must(w.tenant.RemoveMember(g.ID, id))
		}
		w.must(w.tenant.AddMember(g.ID, joined))
		got, _ = w.all(link)
		there, gone, entries := members(got, g.ID)
		if !slices.Equal(gone, left) || !slices.Equal(there, []string{joined}) || entries != 2 {
			t.Errorf("%d left and %v joined in %d entries", len(gone), there, entries)
		}
		return
	}
	t.Fatal("no such group")
}

// Soft-deleted people stay members; only the purge takes them out.
func TestMembershipSurvivesTheDeletedItems(t *testing.T) {
	w := start(t, m365.Options{People: -1, Seed: 1})
	group, id := w.tenant.AddGroup(m365.Group{DisplayName: "G"}), w.tenant.AddPerson(m365.Person{DisplayName: "Kim"})
	w.must(w.tenant.AddMember(group, id))
	link := w.round("/v1.0/groups/delta?$select=displayName,members")
	w.must(w.tenant.SoftDelete(id))
	if got := w.page(link); len(got.Value) != 0 {
		t.Errorf("after the soft delete: %v", got.Value)
	}
	if got := w.page("/v1.0/groups/" + group + "/members"); len(got.Value) != 0 {
		t.Errorf("members shows %v", got.Value)
	}
	w.must(w.tenant.Purge(id))
	got, _ := w.all(link)
	if _, gone, _ := members(got, group); !slices.Equal(gone, []string{id}) {
		t.Errorf("after the purge: %v", got)
	}
}

// Entra purges what has lain among the deleted items for 30 days.
func TestDeletedItemsArePurgedAfterThirtyDays(t *testing.T) {
	var later atomic.Int64
	w := start(t, m365.Options{People: 5, Seed: 1, Now: func() time.Time { return time.Now().Add(time.Duration(later.Load())) }})
	id := w.tenant.People()[3].ID
	w.must(w.tenant.SoftDelete(id))
	bin := w.page("/v1.0/directory/deletedItems/microsoft.graph.user?$select=id,displayName,deletedDateTime")
	if len(bin.Value) != 1 || bin.Value[0]["id"] != id || bin.Value[0]["deletedDateTime"] == nil {
		t.Errorf("deleted items: %v", bin.Value)
	}
	if a := w.get("/v1.0/users/" + id); a.status != http.StatusNotFound || a.code(t) != "Request_ResourceNotFound" {
		t.Errorf("a soft-deleted person: %d %s", a.status, a.body)
	}
	later.Store(int64(31 * 24 * time.Hour))
	w.signIn()
	link := w.page("/v1.0/users/delta?$deltatoken=latest").Delta
	if bin := w.page("/v1.0/directory/deletedItems/microsoft.graph.user"); len(bin.Value) != 0 {
		t.Errorf("after 31 days: %v", bin.Value)
	}
	if w.tenant.Restore(id) == nil {
		t.Error("restored after 31 days")
	}
	if got := w.page(link); len(got.Value) != 0 {
		t.Errorf("the purge came before the round: %v", got.Value)
	}
}
