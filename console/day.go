package console

import (
	"cmp"
	"slices"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/desk"
)

// dayView is a person's day, and why something stands in it.
type dayView struct {
	Base string // the address of the day
	Find string // where people are looked for by name
	Self bool   // it is the reader's own

	D     desk.PersonDay
	Day   time.Time     // its midnight
	Now   *desk.DaySpan // what stands now, nil where that is not known
	Names activity.Set
	Why   *desk.Reasons // of the minute that was asked about
	Told  []desk.ToldLine
}

// showDay is a person's day for those who may see him.
func showDay(p *page) error {
	person := p.r.PathValue("person")
	v, err := p.readDay(person, p.url("people/"+pathEscape(person)+"/day"), p.url("find"))
	if err != nil {
		return err
	}
	return p.ok(p.dayPage(v))
}

// changeDay sets the activity of the person whose day it is.
func changeDay(p *page) error {
	p.zone = p.about.Zone
	person := p.r.PathValue("person")
	return p.changedDay(person, p.url("people/"+pathEscape(person)+"/day"))
}

func (p *page) changedDay(person, base string) error {
	row, err := p.change(person)
	if err != nil {
		return p.afterAt(err, base, "")
	}
	return p.afterAt(nil, base, "board.done", "name", row.Name, "state", p.sentenceOf(row.Seen))
}

// readDay reads the day of the query, today where it names none, in the person's
// own zone; and the reasons for a minute of it, where one is asked about.
func (p *page) readDay(person, base, find string) (v dayView, err error) {
	v = dayView{Base: base, Find: find, Self: p.actor.About == person}
	p.zone = p.about.Zone
	if v.D, err = p.spansOf(person, &v); err != nil {
		return v, err
	}
	if zone := v.D.Zone; zone != nil && zone.String() != p.zone.String() {
		p.zone = zone
		if v.D, err = p.spansOf(person, &v); err != nil {
			return v, err
		}
	}
	if v.Now, err = p.standsNow(v); err != nil {
		return v, err
	}
	if v.Names, err = p.visit.ActivityNames(p.ctx()); err != nil {
		return v, err
	}
	if v.Told, err = p.visit.Told(p.ctx(), person, v.Day, v.Day.AddDate(0, 0, 1)); err != nil {
		return v, err
	}
	return v, p.readWhy(&v)
}

func (p *page) spansOf(person string, v *dayView) (desk.PersonDay, error) {
	v.Day = midnight(p.now())
	if day, err := time.ParseInLocation(time.DateOnly, p.form("date"), p.zone); err == nil {
		v.Day = day
	}
	return p.visit.Day(p.ctx(), person, v.Day, v.Day.AddDate(0, 0, 1))
}

// standsNow is the span of now, also where another day is looked at.
func (p *page) standsNow(v dayView) (*desk.DaySpan, error) {
	now, spans := p.now(), v.D.Spans
	if now.Before(v.Day) || !now.Before(v.Day.AddDate(0, 0, 1)) {
		d, err := p.visit.Day(p.ctx(), v.D.Person, now, now.Add(time.Minute))
		if err != nil {
			return nil, err
		}
		spans = d.Spans
	}
	for _, s := range spans {
		if !now.Before(s.From) && now.Before(s.To) {
			return &s, nil
		}
	}
	return nil, nil
}

func (p *page) readWhy(v *dayView) error {
	if p.form("at") == "" {
		return nil
	}
	at, ok := p.instant(v.Day.Format(time.DateOnly), p.form("at"))
	if !ok {
		return nil
	}
	if now := p.now(); now.Truncate(time.Minute).Equal(at) {
		at = now // the minute that passes is asked about as it stands
	}
	why, err := p.visit.Reasons(p.ctx(), v.D.Person, at)
	if _, refused := p.refused(err); refused {
		return nil
	}
	v.Why = &why
	return err
}

// on is the address of another day, or of a minute of one.
func (v dayView) on(day time.Time, at string) string {
	address := v.Base + "?date=" + day.Format(time.DateOnly)
	if at != "" {
		address += "&at=" + at + "#why"
	}
	return address
}

