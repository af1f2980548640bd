package m365

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Mailbox is what a person's mailbox has beside events. The JSON names are
// those of Graph's mailboxSettings.
type Mailbox struct {
	Zone    string  `json:"timeZone"` // Windows or IANA name
	Hours   Hours   `json:"workingHours"`
	Replies Replies `json:"automaticRepliesSetting"`
	State   State   `json:"state"`
	// KeepDeclined leaves meetings in the calendar that were declined, as a
	// setting of Outlook's does.
	KeepDeclined bool `json:"keepDeclined,omitempty"`
}

// State says where a mailbox is.
type State string

// The states of a mailbox. All but Live are answered 404
// MailboxNotEnabledForRESTAPI. A person whose Purpose is empty has none,
// whatever was set.
const (
	Live       State = "live"
	NoMailbox  State = "none"       // no licence
	OnPremises State = "onPremises" // on the customer's own Exchange server
	Inactive   State = "inactive"   // kept for a hold after its person was deleted
)

// Hours are workingHours.
type Hours struct {
	Days  []string `json:"daysOfWeek"` // monday …
	Start string   `json:"startTime"`  // "08:00"
	End   string   `json:"endTime"`    // "17:00"
	Zone  string   `json:"timeZone"`   // Windows or IANA name; "" = the mailbox's
	// Custom makes the zone one of the mailbox's own, called "Customized Time
	// Zone" whatever Zone says.
	Custom *CustomZone `json:"customTimeZone,omitempty"`
}

// CustomZone is Graph's customTimeZone: local time plus Bias minutes is UTC,
// plus DaylightBias more while daylight saving lasts.
type CustomZone struct {
	Bias         int        `json:"bias"`
	Standard     Transition `json:"standardOffset"`
	Daylight     Transition `json:"daylightOffset"`
	DaylightBias int        `json:"daylightBias"`
}

// Transition is when standard time or daylight saving begins: at Time
// ("03:00") on the Occurrence-th (5 = last) Day of Month.
type Transition struct {
	Month      int    `json:"month"`
	Occurrence int    `json:"dayOccurrence"`
	Day        string `json:"dayOfWeek"`
	Time       string `json:"time"`
}

// Replies is automaticRepliesSetting.
type Replies struct {
	Status   string    `json:"status"`           // disabled, alwaysEnabled or scheduled; "" = disabled
	Audience string    `json:"externalAudience"` // none, contactsOnly or all; "" = all
	Start    time.Time `json:"scheduledStartDateTime,omitzero"`
	End      time.Time `json:"scheduledEndDateTime,omitzero"`
	Internal string    `json:"internalReplyMessage,omitempty"` // HTML
	External string    `json:"externalReplyMessage,omitempty"`
}

// ErrNoMailbox says that a person has no mailbox in the cloud.
var ErrNoMailbox = errors.New("m365: no mailbox there")

// defaultZone is the zone of mailboxes that were given none.
const defaultZone = "W. Europe Standard Time"

// Everyday is where the ordinary events and settings of a large tenant come
// from, so that nothing of them must be held: it is asked again for every
// answer. Both functions may be called from several goroutines, must say the
// same each time, and may call the tenant's methods that only read people and
// groups. What is changed afterwards, by ChangeEvent and through Graph alike,
// is held and hides what they say.
type Everyday struct {
	// Events are a person's that are not over at from and begin before to, in
	// any order. A series is one event with Recurrence, there whenever one of
	// its occurrences is. ID is any text that no other event of the person has;
	// UID is the same for all who are invited to one meeting, each of whom must
	// be given his own copy of it, with Organizer and Response. What AddEvent
	// would refuse is left out.
	Events func(p Person, from, to time.Time) []Event
	// Mailbox is what a person's mailbox has been set to; nil, or what it
	// leaves empty, is as for everybody.
	Mailbox func(p Person) Mailbox
}

// Everyday sets where everyday events come from.
func (t *Tenant) Everyday(e Everyday) {
	t.cal.mu.Lock()
	defer t.cal.mu.Unlock()
	t.cal.everyday = e
}

// Mailbox is a person's mailbox as it is set now.
func (t *Tenant) Mailbox(who string) (Mailbox, error) {
	p, err := t.livePerson(who)
	if err != nil {
		return Mailbox{}, err
	}
	return t.mailbox(&p), nil
}

// ChangeMailbox lets f edit a person's mailbox. f must not call the tenant's
// methods.
func (t *Tenant) ChangeMailbox(who string, f func(*Mailbox)) error {
	t.cal.change.Lock()
	defer t.cal.change.Unlock()
	p, err := t.livePerson(who)
	if err != nil {
		return err
	}
	m := t.mailbox(&p)
	m.Hours.Days = slices.Clone(m.Hours.Days)
	f(&m)
	if _, ok := zone(m.Zone); !ok {
		return fmt.Errorf("m365: mailbox: no such time zone: %q", clip(m.Zone))
	}
	t.cal.mu.Lock()
	defer t.cal.mu.Unlock()
	t.cal.box(p.ID).settings = &m
	return nil
}

// mailbox is p's: what was set, or what everyday says, or the default.
func (t *Tenant) mailbox(p *Person) Mailbox {
	t.cal.mu.RLock()
	b, everyday := t.cal.boxes[p.ID], t.cal.everyday.Mailbox
	var set *Mailbox
	if b != nil {
		set = b.settings
	}
	t.cal.mu.RUnlock()
	var m Mailbox
	switch {
	case set != nil:
		m = *set
	case everyday != nil:
		m = everyday(*p)
	}
	return m.filled(p)
}

// filled is m with the defaults where nothing was set.
func (m Mailbox) filled(p *Person) Mailbox {
	if m.Zone == "" {
		m.Zone = defaultZone
	}
	if m.Hours.Start == "" {
		m.Hours.Days = []string{"monday", "tuesday", "wednesday", "thursday", "friday"}
		m.Hours.Start, m.Hours.End = "08:00", "17:00"
	}
	if m.Replies.Status == "" {
		m.Replies.Status = "disabled"
	}
	if m.Replies.Audience == "" {
		m.Replies.Audience = "all"
	}
	switch {
	case p.Purpose == "" && (m.State == "" || m.State == Live):
		m.State = NoMailbox
	case m.State == "":
		m.State = Live
	}
	return m
}

// inUse says whether people work in a mailbox: one in the cloud, or one on a
// server of the customer's own that is simulated, too.
func (t *Tenant) inUse(m *Mailbox) bool {
	return m.State == Live || m.State == OnPremises && t.ownServer.Load()
}

// livePerson is an account that is not deleted, by id, user principal name or
// mail address.
func (t *Tenant) livePerson(who string) (Person, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if r := t.byAddress(who); r != nil {
		return r.value, nil
	}
	return Person{}, fmt.Errorf("person %q: %w", clip(who), ErrUnknown)
}
