//go:build crash

package crash

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// process is a running child.
type process struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	said chan string // its lines; closed when it has ended
}

// begin starts a child.
func (l *life) begin() *process {
	l.Helper()
	text, err := json.Marshal(l.settings)
	l.must(err)
	p := &process{cmd: exec.Command(os.Args[0]), said: make(chan string, 16)}
	p.cmd.Env = append(os.Environ(), settingsVariable+"="+string(text))
	p.cmd.Stderr = os.Stderr
	p.in, err = p.cmd.StdinPipe()
	l.must(err)
	out, err := p.cmd.StdoutPipe()
	l.must(err)
	l.must(p.cmd.Start())
	go func() {
		defer close(p.said)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			p.said <- lines.Text()
		}
	}()
	return p
}

// end kills the process (SIGKILL) and waits for its end.
func (p *process) end() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	for range p.said {
	}
	_ = p.cmd.Wait()
}

// press has a child do a line, however often it is killed meanwhile.
func (l *life) press(step int, line string) {
	l.Helper()
	for tries := time.Duration(1); ; tries++ { // killed ever later, or nothing would ever be done
		if l.child == nil {
			l.child = l.begin()
			if !l.answers("ready", 0.15, 100*time.Millisecond, fmt.Sprintf("%d start", step)) {
				continue
			}
		}
		began := time.Now()
		if _, err := fmt.Fprintln(l.child.in, line); err != nil {
			l.Fatalf("step %d, %q: %v, after %s", step, line, err, strings.Join(l.deaths, ", "))
		}
		lasts := time.Duration(0)
		if step < len(l.lasts) {
			lasts = l.lasts[step] * tries
		}
		if l.answers("done", 0.75, lasts, fmt.Sprintf("%d %s", step, line)) {
			l.took = append(l.took, time.Since(began))
			return
		}
	}
}

// answers waits for the child's answer, or, by chance, kills it at some moment of
// the time that this takes; then it says no.
func (l *life) answers(want string, chance float64, lasts time.Duration, what string) bool {
	l.Helper()
	var now <-chan time.Time
	if l.chance != nil && int64(len(l.deaths)) < l.kills && l.chance.Float64() < chance {
		now = time.After(time.Duration(l.chance.Float64() * float64(lasts)))
	}
	select {
	case said := <-l.child.said:
		if said != want {
			l.Fatalf("%s: the process says %q and not %q, after %s", what, said, want, strings.Join(l.deaths, ", "))
		}
		return true
	case <-now:
		l.child.end()
		l.child = nil
		l.deaths = append(l.deaths, what)
		return false
	case <-time.After(time.Minute):
		l.Fatalf("%s: no answer for a minute, after %s", what, strings.Join(l.deaths, ", "))
		return false
	}
}
