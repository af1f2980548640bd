package activity

import (
	"github.com/telefonist/telefonist/calendar"
)

// Rule says which activity an event proposes. Every condition that is set must
// hold; the first rule of a list that matches decides, also where it says that
// the event has no opinion.
type Rule struct {
	ID   string    `json:"id"`
	Name string    `json:"name,omitempty"` // what the administrator calls it; "" is described by its conditions
	If   Condition `json:"if"`
	// Then is the activity, "" for no opinion.
	Then Key `json:"then,omitempty"`
	// Phone says whether the telephone is open, over what the activity has and
	// under the event's own ";".
	Phone Phone `json:"phone,omitempty"`
	// Preset names the preset that made the rule, "" for the administrator's own.
	Preset Preset `json:"preset,omitempty"`
	Off    bool   `json:"off,omitempty"`
}

// Phone is open, closed or as the activity has it.
type Phone string

// The values.
const (
	AsActivity Phone = ""
	Open       Phone = "open"
	Closed     Phone = "closed"
)

// Condition is what a rule asks of an event. Zero values ask nothing.
type Condition struct {
	Prefix   string            `json:"prefix,omitempty"` // "SEM", any case
	Word     string            `json:"word,omitempty"`
	Category string            `json:"category,omitempty"`
	ShowAs   calendar.ShowAs   `json:"showAs,omitempty"`
	AllDay   Asked             `json:"allDay,omitempty"`
	Private  Asked             `json:"private,omitempty"`
	Own      Asked             `json:"own,omitempty"` // made by the person; what is not known is not matched
	Others   Asked             `json:"others,omitempty"`
	Response calendar.Response `json:"response,omitempty"`
	Group    string            `json:"group,omitempty"` // of the directory; the person is a member
}

// Asked is yes, no or not asked.
type Asked string

// The values.
const (
	NotAsked Asked = ""
	MustBe   Asked = "yes"
	MustNot  Asked = "no"
)

// Preset is a ready list of rules.
type Preset string

// The presets: by show-as, by prefix, by prefix and else by show-as, or none but
// one's own rules.
const (
	ByStatus Preset = "status"
	ByPrefix Preset = "prefix"
	ByBoth   Preset = "both"
	NoPreset Preset = "none"
)
