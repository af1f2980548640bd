package console

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/organization"
)

// rulesView is the page where one says what becomes of which event. It shows a
// draft: each button posts the whole form and shows it again, "save" keeps it.
type rulesView struct {
	S    desk.CalendarSettings // as drafted
	Said wrongs
	Done string // what a button did, for those who don't see it
	Open int    // the rule that was just added, -1 for none
	groupFinder
	Try  tryView
	Test testView
}

// ruleList is one of the lists of the form.
type ruleList struct {
	Key   string // "" for the organization's, else the group's place
	At    string // where its faults stand
	First int    // the number of its first rule in the form
	Rules []activity.Rule
}

func showRules(p *page) error {
	v, err := p.rulesOf()
	if err != nil {
		return err
	}
	v.Test.usual()
	return p.ok(p.rulesPage(v))
}

func (p *page) rulesOf() (rulesView, error) {
	s, err := p.visit.CalendarSettings(p.ctx())
	if err != nil {
		return rulesView{}, err
	}
	v := rulesView{S: s, Open: -1}
	v.groupFinder, err = p.groupSources()
	return v, err
}

// changeRules takes the form with the button that was pressed.
func changeRules(p *page) error {
	v, err := p.rulesOf()
	if err != nil {
		return err
	}
	v.S.Generation, _ = strconv.ParseInt(p.form("generation"), 10, 64)
	p.readRules(&v.S.Calendar)
	p.pressRules(&v)
	v.S.Preset = v.S.Calendar.Preset.Rules(v.S.Set(), v.S.ShowAs)
	p.findGroup(&v.groupFinder)
	v.Test = p.readTest()
	switch p.form("do") {
	case "save":
		_, err := p.visit.SaveCalendarSettings(p.ctx(), v.S.Calendar, v.S.Generation)
		if said, ok := p.refused(err); ok {
			v.Said = said
			return p.again(p.rulesPage(v))
		}
		return p.after(err, "rules", "rules.saved")
	case "try":
		if v.Said, err = p.try(&v.Try, v.S.Calendar); err != nil {
			return err
		}
	case "test":
		v.Test.Result = v.Test.ask(v.S.Calendar, p.now())
	}
	return p.ok(p.rulesPage(v))
}

// readRules reads the form into c: the preset, what each show-as means, the
// groups and all rules, in the order in which they stand in the form.
func (p *page) readRules(c *organization.Calendar) {
	c.Preset = activity.Preset(p.form("preset"))
	c.ShowAs = nil
	for _, show := range showAsAll() {
		if then := p.form("showAs-" + string(show)); then != "usual" && then != "" {
			if c.ShowAs == nil {
				c.ShowAs = map[calendar.ShowAs]activity.Key{}
			}
			if c.ShowAs[show] = activity.Key(then); then == "none" {
				c.ShowAs[show] = ""
			}
		}
	}
	c.Groups = p.readGroups(c.Groups)
	c.Rules = nil
	for i := range p.r.Form["rule"] {
		r, list := p.readRule(i)
		if at, err := strconv.Atoi(list); err == nil && at >= 0 && at < len(c.Groups) {
			c.Groups[at].Rules = append(c.Groups[at].Rules, r)
		} else {
			c.Rules = append(c.Rules, r)
		}
	}
}

// cell is the i'th of the values that a form holds under a name.
func (p *page) cell(name string, i int) string {
	if all := p.r.Form[name]; i < len(all) {
		return strings.TrimSpace(all[i])
	}
	return ""
}

func (p *page) readRule(i int) (r activity.Rule, list string) {
	asked := func(name string) activity.Asked { return activity.Asked(p.cell(name, i)) }
	return activity.Rule{
		ID: p.cell("rule", i), Name: p.cell("ruleName", i), Off: p.cell("ruleOff", i) != "",
		Then: activity.Key(p.cell("then", i)), Phone: activity.Phone(p.cell("phone", i)),
		If: activity.Condition{
			Prefix: strings.TrimRight(strings.ToUpper(p.cell("prefix", i)), ":;"), Word: p.cell("word", i), Category: p.cell("category", i),
			ShowAs: calendar.ShowAs(p.cell("showAs", i)), Response: calendar.Response(p.cell("response", i)), Group: p.cell("inGroup", i),
			AllDay: asked("allDay"), Private: asked("private"), Own: asked("own"), Others: asked("others"),
		},
	}, p.cell("list", i)
}

// readGroups reads the groups in the form's order; their rules are read apart, and
// what the form does not show stays as it was.
func (p *page) readGroups(had []organization.Group) []organization.Group {
	var all []organization.Group
	for i, id := range p.r.Form["group"] {
		g := organization.Group{Source: p.cell("groupSource", i), ID: id}
		for _, h := range had {
			if h.Source == g.Source && h.ID == g.ID {
				g = h
			}
		}
		g.Name, g.Rules, g.Off = p.cell("groupName", i), nil, nil
		switch p.cell("groupOff", i) {
		case "off":
			g.Off = new(true)
		case "on":
			g.Off = new(false)
		}
		all = append(all, g)
	}
	return all
}

