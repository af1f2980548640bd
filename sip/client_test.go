package sip_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/telefonist/telefonist/sip"
	"github.com/telefonist/telefonist/sip/siptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const anna = "sip:101@pbx.example.se"

var meeting = sip.Document{Entity: anna, TupleID: "work", Basic: sip.Open, Activity: "meeting", Note: "Möte, åter 14:00", Lang: "sv"}

func body(t testing.TB, d sip.Document) []byte {
	t.Helper()
	text, err := d.XML()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// certified is a server's TLS settings and a client's that believe in them.
func certified(t testing.TB) (server, client *tls.Config) {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return &tls.Config{Certificates: s.TLS.Certificates}, &tls.Config{RootCAs: pool, ServerName: "example.com"}
}

func serve(t testing.TB, options siptest.Options) *siptest.Server {
	t.Helper()
	s, err := siptest.Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func client(t testing.TB, c sip.Config) *sip.Client {
	t.Helper()
	made, err := sip.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { made.Close() })
	return made
}

// each runs a test over every transport against a server with these options.
func each(t *testing.T, options siptest.Options, test func(t *testing.T, s *siptest.Server, c sip.Config)) {
	t.Helper()
	serverTLS, clientTLS := certified(t)
	options.TLS = serverTLS
	for _, transport := range []sip.Transport{sip.UDP, sip.TCP, sip.TLS} {
		t.Run(string(transport), func(t *testing.T) {
			s := serve(t, options)
			at := map[sip.Transport]string{sip.UDP: s.UDP, sip.TCP: s.TCP, sip.TLS: s.TLS}[transport]
			test(t, s, sip.Config{Server: at, Transport: transport, TLS: clientTLS, Username: options.Username, Password: options.Password})
		})
	}
}

func TestPublishChangeAndTakeBack(t *testing.T) {
	each(t, siptest.Options{}, func(t *testing.T, s *siptest.Server, config sip.Config) {
		config.UserAgent = "Telefonist/1"
		c := client(t, config)
		first, err := c.Publish(t.Context(), sip.Publication{AOR: anna, Body: body(t, meeting), Expires: time.Hour})
		if err != nil || first.ETag == "" || first.Expires != time.Hour {
			t.Fatalf("published: %+v, %v", first, err)
		}
		lunch := meeting
		lunch.Activity, lunch.Note = "meal", "Lunch, åter 13:00"
		second, err := c.Publish(t.Context(), sip.Publication{AOR: anna, Body: body(t, lunch), Expires: time.Hour, ETag: first.ETag})
		if err != nil || second.ETag == first.ETag {
			t.Fatalf("changed: %+v, %v", second, err)
		}
		if shown := s.Documents(anna); len(shown) != 1 || shown[0] != string(body(t, lunch)) {
			t.Errorf("the server shows %q", shown)
		}
		gone, err := c.Publish(t.Context(), sip.Publication{AOR: anna, Body: body(t, lunch), ETag: second.ETag})
		if err != nil || gone != (sip.Receipt{}) {
			t.Errorf("taken back: %+v, %v", gone, err)
		}
		if shown := s.Documents(anna); len(shown) != 0 {
			t.Errorf("the server still shows %q", shown)
		}
		requests := s.Requests()
		if len(requests) != 3 {
			t.Fatalf("%d requests, want 3", len(requests))
		}
		for i, r := range requests {
			if r.Network != string(config.Transport) || r.Value("Event") != "presence" || r.Value("User-Agent") != "Telefonist/1" ||
				!strings.Contains(r.Value("From"), "<"+anna+">;tag=") || r.Value("To") != "<"+anna+">" || r.Value("CSeq") != "1 PUBLISH" {
				t.Errorf("request %d: %s", i, r)
			}
		}
		if last := requests[2]; last.Value("Expires") != "0" || len(last.Body()) != 0 || last.Value("Content-Type") != "" {
			t.Errorf("taking back carries a body: %s", last)
		}
		if config.Transport != sip.UDP && s.Connected() != 1 {
			t.Errorf("%d connections, want 1", s.Connected())
		}
	})
}

func TestTakingBackWithoutETagAsksNobody(t *testing.T) {
	s := serve(t, siptest.Options{})
	c := client(t, sip.Config{Server: s.TCP, Transport: sip.TCP})
	if _, err := c.Publish(t.Context(), sip.Publication{AOR: anna}); err != nil || len(s.Requests()) != 0 {
		t.Errorf("%v, %d requests", err, len(s.Requests()))
	}
}

// A server that was restarted, or is another one now, answers 412; Kamailio
// answers 500 to an entity tag that does not look like its own.
func TestUnknownETagIsPublishedAfresh(t *testing.T) {
	for _, status := range []int{412, 500} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			s := serve(t, siptest.Options{Answer: func(r siptest.Request) *siptest.Answer {
				if r.Value("SIP-If-Match") == "old" {
					return &siptest.Answer{Status: status, Reason: "wrong etag"}
				}
				return nil
			}})
			c := client(t, sip.Config{Server: s.TCP, Transport: sip.TCP})
			receipt, err := c.Publish(t.Context(), sip.Publication{AOR: anna, Body: body(t, meeting), Expires: time.Hour, ETag: "old"})
			if err != nil || receipt.ETag == "" || len(s.Documents(anna)) != 1 {
				t.Errorf("%+v, %v, %d documents", receipt, err, len(s.Documents(anna)))
			}
			_, err = c.Publish(t.Context(), sip.Publication{AOR: anna, ETag: "old"})
			if gone := err == nil; gone != (status == 412) {
				t.Errorf("taking back what is unknown: %v", err)
			}
		})
	}
}

