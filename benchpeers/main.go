// Command benchpeers reads the same simulated people twice, each time in a
// process of its own: with Telefonist's graph package, and with Microsoft's
// msgraph-sdk-go and its page iterator. It prints what each needed and how
// they compare, one JSON line a figure, and writes them to
// build/bench-peers.json.
//
// It is a module of its own, so that Telefonist need not depend on the SDK,
// whose build takes minutes and some 5 GB. Run it by make bench-peers.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/telefonist/telefonist/m365"
)

// figure is a line of the result.
type figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
}

// reading is what one reader needed.
type reading struct {
	people, requests int
	cpu, wall        time.Duration
	peak             int64 // bytes
}

func main() {
	people := flag.Int("people", 100_000, "how many people the tenant has")
	runs := flag.Int("runs", 3, "how often each reads; the run with the least CPU counts")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := bench(ctx, *people, *runs); err != nil {
		fmt.Fprintln(os.Stderr, "benchpeers:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, people, runs int) error {
	dir, err := os.MkdirTemp("", "telefonist-benchpeers-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	build := exec.CommandContext(ctx, "go", "build", "-p", "1", "-o", dir+"/", "./ours", "./sdk")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the readers: %w\n%s", err, out)
	}

	tenant := m365.New(m365.Options{People: people, Seed: 1})
	server := m365.NewServer(tenant)
	if err := server.Start("127.0.0.1:0"); err != nil {
		return err
	}
	defer server.Close()
	ca := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(ca, server.CA(), 0o600); err != nil {
		return err
	}
	env := append(os.Environ(), "SSL_CERT_FILE="+ca, "BENCH_URL="+server.URL(), "BENCH_TENANT="+tenant.ID,
		"BENCH_CLIENT="+tenant.ClientID, "BENCH_SECRET="+tenant.Secret())

	best := map[string]reading{}
	for range runs {
		for _, name := range []string{"ours", "sdk"} {
			server.ResetRequests()
			r, err := read(ctx, filepath.Join(dir, name), env)
			if err != nil {
				return err
			}
			r.requests = len(server.Requests())
			if held, ok := best[name]; !ok || r.cpu < held.cpu {
				best[name] = r
			}
		}
	}
	if a, b := best["ours"].people, best["sdk"].people; a != b {
		return fmt.Errorf("ours read %d people, the SDK %d", a, b)
	}
	return report(best["ours"], best["sdk"])
}

// read runs one reader: the kernel says what CPU it took, itself the rest.
func read(ctx context.Context, program string, env []string) (reading, error) {
	cmd := exec.CommandContext(ctx, program)
	cmd.Env, cmd.Stderr = env, os.Stderr
	start := time.Now()
	out, err := cmd.Output()
	if err != nil {
		return reading{}, fmt.Errorf("%s: %w", filepath.Base(program), err)
	}
	r := reading{wall: time.Since(start), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if _, err := fmt.Sscan(string(out), &r.people, &r.peak); err != nil {
		return reading{}, fmt.Errorf("%s: %w", filepath.Base(program), err)
	}
	return r, nil
}

func report(ours, sdk reading) error {
	figures := []figure{{"peers.people", float64(ours.people), "people"}}
	for _, r := range []struct {
		name string
		reading
	}{{"ours", ours}, {"sdk", sdk}} {
		figures = append(figures,
			figure{"peers." + r.name + ".cpu", r.cpu.Seconds(), "s"},
			figure{"peers." + r.name + ".wall", r.wall.Seconds(), "s"},
			figure{"peers." + r.name + ".peak", float64(r.peak) / 1e6, "MB"},
			figure{"peers." + r.name + ".requests", float64(r.requests), "requests"})
	}
	figures = append(figures, figure{"peers.reading", ours.cpu.Seconds() / sdk.cpu.Seconds(), "ours/SDK"})

	var lines bytes.Buffer
	out := json.NewEncoder(io.MultiWriter(os.Stdout, &lines))
	for _, f := range figures {
		if err := out.Encode(f); err != nil {
			return err
		}
	}
	if err := os.MkdirAll("../build", 0o755); err != nil {
		return err
	}
	return os.WriteFile("../build/bench-peers.json", lines.Bytes(), 0o644)
}
