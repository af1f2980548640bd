package m365_test

import (
	"sync"
	"testing"

	"github.com/telefonist/telefonist/m365"
)

// A tenant changes while several read it; nobody stands still for another.
func TestATenantIsReadWhileItChanges(t *testing.T) {
	w := start(t, m365.Options{People: 200, Seed: 1, PageSize: 20, MembersPage: 30})
	w.signIn()
	users, groups := w.round("/v1.0/users/delta"), w.round("/v1.0/groups/delta")
	var work sync.WaitGroup
	for _, path := range []string{"/v1.0/users", "/v1.0/users/delta", "/v1.0/groups/delta", users, groups, "/v1.0/groups?$expand=members", "/v1.0/users/$count"} {
		work.Go(func() {
			for range 10 {
				if a := w.get(path, "ConsistencyLevel", "eventual"); a.status != 200 {
					t.Errorf("%s: %d %s", path, a.status, a.body)
				}
			}
		})
	}
	work.Go(func() { w.tenant.Drift(150) })
	work.Go(func() {
		for range 20 {
			w.tenant.Grant("Member.Read.Hidden")
			w.tenant.Revoke("Member.Read.Hidden")
			if len(w.tenant.People()) == 0 || len(w.tenant.Groups()) == 0 {
				t.Error("nobody is left")
			}
		}
	})
	work.Wait()
}
