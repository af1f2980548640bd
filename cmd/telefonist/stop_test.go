package main

import (
	"bufio"
	"context"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/m365"
)

// A stop lets go of those who listen and of a round that waits for an answer, and
// the next start takes that round up.
func TestStopEndsStreamsAndRounds(t *testing.T) {
	tenant := m365.New(m365.Options{People: 20, Seed: 1})
	microsoft := m365.NewServer(tenant)
	if err := microsoft.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	defer microsoft.Close()
	p := startFor(t, t.TempDir(), microsoft)
	socket := filepath.Join(p.Settings.Data, "telefonist.sock")
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("socket: %v, %v; want it to be its owner's alone", info.Mode(), err)
	}
	org := connected(t, client.Socket(socket), tenant)
	microsoft.Fault(m365.Fault{Kind: m365.Slow, Path: "/users/delta", Delay: time.Hour, Times: m365.Forever})
	replicator := followed(t, org)
	until(t, org, "reading")
	stream := listening(t, socket)

	stopped := make(chan error)
	go func() { stopped <- p.Stop() }()
	select {
	case err := <-stopped:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("a stop takes more than ten seconds")
	}
	if _, err := stream.ReadString(0); err == nil {
		t.Error("the stream goes on")
	}

	microsoft.ClearFaults()
	p = startFor(t, p.Settings.Data, microsoft)
	defer p.Stop()
	round := until(t, client.Socket(socket).In("1042"), "waiting")
	if round.Replicator != replicator || round.Number != 1 {
		t.Errorf("round %d of %q waits, want the first of %q", round.Number, round.Replicator, replicator)
	}
}

// startFor starts a server that knows the simulated cloud.
func startFor(t *testing.T, data string, microsoft *m365.Server) *Program {
	t.Helper()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, microsoft.CA(), 0o600); err != nil {
		t.Fatal(err)
	}
	s := defaults()
	s.Listen, s.Data = "127.0.0.1:0", data
	s.Clouds = map[string]Cloud{"simulated": {Login: microsoft.URL(), Graph: microsoft.URL(), CA: ca}}
	p := &Program{Settings: s, Log: slog.New(slog.DiscardHandler)}
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return p
}

func connected(t *testing.T, c *client.Client, tenant *m365.Tenant) *client.Organization {
	t.Helper()
	ctx := t.Context()
	if _, err := c.AddOrganization(ctx, client.NewCustomer{Number: "1042", Name: "Åkeri AB"}); err != nil {
		t.Fatal(err)
	}
	org := c.In("1042")
	source, err := org.AddSource(ctx, client.NewSource{Name: "Entra", Kind: "entra", Settings: map[string]string{
		"cloud": "simulated", "tenant": tenant.ID, "client": tenant.ClientID}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := org.AddSecret(ctx, source.ID, client.NewSecret{Secret: tenant.Secret()}); err != nil {
		t.Fatal(err)
	}
	return org
}

// followed makes a directory sync, and returns its id.
func followed(t *testing.T, org *client.Organization) string {
	t.Helper()
	sources, err := org.Sources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := org.AddReplicator(t.Context(), client.NewReplicator{Name: "Personal", Source: sources[0].ID})
	if err != nil {
		t.Fatal(err)
	}
	return r.ID
}

// until waits until a round stands in a state.
func until(t *testing.T, org *client.Organization, state string) client.Round {
	t.Helper()
	for range 600 {
		rounds, err := org.Rounds(t.Context(), client.RoundQuery{State: state})
		if err != nil {
			t.Fatal(err)
		}
		if len(rounds) > 0 {
			return rounds[0]
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("no round is ever %s", state)
	return client.Round{}
}

// listening opens a stream of events, which has begun.
func listening(t *testing.T, socket string) *bufio.Reader {
	t.Helper()
	h := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", socket)
	}}}
	resp, err := h.Get("http://telefonist/api/v1/organizations/1042/events")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	r := bufio.NewReader(resp.Body)
	if line, err := r.ReadString('\n'); err != nil || !strings.HasPrefix(line, ":") {
		t.Fatalf("the stream begins with %q, %v", line, err)
	}
	return r
}
