//go:build unix

// Package exchangelib lets Python's exchangelib, which others wrote for their
// own Exchange servers, read calendars for tests. Debian's package is
// python3-exchangelib; python3-lxml, which it brings, is what holds answers
// and requests against Exchange's own schemas elsewhere.
package exchangelib

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Python is Debian's, which finds Debian's packages.
const Python = "/usr/bin/python3"

// Find says what is missing.
func Find() error {
	if _, err := os.Stat(Python); err != nil {
		return fmt.Errorf("no Python: %w", err)
	}
	for _, name := range []string{"exchangelib", "lxml"} {
		if found, _ := filepath.Glob("/usr/lib/python3/dist-packages/" + name); len(found) == 0 {
			return fmt.Errorf("no python3-%s", name)
		}
	}
	return nil
}

// Job is what exchangelib is to do.
type Job struct {
	URL      string `json:"url"`
	User     string `json:"user"` // DOMAIN\user, user@domain or user
	Password string `json:"password"`
	Auth     string `json:"auth"` // NTLM or basic
	// Mailbox is whose calendar is read, by impersonation or as it is granted.
	Mailbox     string    `json:"mailbox"`
	Impersonate bool      `json:"impersonate"`
	Addresses   []string  `json:"addresses"` // whose free and busy times are
	From        time.Time `json:"from"`
	To          time.Time `json:"to"`
	// What to look at, in this order: version, busy, name, items, sync,
	// replies, stream.
	What []string `json:"what"`

	// CA is whom to trust (PEM), for https.
	CA []byte `json:"-"`
	// Listening is called when stream has begun to.
	Listening func() `json:"-"`
}

// Seen is what exchangelib saw; what was not asked for is empty.
type Seen struct {
	Version string `json:"version"` // the server's build
	Busy    []View `json:"busy"`
	Name    string `json:"name"` // of the calendar folder
	Items   []Item `json:"items"`
	Sync    struct {
		Counts []int `json:"counts"` // changes from the beginning, and since
		State  bool  `json:"state"`
	} `json:"sync"`
	Replies string   `json:"replies"`
	Stream  []string `json:"stream"` // the kinds of the first events

	// Error is the class of the exception that ended the job, Text what it says.
	Error string `json:"error"`
	Text  string `json:"text"`
}

// View is when a mailbox is free or busy, or, as the name of a class, why that is not told.
type View struct {
	View   string `json:"view"`
	Merged string `json:"merged"`
	Events []Item `json:"events"`
	Hours  []struct {
		Days     []string `json:"days"`
		From, To string
	} `json:"hours"`
	Error string `json:"error"`
}

// Item is an event. Times are in UTC; those of a whole day, where it is read
// from the calendar, are its first and last date.
type Item struct {
	Start       string `json:"start"`
	End         string `json:"end"`
	Day         bool   `json:"day"`
	Busy        string `json:"busy"`
	Subject     string `json:"subject"`
	Location    string `json:"location"`
	Private     bool   `json:"private"`
	Sensitivity string `json:"sensitivity"`
	Type        string `json:"type"`
}

//go:embed read.py
var reader string

// Read does a job.
func Read(ctx context.Context, j Job) (*Seen, error) {
	in, err := json.Marshal(j)
	if err != nil {
		return nil, fmt.Errorf("exchangelib: %w", err)
	}
	dir, err := os.MkdirTemp("", "telefonist-exchangelib-")
	if err != nil {
		return nil, fmt.Errorf("exchangelib: %w", err)
	}
	defer os.RemoveAll(dir)
	env := []string{"HOME=" + dir, "PYTHONDONTWRITEBYTECODE=1"}
	if j.CA != nil {
		ca := filepath.Join(dir, "ca.pem")
		if err := os.WriteFile(ca, j.CA, 0o600); err != nil {
			return nil, fmt.Errorf("exchangelib: %w", err)
		}
		env = append(env, "REQUESTS_CA_BUNDLE="+ca)
	}
	watch := &watcher{line: "listening", call: j.Listening}
	cmd := exec.CommandContext(ctx, Python, "-c", reader)
	cmd.Stdin, cmd.Stderr, cmd.Env = bytes.NewReader(in), watch, append(os.Environ(), env...)
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("exchangelib: %w: %s", err, watch.text.String())
	}
	seen := &Seen{}
	if err := json.Unmarshal(out, seen); err != nil {
		return nil, fmt.Errorf("exchangelib: %w in %s", err, out)
	}
	return seen, nil
}

// watcher keeps what a program complains of, and calls when it says a line.
type watcher struct {
	line string
	call func()
	text bytes.Buffer
}

func (w *watcher) Write(b []byte) (int, error) {
	w.text.Write(b)
	if w.call != nil && strings.Contains(w.text.String(), w.line) {
		w.call()
		w.call = nil
	}
	return len(b), nil
}
