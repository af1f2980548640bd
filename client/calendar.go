package client

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// CalendarSettings are how an organization's calendars become activities.
type CalendarSettings struct {
	Off        bool              `json:"off,omitempty"`
	Zone       string            `json:"zone"` // IANA
	Activities []Activity        `json:"activities,omitempty"`
	Preset     string            `json:"preset"` // status, prefix, both, none
	ShowAs     map[string]string `json:"showAs,omitempty"`
	Rules      []ActivityRule    `json:"rules,omitempty"`
	Groups     []CalendarGroup   `json:"groups,omitempty"`
	Privacy    Privacy           `json:"privacy"`
	Hours      HoursSetting      `json:"hours"`
	Replies    RepliesSetting    `json:"replies"`
	Reading    ReadingSetting    `json:"reading"`
}

// Calendar is an organization's calendar settings with what follows from them.
type Calendar struct {
	Settings   CalendarSettings `json:"settings"`
	Preset     []ActivityRule   `json:"preset"`     // the rules that the preset adds after those of the settings
	Activities []Activity       `json:"activities"` // all there are, in their order of rank
	Generation int64            `json:"generation"`
}

// Activity is one that people can have.
type Activity struct {
	Key       string            `json:"key"`
	Open      bool              `json:"open"`                // the telephone is open while it stands
	Sensitive bool              `json:"sensitive,omitempty"` // shown outside as "out"
	Names     map[string]string `json:"names,omitempty"`     // by language: sv, en, nl
	Outside   map[string]string `json:"outside,omitempty"`   // as callers get it
	RPID      string            `json:"rpid,omitempty"`
	PlaceType string            `json:"placeType,omitempty"`
	Basic     bool              `json:"basic,omitempty"`
	Asterisk  string            `json:"asterisk,omitempty"`
	Prefix    string            `json:"prefix,omitempty"`
}

// ActivityRule says which activity an event proposes: the first of a list that matches.
type ActivityRule struct {
	ID     string        `json:"id"`
	Name   string        `json:"name,omitempty"`
	If     RuleCondition `json:"if"`
	Then   string        `json:"then,omitempty"`  // "" for no opinion
	Phone  string        `json:"phone,omitempty"` // open, closed; "" as the activity has it
	Preset string        `json:"preset,omitempty"`
	Off    bool          `json:"off,omitempty"`
}

// RuleCondition is what a rule asks of an event; what is empty asks nothing.
type RuleCondition struct {
	Prefix   string `json:"prefix,omitempty"`
	Word     string `json:"word,omitempty"`
	Category string `json:"category,omitempty"`
	ShowAs   string `json:"showAs,omitempty"` // free, tentative, busy, oof, workingElsewhere
	AllDay   string `json:"allDay,omitempty"` // yes, no; so the three below
	Private  string `json:"private,omitempty"`
	Own      string `json:"own,omitempty"`
	Others   string `json:"others,omitempty"`
	Response string `json:"response,omitempty"`
	Group    string `json:"group,omitempty"` // object id
}

// CalendarGroup is what differs for the members of a group.
type CalendarGroup struct {
	Source string         `json:"source"`
	ID     string         `json:"id"`
	Name   string         `json:"name"`
	Off    *bool          `json:"off,omitempty"`
	Rules  []ActivityRule `json:"rules,omitempty"`
	Hours  *Hours         `json:"hours,omitempty"`
}

// Privacy says what of events is kept and shown, to nobody, attendants or
// colleagues, and how private ones count: ignore, status, everything.
type Privacy struct {
	Subject string `json:"subject"`
	Place   string `json:"place"`
	Private string `json:"private"`
	Note    bool   `json:"note,omitempty"`
}

// Hours are working spans of each weekday, Monday first; Odd holds in odd weeks.
type Hours struct {
	Week [7][]Shift  `json:"week"`
	Odd  *[7][]Shift `json:"odd,omitempty"`
}

