package exchange

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/ews"
)

// server is what answers.
type server struct {
	version ews.Version // the newest that it speaks, zero where not known
	name    string      // "Exchange 2019 15.2.1748.10", "" where it doesn't say
}

// answering finds out once what it is that answers, with whatever hinders that.
func (s *Source) answering(ctx context.Context) (server, error) {
	select {
	case s.asking <- struct{}{}:
		defer func() { <-s.asking }()
	case <-ctx.Done():
		return server{}, ctx.Err()
	}
	s.mu.Lock()
	known := s.server
	s.mu.Unlock()
	if known.version > 0 {
		return known, nil
	}
	version, info, err := s.client.Probe(ctx, ews.Access{})
	if version == 0 {
		version = info.Newest()
	}
	if version == 0 && !final(err) {
		return server{}, err
	}
	if version == 0 { // it answers, and says no more: an account without a mailbox of its own
		version = s.spoken(ctx)
	}
	known = server{version, strings.TrimSpace(info.Product() + " " + info.String())}
	s.mu.Lock()
	s.server = known
	s.mu.Unlock()
	return known, nil
}

// spoken is the newest version in which a server tells its time zones, for which it
// takes no mailbox; 2007 has no such call.
func (s *Source) spoken(ctx context.Context) ews.Version {
	for v := ews.Exchange2016; v >= ews.Exchange2010; v-- {
		if _, err := s.client.TimeZones(ctx, ews.Access{Version: v}, "UTC"); err == nil {
			return v
		}
	}
	return ews.Exchange2007SP1
}

// final is true for an answer that will be the same the next time: the server is
// there, and has nothing to say to this account about its own mailbox.
func final(err error) bool {
	var e *ews.Error
	return errors.As(err, &e) && e.Code != "" && e.Code != "ErrorPasswordExpired" && e.Code != "ErrorPasswordChangeRequired" && !e.Temporary()
}

// Ready is nil where there is nothing to hinder reading, as far as is known. Where
// nothing could be read the last time it asks again; the error is a [*Trouble].
func (s *Source) Ready(ctx context.Context) error {
	s.mu.Lock()
	before := s.trouble
	s.mu.Unlock()
	if before == nil {
		return nil
	}
	if t := s.held(); t != nil {
		return t
	}
	_, err := s.client.Folder(ctx, ews.Access{Version: ews.Exchange2007SP1})
	if err != nil && gone(ctx, err) {
		return ctx.Err()
	}
	var after *Trouble
	if err != nil {
		after = s.troubleOf(err)
	}
	s.mu.Lock()
	s.trouble = after
	s.mu.Unlock()
	if after != nil {
		return after
	}
	return nil
}

// Refused is true while the account is refused, so that nothing is asked as it.
func (s *Source) Refused() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.trouble != nil && s.trouble.Code == "refused"
}

// Try says whether a mailbox's calendar may be read by any way at all, and keeps
// nothing of what stands in it.
func (s *Source) Try(ctx context.Context, m calendar.Mailbox) calendar.Health {
	if m.Address == "" {
		return calendar.Health{State: calendar.NoMailbox}
	}
	m.Keep = nil
	now := s.options.Now()
	r := s.reading(ctx, []calendar.Mailbox{m}, calendar.Window{From: now, To: now.Add(time.Hour)})
	if r.begin() == nil {
		for _, rung := range r.rungs() {
			if !rung.trust.take(ctx, now, true) {
				break // nobody waits any more
			}
			kind, err := r.rights(rung.access(m.Address), &r.climbs[0])
			rung.trust.settle(outcomeOf(err, calendar.Times, kind), words(err), now)
			if err == nil {
				return calendar.Health{State: calendar.Fine}
			}
			r.note(err)
		}
		r.availability([]int{0})
	}
	r.finish()
	return r.out[0].Health
}

// wrongVersion is true for what is said of a version that the server of a mailbox
// doesn't speak.
func wrongVersion(err error) bool {
	var e *ews.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code {
	case ews.InvalidServerVersion, "ErrorInvalidSchemaVersionForMailboxVersion", "ErrorIncorrectSchemaVersion":
		return true
	}
	return false
}
