package presence_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/pbx/pbxtest"
	"github.com/telefonist/telefonist/pbx/presence"
	"github.com/telefonist/telefonist/sip"
	"github.com/telefonist/telefonist/sip/siptest"
)

const pattern = "sip:{extension}@pbx.example.se"

func serve(t *testing.T, options siptest.Options) *siptest.Server {
	t.Helper()
	s, err := siptest.Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// clock is a time that tests set.
type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

func open(t *testing.T, s presence.Settings, c *clock) *presence.Switchboard {
	t.Helper()
	if s.Address == "" {
		s.Address = pattern
	}
	p, err := presence.Open(s, nil, c.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func TestActivities(t *testing.T) {
	for name, options := range map[string]siptest.Options{
		"open to all":             {},
		"an account":              {Username: "telefonist", Password: "hemligt", Algorithms: []string{"SHA-256", "MD5"}, QOP: "auth"},
		"a nonce for each":        {Username: "telefonist", Password: "hemligt", QOP: "auth", NonceUses: 1},
		"less time than asked of": {MaxExpires: time.Minute},
	} {
		for _, transport := range []string{"udp", "tcp"} {
			t.Run(name+", "+transport, func(t *testing.T) {
				pbxtest.Activities(t, func(t *testing.T) pbxtest.Switchboard {
					server := serve(t, options)
					return pbxtest.Switchboard{
						Open: func(t *testing.T) pbx.Activities {
							return open(t, presence.Settings{Server: server.TCP, Transport: transport, Username: options.Username, Password: options.Password},
								&clock{pbxtest.Now})
						},
						Await: func(t *testing.T, s pbx.Subscriber, good func(string) bool) string {
							shown := shows(t, server, s)
							if !good(shown) {
								t.Fatalf("of %s it shows %q", s.ID, shown)
							}
							return shown
						},
						Forget: func(*testing.T) { server.Forget() },
					}
				})
			})
		}
	}
}

// shows is the documents of a subscriber as they stand, and what a telephone
// would take from them.
func shows(t *testing.T, s *siptest.Server, who pbx.Subscriber) string {
	t.Helper()
	var b strings.Builder
	for _, text := range s.Documents("sip:" + who.Get(pbx.Extension) + "@pbx.example.se") {
		d, err := sip.ParseDocument([]byte(text))
		if err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		b.WriteString(text + d.Note + "\n")
	}
	return b.String()
}

func state(key activity.Key, back time.Time) activity.State {
	s := activity.State{Key: key, Since: pbxtest.Now, Until: back, Language: "sv", Zone: "Europe/Stockholm"}
	if !back.IsZero() {
		s.Back = activity.Back{Kind: activity.BackTime, At: back}
	}
	return s.Outward(activity.Nine())
}

// The table of what each activity is in PIDF and RPID.
func TestDocuments(t *testing.T) {
	server := serve(t, siptest.Options{})
	p := open(t, presence.Settings{Server: server.TCP, Transport: "tcp"}, &clock{pbxtest.Now})
	anna, receipt := pbxtest.Subscriber(0), ""
	stockholm, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		key             activity.Key
		basic           sip.Basic
		activity, place string
		note            string
	}{
		{activity.Busy, sip.Open, "busy", "", "Upptagen, åter 14:00"},
		{activity.Meeting, sip.Open, "meeting", "", "Möte, åter 14:00"},
		{activity.Lunch, sip.Open, "meal", "", "Lunch, åter 14:00"},
		{activity.Out, sip.Closed, "away", "", "Ej på kontoret, åter 14:00"},
		{activity.Holiday, sip.Closed, "vacation", "", "Semester, åter 14:00"},
		{activity.Sick, sip.Closed, "away", "", "Ej på kontoret, åter 14:00"},
		{activity.Gone, sip.Closed, "away", "", "Gått för dagen, åter 14:00"},
		{activity.Home, sip.Open, "working", "residence", "Tillgänglig, åter 14:00"},
	} {
		receipt, _, err = p.SetActivity(t.Context(), anna, state(c.key, pbxtest.Now.Add(90*time.Minute)), receipt)
		if err != nil {
			t.Fatal(err)
		}
		shown := server.Documents("sip:101@pbx.example.se")
		got, err := sip.ParseDocument([]byte(strings.Join(shown, "")))
		if err != nil {
			t.Fatal(err)
		}
		want := sip.Document{Entity: "sip:101@pbx.example.se", TupleID: "telefonist", Basic: c.basic, Activity: c.activity, PlaceType: c.place,
			Note: c.note, Lang: "sv", From: time.Date(2026, 11, 21, 12, 30, 0, 0, stockholm), Until: time.Date(2026, 11, 21, 14, 0, 0, 0, stockholm)}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", c.key, diff)
		}
	}
}

// What is asked for goes with the activity's end, so that it does not stand for
// long where we are not there to end it; told again it is at half of what was
// granted, or when the note says another day.
func TestTimes(t *testing.T) {
	const minute = time.Minute
	for name, c := range map[string]struct {
		until, max     time.Duration // from now; 0 is not known, no limit
		asked, granted string
		again          time.Duration
		back           time.Duration
	}{
		"tills vidare":                 {0, 0, "3600", "", 30 * minute, 0},
		"the whole day":                {300 * minute, 0, "3600", "", 30 * minute, 300 * minute},
		"half an hour":                 {30 * minute, 0, "1860", "", 15*minute + 30*time.Second, 30 * minute},
		"almost over":                  {minute, 0, "600", "", 5 * minute, minute},
		"the server grants less":       {0, 2 * minute, "3600", "", minute, 0},
		"the server grants next to no": {0, time.Second, "3600", "", time.Second, 0},
	} {
		t.Run(name, func(t *testing.T) {
			server := serve(t, siptest.Options{MaxExpires: c.max})
			p := open(t, presence.Settings{Server: server.TCP, Transport: "tcp"}, &clock{pbxtest.Now})
			s := state(activity.Meeting, time.Time{})
			s.Back.Kind = activity.BackUnknown
			if c.until > 0 {
				s = state(activity.Meeting, pbxtest.Now.Add(c.until))
			}
			_, again, err := p.SetActivity(t.Context(), pbxtest.Subscriber(0), s, "")
			if err != nil || !again.Equal(pbxtest.Now.Add(c.again)) {
				t.Errorf("again after %v, want %v; %v", again.Sub(pbxtest.Now), c.again, err)
			}
			if asked := server.Requests()[0].Value("Expires"); asked != c.asked {
				t.Errorf("asked for %s s, want %s", asked, c.asked)
			}
		})
	}
}

func TestNoteTurnsAtMidnight(t *testing.T) {
	server := serve(t, siptest.Options{})
	now := &clock{time.Date(2026, 11, 21, 22, 50, 0, 0, time.UTC)} // 23:50 in Stockholm
	p := open(t, presence.Settings{Server: server.TCP, Transport: "tcp"}, now)
	gone := state(activity.Gone, time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC))
	receipt, again, err := p.SetActivity(t.Context(), pbxtest.Subscriber(0), gone, "")
	if midnight := time.Date(2026, 11, 21, 23, 0, 0, 0, time.UTC); err != nil || !again.Equal(midnight) {
		t.Fatalf("again at %v, want %v; %v", again, midnight, err)
	}
	if shown := shows(t, server, pbxtest.Subscriber(0)); !strings.Contains(shown, "åter i morgon 8:00") {
		t.Errorf("before midnight: %s", shown)
	}
	now.Time = again
	if _, again, err = p.SetActivity(t.Context(), pbxtest.Subscriber(0), gone, receipt); err != nil || again.Sub(now.Time) != 30*time.Minute {
		t.Errorf("again at %v; %v", again, err)
	}
	if shown := shows(t, server, pbxtest.Subscriber(0)); !strings.Contains(shown, "åter 8:00") {
		t.Errorf("after midnight: %s", shown)
	}
}

