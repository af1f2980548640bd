//go:build peers

package exchange

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/telefonist/telefonist/client"
)

// patience is how long anything may take on a machine that is busy. Nothing is
// measured: it only bounds how long a failure takes.
const patience = 3 * time.Minute

// binary is the program, built once for all tests.
var binary string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "telefonist-exchange-")
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

// build makes the program unless TELEFONIST_TEST_BINARY names a ready one.
func build(dir string) error {
	if binary = os.Getenv("TELEFONIST_TEST_BINARY"); binary != "" {
		return nil
	}
	binary = filepath.Join(dir, "telefonist")
	if out, err := exec.Command("go", "build", "-o", binary, "../../cmd/telefonist").CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	return nil
}

// program is Telefonist as its operator runs it. It may be killed and run again
// with the same data.
type program struct {
	*testing.T
	*client.Client // the operator's
	socket         string
	args           []string
	log            *os.File
	cmd            *exec.Cmd
}

// openProgram runs it with settings, a YAML text. What it logs is shown when the test
// fails.
func openProgram(t *testing.T, settings string) *program {
	t.Helper()
	data, dir := t.TempDir(), t.TempDir()
	file := filepath.Join(dir, "telefonist.yaml")
	must(t, os.WriteFile(file, []byte(settings), 0o600))
	log, err := os.Create(filepath.Join(dir, "log"))
	must(t, err)
	p := &program{T: t, log: log, socket: filepath.Join(data, "telefonist.sock"),
		args: []string{"serve", "--config", file, "--data", data, "--listen", "127.0.0.1:0"}}
	p.Client = client.Socket(p.socket).Speaking("sv")
	t.Cleanup(func() {
		p.stop()
		log.Close()
		if text, err := os.ReadFile(log.Name()); t.Failed() || err != nil {
			t.Logf("the program logged (%v):\n%.20000s", err, text)
		}
	})
	p.start()
	return p
}

// start runs it, and returns when it can be reached.
func (p *program) start() {
	p.Helper()
	p.cmd = exec.Command(binary, p.args...)
	p.cmd.Stderr = p.log
	out, err := p.cmd.StdoutPipe()
	must(p.T, err)
	must(p.T, p.cmd.Start())
	said := make(chan struct{})
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if strings.Contains(lines.Text(), "Telefonist is at") {
				close(said)
			}
		}
	}()
	select {
	case <-said:
	case <-time.After(patience):
		p.Fatal("the program never says that it can be reached")
	}
}

// kill ends it so that it can do nothing about it.
func (p *program) kill() {
	p.Helper()
	must(p.T, p.cmd.Process.Kill())
	_ = p.cmd.Wait() // it was killed
	p.cmd = nil
}

// stop ends it as whoever runs it does.
func (p *program) stop() {
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

// until waits for something to be true; what it is said to lack is why it is not.
func until(t *testing.T, what string, lacks func() string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		why := lacks()
		if why == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("it never comes that %s: %s", what, why)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