// fromTo is a time within a day: "9:00–10:30", "hela dagen", "från 13:00", "till
// 9:00" where it goes on beyond it.
func (p *page) fromTo(from, to, day time.Time) string {
	from, to = from.In(p.zone), to.In(p.zone)
	next := day.AddDate(0, 0, 1)
	before, after := !from.After(day), !to.Before(next)
	switch {
	case before && after:
		return p.T("day.whole")
	case before:
		return p.T("day.till", "time", p.lang.Clock(to))
	case after:
		return p.T("day.from", "time", p.lang.Clock(from))
	}
	return p.lang.Clock(from) + "–" + p.lang.Clock(to)
}

// minute is the time of day under which a span is asked about: its beginning, or
// the day's.
func (p *page) minute(s desk.DaySpan, day time.Time) string {
	if s.From.Before(day) {
		return "00:00"
	}
	return s.From.In(p.zone).Format("15:04")
}

// eventName is as much of an event's name as is shared with the reader.
func (p *page) eventName(e desk.DayEvent) string {
	switch {
	case e.Subject != "":
		return e.Subject
	case e.Private:
		return p.T("note.private")
	case e.Whole != nil && e.Whole.Prefix != "":
		return e.Whole.Prefix + e.Whole.Mark
	case e.Whole != nil && e.Whole.ShowAs != "":
		return p.orText("showas."+string(e.Whole.ShowAs), string(e.Whole.ShowAs))
	}
	return p.T("day.event")
}

// eventFacts are what the rules looked at, for one who may see it.
func (p *page) eventFacts(e desk.DayEvent, server bool) []string {
	w := e.Whole
	if w == nil {
		return nil
	}
	var facts []string
	if w.ShowAs != "" {
		facts = append(facts, p.orText("showas."+string(w.ShowAs), string(w.ShowAs)))
	}
	if w.Prefix != "" {
		facts = append(facts, p.T("fact.prefix", "prefix", w.Prefix+w.Mark))
	}
	for _, word := range w.Words {
		facts = append(facts, p.T("fact.word", "word", word))
	}
	for _, category := range w.Categories {
		facts = append(facts, p.T("fact.category", "category", category))
	}
	if w.Own > 0 {
		facts = append(facts, p.T("fact.own"))
	} else if w.Own < 0 {
		facts = append(facts, p.T("fact.invited"))
	}
	if w.Others > 0 {
		facts = append(facts, p.T("fact.others"))
	}
	if server {
		facts = append(facts, p.unknownFacts(*w)...)
	}
	if p.lang.Has("rules.response." + string(w.Response)) {
		facts = append(facts, p.T("rules.response."+string(w.Response)))
	}
	if w.Cancelled {
		facts = append(facts, p.T("fact.cancelled"))
	}
	return facts
}

// unknownFacts are what an Exchange server does not tell in the way in which it is
// asked, so that nobody takes it for a no.
func (p *page) unknownFacts(e calendar.Event) []string {
	var facts []string
	if e.Own == calendar.Unknown {
		facts = append(facts, p.T("fact.ownUnknown"))
	}
	if e.Others == calendar.Unknown {
		facts = append(facts, p.T("fact.othersUnknown"))
	}
	return facts
}

// ruleText is what a rule is called, or else what it asks for.
func (p *page) ruleText(r desk.RuleWhy) string {
	if r.Name != "" {
		return r.Name
	}
	return p.ruleIf(p.org.Settings.Calendar, r.If)
}

// boardName is what a switchboard is called.
func (p *page) boardName(l desk.ToldLine) string {
	if l.Switchboard == "builtin" {
		return p.T("told.builtin")
	}
	return cmp.Or(l.SwitchboardName, l.Switchboard)
}

// newest is the history of a day with what came last first.
func newest(lines []desk.ToldLine) []desk.ToldLine {
	all := slices.Clone(lines)
	slices.Reverse(all)
	return all
}
