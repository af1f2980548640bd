package client

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// State is what a person is doing, as the one who asks may know.
type State struct {
	Activity string            `json:"activity"`          // its key
	Names    map[string]string `json:"names"`             // by language: sv, en, nl
	Outside  map[string]string `json:"outside,omitempty"` // as callers get it, where that may differ
	Open     bool              `json:"open"`              // the telephone takes calls
	Since    time.Time         `json:"since,omitzero"`
	Until    time.Time         `json:"until,omitzero"` // when this activity ends
	Back     *Back             `json:"back,omitempty"` // when the person can be reached again; null for now
	Text     string            `json:"text"`           // "Möte, åter 11:00", in the language that was asked for
	Note     string            `json:"note,omitempty"`
	Subject  string            `json:"subject,omitempty"`
	Place    string            `json:"place,omitempty"`
	Forward  *Forward          `json:"forward,omitempty"` // kept and shown; nothing forwards yet
	Manual   bool              `json:"manual,omitempty"`  // somebody set it
	By       string            `json:"by,omitempty"`      // who did, "" the person himself
	Set      time.Time         `json:"set,omitzero"`      // when
}

// Back is when a person can be reached again. Kind is "time"; "day", when no time
// is known; "earliest", when we know no further; or "unknown".
type Back struct {
	Kind string    `json:"kind"`
	At   time.Time `json:"at,omitzero"`
}

// Forward is where calls are to go: voicemail, number, colleague.
type Forward struct {
	Kind string `json:"kind"`
	To   string `json:"to,omitempty"`
}

// PersonActivity is somebody with what he is doing.
type PersonActivity struct {
	ID         string    `json:"id"`
	Subscriber string    `json:"subscriber,omitempty"`
	Name       string    `json:"name"`
	Extension  string    `json:"extension,omitempty"`
	Number     string    `json:"number,omitempty"`
	Department string    `json:"department,omitempty"`
	State      *State    `json:"state"` // null where nothing is known yet
	Live       bool      `json:"live"`  // else test mode
	Hidden     bool      `json:"hidden,omitempty"`
	Health     string    `json:"health,omitempty"` // of reading the calendar
	Read       time.Time `json:"read,omitzero"`
}

// Board is a page of what everybody is doing.
type Board struct {
	Items  []PersonActivity `json:"items"`
	Next   string           `json:"next,omitempty"`
	Counts map[string]int64 `json:"counts,omitempty"` // by activity as callers know it
	Test   int64            `json:"test,omitempty"`   // how many stand in test mode
}

// BoardQuery chooses people.
type BoardQuery struct {
	Search, Activity, After string
	Limit                   int
}

// Choice is an activity set by hand.
type Choice struct {
	Activity string    `json:"activity"`
	Lasts    string    `json:"lasts"`          // until, day (the rest of it), open (until further notice)
	Until    time.Time `json:"until,omitzero"` // with lasts "until"
	Phone    string    `json:"phone,omitempty"`
	Note     string    `json:"note,omitempty"`
	Forward  *Forward  `json:"forward,omitempty"`
}

// Day is a person's timeline with what it follows from.
type Day struct {
	Person   PersonActivity `json:"person"`
	From     time.Time      `json:"from"`
	To       time.Time      `json:"to"`
	Zone     string         `json:"zone"`
	Calendar bool           `json:"calendar"` // the calendar counts
	Spans    []Span         `json:"spans"`
	Events   []DayEvent     `json:"events,omitempty"`
	Hours    []Interval     `json:"hours,omitempty"`
	Replies  *Interval      `json:"replies,omitempty"`
	Choice   *ChoiceState   `json:"choice,omitempty"`
	Next     time.Time      `json:"next,omitzero"` // when the telephone is open next
	Read     time.Time      `json:"read,omitzero"`
	Health   string         `json:"health,omitempty"`
}

// Span is a time during which nothing changes.
type Span struct {
	From  time.Time `json:"from"`
	To    time.Time `json:"to"`
	State State     `json:"state"`
	Layer string    `json:"layer,omitempty"` // choice, calendar, replies, hours
}

// Interval is from one instant up to another, zero where that is not known.
type Interval struct {
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
}

// DayEvent is an event as far as it is kept and may be seen.
type DayEvent struct {
	From       time.Time `json:"from"`
	To         time.Time `json:"to"`
	AllDay     bool      `json:"allDay,omitempty"`
	Private    bool      `json:"private,omitempty"`
	Subject    string    `json:"subject,omitempty"`
	Place      string    `json:"place,omitempty"`
	Silenced   bool      `json:"silenced,omitempty"`
	ShowAs     string    `json:"showAs,omitempty"`
	Prefix     string    `json:"prefix,omitempty"`
	Words      []string  `json:"words,omitempty"`
	Categories []string  `json:"categories,omitempty"`
	Response   string    `json:"response,omitempty"`
	Cancelled  bool      `json:"cancelled,omitempty"`
}

