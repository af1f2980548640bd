package ews

import (
	"bytes"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// seen is what stands in an example, as sources.tsv tells it.
type seen struct {
	body, server, fault string
	codes, views        []string
	malformed           bool
}

// look reads through an example without knowing what it is.
func look(b []byte) (s seen) {
	x := newScanner(bytes.NewReader(b), 1<<20)
	for x.root() {
		s.element(x)
		for x.err == nil && x.depth() > 0 {
			x.step(false)
		}
	}
	s.malformed = x.err != nil
	if x.err != nil && !errors.Is(x.err, ErrMalformed) {
		s.body = x.err.Error()
	}
	slices.Sort(s.codes)
	slices.Sort(s.views)
	s.codes, s.views = slices.Compact(s.codes), slices.Compact(s.views)
	return s
}

func (s *seen) element(x *scanner) {
	switch {
	case x.is(types, "ServerVersionInfo"):
		for _, part := range []string{"MajorVersion", "MinorVersion", "MajorBuildNumber"} {
			s.server += "." + x.attr(part)
		}
		s.server = s.server[1:]
	case x.space != unknownSpace && string(x.local) == "ResponseCode":
		s.codes = append(s.codes, string(x.read()))
		return
	case x.is(types, "FreeBusyViewType"):
		s.views = append(s.views, string(x.read()))
		return
	case string(x.local) == "faultcode":
		s.fault = string(x.read())
		return
	}
	in := x.is(soap, "Body")
	for d := x.depth(); x.child(d); {
		if in {
			s.body = string(x.local)
		}
		s.element(x)
	}
}

func TestEveryExampleSaysWhatItsSourceSays(t *testing.T) {
	f, err := os.Open("testdata/sources.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes = '\t', true
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob("testdata/examples/*.xml")
	if len(files) != len(rows)-1 {
		t.Errorf("%d examples, of which %d have a source", len(files), len(rows)-1)
	}
	for _, row := range rows[1:] {
		b, err := os.ReadFile("testdata/examples/" + row[0])
		if err != nil {
			t.Error(err)
			continue
		}
		if i := bytes.Index(b, []byte("<?xml")); i > 0 { // some have HTTP's headers in front
			b = b[i:]
		}
		want, got := told(row[0], row[2]), look(b)
		if want.malformed { // what there is of it doesn't count
			want.codes, got.codes = nil, nil
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(seen{})); diff != "" {
			t.Errorf("%s (-source +read):\n%s", row[0], diff)
		}
	}
}

// lenient are the examples that are no well-formed documents, yet read: the one
// with references to control characters, a stream of parts, and those with
// HTTP's headers in front.
var lenient = regexp.MustCompile("viewpoint-dodgy|getstreamingevents-operation-02|maintain-affinity")

// told is what the text of a source says.
func told(file, text string) (s seen) {
	one := func(pattern string) string {
		if m := regexp.MustCompile(pattern).FindStringSubmatch(text); m != nil {
			return m[1]
		}
		return ""
	}
	list := func(text string) []string {
		if text == "" {
			return nil
		}
		l := strings.Split(text, ",")
		slices.Sort(l)
		return l
	}
	s.server, s.fault = one(`server=([\d.]+)`), one(`fault=([\w:]+)`)
	s.codes, s.views = list(one(`codes=([\w,]+)`)), list(one(`view=([\w,]+)`))
	parts := strings.Split(text, "; ")
	s.body, _, _ = strings.Cut(parts[len(parts)-2], " ")
	if s.body == "no-SOAP" {
		s.body = ""
	}
	s.malformed = strings.HasPrefix(parts[len(parts)-1], "NOT") && !lenient.MatchString(file)
	return s
}
