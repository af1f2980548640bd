//go:build live

package graph_test

import (
	"os"
	"testing"

	"github.com/telefonist/telefonist/graph"
)

// TestClientOnMicrosoft runs the client's tests against a real tenant. It
// needs an app registration with User.Read.All and GroupMember.Read.All, and
// TELEFONIST_LIVE_TENANT, _CLIENT and _SECRET in the environment; nothing is
// written.
func TestClientOnMicrosoft(t *testing.T) {
	setting := func(name string) string {
		v := os.Getenv("TELEFONIST_LIVE_" + name)
		if v == "" {
			t.Fatalf("TELEFONIST_LIVE_%s is not set", name)
		}
		return v
	}
	cloud, ok := graph.CloudNamed(os.Getenv("TELEFONIST_LIVE_CLOUD"))
	if !ok {
		t.Fatal("TELEFONIST_LIVE_CLOUD names no cloud")
	}
	cfg := graph.Config{Cloud: cloud, Tenant: setting("TENANT"), ClientID: setting("CLIENT"),
		Credentials: []graph.Credential{{Secret: setting("SECRET")}}}
	client, err := graph.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	clientTests(t, func(testing.TB) *graph.Client { return client })
}