// ChoiceState is a choice that stands.
type ChoiceState struct {
	Activity  string    `json:"activity"`
	From      time.Time `json:"from"`
	Until     time.Time `json:"until,omitzero"`
	Note      string    `json:"note,omitempty"`
	Forward   *Forward  `json:"forward,omitempty"`
	By        string    `json:"by,omitempty"`
	At        time.Time `json:"at"`
	Forgotten bool      `json:"forgotten,omitempty"` // without an end, and older than a working day
}

// Reasons say why something stands, or stood.
type Reasons struct {
	Person PersonActivity `json:"person"`
	At     time.Time      `json:"at"`
	Known  bool           `json:"known"` // else only what was told is known
	Span   *Span          `json:"span,omitempty"`
	Event  *DayEvent      `json:"event,omitempty"`
	Rule   *RuleWhy       `json:"rule,omitempty"`
	Beaten []Claim        `json:"beaten,omitempty"`
	Choice *ChoiceState   `json:"choice,omitempty"`
	Read   time.Time      `json:"read,omitzero"`
	Heard  time.Time      `json:"heard,omitzero"`
	Health string         `json:"health,omitempty"`
	Cure   *Reason        `json:"cure,omitempty"`
	Told   []Told         `json:"told"`
	Text   string         `json:"text"` // all of it in a sentence
}

// RuleWhy is a rule and whose it is: person, group, organization, preset.
type RuleWhy struct {
	ActivityRule
	Of        string `json:"of"`
	GroupName string `json:"groupName,omitempty"` // of the group that it asks for
}

// Claim is a proposal that did not win.
type Claim struct {
	Layer    string            `json:"layer"`
	Activity string            `json:"activity"`
	Names    map[string]string `json:"names"`
	From     time.Time         `json:"from,omitzero"`
	To       time.Time         `json:"to,omitzero"`
	Rule     *RuleWhy          `json:"rule,omitempty"`
}

// Told is what a switchboard was told of a person.
type Told struct {
	Switchboard string    `json:"switchboard"`
	Name        string    `json:"name,omitempty"`
	At          time.Time `json:"at"`
	State       State     `json:"state"`
	LateMs      int64     `json:"lateMs,omitempty"`
	Answer      *Reason   `json:"answer,omitempty"` // what is wrong
	Again       time.Time `json:"again,omitzero"`
}

// Preference is what a person set for himself.
type Preference struct {
	Settings   PersonSettings `json:"settings"`
	Delegates  []PersonName   `json:"delegates,omitempty"`
	Allowed    Privacy        `json:"allowed"`
	Generation int64          `json:"generation"`
}

// PersonSettings are a person's own. Subject, Place and Private are no wider than
// the organization's; "" follows it.
type PersonSettings struct {
	Off       *bool          `json:"off,omitempty"`
	Rules     []ActivityRule `json:"rules,omitempty"`
	Hours     *Hours         `json:"hours,omitempty"`
	Delegates []string       `json:"delegates,omitempty"`
	Subject   string         `json:"subject,omitempty"`
	Place     string         `json:"place,omitempty"`
	Private   string         `json:"private,omitempty"`
	Language  string         `json:"language,omitempty"`
}

// PersonName is somebody with his name.
type PersonName struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// PersonToken is what a person's own softphone or button signs in with.
type PersonToken struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Text    string    `json:"text,omitempty"` // told once
	By      string    `json:"by,omitempty"`
	Created time.Time `json:"created"`
	Used    time.Time `json:"used,omitzero"`
	Revoked time.Time `json:"revoked,omitzero"`
}

// NewPersonToken is what one is called.
type NewPersonToken struct {
	Name string `json:"name"`
}

func (o *Organization) onePerson(id string) string { return o.path + "/people/" + url.PathEscape(id) }

// Board reads a page of what everybody is doing, by name.
func (o *Organization) Board(ctx context.Context, q BoardQuery) (Board, error) {
	return get[Board](ctx, o.c, o.path+"/board",
		values("search", q.Search, "activity", q.Activity, "after", q.After, "limit", number(int64(q.Limit))))
}

// Activities lists what everybody is doing.
func (o *Organization) Activities(ctx context.Context) ([]PersonActivity, error) {
	return list[PersonActivity](ctx, o.c, o.path+"/activities", nil)
}

// ActivityNames lists the activities there are, in their order of rank.
func (o *Organization) ActivityNames(ctx context.Context) ([]Activity, error) {
	return list[Activity](ctx, o.c, o.path+"/activity-names", nil)
}

// Changed is what has changed of what people are doing: who is doing something
// else, and the ids of those who are no longer there.
type Changed struct {
	Items []PersonActivity `json:"items"`
	Gone  []string         `json:"gone,omitempty"`
}

