package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// tally counts tests. A test that only holds subtests is not counted.
type tally struct {
	passed, failed, skipped int
	skips                   []string // package and name of each skipped test
}

func (t *tally) add(u tally) {
	t.passed += u.passed
	t.failed += u.failed
	t.skipped += u.skipped
	t.skips = append(t.skips, u.skips...)
}

func (t tally) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", t.passed, t.failed, t.skipped)
}

// event is a line of go test -json, as go doc cmd/test2json has it, with
// the three of go help buildjson.
type event struct {
	Action      string
	Package     string
	Test        string
	Output      string
	ImportPath  string
	FailedBuild string
}

type testName struct{ pkg, test string }

// stream reads what go test -json prints: it counts, and keeps the output of
// whatever may still fail.
type stream struct {
	tally
	out     io.Writer
	kept    map[testName]*strings.Builder // of tests that run, and of packages under test ""
	parents map[testName]bool
	broken  map[testName]bool // a subtest failed
	builds  map[string]*strings.Builder
}

// countTests reads events to their end and writes the output of failures,
// and of them alone, to out.
func countTests(events io.Reader, out io.Writer) (tally, error) {
	s := &stream{out: out, kept: map[testName]*strings.Builder{}, parents: map[testName]bool{},
		broken: map[testName]bool{}, builds: map[string]*strings.Builder{}}
	lines := bufio.NewReader(events)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) == nil {
				s.take(e)
			} else {
				out.Write(line) // not an event: go itself complains
			}
		}
		if err == io.EOF {
			return s.tally, nil
		}
		if err != nil {
			return s.tally, fmt.Errorf("read test events: %w", err)
		}
	}
}

func (s *stream) take(e event) {
	name := testName{e.Package, e.Test}
	switch e.Action {
	case "run":
		s.keep(name)
		s.parents[name.parent()] = true
	case "output":
		s.keep(name).WriteString(e.Output)
	case "build-output":
		b := s.builds[e.ImportPath]
		if b == nil {
			b = new(strings.Builder)
			s.builds[e.ImportPath] = b
		}
		b.WriteString(e.Output)
	case "pass", "skip", "fail":
		if e.Test == "" {
			s.endPackage(e)
			return
		}
		s.end(name, e.Action)
	}
}

func (s *stream) keep(name testName) *strings.Builder {
	b := s.kept[name]
	if b == nil {
		b = new(strings.Builder)
		s.kept[name] = b
	}
	return b
}

// end counts one finished test.
func (s *stream) end(name testName, action string) {
	defer delete(s.kept, name)
	switch {
	case action == "skip":
		s.skipped++
		s.skips = append(s.skips, name.pkg+" "+name.test)
	case action == "pass" && !s.parents[name]:
		s.passed++
	case action == "fail":
		if !s.broken[name] {
			s.failed++
		}
		s.broken[name.parent()] = true
		fmt.Fprintf(s.out, "\nFAIL %s %s\n%s", name.pkg, name.test, s.keep(name))
	}
}

// endPackage counts what a failed package leaves open: the tests that a panic
// or the time limit cut off, else, where no test of it failed, the package.
func (s *stream) endPackage(e event) {
	own := testName{e.Package, ""}
	output := s.keep(own).String()
	delete(s.kept, own)
	if e.Action != "fail" {
		return
	}
	for _, name := range s.unfinished(e.Package) {
		s.end(name, "fail")
	}
	if s.broken[own] {
		return
	}
	s.failed++
	fmt.Fprintf(s.out, "\nFAIL %s\n%s", e.Package, output)
	if b := s.builds[e.FailedBuild]; b != nil {
		fmt.Fprint(s.out, b)
	}
}

// unfinished lists the tests of pkg that have begun and not ended, subtests
// before those that hold them.
func (s *stream) unfinished(pkg string) []testName {
	var names []testName
	for name := range s.kept {
		if name.pkg == pkg {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b testName) int {
		return cmp.Or(strings.Count(b.test, "/")-strings.Count(a.test, "/"), strings.Compare(a.test, b.test))
	})
	return names
}

// parent is the test that n is a subtest of, and for a test at the top its
// package, which has no test's name.
func (n testName) parent() testName {
	return testName{n.pkg, n.test[:max(0, strings.LastIndexByte(n.test, '/'))]}
}