// A new extension is another address: what stands at the old one is taken back.
func TestNewAddress(t *testing.T) {
	server := serve(t, siptest.Options{})
	p := open(t, presence.Settings{Server: server.TCP, Transport: "tcp"}, &clock{pbxtest.Now})
	before, after := pbxtest.Subscriber(0), pbxtest.Subscriber(0).With(pbx.Fields{pbx.Extension: "202"})
	meeting := state(activity.Meeting, time.Time{})
	receipt, _, err := p.SetActivity(t.Context(), before, meeting, "")
	if err != nil {
		t.Fatal(err)
	}
	if receipt, _, err = p.SetActivity(t.Context(), after, meeting, receipt); err != nil {
		t.Fatal(err)
	}
	if shows(t, server, before) != "" || shows(t, server, after) == "" {
		t.Errorf("at the old address %q, at the new %q", shows(t, server, before), shows(t, server, after))
	}
	receipt, _, err = p.SetActivity(t.Context(), pbx.Subscriber{ID: after.ID}, meeting, receipt)
	var no *pbx.Refusal
	if !errors.As(err, &no) || no.Code != "addressField" || no.Args["field"] != "extension" || receipt != "" || shows(t, server, after) != "" {
		t.Errorf("without an extension: %v, receipt %q, and it shows %q", err, receipt, shows(t, server, after))
	}
}

