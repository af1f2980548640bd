package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/telefonist/telefonist/language"
)

// show prints v as JSON where that was asked for, else as human does.
func show[T any](s *session, v T, human func()) error {
	if !s.json {
		human()
		return nil
	}
	e := json.NewEncoder(s.out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// say prints the sentence of a key.
func (s *session) say(key string, args ...language.Arg) {
	fmt.Fprintln(s.out, s.words.T(key, args...))
}

// done says that something was done, where a person reads.
func (s *session) done(key string, args ...language.Arg) error {
	if !s.json {
		s.say(key, args...)
	}
	return nil
}

// failed is an error with the sentence of a key.
func (s *session) failed(key string, args ...language.Arg) error {
	return errors.New(s.words.T(key, args...))
}

// table prints aligned columns under their headings.
type table struct{ w *tabwriter.Writer }

// table begins one; heads are keys.
func (s *session) table(heads ...string) table {
	t := table{tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)}
	if len(heads) > 0 {
		cells := make([]string, len(heads))
		for i, h := range heads {
			cells[i] = s.words.T(h)
		}
		t.row(cells...)
	}
	return t
}

// row prints a line. What others have written can't break it, nor speak to the
// terminal.
func (t table) row(cells ...string) {
	for i, c := range cells {
		cells[i] = printable(c)
	}
	fmt.Fprintln(t.w, strings.TrimRight(strings.Join(cells, "\t"), "\t"))
}

func (t table) end() { t.w.Flush() }

// printable has spaces where s has control characters: a display name from a
// directory could else move the cursor.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, s)
}

// when is a time as it is said now where the organization is; "–" for none.
func (s *session) when(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return s.words.When(t.In(s.where()), time.Now())
}

// date is a day; "–" for none.
func (s *session) date(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.In(s.where()).Format(time.DateOnly)
}

// isTerminal is true where a person sits at f.
func isTerminal(f any) bool {
	file, ok := f.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// readSecret reads a line from standard input, with a question and without echo
// at a terminal. A secret is never an argument: other users see those.
func (s *session) readSecret(ctx context.Context, question string) (string, error) {
	if isTerminal(s.in) {
		fmt.Fprintf(s.err, "%s: ", s.words.T(question))
		if err := echo(s.in, false); err == nil {
			defer fmt.Fprintln(s.err)
			defer echo(s.in, true)
		}
	}
	line, err := s.line(ctx)
	if err == nil && line == "" {
		err = s.failed("cli.nosecret")
	}
	return line, err
}

// ask reads a line after a question; where nobody sits there it is what stands on
// standard input.
func (s *session) ask(ctx context.Context, question string, args ...language.Arg) (string, error) {
	if isTerminal(s.in) {
		fmt.Fprintf(s.err, "%s ", s.words.T(question, args...))
	}
	return s.line(ctx)
}

// line reads one, or gives up when ctx ends: a read can't be interrupted.
func (s *session) line(ctx context.Context) (string, error) {
	var line string
	read := make(chan error, 1)
	go func() {
		var err error
		line, err = bufio.NewReader(io.LimitReader(s.in, 1<<16)).ReadString('\n')
		read <- err
	}()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case err := <-read:
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return strings.TrimRight(line, "\r\n"), err
	}
}

// echo turns a terminal's echo on or off.
func echo(in io.Reader, on bool) error {
	mode := "-echo"
	if on {
		mode = "echo"
	}
	stty := exec.Command("stty", mode)
	stty.Stdin = in
	return stty.Run()
}

// input opens a file, "-" being standard input.
func (t *terminal) input(path string) (io.ReadCloser, error) {
	if path == "-" {
		return io.NopCloser(t.in), nil
	}
	return os.Open(path)
}

// readText reads a file of text.
func readText(t *terminal, path string) (string, error) {
	f, err := t.input(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 1<<20))
	return string(text), err
}

// readJSON reads a file of JSON; a field it does not know is an error.
func readJSON[T any](t *terminal, path string, into *T) error {
	f, err := t.input(path)
	if err != nil {
		return err
	}
	defer f.Close()
	d := json.NewDecoder(f)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}
