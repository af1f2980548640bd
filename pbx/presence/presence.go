// Package presence tells a SIP presence server what subscribers are doing: each
// activity is a publication (RFC 3903) of one document, PIDF with RPID, that
// carries the activity's outside name and the time of return as its note.
//
//	switchboard, err := presence.Open(presence.Settings{Server: "pbx.example.se", Transport: "tcp",
//		Address: "sip:{extension}@pbx.example.se", Username: "telefonist", Password: secret}, dial, time.Now)
//	receipt, again, err := switchboard.SetActivity(ctx, anna, state, receipt)
//
// The server forgets what is not told again, so that nothing stands for long
// where we are not there to end it. Telefonist's restart leaves no trace, since
// the receipt names the publication; a crash in the instant between the server's
// answer and the writing down of the receipt leaves a second publication, which
// ends when its time is out.
//
// Servers that take publications without an account take them from whoever
// reaches their port: that is for the operator's firewall.
package presence

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/language"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/sip"
)

// Settings are how a presence server is reached and what it calls people.
type Settings struct {
	Server    string // host or host:port
	Transport string // "udp", "tcp" or "tls"
	Proxy     string // an outbound proxy, "" for none
	// Address is a template of people's addresses, "sip:{extension}@pbx.example.se".
	Address string

	Username, Password string // of the service account, "" where there is none
	From               string // its own address, where the server wants to see it

	CA         []byte // authorities to believe in, PEM; none is the system's
	ServerName string // in the server's certificate, "" for the host's

	// Expires is for how long a publication is asked to stand; 0 is [Expires].
	Expires time.Duration
}

// Expires is for how long publications stand unless the settings or the server
// say otherwise. Shortest is what is asked for at the least, of an activity that
// ends soon.
const (
	Expires  = time.Hour
	Shortest = 10 * time.Minute
)

// AtOnce is how many subscribers a server may be told of at the same time, over
// so many connections.
const (
	AtOnce      = 64
	connections = 4
)

// tuple is the id of what we say among what others say of the same person.
const tuple = "telefonist"

// late is how long after its end a publication may still be known: clocks differ.
const late = time.Minute

// Switchboard is a presence server. It is a [pbx.Activities], safe for
// concurrent use.
type Switchboard struct {
	client  *sip.Client
	address template
	expires time.Duration
	now     func() time.Time
}

// Open checks the settings and connects to nobody. dial connects, and may refuse
// to; nil is the system's. The error is a [*SettingError], or of what the client
// does not take.
func Open(s Settings, dial func(ctx context.Context, network, address string) (net.Conn, error), now func() time.Time) (*Switchboard, error) {
	address, err := parseTemplate(s.Address)
	if err != nil {
		return nil, err
	}
	if address.secured() && s.Transport != string(sip.TLS) {
		return nil, &SettingError{"address", "tls"}
	}
	config := sip.Config{Server: s.Server, Transport: sip.Transport(s.Transport), Proxy: s.Proxy, Username: s.Username, Password: s.Password,
		From: s.From, UserAgent: "Telefonist", Dial: dial, Connections: connections,
		TLS: &tls.Config{ServerName: s.ServerName, MinVersion: tls.VersionTLS12}}
	if len(s.CA) > 0 {
		config.TLS.RootCAs = x509.NewCertPool()
		if !config.TLS.RootCAs.AppendCertsFromPEM(s.CA) {
			return nil, &SettingError{"ca", "certificate"}
		}
	}
	client, err := sip.New(config)
	if err != nil {
		return nil, fmt.Errorf("open presence server: %w", err)
	}
	if s.Expires <= 0 {
		s.Expires = Expires
	}
	return &Switchboard{client, address, s.Expires, now}, nil
}

// Connection is the switchboard with what must be known to tell it.
func (s *Switchboard) Connection() pbx.Connection {
	return pbx.Connection{Activities: s, AtOnce: AtOnce, Address: s.Address}
}

// Close ends the connections; what is published stands.
func (s *Switchboard) Close() error { return s.client.Close() }

// Address is what the server calls a subscriber. The error is a [*pbx.Refusal]:
// "addressField" (args field: which the subscriber lacks) or "address" (args
// value: which is none).
func (s *Switchboard) Address(subscriber pbx.Subscriber) (string, error) {
	return s.address.of(subscriber)
}

