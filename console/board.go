package console

import (
	"errors"
	"slices"
	"time"

	"github.com/a-h/templ"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/desk"
)

// boardPage is how many rows are shown, and kept up to date, at a time: who looks
// for somebody among thousands types a part of the name.
const boardRows = 60

// aheadDays is how many days a row opens.
const aheadDays = 7

// boardView is what is seen of the board: one page of those who were looked for.
type boardView struct {
	Page  desk.BoardPage
	Names activity.Set
	Open  *aheadView // of the row that is open
}

// aheadView is what somebody does on the coming days.
type aheadView struct {
	Person string
	Next   time.Time // when he can be reached next, zero where that is now or not known
	Days   []aheadDay
}

// aheadDay is a day with what stands in it, but for its being available.
type aheadDay struct {
	Day   time.Time
	Spans []desk.DaySpan
}

func showBoard(p *page) error {
	v, err := p.readBoard()
	if err != nil {
		return err
	}
	return p.ok(p.boardPage(v))
}

// liveBoard sends the rows that are seen each time something of them has changed.
func liveBoard(p *page) error {
	changes, err := p.visit.WatchActivities(p.ctx())
	if err != nil {
		return err
	}
	return follow(p, changes, func(struct{}) bool { return true }, 0, func(p *page) (templ.Component, error) {
		v, err := p.readBoard()
		return p.boardBody(v), err
	})
}

func (p *page) readBoard() (v boardView, err error) {
	p.zone = p.about.Zone
	if v.Names, err = p.visit.ActivityNames(p.ctx()); err != nil {
		return v, err
	}
	f := desk.BoardFilter{Search: p.form("q"), Activity: activity.Key(p.form("activity")), After: p.form("after"), Limit: boardRows}
	v.Page, err = p.visit.Board(p.ctx(), f)
	var refused *desk.Invalid
	if errors.As(err, &refused) { // an activity or a place that is no longer there
		f.Activity, f.After = "", ""
		v.Page, err = p.visit.Board(p.ctx(), f)
	}
	if err != nil {
		return v, err
	}
	if open := p.form("open"); slices.ContainsFunc(v.Page.Rows, func(r desk.BoardRow) bool { return r.Person == open }) {
		if v.Open, err = p.readAhead(open); err != nil {
			return v, err
		}
	}
	return v, nil
}

// readAhead reads the coming days of somebody.
func (p *page) readAhead(person string) (*aheadView, error) {
	now := p.now()
	d, err := p.visit.Day(p.ctx(), person, now, midnight(now).AddDate(0, 0, aheadDays))
	if notFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	v := aheadView{Person: person, Next: d.Next}
	for n := range aheadDays {
		from := midnight(now).AddDate(0, 0, n)
		v.Days = append(v.Days, aheadDay{from, during(d.Spans, from, from.AddDate(0, 0, 1))})
	}
	return &v, nil
}

// midnight is when the day of t began.
func midnight(t time.Time) time.Time {
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, t.Location())
}

// during is what of the spans lies between two instants, cut to them, without
// those that are simply available.
func during(spans []desk.DaySpan, from, to time.Time) []desk.DaySpan {
	var all []desk.DaySpan
	for _, s := range spans {
		if !s.From.Before(to) || !s.To.After(from) || s.Seen.Key == activity.Available {
			continue
		}
		if s.From.Before(from) {
			s.From = from
		}
		if s.To.After(to) {
			s.To = to
		}
		all = append(all, s)
	}
	return all
}

// boardURL is the board with the filters that are on.
func (p *page) boardURL(path string, key activity.Key, after, open string) string {
	return p.query(path, "q", p.form("q"), "activity", string(key), "after", after, "open", open)
}

// boardHere is the address of what is seen now.
func (p *page) boardHere() string {
	return p.boardURL("board", activity.Key(p.form("activity")), p.form("after"), p.form("open"))
}

// opener opens a row, or closes it.
func (p *page) opener(person string) string {
	if p.form("open") == person {
		person = ""
	}
	return p.boardURL("board", activity.Key(p.form("activity")), p.form("after"), person)
}

// changeBoard sets somebody's activity from the board, or takes it away.
func changeBoard(p *page) error {
	p.zone = p.about.Zone
	person := p.form("person")
	row, err := p.change(person)
	return p.afterAt(err, local(p.form("next")), "board.done", "name", row.Name, "state", p.sentenceOf(row.Seen))
}
