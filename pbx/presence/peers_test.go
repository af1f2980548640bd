//go:build peers

package presence_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/pbx/pbxtest"
	"github.com/telefonist/telefonist/pbx/presence"
	"github.com/telefonist/telefonist/peers/kamailio"
	"github.com/telefonist/telefonist/peers/phone"
)

// The suite on a real presence server, seen by a real telephone.
func TestActivitiesOnATelephone(t *testing.T) {
	program, err := phone.Build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for transport, options := range map[string]kamailio.Options{
		"udp": {},
		"tcp": {Username: "telefonist", Password: "hemligt"},
		"tls": {Username: "telefonist", Password: "hemligt", Algorithm: "SHA-256"},
	} {
		t.Run(transport, func(t *testing.T) {
			server, err := kamailio.Start(t.Context(), options)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := server.Stop(); err != nil {
					t.Error(err)
				}
			}()
			settings := presence.Settings{Server: server.Address, Transport: transport, Username: options.Username, Password: options.Password}
			if transport == "tls" {
				settings.Server, settings.CA, settings.ServerName = server.TLS, server.Certificate, "localhost"
			}
			office := 0
			pbxtest.Activities(t, func(t *testing.T) pbxtest.Switchboard {
				office++ // each test has people of its own
				settings.Address = fmt.Sprintf("sip:%d-{extension}@%s", office, kamailio.Domain)
				return (&watched{program: program, server: server, settings: settings}).switchboard(t)
			})
		})
	}
}

// watched is a Kamailio with a telephone that watches some of the suite's people.
type watched struct {
	program   phone.Program
	server    *kamailio.Server
	settings  presence.Settings
	telephone *phone.Phone
}

func (w *watched) switchboard(t *testing.T) pbxtest.Switchboard {
	w.watch(t)
	return pbxtest.Switchboard{
		Open:  func(t *testing.T) pbx.Activities { return open(t, w.settings, &clock{pbxtest.Now}) },
		Await: w.await,
		Forget: func(t *testing.T) {
			if err := w.server.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.watch(t)
		},
	}
}

func (w *watched) address(t *testing.T, s pbx.Subscriber) string {
	t.Helper()
	address, err := open(t, w.settings, &clock{pbxtest.Now}).Address(s)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

func (w *watched) watch(t *testing.T) {
	t.Helper()
	var people []string
	for _, n := range []int{0, 1, 2, 59} { // whom the suite asks about
		people = append(people, w.address(t, pbxtest.Subscriber(n)))
	}
	telephone, err := w.program.Watch(w.server.Address, people...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := telephone.Stop(); err != nil {
			t.Error(err)
		}
	})
	w.telephone = telephone
}

func (w *watched) await(t *testing.T, s pbx.Subscriber, good func(string) bool) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	shown, err := w.telephone.Await(ctx, w.address(t, s), func(s phone.Shown) bool { return good(text(s)) })
	if err != nil {
		t.Fatal(err)
	}
	return text(shown)
}

// text is what a telephone shows, "" where it shows nothing of anybody.
func text(s phone.Shown) string {
	if !s.Open && s.Activities == "" && s.Note == "" {
		return ""
	}
	return fmt.Sprintf("open=%v %s: %s", s.Open, s.Activities, s.Note)
}
