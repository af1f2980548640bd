package reconcile

import (
	"slices"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/store"
)

// Where an organization has several connections nobody says in which of them a
// mailbox is: it is found by trying, and kept. One that says that it has no such
// mailbox is left for the next, at once; where none has it, the most telling of what
// they said is its health, and all are asked again when that is next tried. So a
// mailbox that is moved is found by itself, and none is asked for more than once by
// each in a reading. What is known of it stands meanwhile.

// saidFor is how long an answer counts while others can't be had: longer than a
// connection is left alone, so that the search comes to an end.
const saidFor = 4 * lastHold

// elsewhere is true where a connection says that it has no such mailbox.
func elsewhere(s calendar.State) bool { return s == calendar.NoMailbox || s == calendar.OnServer }

// unread is what is kept where a mailbox could not be read: why, and when it is
// tried again, or by whom else. The agenda stands as it was.
func (p *pass) unread(s seen) store.ReadingRow {
	said := slices.DeleteFunc(slices.Clone(s.Sought), func(one store.Sought) bool { return p.began.Sub(one.At) >= saidFor })
	if hasSaid(said, p.source) {
		said = nil // all had been asked: it begins anew
	}
	if len(s.Sought) == 0 && !elsewhere(s.Reading.Health.State) {
		return p.failed(s, p.row(s)) // it is here
	}
	row := p.row(s)
	said = append(said, store.Sought{Source: p.source, State: s.Reading.Health.State,
		Sentence: s.Reading.Health.Sentence, Way: row.Way, At: p.began})
	candidates := p.candidates(s.Home, s.Person)
	for _, next := range candidates {
		if !hasSaid(said, next) {
			row.Health, row.Tries, row.Sought = s.Subject.Health, s.Tries, said
			row.Source, row.Way, row.WaySince = next, calendar.Way{}, s.WaySince
			row.DueAt, row.DueCause = p.began, s.DueCause
			return row
		}
	}
	best := slices.MaxFunc(said, moreTelling)
	if best.Source != p.source {
		row.Source, row.Way = best.Source, best.Way
		s.Reading.Health = calendar.Health{State: best.State, Sentence: best.Sentence}
		row.Health = s.Reading.Health
	}
	row.Sought = said
	return p.failed(s, row)
}

// failed says when a mailbox is tried again that could not be read.
func (p *pass) failed(s seen, row store.ReadingRow) store.ReadingRow {
	row.Tries, row.DueCause = s.Tries+1, CauseAgain
	if row.Health.State != s.Subject.Health.State {
		row.Tries = 1 // another trouble than before
	}
	row.DueAt = p.began.Add(retryIn(row.Health, row.Tries, p.began))
	return row
}

func hasSaid(said []store.Sought, source string) bool {
	return slices.ContainsFunc(said, func(one store.Sought) bool { return one.Source == source })
}

// moreTelling puts last what says most of where a mailbox is: who denies it has it,
// and so, it seems, has one that has trouble with it.
func moreTelling(a, b store.Sought) int {
	least := []calendar.State{calendar.NoMailbox, calendar.OnServer, calendar.NoSource, calendar.Failed, calendar.Throttled, calendar.Denied}
	return slices.Index(least, a.State) - slices.Index(least, b.State)
}