func TestFreshPublicationIsTriedOnce(t *testing.T) {
	s := serve(t, siptest.Options{Answer: func(siptest.Request) *siptest.Answer { return &siptest.Answer{Status: 500, Reason: "Full"} }})
	c := client(t, sip.Config{Server: s.TCP, Transport: sip.TCP})
	_, err := c.Publish(t.Context(), sip.Publication{AOR: anna, Body: body(t, meeting), Expires: time.Hour, ETag: "old"})
	if e := failure(t, err); e.Status != 500 || !e.Temporary() || len(s.Requests()) != 2 {
		t.Errorf("%v after %d requests", err, len(s.Requests()))
	}
}

func TestGrantedTimeCounts(t *testing.T) {
	each(t, siptest.Options{MinExpires: 10 * time.Minute, MaxExpires: 20 * time.Minute}, func(t *testing.T, s *siptest.Server, config sip.Config) {
		c := client(t, config)
		for asked, want := range map[time.Duration]time.Duration{time.Minute: 10 * time.Minute, 15 * time.Minute: 15 * time.Minute, time.Hour: 20 * time.Minute} {
			receipt, err := c.Publish(t.Context(), sip.Publication{AOR: anna, Body: body(t, meeting), Expires: asked})
			if err != nil || receipt.Expires != want {
				t.Errorf("asked for %v: %+v, %v; want %v", asked, receipt, err, want)
			}
		}
	})
}

func TestServerThatSaysNotForHowLong(t *testing.T) {
	s := serve(t, siptest.Options{Answer: func(siptest.Request) *siptest.Answer {
		return &siptest.Answer{Status: 200, Reason: "OK", Headers: []string{"SIP-ETag: x"}}
	}})
	c := client(t, sip.Config{Server: s.TCP, Transport: sip.TCP})
	receipt, err := c.Publish(t.Context(), sip.Publication{AOR: anna, Body: body(t, meeting), Expires: time.Hour})
	if err != nil || receipt != (sip.Receipt{ETag: "x", Expires: time.Hour}) {
		t.Errorf("%+v, %v", receipt, err)
	}
}

