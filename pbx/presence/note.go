package presence

import (
	"sync"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/language"
)

// note is what telephones show: the outside name with the return.
type note struct {
	printer *language.Printer
	name    string
	kind    string
	back    time.Time // in the zone in which it is said
}

func newNote(a activity.State) note {
	p := language.ForNotes(a.Language)
	return note{p, p.Outside(string(a.Public.Key), a.Public.Outside, a.Public.Names), string(a.Back.Kind), in(a.Back.At, a.Zone)}
}

// at is what it says at a moment: "åter i morgon 8:00" is "åter 8:00" tomorrow.
func (n note) at(now time.Time) string { return n.printer.State(n.name, n.kind, n.back, now) }

// midnight is the beginning of the next day where the return is said.
func (n note) midnight(now time.Time) time.Time {
	local := now.In(n.back.Location())
	return time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, local.Location())
}

// in moves an instant to a zone by its IANA name, UTC where that is none.
func in(t time.Time, zone string) time.Time {
	if t.IsZero() {
		return t
	}
	location, known := zones.Load(zone)
	if !known {
		read, err := time.LoadLocation(zone)
		if err != nil {
			return t.UTC()
		}
		location, _ = zones.LoadOrStore(zone, read)
	}
	return t.In(location.(*time.Location))
}

// zones holds each *time.Location by its name, since each is a file to read.
var zones sync.Map
