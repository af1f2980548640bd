package desk

import (
	"context"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
)

// CalendarConnection is a source whose calendars are read, as it stands.
type CalendarConnection struct {
	organization.Connection
	SourceName string
	Server     bool // an Exchange server of their own
	Generation int64
	Checked    *CalendarCheck // nil before the first
	// Throttled is until when the service asks us to wait, zero where it does not.
	Throttled time.Time
	Mailboxes map[calendar.State]int64 // how many stand in which state
	Ways      map[calendar.WayKind]int64
	Oldest    time.Time // when that was read which was read longest ago, zero where one never was
	Created   time.Time
}

// CalendarCheck is what was found when a connection's calendars were tried out,
// and, where it was asked for, the proof that only the chosen ones can be read.
type CalendarCheck struct {
	At    time.Time             `json:"at"`
	Lines []directory.CheckLine `json:"lines"`
	// Inside and Outside are the answers for one mailbox that we should be able to
	// read and one that we should not, nil where none was asked.
	Inside  *Probe `json:"inside,omitempty"`
	Outside *Probe `json:"outside,omitempty"`
}

// OK is true where nothing that is needed failed.
func (c CalendarCheck) OK() bool { return directory.CheckResult{Lines: c.Lines}.OK() }

// Proven is true where the one mailbox can be read and the other can not.
func (c CalendarCheck) Proven() bool {
	return c.Inside != nil && c.Inside.State == calendar.Fine && c.Outside != nil && c.Outside.State == calendar.Denied
}

// Probe is the answer to whether a mailbox's calendar could be opened. Nothing
// that stands in it was asked for.
type Probe struct {
	Address  string         `json:"address"`
	State    calendar.State `json:"state"`
	Sentence string         `json:"sentence,omitempty"` // what the service said
}

// Proof names the two mailboxes that prove what can be read.
type Proof struct{ Inside, Outside string }

// Who chooses people whose activities are told, one of the three.
type Who struct {
	All    bool
	Group  string // object id
	Person string
}

// CalendarConnections lists the sources whose calendars are read.
func (v *Visit) CalendarConnections(ctx context.Context) ([]CalendarConnection, error) {
	if err := v.may(ctx, "CalendarConnections"); err != nil {
		return nil, err
	}
	return v.calendarConnections(ctx)
}

// AddCalendarConnection begins to read the calendars of a source, of all linked
// people or of those of a group. It begins in test mode: nobody is told anything.
// Only whom an Exchange server's connection has in service stays so in a directory's
// own: the way from a server to Microsoft 365 silences nobody. [ErrConflict] where the
// source's calendars are read already.
func (v *Visit) AddCalendarConnection(ctx context.Context, source, group string) (CalendarConnection, error) {
	if err := v.may(ctx, "AddCalendarConnection"); err != nil {
		return CalendarConnection{}, err
	}
	return v.addCalendarConnection(ctx, source, group)
}

// SaveCalendarConnection chooses whose calendars are read, or stops reading: off
// withdraws what the calendars set and keeps everything else.
func (v *Visit) SaveCalendarConnection(ctx context.Context, source, group string, off bool, generation int64) (CalendarConnection, error) {
	if err := v.may(ctx, "SaveCalendarConnection"); err != nil {
		return CalendarConnection{}, err
	}
	return v.saveCalendarConnection(ctx, source, group, off, generation)
}

// RemoveCalendarConnection forgets what was read of a source's calendars, and
// withdraws what was told for it. People's choices and settings stay.
func (v *Visit) RemoveCalendarConnection(ctx context.Context, source string) error {
	if err := v.may(ctx, "RemoveCalendarConnection"); err != nil {
		return err
	}
	return v.removeCalendarConnection(ctx, source)
}

// SetLive puts all people of a connection, a group or a person in service (sätt i
// drift), or back into test mode: what was told for them is then withdrawn.
func (v *Visit) SetLive(ctx context.Context, source string, who Who, live bool) (CalendarConnection, error) {
	if err := v.may(ctx, "SetLive"); err != nil {
		return CalendarConnection{}, err
	}
	return v.setLive(ctx, source, who, live)
}

// CheckCalendar tries out a connection's calendars: what we may read, and, where a
// proof is asked for, that one mailbox can be opened and the other can not.
func (v *Visit) CheckCalendar(ctx context.Context, source string, p Proof) (CalendarCheck, error) {
	if err := v.may(ctx, "CheckCalendar"); err != nil {
		return CalendarCheck{}, err
	}
	return v.checkCalendar(ctx, source, p)
}

// CalendarScript is a script for PowerShell that lets the application read the
// calendars of one group and of nobody else (RBAC for Applications). group is its
// address or object id; settings asks for hours and automatic replies, too.
func (v *Visit) CalendarScript(ctx context.Context, source, group string, settings bool, p Proof) (string, error) {
	if err := v.may(ctx, "CalendarScript"); err != nil {
		return "", err
	}
	return v.calendarScript(ctx, source, group, settings, p)
}
