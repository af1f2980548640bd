package m365

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// written is an event as a caller writes it: what it leaves out stays.
type written struct {
	Subject     *string           `json:"subject"`
	Body        *writtenBody      `json:"body"`
	Start       *dateTime         `json:"start"`
	End         *dateTime         `json:"end"`
	Location    *writtenPlace     `json:"location"`
	Attendees   []writtenAttendee `json:"attendees"`
	AllDay      *bool             `json:"isAllDay"`
	ShowAs      *string           `json:"showAs"`
	Sensitivity *string           `json:"sensitivity"`
	Importance  *string           `json:"importance"`
	Categories  []string          `json:"categories"`
	Recurrence  *graphRecurrence  `json:"recurrence"`
	Online      *bool             `json:"isOnlineMeeting"`
}

type writtenBody struct {
	Type    string `json:"contentType"`
	Content string `json:"content"`
}

type writtenPlace struct {
	Name string `json:"displayName"`
}

type writtenAttendee struct {
	Email emailAddress `json:"emailAddress"`
}

// The words that may be written; others exist in calendars all the same.
var (
	showAsWords      = []string{"free", "tentative", "busy", "oof", "workingElsewhere", "unknown"}
	sensitivityWords = []string{"normal", "personal", "private", "confidential"}
	importanceWords  = []string{"low", "normal", "high"}
)

// errWritten is what a caller wrote and can't be.
type errWritten struct{ code, message string }

func (e *errWritten) Error() string { return e.code + ": " + e.message }

// read takes the body of the call.
func (c *call) read() (*written, *response) {
	var w written
	if err := json.Unmarshal(c.body, &w); err != nil {
		r := c.fail(http.StatusBadRequest, "UnableToDeserializePostBody", "were unable to deserialize ")
		return nil, &r
	}
	return &w, nil
}

