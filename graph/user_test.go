package graph

import (
	"io"
	"log"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var quiet = log.New(io.Discard, "", 0)

func TestUsersFollowsARoundToItsEnd(t *testing.T) {
	f := newFake(t, answers(
		`{"@odata.nextLink":"HOST/v1.0/users/delta?$skiptoken=a","value":[{"id":"1","displayName":"Åsa Öberg","mail":null},{"id":"2","accountEnabled":false}]}`,
		`{"@odata.nextLink":"HOST/v1.0/users/delta?$skiptoken=b","value":[]}`,
		`{"@odata.deltaLink":"HOST/v1.0/users/delta?$deltatoken=c","value":[{"id":"3","@removed":{"reason":"changed"}}]}`))
	c := f.client(t)
	var got []User
	link := ""
	for page, err := range c.Users(t.Context(), "", []string{"displayName", "mail"}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, page.Items...)
		link = page.Link()
		if page.Last() != (page.DeltaLink != "") {
			t.Errorf("Last() is %v with deltaLink %q", page.Last(), page.DeltaLink)
		}
	}
	want := []User{
		{Object{ID: "1", Values: []Value{{Name: "displayName", Text: "Åsa Öberg"}, {Name: "mail", Null: true}}}},
		{Object{ID: "2", Values: []Value{{Name: "accountEnabled", Text: "false"}}}},
		{Object{ID: "3", Removed: Changed, Values: []Value{}}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("users (-want +got):\n%s", d)
	}
	if want := f.URL + "/v1.0/users/delta?$deltatoken=c"; link != want {
		t.Errorf("the round ends at %q, want %q", link, want)
	}
	if d := cmp.Diff([]string{
		"GET /v1.0/users/delta?$select=displayName%2Cmail",
		"GET /v1.0/users/delta?$skiptoken=a",
		"GET /v1.0/users/delta?$skiptoken=b",
	}, f.calls()); d != "" {
		t.Errorf("requests (-want +got):\n%s", d)
	}
}
