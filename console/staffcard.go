package console

import (
	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/language"
	"github.com/telefonist/telefonist/organization"
)

// Two pages to print and put up are made from what the organization has set: how
// one writes in Outlook, and what is read, kept and shown.

func showStaffCard(p *page) error {
	s, err := p.visit.Guide(p.ctx())
	if err != nil {
		return err
	}
	return p.ok(p.staffCardPage(p.forStaff(), s))
}

func showWhatWeRead(p *page) error {
	s, err := p.visit.Guide(p.ctx())
	if err != nil {
		return err
	}
	return p.ok(p.whatWeReadPage(p.forStaff(), s))
}

// forStaff is the page in the organization's language: what is printed is for
// everybody there, whoever prints it.
func (p *page) forStaff() *page {
	staff := *p
	staff.speak(language.For(p.org.Settings.Language))
	return &staff
}

// cardLine is a line of the card: what is written in Outlook, and what becomes of
// it.
type cardLine struct {
	Write, Then, Outside string // Outside is what callers are told
	Key                  activity.Key
	Open                 bool
	Own                  bool // it counts in one's own appointments alone
}

// prefixLines are the prefixes that mean something, those of the organization's own
// rules first; a prefix counts once.
func (p *page) prefixLines(s desk.CalendarSettings) []cardLine {
	var all []cardLine
	seen := map[string]bool{}
	for _, r := range cardRules(s) {
		if r.If.Prefix == "" || seen[r.If.Prefix] || !only(r.If, activity.Condition{Prefix: r.If.Prefix, Own: r.If.Own}) {
			continue
		}
		seen[r.If.Prefix] = true
		l := p.cardLine(s, r)
		l.Write = r.If.Prefix + ":"
		all = append(all, l)
	}
	return all
}

// showLines are what each show-as means by itself.
func (p *page) showLines(s desk.CalendarSettings) []cardLine {
	var all []cardLine
	for _, r := range cardRules(s) {
		if r.If.ShowAs == "" || r.If.Prefix != "" || r.If.Word != "" || r.If.Category != "" {
			continue
		}
		l := p.cardLine(s, r)
		l.Write = p.ruleIf(s.Calendar, r.If)
		all = append(all, l)
	}
	return all
}

// otherLines are the organization's own rules that ask for something else.
func (p *page) otherLines(s desk.CalendarSettings) []cardLine {
	var all []cardLine
	for _, r := range s.Rules {
		prefixAlone := r.If.Prefix != "" && only(r.If, activity.Condition{Prefix: r.If.Prefix, Own: r.If.Own})
		if r.Off || prefixAlone || r.If.ShowAs != "" && r.If.Prefix+r.If.Word+r.If.Category == "" {
			continue
		}
		l := p.cardLine(s, r)
		l.Write = p.ruleIf(s.Calendar, r.If)
		all = append(all, l)
	}
	return all
}

// cardRules are those for everybody in the order in which they are tried.
func cardRules(s desk.CalendarSettings) []activity.Rule {
	return activity.Compile(nil, nil, s.Rules, s.Preset)
}

func only(c, want activity.Condition) bool { return c == want }

func (p *page) cardLine(s desk.CalendarSettings, r activity.Rule) cardLine {
	return cardLine{
		Then: p.activityCalled(s.Set(), r.Then), Outside: p.outsideName(s.Set(), r.Then), Key: r.Then,
		Open: ruleOpens(s.Set(), r), Own: r.If.Own == activity.MustBe,
	}
}

// sampleOf is a prefix to show how it is written, with what it becomes.
func sampleOf(lines []cardLine) (cardLine, bool) {
	for _, l := range lines {
		if l.Key == activity.Meeting {
			return l, true
		}
	}
	if len(lines) == 0 {
		return cardLine{}, false
	}
	return lines[0], true
}

// keptText says what of an event is kept beside its times.
func (p *page) keptText(s desk.CalendarSettings) []string {
	keep := activity.Keep(cardRules(s))
	all := []string{p.T("what.kept.times"), p.T("what.kept.status"), p.T("what.kept.private"), p.T("what.kept.response")}
	if len(keep.Prefixes) > 0 {
		all = append(all, p.T("what.kept.prefix"))
	}
	if len(keep.Words) > 0 {
		all = append(all, p.T("what.kept.words", "words", p.lang.List(keep.Words)))
	}
	if len(keep.Categories) > 0 {
		all = append(all, p.T("what.kept.categories", "categories", p.lang.List(keep.Categories)))
	}
	if shared(s.Privacy.Subject) {
		all = append(all, p.T("what.kept.subject"))
	}
	if shared(s.Privacy.Place) {
		all = append(all, p.T("what.kept.place"))
	}
	if s.Privacy.Note {
		all = append(all, p.T("what.kept.note"))
	}
	return all
}

func shared(a organization.Audience) bool {
	return a == organization.Attendants || a == organization.Colleagues
}

// groupsWithRules are those whose members have other words or hours, which the card
// for all can't show.
func groupsWithRules(s desk.CalendarSettings) []string {
	var names []string
	for _, g := range s.Groups {
		if len(g.Rules) > 0 {
			names = append(names, groupCalled(s.Groups, g.ID))
		}
	}
	return names
}
