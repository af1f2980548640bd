//go:build peers

package phone_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/telefonist/telefonist/peers/kamailio"
	"github.com/telefonist/telefonist/peers/phone"
	"github.com/telefonist/telefonist/sip"
)

// program is the telephone, built once for all tests.
var program phone.Program

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "telefonist-phone-")
	if err == nil {
		program, err = phone.Build(context.Background(), dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

const anna = "sip:101@" + kamailio.Domain

// meeting is what is published of Anna, and what the telephone shows of it.
var meeting = sip.Document{Entity: anna, TupleID: "telefonist", Basic: sip.Open, Activity: "meeting", Note: "Möte, åter 14:00", Lang: "sv"}

func shown(d sip.Document) phone.Shown {
	return phone.Shown{Address: d.Entity, Open: d.Basic == sip.Open, Activities: d.Activity, Note: d.Note}
}

// nothing is what it shows of somebody of whom nothing is published.
var nothing = phone.Shown{Address: anna}

func startKamailio(t *testing.T, options kamailio.Options) *kamailio.Server {
	t.Helper()
	s, err := kamailio.Start(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func watch(t *testing.T, s *kamailio.Server, people ...string) *phone.Phone {
	t.Helper()
	p, err := program.Watch(s.Address, people...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func await(t *testing.T, p *phone.Phone, want phone.Shown) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := p.Await(ctx, want.Address, func(s phone.Shown) bool { return s == want }); err != nil {
		t.Fatalf("want %+v: %v", want, err)
	}
}

// publisher speaks to a Kamailio and keeps the entity tag.
type publisher struct {
	*sip.Client
	etag string
}

func publisherTo(t *testing.T, config sip.Config) *publisher {
	t.Helper()
	c, err := sip.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &publisher{Client: c}
}

func (p *publisher) publish(t *testing.T, d sip.Document, expires time.Duration) sip.Receipt {
	t.Helper()
	body, err := d.XML()
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := p.Publish(t.Context(), sip.Publication{AOR: d.Entity, Body: body, Expires: expires, ETag: p.etag})
	if err != nil {
		t.Fatal(err)
	}
	p.etag = receipt.ETag
	return receipt
}

func transports(s *kamailio.Server) map[string]sip.Config {
	believed := x509.NewCertPool()
	believed.AppendCertsFromPEM(s.Certificate)
	return map[string]sip.Config{
		"udp": {Server: s.Address, Transport: sip.UDP},
		"tcp": {Server: s.Address, Transport: sip.TCP},
		"tls": {Server: s.TLS, Transport: sip.TLS, TLS: &tls.Config{RootCAs: believed, ServerName: "localhost"}},
	}
}

// What is published at Kamailio is what a telephone shows, through changes and
// refreshes, until it is taken back.
func TestTelephoneShowsWhatIsPublished(t *testing.T) {
	s := startKamailio(t, kamailio.Options{})
	for name, config := range transports(s) {
		t.Run(name, func(t *testing.T) {
			p, telephone := publisherTo(t, config), watch(t, s, anna)
			await(t, telephone, nothing)
			if receipt := p.publish(t, meeting, 10*time.Minute); receipt.Expires != 10*time.Minute || receipt.ETag == "" {
				t.Errorf("%+v", receipt)
			}
			await(t, telephone, shown(meeting))
			lunch := meeting
			lunch.Activity, lunch.Note, lunch.Basic = "meal", "Lunch, åter 13:00 <Å & Ö>", sip.Closed
			p.publish(t, lunch, 10*time.Minute)
			await(t, telephone, shown(lunch))

			p.publish(t, lunch, 10*time.Minute) // who subscribes after a refresh sees it, too
			await(t, watch(t, s, anna), shown(lunch))

			p.publish(t, lunch, 0)
			await(t, telephone, nothing)
		})
	}
}

func TestPublicationRunsOut(t *testing.T) {
	s := startKamailio(t, kamailio.Options{})
	p, telephone := publisherTo(t, sip.Config{Server: s.Address, Transport: sip.TCP}), watch(t, s, anna)
	await(t, telephone, nothing) // it has subscribed
	p.publish(t, meeting, 2*time.Second)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := telephone.Await(ctx, anna, func(now phone.Shown) bool {
		return now == nothing && slices.Contains(telephone.Seen(), shown(meeting))
	}); err != nil {
		t.Fatal(err)
	}
	p.publish(t, meeting, time.Minute) // its entity tag is unknown by now
	await(t, telephone, shown(meeting))
}

// A restart of ours: the entity tag was kept, and there is one document still.
// A restart of the server: it is unknown, and there is one document again.
func TestRestarts(t *testing.T) {
	s := startKamailio(t, kamailio.Options{})
	config := sip.Config{Server: s.Address, Transport: sip.TCP}
	before := publisherTo(t, config)
	before.publish(t, meeting, time.Minute)
	after := publisherTo(t, config)
	after.etag = before.etag
	vacation := meeting
	vacation.Activity, vacation.Note, vacation.Basic = "vacation", "Semester, åter 12 augusti", sip.Closed
	after.publish(t, vacation, time.Minute)
	await(t, watch(t, s, anna), shown(vacation))

	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	after.publish(t, meeting, time.Minute)
	telephone := watch(t, s, anna)
	await(t, telephone, shown(meeting))
	after.publish(t, meeting, 0)
	await(t, telephone, nothing)

	foreign := publisherTo(t, config) // an entity tag of another make: some Kamailios answer 500
	foreign.etag = "7f3a"
	foreign.publish(t, meeting, time.Minute)
	await(t, telephone, shown(meeting))
}

func TestAccount(t *testing.T) {
	for _, algorithm := range []string{"MD5", "SHA-256"} {
		t.Run(algorithm, func(t *testing.T) {
			s := startKamailio(t, kamailio.Options{Username: "telefonist", Password: "hemligt", Algorithm: algorithm})
			for name, config := range transports(s) {
				config.Username, config.Password = "telefonist", "hemligt"
				p := publisherTo(t, config)
				for range 5 {
					p.publish(t, meeting, time.Minute)
				}
				p.publish(t, meeting, 0)
				for account, password := range map[string]string{"telefonist": "fel", "stranger": "hemligt", "": ""} {
					config.Username, config.Password = account, password
					_, err := publisherTo(t, config).Publish(t.Context(), sip.Publication{AOR: anna, Body: []byte("x"), Expires: time.Minute})
					var refused *sip.Error
					if !errors.As(err, &refused) || !refused.Denied() {
						t.Errorf("%s as %q: %v", name, account, err)
					}
				}
			}
		})
	}
}