func TestRefusals(t *testing.T) {
	type says struct{ temporary, denied, noSuch bool }
	for _, c := range []struct {
		answer siptest.Answer
		wait   time.Duration
		want   says
	}{
		{siptest.Answer{Status: 503, Reason: "Full", Headers: []string{"Retry-After: 120 (in a meeting);duration=60"}}, 2 * time.Minute, says{temporary: true}},
		{siptest.Answer{Status: 408, Reason: "Request Timeout"}, 0, says{temporary: true}},
		{siptest.Answer{Status: 480, Reason: "Temporarily Unavailable"}, 0, says{temporary: true}},
		{siptest.Answer{Status: 501, Reason: "Not Implemented"}, 0, says{}},
		{siptest.Answer{Status: 403, Reason: "Forbidden"}, 0, says{denied: true}},
		{siptest.Answer{Status: 404, Reason: "Not Found"}, 0, says{noSuch: true}},
		{siptest.Answer{Status: 415, Reason: "Unsupported Media Type"}, 0, says{}},
		{siptest.Answer{Status: 489, Reason: "Bad Event"}, 0, says{}},
		{siptest.Answer{Status: 302, Reason: "Moved"}, 0, says{}},
		{siptest.Answer{Status: 423, Reason: "Brief", Headers: []string{"Min-Expires: 60"}}, 0, says{}}, // less than was asked for
		{siptest.Answer{Status: 423, Reason: "Brief"}, 0, says{}},
	} {
		t.Run(fmt.Sprint(c.answer.Status), func(t *testing.T) {
			s := serve(t, siptest.Options{Answer: func(siptest.Request) *siptest.Answer { return &c.answer }})
			_, err := client(t, sip.Config{Server: s.TCP, Transport: sip.TCP}).
				Publish(t.Context(), sip.Publication{AOR: anna, Body: body(t, meeting), Expires: time.Hour})
			e := failure(t, err)
			if got := (says{e.Temporary(), e.Denied(), e.NoSuch()}); got != c.want || e.Status != c.answer.Status || e.RetryAfter() != c.wait {
				t.Errorf("%v: %+v, wait %v; want %+v, %v", err, got, e.RetryAfter(), c.want, c.wait)
			}
			if text := err.Error(); !strings.Contains(text, c.answer.Reason) || strings.Contains(text, "101") {
				t.Errorf("error text %q", text)
			}
		})
	}
}

func failure(t testing.TB, err error) *sip.Error {
	t.Helper()
	var e *sip.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is no *sip.Error", err)
	}
	return e
}

func TestNoAnswer(t *testing.T) {
	each(t, siptest.Options{Answer: func(siptest.Request) *siptest.Answer { return &siptest.Answer{Silence: true} }},
		func(t *testing.T, s *siptest.Server, config sip.Config) {
			config.Timeout = 320 * time.Millisecond // T1 is 5 ms
			_, err := client(t, config).Publish(t.Context(), sip.Publication{AOR: anna, Body: body(t, meeting), Expires: time.Hour})
			if e := failure(t, err); !errors.Is(err, sip.ErrTimeout) || !e.Temporary() || e.Status != 0 {
				t.Errorf("%v", err)
			}
			n := len(s.Requests())
			if repeated := n > 1; repeated != (config.Transport == sip.UDP) {
				t.Errorf("sent %d times", n)
			}
			if n > 12 { // at 5, 15, 35, and each 40 ms
				t.Errorf("repeated %d times", n)
			}
		})
}

func TestLostDatagramIsRepeated(t *testing.T) {
	lost := 0
	s := serve(t, siptest.Options{Answer: func(siptest.Request) *siptest.Answer {
		if lost++; lost <= 3 {
			return &siptest.Answer{Silence: true}
		}
		return nil
	}})
	c := client(t, sip.Config{Server: s.UDP, Transport: sip.UDP, Timeout: 6400 * time.Millisecond})
	if _, err := c.Publish(t.Context(), sip.Publication{AOR: anna, Body: body(t, meeting), Expires: time.Hour}); err != nil {
		t.Fatal(err)
	}
	requests := s.Requests()
	if len(requests) != 4 || len(s.Documents(anna)) != 1 {
		t.Fatalf("%d requests, %d documents", len(requests), len(s.Documents(anna)))
	}
	if first, last := requests[0], requests[3]; first.String() != last.String() {
		t.Errorf("the repetition differs:\n%s\n%s", first, last)
	}
}

func TestCancelled(t *testing.T) {
	each(t, siptest.Options{Answer: func(siptest.Request) *siptest.Answer { return &siptest.Answer{Silence: true} }},
		func(t *testing.T, s *siptest.Server, config sip.Config) {
			c := client(t, config)
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(20*time.Millisecond, cancel)
			_, err := c.Publish(ctx, sip.Publication{AOR: anna, Body: body(t, meeting), Expires: time.Hour})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("cancelled: %v", err)
			}
			time.AfterFunc(20*time.Millisecond, func() { c.Close() })
			_, err = c.Publish(t.Context(), sip.Publication{AOR: anna, Body: body(t, meeting), Expires: time.Hour})
			if !errors.Is(err, sip.ErrClosed) || failure(t, err).Temporary() {
				t.Errorf("closed: %v", err)
			}
		})
}

