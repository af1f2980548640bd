package console

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/language"
)

// activitiesView is the page of the organization's activities, as a draft.
type activitiesView struct {
	S    desk.CalendarSettings
	Set  activity.Set // in their order of rank, as drafted
	Said wrongs
	Done string
	Open activity.Key // which was just added
}

func showActivities(p *page) error {
	s, err := p.visit.CalendarSettings(p.ctx())
	if err != nil {
		return err
	}
	return p.ok(p.activitiesPage(activitiesView{S: s, Set: s.Set()}))
}

// changeActivities takes the form with the button that was pressed.
func changeActivities(p *page) error {
	s, err := p.visit.CalendarSettings(p.ctx())
	if err != nil {
		return err
	}
	v := activitiesView{S: s, Set: p.readActivities()}
	v.S.Generation, _ = strconv.ParseInt(p.form("generation"), 10, 64)
	if p.form("do") == "save" {
		v.S.Activities = v.Set
		if reflect.DeepEqual(v.Set, activity.Nine()) {
			v.S.Activities = nil // so that what we learn of the nine reaches it
		}
		_, err := p.visit.SaveCalendarSettings(p.ctx(), v.S.Calendar, v.S.Generation)
		if said, ok := p.refused(err); ok {
			v.Said = said
			return p.again(p.activitiesPage(v))
		}
		return p.after(err, "activities", "activities.saved")
	}
	p.pressActivities(&v)
	return p.ok(p.activitiesPage(v))
}

// readActivities reads the form, in its order.
func (p *page) readActivities() activity.Set {
	var set activity.Set
	for i, key := range p.r.Form["key"] {
		a := activity.Activity{
			Key: activity.Key(key), Open: p.cell("open", i) == "open", Basic: p.cell("basic", i) == "open",
			Sensitive: slices.Contains(p.r.Form["sensitive"], key) || activity.Key(key) == activity.Sick,
			RPID:      p.cell("rpid", i), PlaceType: p.cell("placeType", i), Asterisk: p.cell("asterisk", i),
			Prefix: strings.TrimRight(strings.ToUpper(p.cell("prefix", i)), ":;"),
			Names:  map[string]string{}, Outside: map[string]string{},
		}
		for _, tag := range language.NoteTags() {
			name, outside := p.cell("name-"+tag, i), p.cell("outside-"+tag, i)
			if name != "" && name != usualName(tag, a.Key) {
				a.Names[tag] = name
			}
			if outside != "" && outside != usualOutside(tag, a.Key, a.Names) {
				a.Outside[tag] = outside
			}
		}
		if len(a.Names) == 0 {
			a.Names = nil
		}
		if len(a.Outside) == 0 {
			a.Outside = nil
		}
		set = append(set, a)
	}
	return set
}

// usualName and usualOutside are what one of the nine is called where the
// organization does not say otherwise, "" for one of its own.
func usualName(tag string, k activity.Key) string {
	if (activity.Activity{Key: k}).Own() {
		return ""
	}
	return language.ForNotes(tag).Activity(string(k), nil)
}

func usualOutside(tag string, k activity.Key, names map[string]string) string {
	if (activity.Activity{Key: k}).Own() {
		return names[tag]
	}
	return language.ForNotes(tag).Outside(string(k), nil, names)
}

// pressActivities does what the button asks for.
func (p *page) pressActivities(v *activitiesView) {
	verb, rest, _ := strings.Cut(p.form("do"), ":")
	at, to, _ := strings.Cut(rest, ":")
	n, err := strconv.Atoi(at)
	if verb == "new" {
		p.newActivity(v)
		return
	}
	if err != nil || n < 0 || n >= len(v.Set) {
		return
	}
	name := p.nameOf(v.Set[n])
	switch verb {
	case "up":
		v.Done = moved(p, v.Set, n, n-1, name)
	case "down":
		v.Done = moved(p, v.Set, n, n+1, name)
	case "move":
		if place, err := strconv.Atoi(to); err == nil {
			v.Done = moved(p, v.Set, n, place, name)
		}
	case "drop":
		if v.Set[n].Own() {
			v.Set = slices.Delete(v.Set, n, n+1)
			v.Done = p.T("activities.dropped", "name", name)
		}
	}
}

// newActivity adds one of the organization's own, before the last two, which are
// those that leave the telephone open.
func (p *page) newActivity(v *activitiesView) {
	name := p.form("newName")
	if name == "" {
		v.Said = wrongs{"newName": p.T("invalid.required")}
		return
	}
	a := activity.Activity{
		Key: keyFor(name, v.Set), Names: map[string]string{p.tag: name}, RPID: "busy", Basic: true, Asterisk: "away,other",
	}
	v.Set = slices.Insert(v.Set, max(len(v.Set)-2, 0), a)
	v.Open, v.Done = a.Key, p.T("activities.added", "name", name)
}

// keyFor is a key of ASCII letters and figures after a name, that no other has.
func keyFor(name string, set activity.Set) activity.Key {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(name)) {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) && b.Len() > 0) && b.Len() < 30 {
			b.WriteRune(r)
		}
	}
	if b.Len() == 0 {
		b.WriteString("own")
	}
	key := activity.Key(b.String())
	for n := 2; set.Rank(key) < len(set); n++ {
		key = activity.Key(b.String() + strconv.Itoa(n))
	}
	return key
}

// elsewhere are faults that stand on another page: a rule that names an activity
// which is to go.
func (v activitiesView) elsewhere(p *page) []string {
	var all []string
	for field := range v.Said {
		switch {
		case strings.HasPrefix(field, "rules["), strings.HasPrefix(field, "groups["):
			all = append(all, p.T("activities.usedByRule"))
		case strings.HasPrefix(field, "hours."):
			all = append(all, p.T("activities.usedByHours"))
		case strings.HasPrefix(field, "replies."):
			all = append(all, p.T("activities.usedByReplies"))
		case strings.HasPrefix(field, "showAs."):
			all = append(all, p.T("activities.usedByPreset"))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
