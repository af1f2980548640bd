package m365_test

import (
	"testing"

	"github.com/telefonist/telefonist/m365"
)

func TestDeltaReadsEverybodyInPages(t *testing.T) {
	w := start(t, m365.Options{People: 450, Seed: 1})
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