func TestNobodyListens(t *testing.T) {
	for _, transport := range []sip.Transport{sip.UDP, sip.TCP, sip.TLS} {
		s := serve(t, siptest.Options{})
		at := s.TCP
		s.Close()
		_, err := client(t, sip.Config{Server: at, Transport: transport}).
			Publish(t.Context(), sip.Publication{AOR: anna, Body: body(t, meeting), Expires: time.Hour})
		if !errors.Is(err, syscall.ECONNREFUSED) || !failure(t, err).Temporary() {
			t.Errorf("%s: %v", transport, err)
		}
	}
}

// notAllowed is what an address guard answers.
type notAllowed struct{}

func (notAllowed) Error() string { return "the private address 10.0.0.1 is not allowed" }
func (notAllowed) NonRetriable() {}

func TestDialerDecidesWhatIsReached(t *testing.T) {
	for _, transport := range []sip.Transport{sip.UDP, sip.TCP, sip.TLS} {
		var asked string
		c := client(t, sip.Config{Server: "10.0.0.1", Transport: transport, Dial: func(_ context.Context, network, address string) (net.Conn, error) {
			asked = network + " " + address
			return nil, &net.OpError{Op: "dial", Net: network, Err: notAllowed{}}
		}})
		_, err := c.Publish(t.Context(), sip.Publication{AOR: anna, Body: body(t, meeting), Expires: time.Hour})
		if !errors.Is(err, notAllowed{}) || failure(t, err).Temporary() {
			t.Errorf("%s: %v", transport, err)
		}
		want := map[sip.Transport]string{sip.UDP: "udp 10.0.0.1:5060", sip.TCP: "tcp 10.0.0.1:5060", sip.TLS: "tcp 10.0.0.1:5061"}[transport]
		if asked != want {
			t.Errorf("dialled %q, want %q", asked, want)
		}
	}
}

func TestNamesAreLookedUpAtEachDial(t *testing.T) {
	first, second := serve(t, siptest.Options{}), serve(t, siptest.Options{})
	closed := serve(t, siptest.Options{})
	closed.Close()
	var asked []string
	var mu sync.Mutex
	at := first
	c := client(t, sip.Config{Server: "pbx.example.se", Transport: sip.TCP,
		LookupSRV: func(_ context.Context, service, proto, name string) (string, []*net.SRV, error) {
			mu.Lock()
			defer mu.Unlock()
			asked = append(asked, service+" "+proto+" "+name)
			return "", []*net.SRV{srv(closed), srv(at)}, nil
		}})
	receipt, err := c.Publish(t.Context(), sip.Publication{AOR: anna, Body: body(t, meeting), Expires: time.Hour})
	if err != nil || len(first.Documents(anna)) != 1 {
		t.Fatalf("%+v, %v", receipt, err)
	}
	mu.Lock()
	at = second
	mu.Unlock()
	first.Close()
	// Its entity tag is unknown to the second.
	if _, err = c.Publish(t.Context(), sip.Publication{AOR: anna, Body: body(t, meeting), Expires: time.Hour, ETag: receipt.ETag}); err != nil {
		t.Fatal(err)
	}
	if len(second.Documents(anna)) != 1 || len(asked) != 2 || asked[0] != "sip tcp pbx.example.se" {
		t.Errorf("%d documents at the second, asked %q", len(second.Documents(anna)), asked)
	}
}

func srv(s *siptest.Server) *net.SRV {
	at, _ := net.ResolveTCPAddr("tcp", s.TCP)
	return &net.SRV{Target: "127.0.0.1.", Port: uint16(at.Port)}
}

