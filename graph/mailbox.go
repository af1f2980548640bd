package graph

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// MailboxSettings is what a mailbox says of its owner's time. The texts of
// automatic replies are dropped as they arrive.
type MailboxSettings struct {
	User    string // as it was asked for
	Zone    string // a Windows name, or an IANA one where the owner chose so; "" where none is set
	Purpose string // "user", "shared", "room", …; "" where the answer leaves it out
	Hours   WorkingHours
	Replies AutomaticReplies
	// Err is why nothing is known: an [*Error] that answers Denied where
	// MailboxSettings.Read is missing, NoMailbox, Temporary and RetryAfter; an
	// [*AuthError]; or the context's.
	Err error
}

// WorkingHours are the hours of the days that are worked, on the clock of a
// zone of their own.
type WorkingHours struct {
	Days       []time.Weekday
	Start, End time.Duration // after midnight; both 0 where they aren't said
	Zone       string        // as MailboxSettings.Zone, or "Customized Time Zone"
	Custom     *CustomZone   // what that is, else nil
}

// CustomZone is a zone that has no name of its own. Microsoft's page
// "customTimeZone" counts its bias eastwards, but what mailboxes answer counts
// as Windows does, westwards: 480 is the Pacific's. So it is taken here.
type CustomZone struct {
	Offset   time.Duration // ahead of UTC in winter: an hour in Sweden
	Daylight time.Duration // ahead of that in summer; 0 where the clock isn't changed
	// When the clock is changed to standard time, and to daylight time.
	ToStandard, ToDaylight ZoneChange
}

// ZoneChange is when a clock is changed each year.
type ZoneChange struct {
	Month   time.Month // 0 where it never is
	Nth     int        // of the month's Weekdays: 1 to 4, and 5 for the last
	Weekday time.Weekday
	Time    time.Duration // after midnight, on the clock before it is changed
}

// AutomaticReplies say whether they are sent, and when.
type AutomaticReplies struct {
	Status     string   // "disabled", "alwaysEnabled", "scheduled"; others pass; in Microsoft's newer spelling
	Start, End DateTime // of scheduled ones
}

// MailboxSettings reads the settings of many mailboxes, in batches, and
// answers in their order. Needs MailboxSettings.Read.
func (c *Client) MailboxSettings(ctx context.Context, users []string) []MailboxSettings {
	const step = "mailbox settings"
	out := make([]MailboxSettings, len(users))
	done := make([]bool, len(users))
	parts := make([]*part, len(users))
	for i, user := range users {
		var read MailboxSettings
		parts[i] = &part{request: Request{URL: "/users/" + url.PathEscape(user) + "/mailboxSettings"}, mailbox: user,
			read: func(d *decoder) (err error) { read, err = d.mailboxSettings(); return err },
			end: func(r *Response, err error) *part {
				out[i], done[i] = read, true
				if out[i].Err = err; err == nil {
					if refused := r.Error(step, c.now()); refused != nil {
						out[i].Err = refused
					}
				}
				return nil
			}}
	}
	gone := c.queue.run(ctx, parts)
	for i := range out {
		if !done[i] {
			out[i] = MailboxSettings{Err: fmt.Errorf("graph: %s: %w", step, gone)}
		}
		out[i].User = users[i]
	}
	return out
}

func (d *decoder) mailboxSettings() (MailboxSettings, error) {
	var s MailboxSettings
	err := d.members(func(name string) (err error) {
		switch name {
		case "timeZone":
			s.Zone, err = d.word()
		case "userPurpose": // a string, or wrapped as {"value": …}
			if d.dec.PeekKind() == '"' {
				s.Purpose, err = d.word()
				return err
			}
			return d.only("value", func() (err error) { s.Purpose, err = d.word(); return err })
		case "workingHours":
			err = d.workingHours(&s.Hours)
		case "automaticRepliesSetting":
			err = d.automaticReplies(&s.Replies)
		default:
			err = d.dec.SkipValue()
		}
		return err
	})
	return s, err
}

