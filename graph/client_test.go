package graph_test

import (
	"errors"
	"testing"

	"github.com/telefonist/telefonist/graph"
)

var properties = []string{"displayName", "givenName", "surname", "mail", "userPrincipalName", "accountEnabled",
	"userType", "businessPhones", "mobilePhone", "department", "assignedLicenses", "onPremisesExtensionAttributes"}

// clientTests are what must hold of any tenant: they run against the
// simulator, and with the build tag live against Microsoft itself. They change
// nothing.
func clientTests(t *testing.T, newClient func(testing.TB) *graph.Client) {
	t.Run("token", func(t *testing.T) {
		g, err := newClient(t).Roles(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !g.Readable || len(g.Tenant) != 36 || g.ClientID == "" || len(g.Roles) == 0 || g.Expires.IsZero() {
			t.Errorf("grant %+v", g)
		}
	})
	t.Run("organization", func(t *testing.T) {
		c := newClient(t)
		o, err := c.Organization(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		g, err := c.Roles(t.Context())
		if err != nil || o.ID != g.Tenant || o.Name == "" || len(o.Domains) == 0 {
			t.Errorf("organization %+v of tenant %q: %v", o, g.Tenant, err)
		}
	})
	t.Run("people", func(t *testing.T) { peopleTests(t, newClient(t)) })
	t.Run("groups", func(t *testing.T) { groupTests(t, newClient(t)) })
	t.Run("purposes", func(t *testing.T) { purposeTests(t, newClient(t)) })
	t.Run("batch", func(t *testing.T) {
		var list []graph.Request
		for range 25 {
			list = append(list, graph.Request{URL: "/users?$select=id&$top=1"})
		}
		got, err := newClient(t).Batch(t.Context(), list)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range got {
			if r.Status != 200 || len(r.Body) == 0 {
				t.Errorf("answer %d is %d %s", i, r.Status, r.Body)
			}
		}
	})
	t.Run("application", func(t *testing.T) {
		c := newClient(t)
		g, err := c.Roles(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		a, err := c.Application(t.Context(), g.ClientID)
		var refused *graph.Error
		if errors.As(err, &refused) && refused.Denied() {
			return // Application.Read.All is not needed
		}
		if err != nil || a.ClientID != g.ClientID || len(a.Secrets)+len(a.Certificates) == 0 {
			t.Errorf("application %+v: %v", a, err)
		}
	})
	t.Run("subscriptions", func(t *testing.T) {
		for _, err := range newClient(t).Subscriptions(t.Context()) {
			if err != nil {
				t.Error(err)
			}
		}
	})
}

func peopleTests(t *testing.T, c *graph.Client) {
	people, link := map[string]graph.User{}, ""
	for page, err := range c.Users(t.Context(), "", properties) {
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range page.Items {
			if u.ID == "" {
				t.Errorf("a user without id: %+v", u)
			}
			people[u.ID] = u
		}
		link = page.DeltaLink
	}
	if len(people) == 0 || link == "" {
		t.Fatalf("%d people, then %q", len(people), link)
	}
	before := c.Stats()
	for page, err := range c.Users(t.Context(), link, nil) {
		if err != nil {
			t.Fatal(err)
		}
		if page.Last() != (page.DeltaLink != "") {
			t.Error("a round ends otherwise than with a deltaLink")
		}
	}
	if after := c.Stats(); after.Requests == before.Requests {
		t.Error("the second round asked for nothing")
	}
	if n, err := c.CountUsers(t.Context()); err != nil || n == 0 {
		t.Errorf("counted %d: %v", n, err)
	}
	for id, want := range people {
		if want.Removed != "" {
			continue
		}
		got, err := c.User(t.Context(), id, properties)
		if err != nil || got.Text("displayName") != want.Text("displayName") {
			t.Errorf("user read again: %v", err)
		}
		var none *graph.Error
		if _, err := c.Manager(t.Context(), id); err != nil && (!errors.As(err, &none) || !none.NotFound()) {
			t.Errorf("manager: %v", err)
		}
		break
	}
	var none *graph.Error
	if _, err := c.User(t.Context(), "00000000-0000-4000-8000-000000000000", nil); !errors.As(err, &none) || !none.NotFound() || none.RequestID == "" {
		t.Errorf("nobody is %v", err)
	}
	for page, err := range c.DeletedUsers(t.Context(), "", []string{"id", "displayName", "deletedDateTime"}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range page.Items {
			if u.ID == "" || u.Text("deletedDateTime") == "" {
				t.Errorf("deleted user %+v", u)
			}
		}
	}
}

func groupTests(t *testing.T, c *graph.Client) {
	members, names := map[string]int{}, map[string]string{}
	for page, err := range c.Groups(t.Context(), "", []string{"displayName", "members"}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range page.Items {
			if g.Removed == "" {
				members[g.ID] += len(g.Members)
				names[g.ID] = g.Text("displayName")
			}
		}
	}
	if n, err := c.CountGroups(t.Context()); err != nil || (n == 0) != (len(names) == 0) {
		t.Errorf("counted %d groups, read %d: %v", n, len(names), err)
	}
	for id, name := range names {
		if members[id] == 0 || len([]rune(name)) < 3 {
			continue
		}
		g, err := c.Group(t.Context(), id)
		if err != nil || g.Text("displayName") != name {
			t.Errorf("group read again: %v", err)
		}
		n := 0
		for page, err := range c.Members(t.Context(), id, "") {
			if err != nil {
				t.Fatal(err)
			}
			n += len(page.Items)
		}
		counted, err := c.CountMembers(t.Context(), id)
		if err != nil || n == 0 || counted == 0 {
			t.Errorf("%d members listed, %d counted: %v", n, counted, err)
		}
		users := 0
		for page, err := range c.TransitiveMembers(t.Context(), id, "", []string{"id"}) {
			if err != nil {
				t.Fatal(err)
			}
			users += len(page.Items)
		}
		if counted, err := c.CountTransitiveMembers(t.Context(), id); err != nil || (counted == 0) != (users == 0) {
			t.Errorf("%d users within, %d counted: %v", users, counted, err)
		}
		found, err := c.SearchGroups(t.Context(), string([]rune(name)[:3]), 10)
		if err != nil || len(found) == 0 {
			t.Errorf("searched for a group's first letters, found %d: %v", len(found), err)
		}
		return
	}
}

func purposeTests(t *testing.T, c *graph.Client) {
	var ids []string
	for page, err := range c.Users(t.Context(), "", []string{"id"}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range page.Items[:min(len(page.Items), 25)] {
			ids = append(ids, u.ID)
		}
		break
	}
	n := 0
	for p, err := range c.UserPurposes(t.Context(), ids) {
		if err != nil {
			t.Fatal(err)
		}
		if p.ID != ids[n] || (p.Purpose == "") != (p.Err != nil) {
			t.Errorf("purpose %+v of the %d. user", p, n+1)
		}
		n++
	}
	if n != len(ids) {
		t.Errorf("%d purposes of %d users", n, len(ids))
	}
}
