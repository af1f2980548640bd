package desk

import (
	"context"
	"time"

	"github.com/telefonist/telefonist/calendar"
)

// MailboxRow is how reading a person's calendar goes.
type MailboxRow struct {
	Person, Name, Address string
	Home                  string // the source that has the person, or [organization.Local]
	Source, SourceName    string // the connection that reads it
	Server                bool   // which is an Exchange server of their own
	Live                  bool
	Health                calendar.Health
	// Cure is the code of what to do about it, "" where there is nothing to do.
	Cure string
	// Way is how the mailbox is read, WaySince since when; Better is the line of
	// PowerShell that would let it be read in a better way, "" where there is none.
	Way      calendar.Way
	WaySince time.Time
	Better   string
	// Sought are the answers of the connections that were asked for it, while the one
	// is sought that has it.
	Sought   []SoughtLine
	Since    time.Time // of the health
	ReadAt   time.Time // zero: never
	Heard    time.Time // when we were last told of a change
	DueAt    time.Time // when it is read next, zero: never
	Tries    int64     // readings that failed in a row
	Zone     string    // as the mailbox says
	HasHours bool      // its hours are known
	Replies  bool      // it sends automatic replies now
}

// SoughtLine is what a connection answered that was asked for a mailbox.
type SoughtLine struct {
	Source, SourceName string
	State              calendar.State
	Sentence           string
}

// MailboxFilter chooses mailboxes.
type MailboxFilter struct {
	Source string // "" of all
	State  calendar.State
	Way    calendar.WayKind
	Search string // part of a name or address
	After  string // Next of the page before
	Limit  int
}

// MailboxPage is a page of mailboxes, by name.
type MailboxPage struct {
	Counts map[calendar.State]int64   // of all
	Ways   map[calendar.WayKind]int64 // of those on Exchange servers
	Rows   []MailboxRow
	Next   string
}

// Mailboxes reads a page of how reading calendars goes.
func (v *Visit) Mailboxes(ctx context.Context, f MailboxFilter) (MailboxPage, error) {
	if err := v.may(ctx, "Mailboxes"); err != nil {
		return MailboxPage{}, err
	}
	return v.mailboxes(ctx, f)
}

// ReadMailbox has a person's calendar read now.
func (v *Visit) ReadMailbox(ctx context.Context, person string) error {
	if err := v.may(ctx, "ReadMailbox"); err != nil {
		return err
	}
	return v.readMailbox(ctx, person)
}

// ReadMailboxes has all calendars of a connection read, spread over a while.
func (v *Visit) ReadMailboxes(ctx context.Context, source string) error {
	if err := v.may(ctx, "ReadMailboxes"); err != nil {
		return err
	}
	return v.readMailboxes(ctx, source)
}