// SetActivity publishes the activity, or takes back what was published of a
// subscriber who is available. The receipt names the publication. again is when
// half of the time has passed that the server granted, or midnight, where the
// note then says another day. The error is, besides what [Switchboard.Address]
// says, a [*pbx.Refusal] where the server's no is final (args status and reason):
// "presenceDenied", "presenceUnknown", "presenceRefused", or "rpid" (args value)
// for an activity with an RPID element that there is not; else a [*sip.Error].
func (s *Switchboard) SetActivity(ctx context.Context, subscriber pbx.Subscriber, a activity.State, kept string) (string, time.Time, error) {
	now, held := s.now(), readReceipt(kept)
	if held.End.Before(now.Add(-late)) {
		held = receipt{}
	}
	if a.Key == activity.Available {
		return s.end(ctx, held, nil)
	}
	address, err := s.address.of(subscriber)
	if err != nil {
		return s.end(ctx, held, err)
	}
	if held.Address != address {
		if err := s.takeBack(ctx, held); err != nil {
			return kept, time.Time{}, err
		}
		held = receipt{}
	}
	note := newNote(a)
	document := document(a, address, note.at(now))
	body, err := document.XML()
	if err != nil {
		return s.end(ctx, held, &pbx.Refusal{Code: "rpid", Args: map[string]string{"value": document.Activity}})
	}
	granted, err := s.client.Publish(ctx, sip.Publication{AOR: address, Body: body, Expires: s.length(a, now), ETag: held.ETag})
	if err != nil {
		return kept, time.Time{}, refusal(err)
	}
	again := now.Add(max(granted.Expires/2, time.Second))
	if midnight := note.midnight(now); midnight.Before(again) && note.at(midnight) != note.at(now) {
		again = midnight
	}
	return receipt{address, granted.ETag, now.Add(granted.Expires)}.String(), again, nil
}

// end takes back what stands of a subscriber who is available, or can't be told
// of any more, which is the reason then.
func (s *Switchboard) end(ctx context.Context, held receipt, reason error) (string, time.Time, error) {
	if err := s.takeBack(ctx, held); err != nil {
		return held.String(), time.Time{}, err
	}
	return "", time.Time{}, reason
}

// takeBack ends a publication, if there is one. Where the server does not take
// that, and will not, it is left to run out.
func (s *Switchboard) takeBack(ctx context.Context, held receipt) error {
	_, err := s.client.Publish(ctx, sip.Publication{AOR: held.Address, ETag: held.ETag})
	var unknown *sip.Error
	if err == nil || errors.As(err, &unknown) && unknown.NoSuch() {
		return nil
	}
	return refusal(err)
}

// length is for how long to publish: hardly longer than the activity, so that it
// does not stand where we are not there to end it.
func (s *Switchboard) length(a activity.State, now time.Time) time.Duration {
	if a.Until.IsZero() {
		return s.expires
	}
	left := a.Until.Sub(now).Truncate(time.Second) + late
	return min(max(left, Shortest), s.expires)
}

// document says an activity in the words of PIDF and RPID.
func document(a activity.State, address, note string) sip.Document {
	d := sip.Document{Entity: address, TupleID: tuple, Basic: sip.Closed, Activity: a.Public.RPID, PlaceType: a.Public.PlaceType,
		Note: note, Lang: language.ForNotes(a.Language).Tag(), From: in(a.Since, a.Zone), Until: in(a.Until, a.Zone)}
	if a.Public.Basic {
		d.Basic = sip.Open
	}
	return d
}

// refusal turns a final no into a [*pbx.Refusal] that wraps it.
func refusal(err error) error {
	var no *sip.Error
	if !errors.As(err, &no) || no.Status == 0 || no.Temporary() {
		return err
	}
	code := "presenceRefused"
	switch {
	case no.Denied():
		code = "presenceDenied"
	case no.NoSuch():
		code = "presenceUnknown"
	}
	return fmt.Errorf("%w: %w", &pbx.Refusal{Code: code, Args: map[string]string{"status": strconv.Itoa(no.Status), "reason": no.Reason}}, err)
}