// onto writes w over e.
func (w *written) onto(e *Event, m *Mailbox) error {
	set(&e.Subject, w.Subject)
	set(&e.AllDay, w.AllDay)
	set(&e.Online, w.Online)
	for _, choice := range []struct {
		to, from *string
		words    []string
	}{{&e.ShowAs, w.ShowAs, showAsWords}, {&e.Sensitivity, w.Sensitivity, sensitivityWords}, {&e.Importance, w.Importance, importanceWords}} {
		if choice.from == nil {
			continue
		}
		i := slices.IndexFunc(choice.words, func(word string) bool { return strings.EqualFold(word, *choice.from) })
		if i < 0 {
			return &errWritten{"RequestBodyRead", fmt.Sprintf("Requested value '%s' was not found.", clip(*choice.from))}
		}
		*choice.to = choice.words[i]
	}
	if w.Body != nil {
		e.Body = w.Body.text()
	}
	if w.Location != nil {
		e.Location = w.Location.Name
	}
	if w.Categories != nil {
		e.Categories = w.Categories
	}
	if w.Attendees != nil {
		e.Attendees = nil
		for _, a := range w.Attendees {
			e.Attendees = append(e.Attendees, a.Email.Address)
		}
	}
	if w.Recurrence != nil {
		e.Recurrence = w.Recurrence.plain()
	}
	return w.times(e, m)
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// times takes start and end. Moving the start of a series to another zone
// moves the series there.
func (w *written) times(e *Event, m *Mailbox) error {
	for _, end := range []struct {
		to   *time.Time
		from *dateTime
	}{{&e.Start, w.Start}, {&e.End, w.End}} {
		if end.from == nil {
			continue
		}
		at, err := end.from.instant(m)
		if err != nil {
			return err
		}
		*end.to = at
	}
	if w.Start != nil {
		e.Zone = w.Start.TimeZone
	}
	if w.Recurrence != nil && w.Recurrence.Range.Zone != "" {
		if _, ok := m.place(w.Recurrence.Range.Zone); ok {
			e.Zone = w.Recurrence.Range.Zone
		}
	}
	return nil
}

// instant is the time that was written, in its zone or with its own offset.
func (d *dateTime) instant(m *Mailbox) (time.Time, error) {
	loc, ok := m.place(d.TimeZone)
	if !ok {
		return time.Time{}, &errWritten{"TimeZoneNotSupportedException",
			fmt.Sprintf("A valid TimeZone value must be specified. The following TimeZone value is not supported: '%s'.", clip(d.TimeZone))}
	}
	if at, err := time.Parse(time.RFC3339Nano, d.DateTime); err == nil {
		return at, nil
	}
	for _, layout := range []string{"2006-01-02T15:04:05.999999999", "2006-01-02T15:04", time.DateOnly} {
		if at, err := time.ParseInLocation(layout, d.DateTime, loc); err == nil {
			return at, nil
		}
	}
	return time.Time{}, &errWritten{"ErrorPropertyValidationFailure", "At least one property failed validation."}
}

// text is a body without its markup.
func (w *writtenBody) text() string {
	if !strings.EqualFold(w.Type, "html") {
		return w.Content
	}
	var b strings.Builder
	inside := false
	for _, r := range w.Content {
		switch {
		case r == '<':
			inside = true
		case r == '>':
			inside = false
		case !inside:
			b.WriteRune(r)
		}
	}
	return strings.TrimSpace(b.String())
}

// plain is the recurrence as Event has it.
func (g *graphRecurrence) plain() *Recurrence {
	r := &Recurrence{
		Type: g.Pattern.Type, Interval: g.Pattern.Interval, Days: g.Pattern.Days, FirstDay: g.Pattern.FirstDay,
		DayOfMonth: g.Pattern.DayOfMonth, Month: g.Pattern.Month, Index: g.Pattern.Index,
	}
	switch g.Range.Type {
	case "endDate":
		r.Until = g.Range.Until
	case "numbered":
		r.Count = g.Range.Count
	}
	return r
}

// refused is the answer to an error of a change.
func (c *call) refused(err error) response {
	var wrote *errWritten
	switch {
	case errors.As(err, &wrote):
		return c.fail(http.StatusBadRequest, wrote.code, wrote.message)
	case errors.Is(err, ErrUnknown):
		return c.noEvent()
	case errors.Is(err, ErrNoMailbox):
		return c.noMailbox()
	}
	return c.fail(http.StatusBadRequest, "ErrorPropertyValidationFailure", "At least one property failed validation. "+err.Error())
}

func (c *call) createEvent() response {
	w, failed := c.read()
	if failed != nil {
		return *failed
	}
	if w.Start == nil || w.End == nil {
		return c.fail(http.StatusBadRequest, "ErrorPropertyValidationFailure", "At least one property failed validation.")
	}
	var e Event
	if err := w.onto(&e, &c.mailbox); err != nil {
		return c.refused(err)
	}
	id, err := c.t.AddEvent(c.person.ID, e)
	if err != nil {
		return c.refused(err)
	}
	return c.changedEvent(http.StatusCreated, id)
}

// changedEvent answers with an event as it is after a change.
func (c *call) changedEvent(status int, id string) response {
	e, err := c.t.event(&c.person, &c.mailbox, id)
	if err != nil {
		return c.refused(err)
	}
	return c.oneEvent(status, &e)
}

func (c *call) patchEvent() response {
	w, failed := c.read()
	if failed != nil {
		return *failed
	}
	c.t.cal.change.Lock()
	err := c.t.changeEvent(&c.person, &c.mailbox, c.eventID(), func(e *Event) error { return w.onto(e, &c.mailbox) })
	c.t.cal.change.Unlock()
	if err != nil {
		return c.refused(err)
	}
	return c.changedEvent(http.StatusOK, c.eventID())
}

func (c *call) removeEvent() response {
	if err := c.t.DeleteEvent(c.person.ID, c.eventID()); err != nil {
		return c.refused(err)
	}
	return response{status: http.StatusNoContent}
}

// cancelEvent is the organizer's way to call a meeting off.
func (c *call) cancelEvent() response {
	switch e, err := c.t.event(&c.person, &c.mailbox, c.eventID()); {
	case err != nil:
		return c.noEvent()
	case e.invited():
		return c.fail(http.StatusBadRequest, "ErrorInvalidRequest", "Your request can't be completed. You need to be an organizer to cancel a meeting.")
	}
	if err := c.t.DeleteEvent(c.person.ID, c.eventID()); err != nil {
		return c.refused(err)
	}
	return response{status: http.StatusAccepted}
}

func (c *call) respond(answer string) response {
	switch err := c.t.Respond(c.person.ID, c.eventID(), answer); {
	case errors.Is(err, errOwnMeeting):
		return c.fail(http.StatusBadRequest, "ErrorInvalidRequest", "Your request can't be completed. You can't respond to this meeting because you're the meeting organizer.")
	case err != nil:
		return c.refused(err)
	}
	return response{status: http.StatusAccepted}
}
