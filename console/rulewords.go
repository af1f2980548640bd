package console

import (
	"strings"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/language"
	"github.com/telefonist/telefonist/organization"
)

// showAsAll are the ways in which Outlook shows an appointment, in its order.
func showAsAll() []calendar.ShowAs {
	return []calendar.ShowAs{calendar.Free, calendar.Tentative, calendar.Busy, calendar.OutOfOffice, calendar.Elsewhere}
}

// activityCalled is what an activity is called among colleagues, in the reader's language.
func (p *page) activityCalled(set activity.Set, k activity.Key) string {
	if k == "" {
		return p.T("rules.nothing")
	}
	a, _ := set.Find(k)
	return p.lang.Activity(string(k), a.Names)
}

// keyOptions offers an organization's activities in their order of rank.
func (p *page) keyOptions(set activity.Set, now activity.Key, none string) []option {
	var all []option
	if none != "" {
		all = append(all, option{Label: none, On: now == ""})
	}
	for _, a := range set {
		all = append(all, option{Value: string(a.Key), Label: p.activityCalled(set, a.Key), On: a.Key == now})
	}
	return all
}

// ruleName is what the administrator calls a rule, or what it says.
func (p *page) ruleName(s desk.CalendarSettings, r activity.Rule) string {
	if r.Name != "" {
		return r.Name
	}
	return p.ruleIf(s.Calendar, r.If)
}

// ruleIf is a rule's conditions in words.
func (p *page) ruleIf(c organization.Calendar, i activity.Condition) string {
	group := ""
	if i.Group != "" {
		group = groupCalled(c.Groups, i.Group)
	}
	return p.lang.Condition(language.Condition{
		Prefix: i.Prefix, Word: i.Word, Category: i.Category, ShowAs: string(i.ShowAs), AllDay: string(i.AllDay), Private: string(i.Private),
		Own: string(i.Own), Others: string(i.Others), Response: string(i.Response), Group: group,
	})
}

func (p *page) showAsName(s calendar.ShowAs) string { return p.T("showas." + string(s)) }

func groupCalled(groups []organization.Group, id string) string {
	for _, g := range groups {
		if g.ID == id && g.Name != "" {
			return g.Name
		}
	}
	return id
}

// ruleOpens says whether a rule leaves the telephone open.
func ruleOpens(set activity.Set, r activity.Rule) bool {
	if r.Phone != activity.AsActivity {
		return r.Phone == activity.Open
	}
	a, _ := set.Find(r.Then)
	return a.Open
}

// showAsOptions offers what a show-as may mean in the preset.
func (p *page) showAsOptions(c organization.Calendar, show calendar.ShowAs) []option {
	then, own := c.ShowAs[show]
	all := []option{
		{Value: "usual", Label: p.T("rules.usual", "what", p.usualOf(c.Set(), show)), On: !own},
		{Value: "none", Label: p.T("rules.nothing"), On: own && then == ""},
	}
	for _, o := range p.keyOptions(c.Set(), then, "") {
		o.On = own && o.On
		all = append(all, o)
	}
	return all
}

func (p *page) usualOf(set activity.Set, show calendar.ShowAs) string {
	switch show {
	case calendar.Busy:
		return p.T("rules.usualBusy", "meeting", p.activityCalled(set, activity.Meeting), "busy", p.activityCalled(set, activity.Busy))
	case calendar.OutOfOffice:
		return p.activityCalled(set, activity.Out)
	case calendar.Elsewhere:
		return p.activityCalled(set, activity.Home)
	}
	return p.T("rules.nothing")
}

// askedOptions offers whether something must be, must not be, or is not asked.
func (p *page) askedOptions(key string, now activity.Asked) []option {
	all := []option{{Label: p.T("rules.any"), On: now == ""}}
	for _, a := range []activity.Asked{activity.MustBe, activity.MustNot} {
		all = append(all, option{Value: string(a), Label: p.T(key + string(a)), On: a == now})
	}
	return all
}

func (p *page) anyShowAs(now calendar.ShowAs) []option {
	all := []option{{Label: p.T("rules.any"), On: now == ""}}
	for _, s := range showAsAll() {
		all = append(all, option{Value: string(s), Label: p.showAsName(s), On: s == now})
	}
	return all
}

func (p *page) anyResponse(now calendar.Response) []option {
	all := []option{{Label: p.T("rules.any"), On: now == ""}}
	for _, r := range []calendar.Response{calendar.Organizer, calendar.Accepted, calendar.TentativeAccepted, calendar.NotResponded, calendar.NoResponse} {
		all = append(all, option{Value: string(r), Label: p.T("rules.response." + string(r)), On: r == now})
	}
	return all
}

func (p *page) anyGroup(c organization.Calendar, now string) []option {
	all := []option{{Label: p.T("rules.any"), On: now == ""}}
	known := now == ""
	for _, g := range c.Groups {
		known = known || g.ID == now
		all = append(all, option{Value: g.ID, Label: groupCalled(c.Groups, g.ID), On: g.ID == now})
	}
	if !known {
		all = append(all, option{Value: now, Label: now, On: true})
	}
	return all
}

func (p *page) phoneOptions(now activity.Phone) []option {
	var all []option
	for _, x := range []activity.Phone{activity.AsActivity, activity.Open, activity.Closed} {
		label := p.T("rules.phone.as")
		if x != "" {
			label = p.T("rules.phone." + string(x))
		}
		all = append(all, option{Value: string(x), Label: label, On: x == now})
	}
	return all
}

// ruleFault is what is wrong with a field of a rule.
func ruleFault(said wrongs, at string, i int, field string) string {
	return said[at+"["+number(i)+"]."+field]
}

// ruleBad is true where something of a rule was refused.
func ruleBad(said wrongs, at string, i int) bool {
	for field := range said {
		if strings.HasPrefix(field, at+"["+number(i)+"]") {
			return true
		}
	}
	return false
}
