// Package exchange reads calendars from an Exchange server of one's own, 2007 SP1
// to Subscription Edition, as [calendar.Source] has it.
package exchange

import (
	"context"
	"net"
	"time"

	"github.com/telefonist/telefonist/calendar"
)

// Source is the mailboxes of one server, as one account sees them.
type Source struct {
	options Options
}

// Options are what all servers have in common.
type Options struct {
	// Dial connects, and may refuse to; nil is the system's.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Country is the organization's (ISO 3166-1, "SE"): it says which zone of
	// IANA's a Windows name means.
	Country string
	// AtOnce is how many requests may be under way, at most [Ceiling].
	AtOnce int
	Now    func() time.Time
}

// Ceiling is how many requests a server is ever asked at a time.
const Ceiling = 8

// Open checks the settings and connects to nobody. The error is a
// [*SettingError].
func Open(s Settings, o Options) (*Source, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	return &Source{options: o}, nil
}

// Close ends connections that nothing is asked through.
func (s *Source) Close() {}

// Ready is nil where there is nothing to hinder reading, as far as is known.
func (s *Source) Ready(context.Context) error { return nil }

// Connection is the source with all that can be asked of it.
func (s *Source) Connection() calendar.Connection {
	return calendar.Connection{Reader: s}
}

// Try asks whether a mailbox may be read.
func (s *Source) Try(context.Context, calendar.Mailbox) calendar.Health {
	return calendar.Health{State: calendar.Never}
}

// Read reads the window of each mailbox.
func (s *Source) Read(_ context.Context, mailboxes []calendar.Mailbox, _ calendar.Window) []calendar.Reading {
	return make([]calendar.Reading, len(mailboxes))
}