func TestServersNo(t *testing.T) {
	for _, c := range []struct {
		status int
		code   string // "" where it is to be tried again
	}{{401, "presenceDenied"}, {403, "presenceDenied"}, {404, "presenceUnknown"}, {489, "presenceRefused"}, {503, ""}, {480, ""}} {
		stands, etag := true, ""
		server := serve(t, siptest.Options{Answer: func(r siptest.Request) *siptest.Answer {
			if stands {
				return nil
			}
			etag = r.Value("SIP-If-Match")
			return &siptest.Answer{Status: c.status, Reason: "Nej", Headers: []string{"Retry-After: 7"}}
		}})
		p := open(t, presence.Settings{Server: server.TCP, Transport: "tcp"}, &clock{pbxtest.Now})
		receipt, _, err := p.SetActivity(t.Context(), pbxtest.Subscriber(0), state(activity.Meeting, time.Time{}), "")
		if err != nil {
			t.Fatal(err)
		}
		stands = false
		kept, _, err := p.SetActivity(t.Context(), pbxtest.Subscriber(0), state(activity.Lunch, time.Time{}), receipt)
		var no *pbx.Refusal
		if refused := errors.As(err, &no); refused != (c.code != "") || refused && (no.Code != c.code || no.Args["reason"] != "Nej") {
			t.Errorf("%d: %v", c.status, err)
		}
		var soon interface {
			Temporary() bool
			RetryAfter() time.Duration
		}
		if !errors.As(err, &soon) || soon.Temporary() != (c.code == "") || soon.RetryAfter() != 7*time.Second {
			t.Errorf("%d: %v does not say when to try again", c.status, err)
		}
		if kept != receipt || etag == "" {
			t.Errorf("%d: the receipt %q became %q", c.status, receipt, kept)
		}
		kept, _, err = p.SetActivity(t.Context(), pbxtest.Subscriber(0), state(activity.Available, time.Time{}), receipt)
		if c.status == 404 { // where nobody is, nothing stands
			if kept != "" || err != nil {
				t.Errorf("taking back from nobody: %q, %v", kept, err)
			}
		} else if kept != receipt || err == nil {
			t.Errorf("%d to taking back: %q, %v", c.status, kept, err)
		}
	}
}

// Long after a publication ran out nobody is asked to take it back.
func TestReceiptRunsOut(t *testing.T) {
	server := serve(t, siptest.Options{})
	now := &clock{pbxtest.Now}
	p := open(t, presence.Settings{Server: server.TCP, Transport: "tcp"}, now)
	receipt, _, err := p.SetActivity(t.Context(), pbxtest.Subscriber(0), state(activity.Meeting, time.Time{}), "")
	if err != nil {
		t.Fatal(err)
	}
	now.Time = now.Add(2 * time.Hour)
	server.Close()
	if next, again, err := p.SetActivity(t.Context(), pbxtest.Subscriber(0), state(activity.Available, time.Time{}), receipt); err != nil || next != "" || !again.IsZero() {
		t.Errorf("%q, %v, %v", next, again, err)
	}
}

func TestWrongRPID(t *testing.T) {
	p := open(t, presence.Settings{Server: "127.0.0.1:1", Transport: "tcp"}, &clock{pbxtest.Now})
	set := activity.Nine().With(activity.Set{{Key: "x", RPID: "lunch"}})
	_, _, err := p.SetActivity(t.Context(), pbxtest.Subscriber(0), activity.State{Key: "x"}.Outward(set), "")
	var no *pbx.Refusal
	if !errors.As(err, &no) || no.Code != "rpid" || no.Args["value"] != "lunch" {
		t.Errorf("%v", err)
	}
}

func TestGuardHolds(t *testing.T) {
	forbidden := errors.New("forbidden")
	p, err := presence.Open(presence.Settings{Server: "10.0.0.1", Transport: "udp", Address: pattern},
		func(context.Context, string, string) (net.Conn, error) { return nil, forbidden }, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if _, _, err := p.SetActivity(t.Context(), pbxtest.Subscriber(0), state(activity.Meeting, time.Time{}), ""); !errors.Is(err, forbidden) {
		t.Errorf("%v", err)
	}
}
