//go:build browser

package browser

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/telefonist/telefonist/m365"
)

// program is the real program as a process of its own, with a simulated tenant
// that it knows as a cloud.
type program struct {
	URL    string
	First  string // where the first operator chooses his password
	Tenant *m365.Tenant
	Data   string // its folder
	// Outlook is where the tenant's calendars are changed by hand.
	Outlook string
}

// startProgram starts it with a tenant; more is added to its settings.
func startProgram(t *testing.T, tenant *m365.Tenant, more string) program {
	t.Helper()
	binary := build(t)
	server := m365.NewServer(tenant)
	if err := server.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	if err := server.StartPages("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}

	folder := t.TempDir()
	ca := filepath.Join(folder, "ca.pem")
	if err := os.WriteFile(ca, server.CA(), 0o600); err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	config := filepath.Join(folder, "telefonist.yaml")
	settings := fmt.Sprintf("clouds:\n  simulated:\n    login: %s\n    graph: %s\n    ca: %s\n%s", server.URL(), server.URL(), ca, more)
	if err := os.WriteFile(config, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(folder, "data")
	p := serve(t, binary, "serve", "--config", config, "--listen", address, "--public-url", "http://"+address, "--data", data, "--log-level", "warn")
	p.Tenant, p.Data, p.Outlook = tenant, data, server.OutlookURL(tenant)
	return p
}

// freeAddress is one that nothing listens on: links in pages must name it before
// the program does.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// build makes the program, unless TELEFONIST_TEST_BINARY names a ready one.
func build(t *testing.T) string {
	t.Helper()
	if ready := os.Getenv("TELEFONIST_TEST_BINARY"); ready != "" {
		return ready
	}
	binary := filepath.Join(t.TempDir(), "telefonist")
	cmd := exec.Command("go", "build", "-o", binary, "../cmd/telefonist")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return binary
}

// The two lines by which serve says where it is.
var (
	servesAt = regexp.MustCompile(`Telefonist is at (http://\S+)`)
	firstAt  = regexp.MustCompile(`(http://\S+/invitation/\S+)`)
)

// serve starts the program and waits until it has said where it is. What it logs
// is shown when the test fails.
func serve(t *testing.T, binary string, args ...string) program {
	t.Helper()
	cmd := exec.Command(binary, args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, cmd, log) })
	said := make(chan program, 1)
	go func() {
		var p program
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if m := servesAt.FindStringSubmatch(lines.Text()); m != nil {
				p.URL = m[1]
			}
			if m := firstAt.FindStringSubmatch(lines.Text()); m != nil {
				p.First = m[1]
				said <- p
			}
		}
	}()
	select {
	case p := <-said:
		return p
	case <-time.After(patience):
		t.Fatal("the program did not say where it is")
	}
	return program{}
}

func stop(t *testing.T, cmd *exec.Cmd, log *os.File) {
	cmd.Process.Signal(syscall.SIGTERM)
	err := cmd.Wait()
	text, readErr := os.ReadFile(log.Name())
	log.Close()
	if err != nil || readErr != nil {
		t.Errorf("the program ended with %v, %v", err, readErr)
	}
	if t.Failed() && len(text) > 0 {
		t.Logf("the program logged:\n%s", text)
	}
}
