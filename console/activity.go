package console

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/desk"
)

// activityIcons say what the colours of activities say.
var activityIcons = map[activity.Key]string{
	activity.Available: "circle-check", activity.Home: "home", activity.Busy: "hand-stop", activity.Meeting: "users",
	activity.Lunch: "tools-kitchen-2", activity.Out: "door-exit", activity.Holiday: "beach", activity.Sick: "medical-cross",
	activity.Gone: "moon-stars",
}

func activityIcon(k activity.Key) string { return cmp.Or(activityIcons[k], "tag") }

// activityTone is the end of a class: one of the nine, or "own".
func activityTone(k activity.Key) string {
	if activityIcons[k] == "" {
		return "own"
	}
	return string(k)
}

// activityName is what an activity is called for whoever sees it so.
func (p *page) activityName(s desk.Seen) string {
	if s.Outward {
		return p.lang.Outside(string(s.Key), s.Activity.Outside, s.Activity.Names)
	}
	return p.lang.Activity(string(s.Key), s.Activity.Names)
}

// nameOf is what an activity is called among colleagues.
func (p *page) nameOf(a activity.Activity) string { return p.lang.Activity(string(a.Key), a.Names) }

// returning is when somebody is back: "åter 14:00", "tills vidare"; "" for one who
// can be reached.
func (p *page) returning(s desk.Seen) string {
	if s.Back.Kind == activity.BackNone {
		return ""
	}
	text := p.lang.State("", string(s.Back.Kind), s.Back.At.In(p.zone), p.now())
	return strings.TrimPrefix(text, ", ")
}

// sentenceOf is an activity with its return: "Möte, åter 14:00".
func (p *page) sentenceOf(s desk.Seen) string {
	return p.lang.State(p.activityName(s), string(s.Back.Kind), s.Back.At.In(p.zone), p.now())
}

// setBy is who set it by hand and when; "" where nobody did.
func (p *page) setBy(s desk.Seen) string {
	switch {
	case !s.Manual || s.At.IsZero():
		return ""
	case s.By == "":
		return p.T("board.setSelf", "time", p.shortly(s.At))
	}
	return p.T("manual.setby", "name", s.By, "time", p.shortly(s.At))
}

// shortly is a moment as short as it can be understood: "9:12" of today, else with
// its day.
func (p *page) shortly(t time.Time) string {
	t = t.In(p.zone)
	if now := p.now(); t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return strings.TrimPrefix(p.lang.Clock(t), "0")
	}
	return p.moment(t)
}

// forwardTo is where calls are to go, in words.
func (p *page) forwardTo(f activity.Forward) string {
	var to string
	switch f.Kind {
	case activity.ToVoicemail:
		to = p.T("forward.voicemail")
	case activity.ToNumber:
		to = p.T("forward.toNumber", "number", p.national(f.To))
	case activity.ToColleague:
		to = p.T("forward.toColleague", "name", p.nameOfPerson(f.To))
	default:
		return ""
	}
	return p.T("forward.line", "to", to)
}

// nameOfPerson is what somebody is called, as far as the reader may know.
func (p *page) nameOfPerson(person string) string {
	row, err := p.visit.Activity(p.ctx(), person)
	if err != nil || row.Name == "" {
		return p.T("forward.somebody")
	}
	return row.Name
}

// everyday is the activities in the order one thinks of them: the least first, so
// that the nine keep their digits whatever else there is to choose from.
func everyday(set activity.Set) []activity.Activity {
	all := slices.Clone(set)
	slices.Reverse(all)
	slices.SortStableFunc(all, func(a, b activity.Activity) int { return own(a) - own(b) })
	return all
}

func own(a activity.Activity) int {
	if a.Own() {
		return 1
	}
	return 0
}

// digit is the key that chooses the n-th activity, "" where there is none.
func digit(n int) string {
	if n < 9 {
		return number(n + 1)
	}
	return ""
}