// Shift is a working span in minutes after midnight.
type Shift struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// HoursSetting says what working hours do.
type HoursSetting struct {
	On       bool     `json:"on,omitempty"`
	Activity string   `json:"activity"`
	Week     *Hours   `json:"week,omitempty"`
	Mailbox  bool     `json:"mailbox,omitempty"`
	FreeDays FreeDays `json:"freeDays"`
}

// FreeDays are the days on which nobody works.
type FreeDays struct {
	Country  string    `json:"country,omitempty"`
	Halves   bool      `json:"halves,omitempty"`
	HalfEnds int       `json:"halfEnds,omitempty"`
	Own      []FreeDay `json:"own,omitempty"`
}

// RepliesSetting says what automatic replies do.
type RepliesSetting struct {
	On       bool   `json:"on,omitempty"`
	Activity string `json:"activity"`
}

// ReadingSetting says what is read, and how often: days, minutes, requests.
type ReadingSetting struct {
	Ahead  int `json:"ahead"`
	Far    int `json:"far"`
	Behind int `json:"behind"`
	Sweep  int `json:"sweep"`
	AtOnce int `json:"atOnce"`
	Told   int `json:"told"`
}

// Trial is what other settings would change.
type Trial struct {
	From    time.Time     `json:"from"`
	To      time.Time     `json:"to"`
	Differ  int           `json:"differ"`
	Same    int           `json:"same"`
	Minutes int           `json:"minutes"`
	People  []TriedPerson `json:"people"`
	Unread  []string      `json:"unread,omitempty"` // words and categories that must be read for first
	Reread  int           `json:"reread,omitempty"` // mailboxes that this is
	Closing Closing       `json:"closing"`
}

// TriedPerson is somebody for whom something would differ.
type TriedPerson struct {
	ID          string       `json:"id"`
	Name        string       `json:"name"`
	Minutes     int          `json:"minutes"`
	Differences []Difference `json:"differences"`
}

// Difference is a time for which something else would stand.
type Difference struct {
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Before State     `json:"before"`
	After  State     `json:"after"`
}

// Closing counts those whose open telephone hours and automatic replies would close.
type Closing struct {
	People  int    `json:"people"`
	Hours   Closed `json:"hours"`
	Replies Closed `json:"replies"`
}

// Closed counts people: now, and at some time last week.
type Closed struct {
	Now      int `json:"now"`
	LastWeek int `json:"lastWeek"`
}

// Trying is what is tried: settings, for some people or all.
type Trying struct {
	Settings CalendarSettings `json:"settings"`
	People   []string         `json:"people,omitempty"`
}

// Connection is a source whose calendars are read.
type Connection struct {
	Source     string           `json:"source"`
	Name       string           `json:"name"`
	Off        bool             `json:"off,omitempty"`
	Group      string           `json:"group,omitempty"`
	Mode       string           `json:"mode"` // test, partly, live
	Live       Live             `json:"live"`
	Server     bool             `json:"server,omitempty"` // an Exchange server of their own
	Mailboxes  map[string]int64 `json:"mailboxes"`        // by health
	Ways       map[string]int64 `json:"ways,omitempty"`   // by way, of an Exchange server
	Oldest     time.Time        `json:"oldest,omitzero"`
	Throttled  time.Time        `json:"throttled,omitzero"`
	Checked    *CalendarCheck   `json:"checked,omitempty"`
	Created    time.Time        `json:"created"`
	Generation int64            `json:"generation"`
}

// Live says whose activities are told.
type Live struct {
	All    bool     `json:"all,omitempty"`
	Groups []string `json:"groups,omitempty"`
	People []string `json:"people,omitempty"`
}

// NewConnection begins to read a source's calendars, or says whose.
type NewConnection struct {
	Source string `json:"source,omitempty"`
	Group  string `json:"group,omitempty"`
	Off    bool   `json:"off,omitempty"`
}

