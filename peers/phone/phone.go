//go:build unix

// Package phone runs a real SIP telephone for tests: a small C program on
// liblinphone, without sound or screen, that watches people's presence and says
// what it understood. Debian's packages are liblinphone-dev, gcc and libc6-dev;
// liblinphone is free software under AGPLv3, and nothing of it gets into
// Telefonist.
package phone

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Shown is what the telephone took from one notification.
type Shown struct {
	Address    string // whose presence it is
	Open       bool   // basic
	Activities string // as RPID names them, with commas between
	Note       string
}

// Phone is a running telephone.
type Phone struct {
	dir     string
	process *os.Process
	input   io.Closer
	ended   chan struct{} // closed when the process is gone
	log     bytes.Buffer  // read it after ended only

	mu   sync.Mutex
	seen []Shown
	more chan struct{} // closed and replaced when there is more to see
}

//go:embed source/phone.c
var source []byte

// Find says what is missing to build the telephone.
func Find() error {
	if _, err := exec.LookPath("gcc"); err != nil {
		return fmt.Errorf("no C compiler: %w", err)
	}
	if found, _ := filepath.Glob("/usr/include/linphone/core.h"); found == nil {
		return errors.New("no /usr/include/linphone/core.h")
	}
	return nil
}

// Program is a telephone that has been built: the path of its file.
type Program string

// Build compiles the telephone into dir.
func Build(ctx context.Context, dir string) (Program, error) {
	if err := Find(); err != nil {
		return "", err
	}
	program, file := filepath.Join(dir, "phone"), filepath.Join(dir, "phone.c")
	if err := os.WriteFile(file, source, 0o600); err != nil {
		return "", fmt.Errorf("build the telephone: %w", err)
	}
	compile := exec.CommandContext(ctx, "gcc", "-o", program, file, "-llinphone", "-lbctoolbox", "-lortp")
	if out, err := compile.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the telephone: %w\n%s", err, out)
	}
	return Program(program), nil
}

// Watch starts a telephone that subscribes to people's presence at the server,
// 127.0.0.1:port, over UDP. Who calls it must call Stop.
func (program Program) Watch(server string, people ...string) (*Phone, error) {
	dir, err := os.MkdirTemp("", "telefonist-phone-")
	if err != nil {
		return nil, fmt.Errorf("start the telephone: %w", err)
	}
	p := &Phone{dir: dir, more: make(chan struct{})}
	if err := p.start(string(program), server, people); err != nil {
		return nil, errors.Join(fmt.Errorf("start the telephone: %w", err), p.Stop())
	}
	return p, nil
}

func (p *Phone) start(program, server string, people []string) error {
	kept := filepath.Join(p.dir, ".local/share") // where it keeps its friends
	if err := os.MkdirAll(filepath.Join(kept, "linphone"), 0o700); err != nil {
		return err
	}
	run := exec.Command(program, append([]string{"sip:watcher@example.se", "sip:" + server + ";transport=udp"}, people...)...)
	run.Dir, run.SysProcAttr = p.dir, &syscall.SysProcAttr{Setpgid: true}
	run.Env = append(os.Environ(), "HOME="+p.dir, "XDG_CONFIG_HOME="+p.dir, "XDG_DATA_HOME="+kept, "LC_ALL=C.UTF-8")
	run.Stderr = &p.log
	in, errIn := run.StdinPipe()
	out, errOut := run.StdoutPipe()
	if err := errors.Join(errIn, errOut); err != nil {
		return err
	}
	if err := run.Start(); err != nil {
		return err
	}
	p.process, p.input, p.ended = run.Process, in, make(chan struct{})
	go func() {
		p.read(out)
		_ = run.Wait()
		close(p.ended)
	}()
	return nil
}

// read takes each line that the telephone prints.
func (p *Phone) read(out io.Reader) {
	for lines := bufio.NewScanner(out); lines.Scan(); {
		cells := strings.Split(lines.Text(), "\t")
		if len(cells) != 4 {
			continue
		}
		p.mu.Lock()
		p.seen = append(p.seen, Shown{cells[0], cells[1] == "open", cells[2], cells[3]})
		close(p.more)
		p.more = make(chan struct{})
		p.mu.Unlock()
	}
}

// Await returns what the telephone showed last of a person as soon as that is
// good, and fails, with all that it showed, when ctx ends.
func (p *Phone) Await(ctx context.Context, address string, good func(Shown) bool) (Shown, error) {
	for {
		p.mu.Lock()
		last, more := p.last(address), p.more
		p.mu.Unlock()
		if last.Address != "" && good(last) {
			return last, nil
		}
		select {
		case <-more:
		case <-p.ended:
			return last, fmt.Errorf("the telephone ended: %s", p.log.String())
		case <-ctx.Done():
			return last, fmt.Errorf("the telephone shows %+v, of all that it showed: %+v", last, p.Seen())
		}
	}
}

func (p *Phone) last(address string) Shown {
	for i := len(p.seen) - 1; i >= 0; i-- {
		if p.seen[i].Address == address {
			return p.seen[i]
		}
	}
	return Shown{}
}

// Seen lists everything that the telephone showed so far.
func (p *Phone) Seen() []Shown {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Shown(nil), p.seen...)
}

// Stop ends the telephone and removes its folder.
func (p *Phone) Stop() error {
	if p.process != nil {
		_ = p.input.Close()
		select {
		case <-p.ended:
		case <-time.After(5 * time.Second):
			if err := p.process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
				return fmt.Errorf("stop the telephone: %w", err)
			}
			<-p.ended
		}
	}
	if err := os.RemoveAll(p.dir); err != nil {
		return fmt.Errorf("stop the telephone: %w", err)
	}
	return nil
}
