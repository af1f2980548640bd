package sip_test

import (
	"strings"
	"testing"
	"time"

	"github.com/telefonist/telefonist/sip"
	"github.com/telefonist/telefonist/sip/siptest"
)

func TestDigest(t *testing.T) {
	for _, c := range []struct {
		name       string
		algorithms []string
		qop        string
		proxy      bool
		want       []string // in the credentials
	}{
		{"MD5 without a name, the old way", nil, "", false, []string{`response="`}},
		{"MD5", []string{"MD5"}, "auth", false, []string{"algorithm=MD5", "qop=auth,", "nc=00000001"}},
		{"SHA-256", []string{"SHA-256"}, "auth", false, []string{"algorithm=SHA-256"}},
		{"the strongest, wherever it stands", []string{"MD5", "SHA-256", "SHA-1024"}, "auth", false, []string{"algorithm=SHA-256"}},
		{"SHA-512-256", []string{"SHA-512-256", "SHA-256", "MD5"}, "auth", false, []string{"algorithm=SHA-512-256"}},
		{"auth before auth-int", []string{"MD5"}, "auth-int,auth", false, []string{"qop=auth,"}},
		{"auth-int alone", []string{"SHA-256"}, "auth-int", false, []string{"qop=auth-int,"}},
		{"a proxy", []string{"SHA-256", "MD5"}, "auth", true, []string{"algorithm=SHA-256"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			options := siptest.Options{Username: `tele"fonist`, Password: "hemligt å", Algorithms: c.algorithms, QOP: c.qop, Proxy: c.proxy}
			each(t, options, func(t *testing.T, s *siptest.Server, config sip.Config) {
				made := client(t, config)
				header := map[bool]string{false: "Authorization", true: "Proxy-Authorization"}[c.proxy]
				etag := ""
				for range 3 {
					receipt, err := made.Publish(t.Context(), sip.Publication{AOR: anna, Body: body(t, meeting), Expires: time.Hour, ETag: etag})
					if err != nil {
						t.Fatal(err)
					}
					etag = receipt.ETag
				}
				if _, err := made.Publish(t.Context(), sip.Publication{AOR: anna, ETag: etag}); err != nil {
					t.Fatal(err)
				}
				requests := s.Requests()
				if len(requests) != 5 { // one challenge, then every publication by one question
					t.Fatalf("%d requests, want 5", len(requests))
				}
				for _, want := range c.want {
					if got := requests[1].Value(header); !strings.Contains(got, want) {
						t.Errorf("no %q in %q", want, got)
					}
				}
				if requests[0].Value("Call-ID") != requests[1].Value("Call-ID") || requests[1].Value("CSeq") != "2 PUBLISH" {
					t.Errorf("the second question is not the first's: %s", requests[1])
				}
				if last := requests[4].Value(header); c.qop != "" && !strings.Contains(last, "nc=00000004") {
					t.Errorf("the fourth use is %q", last)
				}
			})
		})
	}
}

func TestStaleNonce(t *testing.T) {
	for _, uses := range []int{1, 3} {
		options := siptest.Options{Username: "telefonist", Password: "hemligt", QOP: "auth", NonceUses: uses}
		each(t, options, func(t *testing.T, s *siptest.Server, config sip.Config) {
			c := client(t, config)
			for range 7 {
				if _, err := c.Publish(t.Context(), sip.Publication{AOR: anna, Body: body(t, meeting), Expires: time.Hour}); err != nil {
					t.Fatal(err)
				}
			}
			want := 7 + (7+uses-1)/uses
			if n := len(s.Requests()); n != want {
				t.Errorf("%d uses: %d requests, want %d", uses, n, want)
			}
			s.Forget() // a restarted server knows no nonce, and says so
			if _, err := c.Publish(t.Context(), sip.Publication{AOR: anna, Body: body(t, meeting), Expires: time.Hour}); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestDenied(t *testing.T) {
	for name, c := range map[string]struct {
		username, password string
		algorithms         []string
		qop                string
		asked              int
	}{
		"wrong password":  {"telefonist", "fel", []string{"SHA-256", "MD5"}, "auth", 2},
		"no account":      {"", "", []string{"MD5"}, "auth", 1},
		"no such digest":  {"telefonist", "hemligt", []string{"SHA-1024"}, "auth", 1},
		"no such quality": {"telefonist", "hemligt", []string{"MD5"}, "auth-x", 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, siptest.Options{Username: "telefonist", Password: "hemligt", Algorithms: c.algorithms, QOP: c.qop})
			made := client(t, sip.Config{Server: s.TCP, Transport: sip.TCP, Username: c.username, Password: c.password})
			_, err := made.Publish(t.Context(), sip.Publication{AOR: anna, Body: body(t, meeting), Expires: time.Hour})
			if e := failure(t, err); !e.Denied() || e.Temporary() || len(s.Requests()) != c.asked {
				t.Errorf("%v after %d requests", err, len(s.Requests()))
			}
			if text := err.Error(); strings.Contains(text, "fel") || strings.Contains(text, "nonce") {
				t.Errorf("the error tells %q", text)
			}
		})
	}
}
