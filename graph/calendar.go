package graph

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// View asks for a mailbox's appointments within a time.
type View struct {
	User       string // object id or user principal name
	Start, End time.Time
}

// Agenda answers a [View] with what was kept of its events, in Microsoft's
// order. Where Err isn't nil nothing is known: half an agenda is none. It is an
// [*Error] that answers Denied, NoMailbox, Elsewhere, Temporary and RetryAfter,
// an [*AuthError], or the context's.
type Agenda[T any] struct {
	Kept  []T
	Pages int // how many answers it took
	Err   error
}

// outlook is asked of every calendar: times in UTC, and ids that survive a move.
var outlook = map[string]string{"Prefer": `outlook.timezone="UTC", IdType="ImmutableId"`}

// CalendarViews reads the primary calendars of many mailboxes, in batches,
// and answers for each in its order. Series are spelled out as the occurrences
// that touch the window. keep is called for each event as it arrives, never
// twice at once, and says what stays of it; the [Event] is overwritten when it
// returns. It may see an event more than once, where an answer broke off and was
// asked for again. Needs Calendars.Read or Calendars.ReadBasic.All.
//
// Made at the same time, calls share batches, so that the second pages of some
// fill up the first ones of others.
func CalendarViews[T any](ctx context.Context, c *Client, views []View, keep func(view int, e *Event) (T, bool)) []Agenda[T] {
	agendas := make([]Agenda[T], len(views))
	readings := make([]reading[T], len(views))
	parts := make([]*part, len(views))
	for i, v := range views {
		readings[i] = reading[T]{client: c, view: i, mailbox: v.User, keep: keep, circle: circle{links: map[uint64]bool{}}}
		parts[i] = readings[i].part(c.path("/users/"+url.PathEscape(v.User)+"/calendarView",
			"startDateTime", v.Start.UTC().Format(time.RFC3339), "endDateTime", v.End.UTC().Format(time.RFC3339),
			"$select", eventProperties, "$top", "1000"))
	}
	gone := c.queue.run(ctx, parts)
	for i := range readings {
		r := &readings[i]
		switch {
		case r.err != nil:
			agendas[i].Err = r.err
		case !r.ended:
			agendas[i].Err = fmt.Errorf("graph: calendar view: %w", gone)
		default:
			agendas[i] = Agenda[T]{Kept: r.kept, Pages: r.pages}
		}
	}
	return agendas
}

// reading is one view being read, page by page. The errand's lock guards it.
type reading[T any] struct {
	client  *Client
	view    int
	mailbox string
	keep    func(int, *Event) (T, bool)
	kept    []T
	whole   int // how many of those are of pages that came whole
	pages   int
	circle  circle
	items   int // of the page being read
	digest  uint64
	next    string
	ended   bool
	err     error
}

// part asks for a page.
func (r *reading[T]) part(address string) *part {
	p := &part{request: Request{URL: address, Header: outlook}, mailbox: r.mailbox, end: r.end}
	p.read = func(d *decoder) error { return r.read(d, p.errand) }
	return p
}

// read reads a page, perhaps not for the first time.
func (r *reading[T]) read(d *decoder, e *errand) error {
	e.with(func() { r.kept, r.items = r.kept[:r.whole], 0 })
	d.digest.Reset()
	var next, delta string
	var count int64
	err := d.page(&next, &delta, &count, func() error {
		if err := d.readEvent(); err != nil {
			return err
		}
		_, _ = d.digest.Write(d.event.ID)
		e.with(func() {
			r.items++
			if t, ok := r.keep(r.view, &d.event); ok {
				r.kept = append(r.kept, t)
			}
		})
		return nil
	})
	e.with(func() { r.next, r.digest = next, d.digest.Sum64() })
	return err
}

// end takes a page and asks for the next, if there is one.
func (r *reading[T]) end(answer *Response, err error) *part {
	const step = "calendar view"
	if err == nil {
		if refused := answer.Error(step, r.client.now()); refused != nil {
			err = refused
		}
	}
	if err == nil && r.next != "" {
		err = r.client.ours(step, r.next)
	}
	if err == nil && (r.circle.followed(r.next) || r.circle.read(r.items, r.digest)) {
		err = &Error{Step: step, Err: ErrLoop}
	}
	if err != nil {
		r.kept, r.err = nil, err
		return nil
	}
	r.pages++
	r.whole = len(r.kept)
	if r.next == "" {
		r.ended = true
		return nil
	}
	return r.part(r.client.below(r.next))
}

// path is an address as a batch has it: below the version.
func (c *Client) path(path string, query ...string) string {
	return strings.TrimPrefix(c.address(path, query...), c.cloud.base())
}

// below is a link of ours as a batch has it.
func (c *Client) below(link string) string {
	if rest, ok := strings.CutPrefix(link, c.cloud.base()); ok {
		return rest
	}
	u, err := url.Parse(link) // ours has parsed it before
	if err != nil {
		return link
	}
	return strings.TrimPrefix(u.RequestURI(), "/v1.0")
}

// Calendar reads the id of a user's primary calendar, and no event: it says
// whether the calendar may be read, by its error. Needs Calendars.Read or
// Calendars.ReadBasic.All.
func (c *Client) Calendar(ctx context.Context, user string) (id string, err error) {
	err = c.read(ctx, call{step: "calendar", url: c.address("/users/"+url.PathEscape(user)+"/calendar", "$select", "id")},
		func(d *decoder) error {
			id = ""
			return d.only("id", func() (err error) { id, err = d.string(); return err })
		})
	if err == nil && id == "" {
		err = &Error{Step: "calendar", Err: fmt.Errorf("%w: no id", ErrIncomplete)}
	}
	return id, err
}