func TestOutboundProxy(t *testing.T) {
	s := serve(t, siptest.Options{})
	c := client(t, sip.Config{Server: "pbx.example.se", Proxy: s.TCP, Transport: sip.TCP, From: "sip:service@pbx.example.se"})
	if _, err := c.Publish(t.Context(), sip.Publication{AOR: anna, Body: body(t, meeting), Expires: time.Hour}); err != nil {
		t.Fatal(err)
	}
	r := s.Requests()[0]
	if r.Recipient.String() != anna || r.Value("Route") != "<sip:"+s.TCP+";transport=tcp;lr>" || !strings.HasPrefix(r.Value("From"), "<sip:service@pbx.example.se>") {
		t.Errorf("%s", r)
	}
}

func TestTLSIsChecked(t *testing.T) {
	serverTLS, clientTLS := certified(t)
	s := serve(t, siptest.Options{TLS: serverTLS})
	for name, settings := range map[string]*tls.Config{
		"authority unknown": {ServerName: "example.com"},
		"another name":      {RootCAs: clientTLS.RootCAs, ServerName: "pbx.example.se"},
	} {
		_, err := client(t, sip.Config{Server: s.TLS, Transport: sip.TLS, TLS: settings}).
			Publish(t.Context(), sip.Publication{AOR: anna, Body: body(t, meeting), Expires: time.Hour})
		if err == nil || failure(t, err).Temporary() || len(s.Requests()) > 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// RFC 3261 18.1.1: what is long goes over TCP, also from a UDP client, unless
// nobody takes it there.
func TestLongMessages(t *testing.T) {
	long := meeting
	long.Note = strings.Repeat("lång ", 300)
	for want, only := range map[string][]string{"tcp": nil, "udp": {"udp"}} {
		s := serve(t, siptest.Options{Only: only})
		c := client(t, sip.Config{Server: s.UDP, Transport: sip.UDP})
		for range 2 {
			if _, err := c.Publish(t.Context(), sip.Publication{AOR: anna, Body: body(t, long), Expires: time.Hour}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.Publish(t.Context(), sip.Publication{AOR: anna, Body: body(t, meeting), Expires: time.Hour}); err != nil {
			t.Fatal(err)
		}
		r := s.Requests()
		if len(r) != 3 || r[0].Network != want || r[1].Network != want || r[2].Network != "udp" || !strings.Contains(r[0].Value("Via"), strings.ToUpper(want)) {
			t.Errorf("want %s: %v", want, r)
		}
	}
}

func TestSettingsAreChecked(t *testing.T) {
	for name, c := range map[string]sip.Config{
		"no transport":  {Server: "pbx"},
		"no server":     {Transport: sip.UDP},
		"a URI":         {Server: "sip:pbx", Transport: sip.UDP},
		"no port":       {Server: "pbx:x", Transport: sip.UDP},
		"port 0":        {Server: "pbx:0", Transport: sip.UDP},
		"a line break":  {Server: "pbx\r\nX: y", Transport: sip.UDP},
		"from":          {Server: "pbx", Transport: sip.UDP, From: "service"},
		"user agent":    {Server: "pbx", Transport: sip.UDP, UserAgent: "a\r\nb"},
		"no such proxy": {Server: "pbx", Proxy: "<sip:x>", Transport: sip.UDP},
	} {
		if _, err := sip.New(c); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	for _, server := range []string{"pbx.example.se", "pbx:5080", "10.0.0.1", "::1", "[::1]", "[::1]:5060"} {
		if c, err := sip.New(sip.Config{Server: server, Transport: sip.TCP}); err != nil {
			t.Errorf("%s: %v", server, err)
		} else {
			c.Close()
		}
	}
}

func TestAddressesAreChecked(t *testing.T) {
	c := client(t, sip.Config{Server: "127.0.0.1:1", Transport: sip.TCP})
	for _, aor := range []string{"", "101", "tel:101", "sip:", "sip:@x", "sip:101@", "sip:1 01@x", "sip:101@x>", "sip:101@x\r\nEvent: y", "sip:å@x", "sip:1@x?a=b"} {
		if _, err := c.Publish(t.Context(), sip.Publication{AOR: aor, Expires: time.Hour}); err == nil || errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("%q: %v", aor, err)
		}
	}
	if _, err := c.Publish(t.Context(), sip.Publication{AOR: anna, Expires: time.Hour, ETag: "a\r\nb"}); err == nil || errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("ETag: %v", err)
	}
}