func (d *decoder) automaticReplies(a *AutomaticReplies) error {
	return d.fields(func(name string) (err error) {
		switch name {
		case "status":
			a.Status, err = d.word()
			for _, known := range []string{"disabled", "alwaysEnabled", "scheduled"} {
				if strings.EqualFold(a.Status, known) {
					a.Status = known
				}
			}
		case "scheduledStartDateTime":
			a.Start, err = d.dateTime()
		case "scheduledEndDateTime":
			a.End, err = d.dateTime()
		default: // the texts
			err = d.dec.SkipValue()
		}
		return err
	})
}

func (d *decoder) workingHours(h *WorkingHours) error {
	return d.fields(func(name string) (err error) {
		switch name {
		case "daysOfWeek":
			return d.array(func() error {
				day, err := d.weekday()
				if day >= 0 {
					h.Days = append(h.Days, day)
				}
				return err
			})
		case "startTime":
			h.Start, err = d.timeOfDay()
		case "endTime":
			h.End, err = d.timeOfDay()
		case "timeZone":
			var z CustomZone
			custom := false
			err = d.fields(func(name string) (err error) { return d.zoneMember(name, h, &z, &custom) })
			if custom {
				h.Custom = &z
			}
		default:
			err = d.dec.SkipValue()
		}
		return err
	})
}

// zoneMember reads one member of a timeZoneBase, which is a name alone, or of a
// customTimeZone.
func (d *decoder) zoneMember(name string, h *WorkingHours, z *CustomZone, custom *bool) (err error) {
	switch name {
	case "name":
		h.Zone, err = d.word()
	case "bias":
		*custom = true
		z.Offset, err = d.minutes()
		z.Offset = -z.Offset
	case "standardOffset":
		err = d.zoneChange(&z.ToStandard, nil)
	case "daylightOffset":
		err = d.zoneChange(&z.ToDaylight, &z.Daylight)
	default:
		err = d.dec.SkipValue()
	}
	return err
}

func (d *decoder) zoneChange(at *ZoneChange, bias *time.Duration) error {
	return d.fields(func(name string) (err error) {
		var n int64
		switch name {
		case "month":
			n, err = d.int()
			at.Month = time.Month(max(0, min(n, 12)))
		case "dayOccurrence":
			n, err = d.int()
			at.Nth = int(max(0, min(n, 5)))
		case "dayOfWeek":
			at.Weekday, err = d.weekday()
			at.Weekday = max(0, at.Weekday)
		case "time":
			at.Time, err = d.timeOfDay()
		case "daylightBias":
			if bias == nil {
				return d.dec.SkipValue()
			}
			*bias, err = d.minutes()
			*bias = -*bias
		default:
			err = d.dec.SkipValue()
		}
		return err
	})
}

// weekday reads "monday", in any case; -1 is anything else.
func (d *decoder) weekday() (time.Weekday, error) {
	name, err := d.word()
	for day := time.Sunday; day <= time.Saturday; day++ {
		if strings.EqualFold(name, day.String()) {
			return day, err
		}
	}
	return -1, err
}

// timeOfDay reads "08:00:00.0000000" as what passes since midnight; 0 for
// anything else.
func (d *decoder) timeOfDay() (time.Duration, error) {
	text, err := d.word()
	clock, _, _ := strings.Cut(text, ".")
	t, bad := time.Parse(time.TimeOnly, clock)
	if err != nil || bad != nil {
		return 0, err
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second, nil
}

// minutes reads a number of minutes, of less than two days; anything else is 0.
func (d *decoder) minutes() (time.Duration, error) {
	raw, err := d.dec.ReadValue()
	if err != nil {
		return 0, err
	}
	n, bad := strconv.Atoi(string(raw))
	if bad != nil || n <= -2880 || n >= 2880 {
		return 0, nil
	}
	return time.Duration(n) * time.Minute, nil
}