// SetLive puts all, a group or a person in service, or back into test mode.
type SetLive struct {
	All    bool   `json:"all,omitempty"`
	Group  string `json:"group,omitempty"`
	Person string `json:"person,omitempty"`
	Live   bool   `json:"live"`
}

// Proof names somebody whose calendar we should be able to open, and somebody whose
// we should not.
type Proof struct {
	Inside  string `json:"inside,omitempty"`
	Outside string `json:"outside,omitempty"`
}

// CalendarCheck is what was found when a connection's calendars were tried.
type CalendarCheck struct {
	At      time.Time   `json:"at"`
	OK      bool        `json:"ok"`
	Proven  bool        `json:"proven"`
	Lines   []CheckLine `json:"lines"`
	Inside  *Probe      `json:"inside,omitempty"`
	Outside *Probe      `json:"outside,omitempty"`
	Text    string      `json:"text,omitempty"` // what the proof says
}

// Probe is whether one calendar could be opened.
type Probe struct {
	Address  string `json:"address"`
	State    string `json:"state"`
	Sentence string `json:"sentence,omitempty"`
}

// Mailboxes is a page of how reading calendars goes.
type Mailboxes struct {
	Counts map[string]int64 `json:"counts"`
	Ways   map[string]int64 `json:"ways,omitempty"` // of those on Exchange servers, by way
	Items  []Mailbox        `json:"items"`
	Next   string           `json:"next,omitempty"`
}

// Mailbox is how reading one person's calendar goes.
type Mailbox struct {
	Person   string    `json:"person"`
	Name     string    `json:"name"`
	Address  string    `json:"address"`
	Home     string    `json:"home"`   // the connection that has the person, or "local"
	Source   string    `json:"source"` // the connection that reads it
	Live     bool      `json:"live"`
	Health   string    `json:"health"`
	Way      *Way      `json:"way,omitempty"`      // of an Exchange server
	Sought   []Sought  `json:"sought,omitempty"`   // where it was looked for, while it is looked for
	Sentence string    `json:"sentence,omitempty"` // what the service said
	Since    time.Time `json:"since,omitzero"`
	Until    time.Time `json:"until,omitzero"` // of a throttled one
	Cure     *Reason   `json:"cure,omitempty"`
	Read     time.Time `json:"read,omitzero"`
	Heard    time.Time `json:"heard,omitzero"`
	Due      time.Time `json:"due,omitzero"`
	Tries    int64     `json:"tries,omitempty"`
	Zone     string    `json:"zone,omitempty"`
	Replies  bool      `json:"replies,omitempty"`
}

// Way is how an Exchange server lets a mailbox be read.
type Way struct {
	Kind    string    `json:"kind"` // impersonation, fullAccess, reviewer, details, times
	Text    string    `json:"text"`
	Since   time.Time `json:"since,omitzero"`
	Server  string    `json:"server,omitempty"`  // its version, as the protocol names it
	Refused string    `json:"refused,omitempty"` // what it said to the next better way
	Better  string    `json:"better,omitempty"`  // the line of PowerShell that would allow a better one
}

// Sought is what a connection answered that was asked for a mailbox.
type Sought struct {
	Source   string `json:"source"`
	Name     string `json:"name"`
	Health   string `json:"health"`
	Sentence string `json:"sentence,omitempty"`
}

// MailboxQuery chooses mailboxes.
type MailboxQuery struct {
	Source, State, Way, Search, After string
	Limit                             int
}

// FreeDay is a closed day, or one that ends early.
type FreeDay struct {
	Date  string            `json:"date"`
	Name  string            `json:"name"`
	Names map[string]string `json:"names,omitempty"`
	Ends  int               `json:"ends,omitempty"`
}

func (o *Organization) connection(source string) string {
	return o.path + "/calendar/connections/" + url.PathEscape(source)
}

// Calendar reads the calendar settings.
func (o *Organization) Calendar(ctx context.Context) (Calendar, error) {
	return get[Calendar](ctx, o.c, o.path+"/calendar", nil)
}

