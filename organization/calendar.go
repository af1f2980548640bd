package organization

import (
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
)

// Calendar is how calendars become activities in an organization.
type Calendar struct {
	// Off stops calendars from setting anything; every setting is kept.
	Off  bool   `json:"off,omitempty"`
	Zone string `json:"zone"` // the site's, IANA

	// Activities are the organization's own, renamed and reordered ones; see [activity.Set.With].
	Activities activity.Set `json:"activities,omitempty"`
	// Preset, with ShowAs where it differs from the usual, follows after Rules.
	Preset activity.Preset                  `json:"preset"`
	ShowAs map[calendar.ShowAs]activity.Key `json:"showAs,omitempty"`
	Rules  []activity.Rule                  `json:"rules,omitempty"`
	// Groups have settings of their own; of several that say something the first counts.
	Groups []Group `json:"groups,omitempty"`

	Privacy Privacy        `json:"privacy"`
	Hours   HoursSetting   `json:"hours"`
	Replies RepliesSetting `json:"replies"`
	Reading ReadingSetting `json:"reading"`
}

// Local is the source of people who stand in the built-in register and in no
// directory: entries with an address of mail. Its groups are their departments, by
// name.
const Local = "local"

// Group is what differs for the members of a group of a directory.
type Group struct {
	Source string          `json:"source"`
	ID     string          `json:"id"`
	Name   string          `json:"name"`
	Off    *bool           `json:"off,omitempty"` // over the organization's, under the person's
	Rules  []activity.Rule `json:"rules,omitempty"`
	Hours  *activity.Hours `json:"hours,omitempty"`
}

// Audience is who may see something.
type Audience string

// The audiences, each beside the person himself, his delegates and administrators.
const (
	Nobody     Audience = "nobody"
	Attendants Audience = "attendants"
	Colleagues Audience = "colleagues" // and attendants
)

// Privacy says what of an event is kept and shown.
type Privacy struct {
	Subject Audience           `json:"subject"`
	Place   Audience           `json:"place"`
	Private calendar.PrivateAs `json:"private"`
	Note    bool               `json:"note,omitempty"` // what follows a prefix is told
}

// HoursSetting says what working hours do.
type HoursSetting struct {
	// On closes the telephone outside hours, with Activity.
	On       bool         `json:"on,omitempty"`
	Activity activity.Key `json:"activity"`
	// Week is the organization's; groups and people may have others. Mailbox
	// prefers the hours that stand in a person's Outlook to it.
	Week     *activity.Hours   `json:"week,omitempty"`
	Mailbox  bool              `json:"mailbox,omitempty"`
	FreeDays activity.FreeDays `json:"freeDays"`
}

// RepliesSetting says what automatic replies do.
type RepliesSetting struct {
	On       bool         `json:"on,omitempty"`
	Activity activity.Key `json:"activity"`
}

// ReadingSetting says what is read, and how often.
type ReadingSetting struct {
	Ahead  int `json:"ahead"`  // days from today; 35
	Far    int `json:"far"`    // days, where an absence reaches the end of those; 120
	Behind int `json:"behind"` // days that are kept of what has been; 8, 0 for none
	Sweep  int `json:"sweep"`  // minutes after which a mailbox is read again, where nobody tells of changes; 5
	AtOnce int `json:"atOnce"` // requests under way per source; 4
	Told   int `json:"told"`   // days that what was told is kept; 30
}

// DefaultCalendar is what a new organization starts with.
func DefaultCalendar() Calendar {
	return Calendar{
		Zone:    "Europe/Stockholm",
		Preset:  activity.ByBoth,
		Privacy: Privacy{Subject: Nobody, Place: Nobody, Private: calendar.StatusOnly},
		Hours:   HoursSetting{Activity: activity.Gone, FreeDays: activity.FreeDays{Country: "SE"}},
		Replies: RepliesSetting{Activity: activity.Out},
		Reading: ReadingSetting{Ahead: 35, Far: 120, Behind: 8, Sweep: 5, AtOnce: 4, Told: 30},
	}
}

// Set is the organization's activities in their order of rank.
func (c Calendar) Set() activity.Set { return activity.Nine().With(c.Activities) }

// Person is what a person, or somebody for her, has set for herself.
type Person struct {
	Off       *bool           `json:"off,omitempty"` // over the group's and the organization's
	Rules     []activity.Rule `json:"rules,omitempty"`
	Hours     *activity.Hours `json:"hours,omitempty"`
	Delegates []string        `json:"delegates,omitempty"` // people who may set and clear her activity, and see it whole
	// Privacy is no wider than the organization's; "" follows it.
	Subject  Audience           `json:"subject,omitempty"`
	Place    Audience           `json:"place,omitempty"`
	Private  calendar.PrivateAs `json:"private,omitempty"`
	Language string             `json:"language,omitempty"`
}

// Connection is a source whose calendars are read. It begins in test mode: read,
// shown and explained, and told to nobody.
type Connection struct {
	Source string `json:"source"`
	Off    bool   `json:"off,omitempty"` // not read; what it had is kept
	// Group limits whose mailboxes are read: the object id of a group, "" for all
	// linked people.
	Group string `json:"group,omitempty"`
	Live  Live   `json:"live"`
}

// Live says whose activities are told to switchboards.
type Live struct {
	All    bool     `json:"all,omitempty"`
	Groups []string `json:"groups,omitempty"` // object ids
	People []string `json:"people,omitempty"`
}

// Test is true where nobody's activity is told.
func (l Live) Test() bool { return !l.All && len(l.Groups) == 0 && len(l.People) == 0 }

// Switchboard is a telephone system that is told activities, beside the built-in one.
type Switchboard struct {
	ID       string
	Name     string
	Kind     string // name of a [Kind]: "presence"
	Settings map[string]string
	Register string // whose subscribers it has: "builtin"
	Paused   bool
	Hint     string // of its sealed password, "" where it has none
	Created  time.Time
}