// lists are the lists of the form in its order.
func (v rulesView) lists() []ruleList {
	all := []ruleList{{At: "rules", Rules: v.S.Rules}}
	first := len(v.S.Rules)
	for i, g := range v.S.Groups {
		all = append(all, ruleList{number(i), "groups[" + number(i) + "].rules", first, g.Rules})
		first += len(g.Rules)
	}
	return all
}

// pressRules does what the button that was pressed asks for. Rules and groups
// have their numbers in the form.
func (p *page) pressRules(v *rulesView) {
	if source, rest, ok := strings.Cut(p.form("add"), " "); ok {
		id, name, _ := strings.Cut(rest, " ")
		if plain, err := url.PathUnescape(id); err == nil { // a department's name has spaces
			id = plain
		}
		v.Search = ""
		v.S.Groups = append(v.S.Groups, organization.Group{Source: source, ID: id, Name: name})
		v.Done = p.T("rules.groupAdded", "name", name)
		return
	}
	verb, rest, _ := strings.Cut(p.form("do"), ":")
	at, to, _ := strings.Cut(rest, ":")
	n, err := strconv.Atoi(at)
	switch {
	case verb == "new":
		p.newRule(v, at)
	case err != nil:
	case verb == "groupUp" || verb == "groupDown" || verb == "groupDrop":
		p.pressGroup(v, verb, n)
	default:
		p.pressRule(v, verb, n, to)
	}
}

// newRule adds one at the end of a list: most rules ask for a word of their own.
func (p *page) newRule(v *rulesView, list string) {
	r := activity.Rule{ID: "r" + strconv.FormatInt(p.c.Now().UnixMilli(), 36), Then: activity.Out}
	at, err := strconv.Atoi(list)
	v.Done = p.T("rules.added")
	if err != nil || at < 0 || at >= len(v.S.Groups) {
		v.S.Rules = append(v.S.Rules, r)
		v.Open = len(v.S.Rules) - 1
		return
	}
	g := &v.S.Groups[at]
	g.Rules = append(g.Rules, r)
	v.Open = v.lists()[at+1].First + len(g.Rules) - 1
}

func (p *page) pressGroup(v *rulesView, verb string, n int) {
	groups := v.S.Groups
	if n < 0 || n >= len(groups) {
		return
	}
	name := groups[n].Name
	if verb == "groupDrop" {
		v.S.Groups = slices.Delete(groups, n, n+1)
		v.Done = p.T("rules.groupDropped", "name", name)
		return
	}
	to := n - 1
	if verb == "groupDown" {
		to = n + 1
	}
	v.Done = moved(p, groups, n, to, name)
}

// moved puts the n'th of all in the place of another and says so, "" where it
// stays.
func moved[T any](p *page, all []T, n, to int, name string) string {
	count := move(all, n, to)
	if count == 0 {
		return ""
	}
	return p.T("rules.moved", "name", name, "place", number(to+1), "of", number(count))
}

// move takes the n'th of all and puts it where another stands; it returns how many
// there are, 0 where nothing was moved.
func move[T any](all []T, n, to int) int {
	if n == to || n < 0 || to < 0 || n >= len(all) || to >= len(all) {
		return 0
	}
	one := all[n]
	rest := slices.Delete(slices.Clone(all), n, n+1)
	copy(all, slices.Insert(rest, to, one))
	return len(all)
}

func (p *page) pressRule(v *rulesView, verb string, n int, to string) {
	for i, l := range v.lists() {
		at := n - l.First
		if at < 0 || at >= len(l.Rules) {
			continue
		}
		name := p.ruleName(v.S, l.Rules[at])
		switch verb {
		case "up":
			v.Done = moved(p, l.Rules, at, at-1, name)
		case "down":
			v.Done = moved(p, l.Rules, at, at+1, name)
		case "move":
			if place, err := strconv.Atoi(to); err == nil {
				v.Done = moved(p, l.Rules, at, place-l.First, name)
			}
		case "drop":
			rest := slices.Delete(l.Rules, at, at+1)
			if i == 0 {
				v.S.Rules = rest
			} else {
				v.S.Groups[i-1].Rules = rest
			}
			v.Done = p.T("rules.dropped", "name", name)
		case "turn":
			l.Rules[at].Off = !l.Rules[at].Off
			v.Done = p.T("rules.turnedOn", "name", name)
			if l.Rules[at].Off {
				v.Done = p.T("rules.turnedOff", "name", name)
			}
		}
		return
	}
}

// tryView is what other settings would have done.
type tryView struct {
	Trial   *desk.Trial
	Trouble string // why it could not be said
}

// try asks what a draft would do, before it is saved.
func (p *page) try(v *tryView, c organization.Calendar) (wrongs, error) {
	trial, err := p.visit.TryCalendarSettings(p.ctx(), c, nil)
	said, refused := p.refused(err)
	switch {
	case refused:
		return said, nil
	case errors.Is(err, desk.ErrNotOffered):
		v.Trouble = p.T("rules.tryNotOffered")
		return nil, nil
	case err != nil:
		return nil, err
	}
	v.Trial = &trial
	return nil, nil
}
