package desk

import (
	"time"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store"
)

// What stands here is how rows are written into files of JSON that are kept by
// others: names of their own, which no change of ours renames.

type entryFile struct {
	At     time.Time         `json:"at"`
	Actor  string            `json:"actor"`
	Role   organization.Role `json:"role"`
	Verb   string            `json:"verb"`
	Object string            `json:"object,omitempty"`
	Detail map[string]string `json:"detail,omitempty"`
}

func entryOf(e Entry) entryFile {
	return entryFile{e.At, e.Actor, e.Role, e.Verb, e.Object, e.Detail}
}

type roundFile struct {
	ID         string           `json:"id"`
	Replicator string           `json:"replicator"`
	Number     int64            `json:"number"`
	Cause      Cause            `json:"cause"`
	Actor      string           `json:"actor,omitempty"`
	State      RoundState       `json:"state"`
	Held       []pbx.Reason     `json:"held,omitempty"`
	Counts     map[string]int64 `json:"counts,omitempty"`
	ApprovedBy string           `json:"approvedBy,omitempty"`
	Started    time.Time        `json:"started"`
	Planned    time.Time        `json:"planned,omitzero"`
	Ended      time.Time        `json:"ended,omitzero"`
	Changes    []changeFile     `json:"changes"`
}

func roundOf(r Round, changes []Change) roundFile {
	return roundFile{
		r.ID, r.Replicator, r.Number, r.Cause, r.Actor, r.State, r.Held, r.Counts, r.ApprovedBy, r.Started, r.Planned, r.Ended,
		mapped(changes, changeOf),
	}
}

type changeFile struct {
	Round      string      `json:"round"`
	Position   int64       `json:"position"`
	Kind       pbx.Kind    `json:"kind"`
	Person     string      `json:"person,omitempty"`
	Name       string      `json:"name,omitempty"`
	Subscriber string      `json:"subscriber,omitempty"`
	Reason     pbx.Reason  `json:"reason"`
	Before     pbx.Fields  `json:"before,omitempty"`
	After      pbx.Fields  `json:"after,omitempty"`
	State      ChangeState `json:"state"`
	Answer     *pbx.Reason `json:"answer,omitempty"`
	At         time.Time   `json:"at,omitzero"`
}

func changeOf(c Change) changeFile {
	f := changeFile{
		c.Round, c.Position, c.Kind, c.Person, c.Name, c.Subscriber, c.Reason, c.Before, c.After, c.State, nil, c.At,
	}
	if c.Answer.Code != "" {
		f.Answer = &c.Answer
	}
	return f
}

type personFile struct {
	ID      string       `json:"id"`
	At      time.Time    `json:"at"` // when this was written
	Sources []sourceFile `json:"sources,omitempty"`
	Entry   *entryRow    `json:"entry,omitempty"`   // an entry of the switchboard by itself
	Changes []changeFile `json:"changes,omitempty"` // of that entry, or of one whose directory forgot him
}

// sourceFile is what one directory told and what became of it.
type sourceFile struct {
	Source    string                     `json:"source"`
	Fields    map[directory.Field]string `json:"fields"`
	Gone      directory.GoneReason       `json:"gone,omitempty"`
	GoneAt    time.Time                  `json:"goneAt,omitzero"`
	Groups    []string                   `json:"groups,omitempty"`
	Standings []standingFile             `json:"standings,omitempty"`
	Links     []linkFile                 `json:"links,omitempty"`
	Entries   []entryRow                 `json:"entries,omitempty"`
	Ignored   []ignoredFile              `json:"ignored,omitempty"`
	Changes   []changeFile               `json:"changes,omitempty"`
	Calendar  *calendarFile              `json:"calendar,omitempty"`
}

type standingFile struct {
	Replicator  string              `json:"replicator"`
	State       store.StandingState `json:"state"`
	Why         pbx.Reason          `json:"why,omitzero"`
	Problems    []pbx.Reason        `json:"problems,omitempty"`
	Suggestions []Suggestion        `json:"suggestions,omitempty"`
}

type linkFile struct {
	Replicator string           `json:"replicator"`
	Register   string           `json:"register"`
	Subscriber string           `json:"subscriber"`
	State      store.LinkState  `json:"state"`
	Written    pbx.Fields       `json:"written,omitempty"`
	Left       store.LeftReason `json:"left,omitempty"`
	LeftAt     time.Time        `json:"leftAt,omitzero"`
	LinkedAt   time.Time        `json:"linkedAt"`
	LinkedBy   string           `json:"linkedBy,omitempty"`
}

type entryRow struct {
	ID      string     `json:"id"`
	Fields  pbx.Fields `json:"fields"`
	Created time.Time  `json:"created"`
	Changed time.Time  `json:"changed"`
}

type ignoredFile struct {
	Replicator string    `json:"replicator"`
	By         string    `json:"by"`
	At         time.Time `json:"at"`
}

func entryRowOf(s SubscriberRow) entryRow { return entryRow{s.ID, s.Fields, s.Created, s.Changed} }

func sourceOf(source string, d store.PersonData) sourceFile {
	f := sourceFile{
		Source: source, Fields: d.Person.Fields, Gone: d.Person.GoneReason, GoneAt: d.Person.GoneAt, Groups: d.Groups,
		Entries: mapped(d.Subscribers, entryRowOf), Changes: mapped(d.Changes, changeOf), Calendar: calendarOf(d.Calendar),
		Links: mapped(d.Links, func(l store.Link) linkFile {
			return linkFile{l.Replicator, l.Register, l.Subscriber, l.State, l.Written, l.Left, l.LeftAt, l.LinkedAt, l.LinkedBy}
		}),
		Ignored: mapped(d.Ignored, func(i store.IgnoredPerson) ignoredFile { return ignoredFile(i) }),
	}
	for replicator, s := range d.Standings {
		f.Standings = append(f.Standings, standingFile{replicator, s.State, s.Why, s.Problems, s.Suggestions})
	}
	return f
}

func mapped[T, F any](all []T, f func(T) F) []F {
	out := make([]F, len(all))
	for i, one := range all {
		out[i] = f(one)
	}
	return out
}
