package ews

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"
)

// FuzzAnswer reads whatever a server might send: it must end, hand over nothing
// but clean text, come out the same however the bytes arrive, and agree with
// encoding/xml on all that that takes.
func FuzzAnswer(f *testing.F) {
	files, _ := filepath.Glob("testdata/examples/*.xml")
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, s := range []string{"", "<", "<a", "<a/>", "<a><b/></a>", "<a></b>", "<a b='>'>&#x41;<![CDATA[<&]]></a>", "<a>&amp;&lt;&bogus;</a>",
		`<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`, "<a>\x00\xff&#0;\r\n</a>", "<a xmlns='u' xmlns:p=\"v\"><p:b p:c='1&#10;2'/></a>",
		"<?xml version='1.0' encoding='utf-16'?><a/>", "<a><!-- -- --></a>", "<a>]]></a>", "<a b='1'c='2'/>", "\ufeff<a/><?x?><b/>", "<a/><!---->", "<a><![CDATA[]]></a>", "<a><!--->--></a>"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		whole := everything(t, bytes.NewReader(b))
		if slow := everything(t, iotest.OneByteReader(bytes.NewReader(b))); slow != whole {
			t.Fatalf("at once:\n%s\nbyte by byte:\n%s", whole, slow)
		}
		want, ok := standard(b)
		if !ok {
			return
		}
		got, err := flat(newScanner(bytes.NewReader(b), 1<<20))
		if err != nil {
			t.Fatalf("encoding/xml takes it: %v", err)
		}
		if got != want {
			t.Fatalf("encoding/xml:\n%s\nhere:\n%s", want, got)
		}
	})
}

// everything reads an answer to whatever was asked and writes down what comes of
// it.
func everything(t *testing.T, r io.Reader) string {
	var out strings.Builder
	clean := func(parts ...[]byte) {
		for _, p := range parts {
			if !utf8.Valid(p) || bytes.ContainsFunc(p, func(r rune) bool { return r != '\r' && control(r) }) {
				t.Fatalf("handed over %q", p)
			}
		}
	}
	a := (&Client{cfg: Config{MaxAnswer: 1 << 20, Now: time.Now}}).answer("Fuzz", &http.Response{StatusCode: 200, Body: io.NopCloser(r)})
	a.many = true
	busy := &availabilityReader{from: time.Unix(0, 0), to: time.Unix(1e10, 0), first: true, last: true, zone: time.UTC,
		answers: make([]AvailabilityAnswer, 3), event: func(i int, e *BusyEvent) {
			clean(e.ID, e.Subject, e.Location, []byte(e.Show))
			fmt.Fprintf(&out, "%d %v\n", i, *e)
		}}
	view := &viewReader{from: time.Unix(0, 0), to: time.Unix(1e10, 0), seen: map[uint64]struct{}{}, item: func(i *Item) {
		clean(i.ID, i.UID, i.Subject, i.Location, []byte(i.Zone+i.ZoneText))
		clean(i.Categories...)
		first, after := i.Dates(nil)
		if !first.Before(after) {
			t.Fatalf("from %v to %v", first, after)
		}
		fmt.Fprintf(&out, "%v\n", *i)
	}}
	live := stream{tell: func(e StreamEvent) { fmt.Fprintf(&out, "%v\n", e) }}
	err := a.documents(func(a *answer) {
		switch string(a.local) {
		case "GetUserAvailabilityResponse":
			busy.read(a)
		case "FindItemResponse":
			view.read(a)
		case "GetStreamingEventsResponse":
			live.read(a)
		case "GetFolderResponse":
			var f Folder
			a.responses(func() { f.read(a) })
		}
	})
	var e *Error
	if err != nil && !errors.As(err, &e) {
		t.Fatalf("an error without its operation: %v", err)
	}
	for i := range busy.answers {
		fmt.Fprintf(&out, "%v %v %+v\n", busy.answers[i].Err, busy.answers[i].View, busy.answers[i].Hours)
	}
	fmt.Fprintf(&out, "%v %v", a.server, err)
	return out.String()
}

// flat is a document as one text.
func flat(x *scanner) (string, error) {
	var out strings.Builder
	for x.root() {
		for {
			fmt.Fprintf(&out, "<%d %s", x.space, x.local)
			for rest := x.attrs; ; {
				var name, value []byte
				if name, value, rest, _ = attribute(rest); name == nil {
					break
				}
				fmt.Fprintf(&out, " %s=%q", name, x.unescape(nil, value))
			}
			out.WriteString(">")
			for opens := false; !opens && x.err == nil && x.depth() > 0; {
				x.text = x.text[:0]
				opens = x.step(true)
				out.Write(x.unescape(nil, x.text))
				if !opens {
					out.WriteString("</>")
				}
			}
			if x.err != nil || x.depth() == 0 {
				break
			}
		}
	}
	return out.String(), x.err
}

// standard is the same by encoding/xml; not ok for what it doesn't take, and for
// what isn't taken here though it does.
func standard(b []byte) (string, bool) {
	var out strings.Builder
	d := xml.NewDecoder(bytes.NewReader(b))
	var open []string // for prefixes that are declared nowhere
	for {
		raw, err := d.Token()
		switch {
		case err == io.EOF:
			return out.String(), len(open) == 0
		case err != nil:
			return "", false
		}
		switch tok := raw.(type) {
		case xml.StartElement:
			if len(open) == maxDepth || !declared(tok) {
				return "", false
			}
			open = append(open, tok.Name.Local)
			fmt.Fprintf(&out, "<%d %s", spaceOf([]byte(tok.Name.Space)), tok.Name.Local)
			for _, a := range tok.Attr {
				name := a.Name.Local
				if a.Name.Space != "" {
					name = a.Name.Space + ":" + name
				}
				fmt.Fprintf(&out, " %s=%q", name, a.Value)
			}
			out.WriteString(">")
		case xml.EndElement:
			open = open[:len(open)-1]
			out.WriteString("</>")
		case xml.CharData:
			if len(open) > 0 {
				out.Write(tok)
			} else if len(bytes.Trim(tok, " \t\r\n\ufeff")) > 0 {
				return "", false
			}
		case xml.Directive:
			return "", false
		}
	}
}

// declared keeps to what both name alike: names of letters, attributes without
// prefixes but xmlns, elements whose namespace is a proper one.
func declared(tok xml.StartElement) bool {
	letters := func(s string) bool {
		return s != "" && strings.IndexFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }) < 0
	}
	if !letters(tok.Name.Local) || tok.Name.Space != "" && !strings.Contains(tok.Name.Space, "/") {
		return false
	}
	for _, a := range tok.Attr {
		if !letters(a.Name.Local) || a.Name.Space != "" && a.Name.Space != "xmlns" || strings.ContainsAny(a.Value, "\t\r\n") {
			return false
		}
	}
	return true
}
