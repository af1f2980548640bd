package activity

import "time"

// State is what stands at a moment and what of it may be told: keys, times and
// kinds, never a finished sentence. What leaves us goes through [State.Outward].
type State struct {
	Key  Key  `json:"key"`
	Open bool `json:"open"` // the telephone takes calls
	// Since is when it began, zero where that lies before the window.
	Since time.Time `json:"since,omitzero"`
	// Until is when this activity ends, zero where it is not known. Adjoining ones
	// that are the same outside, and as open, are one, for Since as well.
	Until time.Time `json:"until,omitzero"`
	Back  Back      `json:"back"`

	// Outer is what is told outside where that is not simply what Key is known as
	// there, and OuterNote its note. Inside, a sensitive activity has its own rank;
	// outside it has that of Out, or what it beats and is beaten by would tell them
	// apart.
	Outer     Key    `json:"-"`
	OuterNote string `json:"-"`

	Note    string  `json:"note,omitempty"`    // what follows the prefix, or was written with a choice
	Subject string  `json:"subject,omitempty"` // only where it is shared
	Place   string  `json:"place,omitempty"`
	Forward Forward `json:"forward,omitzero"`

	// Manual is set for a choice: who made it, "" for the person himself, and when.
	Manual bool      `json:"manual,omitempty"`
	By     string    `json:"by,omitempty"`
	At     time.Time `json:"at,omitzero"`

	// Language and Zone are what a sentence about it is made with.
	Language string `json:"-"`
	Zone     string `json:"-"` // IANA
	// Public is the activity as it leaves us, filled by Outward.
	Public Activity `json:"-"`
}

// Back is when a person can be reached again: the first instant at which the
// telephone is open and it is working time.
type Back struct {
	Kind BackKind  `json:"kind,omitempty"`
	At   time.Time `json:"at,omitzero"` // for BackDay the beginning of that day, for BackEarliest an instant on it
}

// BackKind says how exactly the return is known.
type BackKind string

// The kinds.
const (
	BackNone     BackKind = ""         // reachable now
	BackTime     BackKind = "time"     // at a time
	BackDay      BackKind = "day"      // on a day, no time is known
	BackEarliest BackKind = "earliest" // not before that day; we know no further
	BackUnknown  BackKind = "unknown"  // tills vidare
)

// Forward is where calls are to go. No driver forwards yet; it is kept and shown.
type Forward struct {
	Kind ForwardKind `json:"kind,omitempty"`
	To   string      `json:"to,omitempty"` // a number, or the id of a colleague
}

// ForwardKind is to whom.
type ForwardKind string

// The kinds.
const (
	NoForward   ForwardKind = ""
	ToVoicemail ForwardKind = "voicemail"
	ToNumber    ForwardKind = "number"
	ToColleague ForwardKind = "colleague"
)

// Outward is s as callers, switchboards and programs may know it: a sensitive
// activity has become Out in every respect, and what is shared with people alone
// is gone.
func (s State) Outward(set Set) State {
	if a, ok := set.Find(s.Key); !ok || a.Sensitive {
		s.Note = ""
	}
	if s.Outer != "" {
		s.Key, s.Note = s.Outer, s.OuterNote
	}
	s.Public = set.Public(s.Key)
	s.Key = s.Public.Key
	s.Outer, s.OuterNote, s.Subject, s.Place, s.By = "", "", "", "", ""
	return s
}

// Same is true where two states need not be told twice: everything but Since is
// equal.
func (s State) Same(t State) bool {
	return s.Key == t.Key && s.Open == t.Open && s.Outer == t.Outer && s.OuterNote == t.OuterNote && s.Until.Equal(t.Until) && s.Back.Kind == t.Back.Kind &&
		s.Back.At.Equal(t.Back.At) && s.Note == t.Note && s.Subject == t.Subject && s.Place == t.Place &&
		s.Forward == t.Forward && s.Manual == t.Manual && s.By == t.By && s.At.Equal(t.At)
}
