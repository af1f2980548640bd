// Package activity says what a person is doing, and until when: her activity
// (hänvisning), computed from her calendar, her own choice, her automatic replies,
// her hours and an ordered list of rules.
//
// It is pure: [Make] gets everything as values, with the times that are asked
// about, and returns a [Day], the spans of a window. What is true at a moment is
// [Day.At]; nothing is patched from the state before, so that the same events
// give the same answer in any order and after any interruption.
//
// Around it: [Explain] says why, [Compare] what other rules would change, [Return]
// what becomes of a person who says that she is back, [NextFree] when she can be
// reached, [Preset.Rules] and [Compile] which rules are tried, [Keep] what must be
// kept of events for them, [Worktime] when it is working time. A day is stored with
// [Day.Append] and asked with [At], without being read whole.
//
// Words and names are not here: a [State] carries keys, times and kinds, and
// package language says them.
package activity

import "slices"

// Key names an activity.
type Key string

// The nine that every organization has.
const (
	Available Key = "available" // Tillgänglig
	Home      Key = "home"      // Jobbar hemifrån
	Busy      Key = "busy"      // Upptagen
	Meeting   Key = "meeting"   // Möte
	Lunch     Key = "lunch"     // Lunch
	Out       Key = "out"       // Ej på kontoret
	Holiday   Key = "holiday"   // Semester
	Sick      Key = "sick"      // Sjuk / VAB
	Gone      Key = "gone"      // Gått för dagen
)

// Activity is one that a person can have.
type Activity struct {
	Key  Key  `json:"key"`
	Open bool `json:"open"` // the telephone is open while it stands, unless an event's mark says otherwise
	// Sensitive is shown outside as [Out], byte for byte, in all that leaves us.
	Sensitive bool `json:"sensitive,omitempty"`
	// Names and Outside are its names by language ("sv", "en", "nl"), for one of
	// the organization's own or where it renamed one of the nine. Outside is what
	// callers and switchboards get; where it is empty, Names are.
	Names   map[string]string `json:"names,omitempty"`
	Outside map[string]string `json:"outside,omitempty"`
	// RPID is the element of RFC 4480 ("meeting"), PlaceType that of RFC 4589,
	// Basic whether PIDF says open (RFC 3863). An available one is withdrawn.
	RPID      string `json:"rpid,omitempty"`
	PlaceType string `json:"placeType,omitempty"`
	Basic     bool   `json:"basic,omitempty"`
	Asterisk  string `json:"asterisk,omitempty"` // "away,meeting": presence state and subtype
	Prefix    string `json:"prefix,omitempty"`   // what stands in a subject for it in the preset, "MOT"
}

// Own is true for an activity that the organization made.
func (a Activity) Own() bool { return !slices.Contains(nine, a.Key) }

// nine in the order of their rank.
var nine = []Key{Sick, Holiday, Gone, Out, Meeting, Lunch, Busy, Home, Available}

// Set is an organization's activities, the one that wins over all others first.
type Set []Activity

// Nine are the activities that everybody has, in their order of rank. Names are
// package language's.
func Nine() Set {
	return Set{
		{Key: Sick, Sensitive: true, RPID: "away", Asterisk: "away,out", Prefix: "SJU"},
		{Key: Holiday, RPID: "vacation", Asterisk: "xa,vacation", Prefix: "SEM"},
		{Key: Gone, RPID: "away", Asterisk: "xa,gone", Prefix: "SLU"},
		{Key: Out, RPID: "away", Asterisk: "away,out", Prefix: "UTE"},
		{Key: Meeting, RPID: "meeting", Basic: true, Asterisk: "away,meeting", Prefix: "MOT"},
		{Key: Lunch, RPID: "meal", Basic: true, Asterisk: "away,lunch", Prefix: "LUN"},
		{Key: Busy, RPID: "busy", Basic: true, Asterisk: "away,busy", Prefix: "UPP"},
		{Key: Home, Open: true, RPID: "working", PlaceType: "residence", Basic: true, Asterisk: "available,home", Prefix: "HEM"},
		{Key: Available, Open: true, Basic: true, Asterisk: "available"},
	}
}

// With is the nine with an organization's own order, names and activities in
// their place: what it names is taken as it stands there, what of the nine it
// leaves out follows in its usual order.
func (s Set) With(own Set) Set {
	all := slices.Clone(own)
	for _, a := range s {
		if all.index(a.Key) < 0 {
			all = append(all, a)
		}
	}
	return all
}

// Find is the activity with a key.
func (s Set) Find(k Key) (Activity, bool) {
	if i := s.index(k); i >= 0 {
		return s[i], true
	}
	return Activity{}, false
}

// Rank orders activities: the lower wins. One that is not in s comes last.
func (s Set) Rank(k Key) int {
	if i := s.index(k); i >= 0 {
		return i
	}
	return len(s)
}

func (s Set) index(k Key) int {
	for i := range s { // which an activity, being large, is not copied for
		if s[i].Key == k {
			return i
		}
	}
	return -1
}

// Public is what callers, switchboards and statistics know k as: a sensitive one
// is Out, with everything that Out has.
func (s Set) Public(k Key) Activity {
	a, ok := s.Find(k)
	if !ok || a.Sensitive {
		if a, ok = s.Find(Out); !ok {
			a, _ = Nine().Find(Out)
		}
	}
	return a
}
