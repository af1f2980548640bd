package sip

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

var compareResponses = cmp.AllowUnexported(response{})

func TestParse(t *testing.T) {
	for name, c := range map[string]struct {
		head string
		want *response
		body int
	}{
		"usual": {"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKa;rport=5060\r\nCSeq: 2 PUBLISH\r\nSIP-ETag: a.1\r\nExpires: 3600\r\nContent-Length: 0\r\n\r\n",
			&response{status: 200, reason: "OK", branch: "z9hG4bKa", method: "PUBLISH", etag: "a.1", expires: time.Hour, minExpires: -1}, 0},
		"short, folded, spaced, in other letters": {"SIP/2.0 423 Interval Too Brief\nv : SIP/2.0/TCP x ;rport\n ; BRANCH = z9hG4bKb, SIP/2.0/TCP y;branch=z9hG4bKc\nVIA: z;branch=z9hG4bKd\nCSEQ:\t2\tPUBLISH\nmin-expires : 600 \nL:7\n\nbody is not here",
			&response{status: 423, reason: "Interval Too Brief", branch: "z9hG4bKb", method: "PUBLISH", expires: -1, minExpires: 10 * time.Minute}, 7},
		"challenges": {"SIP/2.0 401 \r\nWWW-Authenticate: Digest a\r\nProxy-Authenticate: Digest x\r\nwww-authenticate: Digest b\r\n\r\n",
			&response{status: 401, expires: -1, minExpires: -1, challenges: []string{"Digest a", "Digest b"}}, 0},
		"numbers that are none": {"SIP/2.0 503 x\r\nExpires: never\r\nRetry-After: -5\r\nMin-Expires: 99999999999999999999\r\nno colon\r\n\r\n",
			&response{status: 503, reason: "x", expires: -1, minExpires: 365 * 24 * time.Hour}, 0},
		"a request": {"OPTIONS sip:x SIP/2.0\r\nContent-Length: 4\r\n\r\n", nil, 4},
	} {
		t.Run(name, func(t *testing.T) {
			got, body, err := parse([]byte(c.head))
			if err != nil || body != c.body {
				t.Errorf("body %d, want %d; %v", body, c.body, err)
			}
			if diff := cmp.Diff(c.want, got, compareResponses); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for _, head := range []string{"", "\r\n", "HTTP/1.1 200 OK\r\n", "SIP/2.0\r\n", "SIP/2.0 20 OK\r\n", "SIP/2.0 700 OK\r\n", "SIP/2.0 -200 OK\r\n",
		"SIP/2.0 200 OK\r\nContent-Length: x\r\n", "SIP/2.0 200 OK\r\nl: -1\r\n"} {
		if r, _, err := parse([]byte(head)); !errors.Is(err, ErrNotSIP) {
			t.Errorf("%q: %+v, %v", head, r, err)
		}
	}
}

func TestReadHead(t *testing.T) {
	long := "SIP/2.0 200 " + strings.Repeat("O", 9000) + "\r\na: b\r\n"
	r := bufio.NewReaderSize(strings.NewReader("\r\n\r\nSIP/2.0 100 x\r\na: b\r\n\r\n\n"+long+"\r\nSIP/2.0 200 cut"), 16)
	for _, want := range []string{"SIP/2.0 100 x\r\na: b\r\n", long} {
		if head, err := readHead(r); err != nil || string(head) != want {
			t.Errorf("%.40q…, %v; want %.40q…", head, err, want)
		}
	}
	if _, err := readHead(r); !errors.Is(err, io.EOF) {
		t.Errorf("cut short: %v", err)
	}
	endless := bufio.NewReader(io.MultiReader(strings.NewReader("SIP/2.0 200 OK\r\n"), bytes.NewReader(make([]byte, 1<<20))))
	if _, err := readHead(endless); !errors.Is(err, errLongHead) {
		t.Errorf("endless: %v", err)
	}
}

// A reason phrase is another's text: it is cut, and breaks no line of a log.
func TestPhrase(t *testing.T) {
	if got := phrase("Nej\x00\x1b[31m\xff " + strings.Repeat("å", 100)); len([]rune(got)) != 80 || strings.ContainsAny(got, "\x00\x1b") || !utf8.ValidString(got) {
		t.Errorf("%q", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("SIP/2.0 401 Unauthorized\r\nVia: SIP/2.0/UDP x;branch=z9hG4bKa\r\nCSeq: 1 PUBLISH\r\nWWW-Authenticate: Digest realm=\"a\\\"b\", nonce=n, qop=\"auth,auth-int\"\r\nContent-Length: 3\r\n\r\nabc"))
	f.Add([]byte("SIP/2.0 200 OK\nv:x\n ;branch\nl:99999999999999999999\n\n"))
	f.Add([]byte("\r\n\r\nOPTIONS sip:x SIP/2.0\r\n\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := bufio.NewReaderSize(bytes.NewReader(data), 16)
		head, err := readHead(r)
		if err != nil {
			return
		}
		answer, body, err := parse(head)
		if err != nil || answer == nil {
			return
		}
		if answer.status < 100 || answer.status > 699 || body < 0 || answer.retryAfter < 0 {
			t.Errorf("%+v, %d", answer, body)
		}
		if strings.ContainsAny(answer.refused().Error(), "\r\n\x00") {
			t.Errorf("the error breaks the line: %q", answer.refused())
		}
		if c := strongest(answer.challenges); c != nil {
			if line := c.credentials("u", "p", "PUBLISH", "sip:x", nil); strings.ContainsAny(line, "\r\n") {
				t.Errorf("the credentials break the line: %q", line)
			}
		}
	})
}