// WatchActivities calls each with what everybody is doing, and then with what
// changes, until ctx ends, the server goes or each returns an error.
func (o *Organization) WatchActivities(ctx context.Context, each func(Changed) error) error {
	body, err := o.c.open(ctx, request{method: http.MethodGet, path: o.path + "/activities/stream"})
	if err != nil {
		return err
	}
	defer body.Close()
	lines := bufio.NewReader(body)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return fmt.Errorf("watch activities: %w", err)
		}
		data, ok := strings.CutPrefix(strings.TrimRight(line, "\r\n"), "data: ")
		if !ok {
			continue
		}
		var c Changed
		if err := json.Unmarshal([]byte(data), &c); err != nil {
			return fmt.Errorf("watch activities: %w", err)
		}
		if err := each(c); err != nil {
			return err
		}
	}
}

// Activity is what a person is doing.
func (o *Organization) Activity(ctx context.Context, person string) (PersonActivity, error) {
	return get[PersonActivity](ctx, o.c, o.onePerson(person)+"/activity", nil)
}

// Choose sets a person's activity by hand.
func (o *Organization) Choose(ctx context.Context, person string, c Choice) (PersonActivity, error) {
	return send[PersonActivity](ctx, o.c, http.MethodPut, o.onePerson(person)+"/activity", c)
}

// Back says that a person is back: what was set by hand ends, and the events that
// say that he is away are silenced.
func (o *Organization) Back(ctx context.Context, person string) (PersonActivity, error) {
	return send[PersonActivity](ctx, o.c, http.MethodDelete, o.onePerson(person)+"/activity", nil)
}

// Clear ends what was set by hand: the calendar holds again.
func (o *Organization) Clear(ctx context.Context, person string) (PersonActivity, error) {
	return send[PersonActivity](ctx, o.c, http.MethodPost, o.onePerson(person)+"/activity/clear", nil)
}

// Day is a person's timeline between two instants; today where the person is, where
// they are zero.
func (o *Organization) Day(ctx context.Context, person string, from, to time.Time) (Day, error) {
	return get[Day](ctx, o.c, o.onePerson(person)+"/day", values("from", instant(from), "to", instant(to)))
}

// Reasons say why a person's activity is, or was, what it is at an instant; zero
// is now.
func (o *Organization) Reasons(ctx context.Context, person string, at time.Time) (Reasons, error) {
	return get[Reasons](ctx, o.c, o.onePerson(person)+"/explain", values("at", instant(at)))
}

// Told is what switchboards were told of a person between two instants.
func (o *Organization) Told(ctx context.Context, person string, from, to time.Time) ([]Told, error) {
	return list[Told](ctx, o.c, o.onePerson(person)+"/told", values("from", instant(from), "to", instant(to)))
}

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// FindPeople lists people whose calendars are read by part of their name or address.
func (o *Organization) FindPeople(ctx context.Context, search string) ([]PersonName, error) {
	return list[PersonName](ctx, o.c, o.path+"/people", values("search", search))
}

// Preference reads a person's own settings.
func (o *Organization) Preference(ctx context.Context, person string) (Preference, error) {
	return get[Preference](ctx, o.c, o.onePerson(person)+"/preference", nil)
}

// SavePreference changes them, whole.
func (o *Organization) SavePreference(ctx context.Context, person string, s PersonSettings, generation int64) (Preference, error) {
	if generation == 0 {
		generation = unset
	}
	return do[Preference](ctx, o.c, request{method: http.MethodPut, path: o.onePerson(person) + "/preference", body: s, generation: generation})
}

// PersonTokens lists a person's tokens.
func (o *Organization) PersonTokens(ctx context.Context, person string) ([]PersonToken, error) {
	return list[PersonToken](ctx, o.c, o.onePerson(person)+"/tokens", nil)
}

// AddPersonToken makes a token for a person; its text is in the answer, this once.
func (o *Organization) AddPersonToken(ctx context.Context, person, name string) (PersonToken, error) {
	return send[PersonToken](ctx, o.c, http.MethodPost, o.onePerson(person)+"/tokens", NewPersonToken{name})
}

// RevokePersonToken makes a person's token worthless.
func (o *Organization) RevokePersonToken(ctx context.Context, person, id string) error {
	_, err := do[nothing](ctx, o.c, request{method: http.MethodDelete, path: o.onePerson(person) + "/tokens/" + url.PathEscape(id)})
	return err
}

// MyActivity is what the person is doing whose token this is.
func (c *Client) MyActivity(ctx context.Context) (PersonActivity, error) {
	return get[PersonActivity](ctx, c, "/me/activity", nil)
}

// ChooseMine sets it by hand.
func (c *Client) ChooseMine(ctx context.Context, choice Choice) (PersonActivity, error) {
	return send[PersonActivity](ctx, c, http.MethodPut, "/me/activity", choice)
}

// BackMine says that he is back.
func (c *Client) BackMine(ctx context.Context) (PersonActivity, error) {
	return send[PersonActivity](ctx, c, http.MethodDelete, "/me/activity", nil)
}
