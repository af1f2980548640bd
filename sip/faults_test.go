package sip_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/telefonist/telefonist/sip"
	"github.com/telefonist/telefonist/sip/siptest"
)

func TestAnswerInPieces(t *testing.T) {
	s := serve(t, siptest.Options{Answer: func(r siptest.Request) *siptest.Answer {
		return &siptest.Answer{Status: 200, Reason: "OK", Headers: []string{"SIP-ETag: x", "Expires: 60"}, Pieces: 40,
			// A keep-alive, a request of the server's own with a body, a provisional
			// answer, somebody else's answer, and then ours.
			Before: "\r\n\r\nOPTIONS sip:x SIP/2.0\r\nl: 3\r\n\r\nabc" + answer("100 Trying", r, r.Value("Via")) +
				answer("404 Not Found", r, "SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKother")}
	}})
	c := client(t, sip.Config{Server: s.TCP, Transport: sip.TCP})
	receipt, err := c.Publish(t.Context(), sip.Publication{AOR: anna, Body: body(t, meeting), Expires: time.Hour})
	if err != nil || receipt != (sip.Receipt{ETag: "x", Expires: time.Minute}) {
		t.Errorf("%+v, %v", receipt, err)
	}
}

func answer(status string, r siptest.Request, via string) string {
	return fmt.Sprintf("SIP/2.0 %s\r\nv: %s\r\nCSeq: %s\r\nL : 5\r\n\r\nhello", status, via, r.Value("CSeq"))
}

func TestServerThatSpeaksSomethingElse(t *testing.T) {
	for _, rubbish := range []string{"HTTP/1.1 400 Bad Request\r\n\r\n", "\x15\x03\x01\x00\x02\x02\x46\n", "SIP/2.0 abc\r\n\r\n",
		"SIP/2.0 200 OK\r\nContent-Length: -5\r\n\r\n", strings.Repeat("x", 70<<10)} {
		s := serve(t, siptest.Options{Answer: func(siptest.Request) *siptest.Answer {
			return &siptest.Answer{Before: rubbish, HangUp: len(rubbish) > 1000}
		}})
		_, err := client(t, sip.Config{Server: s.TCP, Transport: sip.TCP}).
			Publish(t.Context(), sip.Publication{AOR: anna, Body: body(t, meeting), Expires: time.Hour})
		if e := failure(t, err); e.Status != 0 || !e.Temporary() || errors.Is(err, sip.ErrTimeout) {
			t.Errorf("%.20q: %v", rubbish, err)
		}
	}
}

func TestRubbishOverUDPIsIgnored(t *testing.T) {
	n := 0
	s := serve(t, siptest.Options{Answer: func(siptest.Request) *siptest.Answer {
		if n++; n == 1 {
			return &siptest.Answer{Before: "\x00\xff rubbish"}
		}
		return nil
	}})
	c := client(t, sip.Config{Server: s.UDP, Transport: sip.UDP, Timeout: time.Second})
	if _, err := c.Publish(t.Context(), sip.Publication{AOR: anna, Body: body(t, meeting), Expires: time.Hour}); err == nil {
		t.Error("the repetition of what was answered with rubbish was answered otherwise")
	}
	if _, err := c.Publish(t.Context(), sip.Publication{AOR: anna, Body: body(t, meeting), Expires: time.Hour}); err != nil {
		t.Error(err)
	}
}

func TestConnectionClosedInBetween(t *testing.T) {
	each(t, siptest.Options{}, func(t *testing.T, s *siptest.Server, config sip.Config) {
		if config.Transport == sip.UDP {
			return
		}
		c, etag := client(t, config), ""
		for range 20 {
			receipt, err := c.Publish(t.Context(), sip.Publication{AOR: anna, Body: body(t, meeting), Expires: time.Hour, ETag: etag})
			if err != nil {
				t.Fatal(err)
			}
			etag = receipt.ETag
			s.HangUp()
		}
		if len(s.Documents(anna)) != 1 {
			t.Errorf("%d documents", len(s.Documents(anna)))
		}
	})
}

// The server closes the connection instead of answering: asked again once where
// it had served before, then the caller is told.
func TestConnectionClosedInsteadOfAnAnswer(t *testing.T) {
	var n atomic.Int32
	s := serve(t, siptest.Options{Answer: func(siptest.Request) *siptest.Answer {
		if n.Add(1) > 1 {
			return &siptest.Answer{HangUp: true}
		}
		return nil
	}})
	c := client(t, sip.Config{Server: s.TCP, Transport: sip.TCP})
	for _, want := range []int{1, 2, 1} { // the second of the second is over a new connection, as is the third
		before := len(s.Requests())
		_, err := c.Publish(t.Context(), sip.Publication{AOR: anna, Body: body(t, meeting), Expires: time.Hour})
		if got := len(s.Requests()) - before; got != want || before > 0 && !failure(t, err).Temporary() {
			t.Errorf("asked %d times, want %d: %v", got, want, err)
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	const people = 400
	options := siptest.Options{Username: "telefonist", Password: "hemligt", QOP: "auth", Algorithms: []string{"SHA-256", "MD5"}}
	each(t, options, func(t *testing.T, s *siptest.Server, config sip.Config) {
		config.Connections = 3
		c := client(t, config)
		var running sync.WaitGroup
		limit := make(chan struct{}, 64)
		for i := range people {
			running.Go(func() {
				limit <- struct{}{}
				defer func() { <-limit }()
				aor, d := fmt.Sprintf("sip:%d@pbx.example.se", i), meeting
				d.Entity = aor
				receipt, err := c.Publish(t.Context(), sip.Publication{AOR: aor, Body: body(t, d), Expires: time.Hour})
				if err != nil || receipt.ETag == "" {
					t.Errorf("%s: %+v, %v", aor, receipt, err)
				}
			})
		}
		running.Wait()
		for i := range people {
			aor := fmt.Sprintf("sip:%d@pbx.example.se", i)
			shown := s.Documents(aor)
			if len(shown) != 1 || !strings.Contains(shown[0], `entity="`+aor+`"`) {
				t.Fatalf("%s shows %q", aor, shown)
			}
		}
		// One question each, but for those who were on their way before the first nonce came.
		if n := len(s.Requests()); n > people+3*64 {
			t.Errorf("%d requests for %d publications", n, people)
		}
		if want := map[sip.Transport]int{sip.TCP: 3, sip.TLS: 3}[config.Transport]; s.Connected() > want {
			t.Errorf("%d connections, want at most %d", s.Connected(), want)
		}
	})
}
