package console

import (
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/organization"
)

// testView is an appointment that one thinks up to see what the rules make of it.
type testView struct {
	Subject, Category string
	ShowAs            calendar.ShowAs
	Response          calendar.Response
	Group             string
	AllDay, Private   bool
	Invited, Others   bool
	Result            *tested
}

// tested is what became of it.
type tested struct {
	Rule     *activity.Rule
	Of       activity.Because // why nothing became of it, "" where something did
	Activity activity.Activity
	Open     bool
	Marked   bool // the subject's ";" opened it
}

// usual is what an appointment in Outlook starts with.
func (t *testView) usual() { t.ShowAs, t.Subject = calendar.Busy, "MOT: Budget" }

func (p *page) readTest() testView {
	return testView{
		Subject: p.form("testSubject"), Category: p.form("testCategory"), ShowAs: calendar.ShowAs(p.form("testShowAs")),
		Response: calendar.Response(p.form("testResponse")), Group: p.form("testGroup"),
		AllDay: p.form("testAllDay") != "", Private: p.form("testPrivate") != "",
		Invited: p.form("testInvited") != "", Others: p.form("testOthers") != "",
	}
}

// ask lets the draft's rules decide, as they would with the same event read from a
// calendar: what the rules don't ask for is not kept, and not looked at.
func (t testView) ask(c organization.Calendar, now time.Time) *tested {
	set := c.Set()
	groups, in := t.groups(c)
	rules := activity.Compile(nil, groups, c.Rules, c.Preset.Rules(set, c.ShowAs))
	keep := activity.Keep(rules)
	keep.Private = c.Privacy.Private
	day := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	at := day.Add(10 * time.Hour)
	event, kept := keep.Event(t.raw(day))
	if !kept {
		return &tested{Of: activity.PrivateHidden}
	}
	input := activity.Input{
		From: at, To: at.Add(time.Hour), Zone: now.Location(), Set: set, Calendar: true, Events: []calendar.Event{event},
		Rules: rules, Groups: in, PrivateAs: c.Privacy.Private,
	}
	why := activity.Explain(input, at)
	span, _ := activity.Make(input).At(at)
	out := &tested{Open: span.State.Open, Rule: ruleOf(rules, why.Rule), Marked: event.Mark == ";"}
	out.Activity, _ = set.Find(span.State.Key)
	for _, passed := range why.Passed {
		out.Of, out.Rule = passed.Because, ruleOf(rules, passed.Rule)
	}
	return out
}

// groups are the rules of the group that the person is said to be in.
func (t testView) groups(c organization.Calendar) (rules [][]activity.Rule, in map[string]bool) {
	in = map[string]bool{}
	for _, g := range c.Groups {
		if t.Group != "" && g.ID == t.Group {
			rules, in[g.ID] = append(rules, g.Rules), true
		}
	}
	return rules, in
}

func (t testView) raw(day time.Time) calendar.Raw {
	r := calendar.Raw{Subject: t.Subject, Event: calendar.Event{
		Key: "test", ShowAs: t.ShowAs, Sensitivity: calendar.Normal, Response: t.Response,
		Own: calendar.KnownBool(!t.Invited), Others: calendar.KnownBool(t.Others || t.Invited),
	}}
	if t.Category != "" {
		r.Categories = []string{t.Category}
	}
	if t.Private {
		r.Sensitivity = calendar.Private
	}
	if t.AllDay {
		r.First, r.After = calendar.DateOf(day), calendar.DateOf(day.AddDate(0, 0, 1))
	} else {
		r.Start, r.End = day.Add(10*time.Hour), day.Add(11*time.Hour)
	}
	return r
}

func ruleOf(rules []activity.Rule, id string) *activity.Rule {
	for i := range rules {
		if id != "" && rules[i].ID == id {
			return &rules[i]
		}
	}
	return nil
}