// SaveCalendar changes them, whole.
func (o *Organization) SaveCalendar(ctx context.Context, s CalendarSettings, generation int64) (Calendar, error) {
	return do[Calendar](ctx, o.c, request{method: http.MethodPut, path: o.path + "/calendar", body: s, generation: generation})
}

// TryCalendar says what settings would change; nothing is changed.
func (o *Organization) TryCalendar(ctx context.Context, t Trying) (Trial, error) {
	return send[Trial](ctx, o.c, http.MethodPost, o.path+"/calendar/try", t)
}

// Closing counts whose telephones hours and replies of settings would close.
func (o *Organization) Closing(ctx context.Context, s CalendarSettings) (Closing, error) {
	return send[Closing](ctx, o.c, http.MethodPost, o.path+"/calendar/closing", s)
}

// Connections lists the sources whose calendars are read.
func (o *Organization) Connections(ctx context.Context) ([]Connection, error) {
	return list[Connection](ctx, o.c, o.path+"/calendar/connections", nil)
}

// AddConnection begins to read a source's calendars, in test mode; one to
// Microsoft 365 takes over who is in service on an Exchange server.
func (o *Organization) AddConnection(ctx context.Context, n NewConnection) (Connection, error) {
	return send[Connection](ctx, o.c, http.MethodPost, o.path+"/calendar/connections", n)
}

// SaveConnection says whose calendars of a source are read.
func (o *Organization) SaveConnection(ctx context.Context, source string, n NewConnection, generation int64) (Connection, error) {
	return do[Connection](ctx, o.c, request{method: http.MethodPut, path: o.connection(source), body: n, generation: generation})
}

// RemoveConnection forgets what was read of a source's calendars.
func (o *Organization) RemoveConnection(ctx context.Context, source string) error {
	_, err := do[nothing](ctx, o.c, request{method: http.MethodDelete, path: o.connection(source)})
	return err
}

// SetLive puts people in service, or back into test mode.
func (o *Organization) SetLive(ctx context.Context, source string, s SetLive) (Connection, error) {
	return send[Connection](ctx, o.c, http.MethodPost, o.connection(source)+"/live", s)
}

// CheckCalendar tries a connection's calendars.
func (o *Organization) CheckCalendar(ctx context.Context, source string, p Proof) (CalendarCheck, error) {
	return send[CalendarCheck](ctx, o.c, http.MethodPost, o.connection(source)+"/check", p)
}

// CalendarScript is the script that lets the application read one group's calendars.
func (o *Organization) CalendarScript(ctx context.Context, source, group string, settings bool, p Proof) (string, error) {
	var text bytes.Buffer
	err := save(ctx, o.c, request{method: http.MethodGet, path: o.connection(source) + "/script",
		query: values("group", group, "settings", strconv.FormatBool(settings), "inside", p.Inside, "outside", p.Outside)}, &text)
	return text.String(), err
}

// ReadMailboxes has all calendars of a connection read again.
func (o *Organization) ReadMailboxes(ctx context.Context, source string) error {
	_, err := do[nothing](ctx, o.c, request{method: http.MethodPost, path: o.connection(source) + "/read"})
	return err
}

// Mailboxes reads a page of how reading calendars goes, by name.
func (o *Organization) Mailboxes(ctx context.Context, q MailboxQuery) (Mailboxes, error) {
	return get[Mailboxes](ctx, o.c, o.path+"/calendar/mailboxes",
		values("source", q.Source, "state", q.State, "way", q.Way, "search", q.Search, "after", q.After, "limit", number(int64(q.Limit))))
}

// ReadMailbox has a person's calendar read now.
func (o *Organization) ReadMailbox(ctx context.Context, person string) error {
	_, err := do[nothing](ctx, o.c, request{method: http.MethodPost, path: o.path + "/calendar/mailboxes/" + url.PathEscape(person) + "/read"})
	return err
}
