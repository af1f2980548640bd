//go:build peers

package office

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/peers/phone"
)

// patience is how long anything may take on a machine that is busy. Nothing is
// measured: it only bounds how long a failure takes.
const patience = 3 * time.Minute

// The programs, built once for all tests.
var (
	binary    string
	telephone phone.Program
)

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "telefonist-office-")
		if err == nil {
			defer os.RemoveAll(dir)
			err = build(dir)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

// build makes the telephone, and the program unless TELEFONIST_TEST_BINARY names a
// ready one.
func build(dir string) (err error) {
	if telephone, err = phone.Build(context.Background(), dir); err != nil {
		return err
	}
	if binary = os.Getenv("TELEFONIST_TEST_BINARY"); binary != "" {
		return nil
	}
	binary = filepath.Join(dir, "telefonist")
	if out, err := exec.Command("go", "build", "-o", binary, "../../cmd/telefonist").CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	return nil
}

// process is the program, which may be ended and run again with the same data.
type process struct {
	*testing.T
	args []string // but for the command
	data string
	log  *os.File
	cmd  *exec.Cmd
	org  *client.Organization
}

// newProcess is one that has not begun. What it logs is shown when the test fails.
func newProcess(t *testing.T, customer string, args ...string) *process {
	t.Helper()
	p := &process{T: t, data: t.TempDir()}
	p.args = append(args, "--data", p.data)
	p.org = client.Socket(filepath.Join(p.data, "telefonist.sock")).Speaking("sv").In(customer)
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	p.log = log
	t.Cleanup(func() {
		p.stop()
		log.Close()
		if text, err := os.ReadFile(log.Name()); t.Failed() || err != nil {
			t.Logf("the program logged (%v):\n%s", err, text)
		}
	})
	return p
}

// run begins, and returns when the program has said a line with these words, with
// all that it said.
func (p *process) run(until string) string {
	p.Helper()
	p.cmd = exec.Command(binary, p.args...)
	p.cmd.Stderr = p.log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		p.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		p.Fatal(err)
	}
	said := make(chan string, 1)
	go func() {
		var all strings.Builder
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			fmt.Fprintln(&all, lines.Text())
			if strings.Contains(lines.Text(), until) {
				said <- all.String()
				break
			}
		}
		for lines.Scan() { // what else it says is for who watches
		}
	}()
	select {
	case all := <-said:
		return all
	case <-time.After(patience):
		p.Fatalf("the program never says %q", until)
	}
	return ""
}

// kill ends it so that it can do nothing about it.
func (p *process) kill() {
	p.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		p.Fatal(err)
	}
	_ = p.cmd.Wait() // it was killed
	p.cmd = nil
}

// stop ends it as whoever runs it does.
func (p *process) stop() {
	if p.cmd == nil {
		return
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.Error(err)
	}
	if err := p.cmd.Wait(); err != nil {
		p.Errorf("the program ended with %v", err)
	}
	p.cmd = nil
}

// approve lets the first plan be carried out, once it waits.
func (p *process) approve() {
	p.Helper()
	until(p.T, "the first plan waits", func() bool {
		rounds, err := p.org.Rounds(p.Context(), client.RoundQuery{State: "waiting"})
		must(p.T, err)
		if len(rounds) == 0 {
			return false
		}
		must(p.T, p.org.Approve(p.Context(), rounds[0].ID))
		return true
	})
}

// until waits for something to be true.
func until(t *testing.T, what string, good func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !good(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never comes that %s", what)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// freeAddress is one that nothing listens on: Microsoft is told of it before the
// program does.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().String()
}
