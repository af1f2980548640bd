package desk

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/organization"
)

// What a calendar's settings may hold at most.
const (
	maxActivities  = 60
	maxOwnDays     = 400
	maxShifts      = 6
	maxDelegates   = 30
	maxNote        = 200
	maxLivePeople  = 10_000
	minutesOfDay   = 24 * 60
	longestShift   = 2 * minutesOfDay
	noteLanguages  = "sv en nl"
	freeCountries  = "SE NO NL DE GB"
	furthestAhead  = 365
	furthestBehind = 60
)

var (
	activityKey = regexp.MustCompile(`^[a-z][a-zA-Z0-9]{0,39}$`)
	ruleID      = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
	prefixText  = regexp.MustCompile(`^\p{L}{2,8}$`)
	rpidElement = regexp.MustCompile(`^[a-z][a-z-]{0,29}$`)
)

// calendar checks an organization's calendar settings, and says of each value
// that is wrong where it stands.
func (f *faults) calendar(s organization.Calendar) {
	f.zone("zone", s.Zone)
	f.activities(s.Activities)
	set := s.Set()
	option(f, "preset", s.Preset, activity.ByStatus, activity.ByPrefix, activity.ByBoth, activity.NoPreset)
	for show, key := range s.ShowAs {
		at := "showAs." + string(show)
		option(f, at, show, calendar.Free, calendar.Tentative, calendar.Busy, calendar.OutOfOffice, calendar.Elsewhere)
		f.known(at, key, set, true)
	}
	f.rules("rules", s.Rules, set)
	f.groups(s.Groups, set)
	f.privacy(s.Privacy)
	f.known("hours.activity", s.Hours.Activity, set, false)
	f.hours("hours.week", s.Hours.Week)
	f.when(s.Hours.On && s.Hours.Week == nil && !s.Hours.Mailbox && !someHours(s.Groups), "hours.week", "required")
	f.freeDays("hours.freeDays", s.Hours.FreeDays)
	f.known("replies.activity", s.Replies.Activity, set, false)
	f.reading(s.Reading)
}

func someHours(groups []organization.Group) bool {
	return slices.ContainsFunc(groups, func(g organization.Group) bool { return g.Hours != nil })
}

func (f *faults) zone(field, s string) {
	_, err := time.LoadLocation(s)
	f.when(err != nil || s == "" || s == "Local", field, "zone")
}

// known checks that an activity is one of the organization's.
func (f *faults) known(field string, k activity.Key, set activity.Set, mayBeEmpty bool) {
	if k == "" && mayBeEmpty {
		return
	}
	_, ok := set.Find(k)
	f.when(!ok, field, "activity")
}

// activities checks the organization's own activities and the nine that it
// renamed or reordered.
func (f *faults) activities(own activity.Set) {
	f.when(len(own) > maxActivities, "activities", "tooMany")
	keys, prefixes := map[activity.Key]bool{}, map[string]bool{}
	for i, a := range own {
		at := fmt.Sprintf("activities[%d]", i)
		f.when(!activityKey.MatchString(string(a.Key)), at+".key", "key")
		f.when(keys[a.Key], at+".key", "twice")
		keys[a.Key] = true
		f.names(at+".names", a.Names, a.Own())
		f.names(at+".outside", a.Outside, false)
		// Sjuk / VAB is health data whatever it is called here.
		f.when(a.Key == activity.Sick && !a.Sensitive, at+".sensitive", "sensitive")
		f.when(a.Key == activity.Out && a.Sensitive, at+".sensitive", "outSensitive")
		f.when(a.Key == activity.Available && !a.Open, at+".open", "availableOpen")
		f.when(a.RPID != "" && !rpidElement.MatchString(a.RPID), at+".rpid", "rpid")
		f.when(a.PlaceType != "" && !rpidElement.MatchString(a.PlaceType), at+".placeType", "rpid")
		f.text(at+".asterisk", a.Asterisk, 60)
		prefix := strings.ToUpper(a.Prefix)
		f.when(prefix != "" && !prefixText.MatchString(prefix), at+".prefix", "prefix")
		f.when(prefix != "" && prefixes[prefix], at+".prefix", "twice")
		prefixes[prefix] = true
	}
}

// names checks names by language; one of the organization's own needs one.
func (f *faults) names(field string, names map[string]string, needed bool) {
	some := false
	for tag, name := range names {
		f.when(!slices.Contains(strings.Fields(noteLanguages), tag), field, "language")
		f.text(field+"."+tag, name, 60)
		f.when(strings.ContainsAny(name, "\n\t"), field+"."+tag, "text")
		some = some || strings.TrimSpace(name) != ""
	}
	f.when(needed && !some, field, "required")
}

func (f *faults) rules(field string, rules []activity.Rule, set activity.Set) {
	f.when(len(rules) > maxRules, field, "tooMany")
	ids := map[string]bool{}
	for i, r := range rules {
		at := fmt.Sprintf("%s[%d]", field, i)
		f.when(!ruleID.MatchString(r.ID), at+".id", "key")
		f.when(ids[r.ID], at+".id", "twice")
		ids[r.ID] = true
		f.text(at+".name", r.Name, maxName)
		f.known(at+".then", r.Then, set, true)
		option(f, at+".phone", r.Phone, activity.AsActivity, activity.Open, activity.Closed)
		f.when(r.Preset != "", at+".preset", "option")
		f.condition(at+".if", r.If)
	}
}

func (f *faults) condition(at string, c activity.Condition) {
	f.when(c == activity.Condition{}, at, "required")
	f.when(c.Prefix != "" && !prefixText.MatchString(c.Prefix), at+".prefix", "prefix")
	f.text(at+".word", c.Word, 80)
	f.when(c.Word != "" && strings.TrimSpace(c.Word) == "", at+".word", "required")
	f.text(at+".category", c.Category, 255)
	option(f, at+".showAs", c.ShowAs, calendar.ShowUnknown, calendar.Free, calendar.Tentative, calendar.Busy, calendar.OutOfOffice, calendar.Elsewhere)
	for name, asked := range map[string]activity.Asked{"allDay": c.AllDay, "private": c.Private, "own": c.Own, "others": c.Others} {
		option(f, at+"."+name, asked, activity.NotAsked, activity.MustBe, activity.MustNot)
	}
	option(f, at+".response", c.Response, calendar.ResponseUnknown, calendar.Organizer, calendar.Accepted, calendar.TentativeAccepted,
		calendar.NotResponded, calendar.NoResponse) // Declined ones never count
	f.text(at+".group", c.Group, maxName) // which there are, checkGroups knows
}

func (f *faults) groups(groups []organization.Group, set activity.Set) {
	f.when(len(groups) > maxGroups, "groups", "tooMany")
	seen := map[[2]string]bool{}
	for i, g := range groups {
		at := fmt.Sprintf("groups[%d]", i)
		f.when(g.Source == "", at+".source", "required")
		f.when(g.Source != organization.Local && !isGUID(g.ID), at+".id", "objectId")
		f.when(g.ID == "", at+".id", "required")
		f.text(at+".id", g.ID, maxName)
		f.when(seen[[2]string{g.Source, g.ID}], at+".id", "twice")
		seen[[2]string{g.Source, g.ID}] = true
		f.text(at+".name", g.Name, maxName)
		f.rules(at+".rules", g.Rules, set)
		f.hours(at+".hours", g.Hours)
	}
}

func (f *faults) privacy(p organization.Privacy) {
	option(f, "privacy.subject", p.Subject, organization.Nobody, organization.Attendants, organization.Colleagues)
	option(f, "privacy.place", p.Place, organization.Nobody, organization.Attendants, organization.Colleagues)
	option(f, "privacy.private", p.Private, calendar.Ignore, calendar.StatusOnly, calendar.Everything)
}

func (f *faults) hours(field string, h *activity.Hours) {
	if h == nil {
		return
	}
	f.week(field+".week", h.Week)
	if h.Odd != nil {
		f.week(field+".odd", *h.Odd)
	}
}

// week checks shifts: each begins within its day, ends after it began, and at the
// earliest where the one before has ended.
func (f *faults) week(field string, week [7][]activity.Shift) {
	for d, shifts := range week {
		f.when(len(shifts) > maxShifts, fmt.Sprintf("%s[%d]", field, d), "tooMany")
		end := 0
		for i, s := range shifts {
			at := fmt.Sprintf("%s[%d][%d]", field, d, i)
			f.between(at+".from", s.From, 0, minutesOfDay-1)
			f.between(at+".to", s.To, 1, longestShift)
			f.when(s.To <= s.From || s.To > s.From+minutesOfDay, at+".to", "ends")
			f.when(i > 0 && s.From < end, at+".from", "overlap")
			end = s.To
		}
	}
}

func (f *faults) freeDays(field string, d activity.FreeDays) {
	f.when(d.Country != "" && !slices.Contains(strings.Fields(freeCountries), d.Country), field+".country", "freeCountry")
	f.between(field+".halfEnds", d.HalfEnds, 0, minutesOfDay)
	f.when(len(d.Own) > maxOwnDays, field+".own", "tooMany")
	seen := map[calendar.Date]bool{}
	for i, one := range d.Own {
		at := fmt.Sprintf("%s.own[%d]", field, i)
		_, err := time.Parse(time.DateOnly, string(one.Date))
		f.when(err != nil, at+".date", "date")
		f.when(seen[one.Date], at+".date", "twice")
		seen[one.Date] = true
		f.text(at+".name", one.Name, maxName)
		f.between(at+".ends", one.Ends, 0, minutesOfDay)
	}
}

func (f *faults) reading(r organization.ReadingSetting) {
	f.between("reading.ahead", r.Ahead, 2, furthestAhead)
	f.between("reading.far", r.Far, r.Ahead, furthestAhead)
	f.between("reading.behind", r.Behind, 0, furthestBehind)
	f.between("reading.sweep", r.Sweep, 1, minutesOfDay)
	f.between("reading.atOnce", r.AtOnce, 1, 16)
	f.between("reading.told", r.Told, 1, 365)
}

// preference checks what a person set for himself beside the organization's
// settings: narrower alone.
func (f *faults) preference(p organization.Person, all organization.Calendar, person string) {
	set := all.Set()
	f.rules("rules", p.Rules, set)
	f.hours("hours", p.Hours)
	f.when(len(p.Delegates) > maxDelegates, "delegates", "tooMany")
	seen := map[string]bool{}
	for i, d := range p.Delegates {
		at := fmt.Sprintf("delegates[%d]", i)
		f.when(!isPerson(d), at, "objectId")
		f.when(d == person, at, "yourself")
		f.when(seen[d], at, "twice")
		seen[d] = true
	}
	f.narrower("subject", p.Subject, all.Privacy.Subject)
	f.narrower("place", p.Place, all.Privacy.Place)
	option(f, "private", p.Private, "", calendar.Ignore, calendar.StatusOnly, calendar.Everything)
	strict := []calendar.PrivateAs{calendar.Ignore, calendar.StatusOnly, calendar.Everything}
	f.when(slices.Index(strict, p.Private) > slices.Index(strict, all.Privacy.Private), "private", "wider")
	f.when(p.Language != "" && !slices.Contains(strings.Fields(noteLanguages), p.Language), "language", "option")
}

func (f *faults) narrower(field string, own, all organization.Audience) {
	order := []organization.Audience{organization.Nobody, organization.Attendants, organization.Colleagues}
	option(f, field, own, append([]organization.Audience{""}, order...)...)
	f.when(slices.Index(order, own) > slices.Index(order, all), field, "wider")
}

// forward checks where calls are to go.
func (f *faults) forward(w activity.Forward) {
	option(f, "forward.kind", w.Kind, activity.NoForward, activity.ToVoicemail, activity.ToNumber, activity.ToColleague)
	needs := w.Kind == activity.ToNumber || w.Kind == activity.ToColleague
	f.when(needs && w.To == "", "forward.to", "required")
	f.when(!needs && w.To != "", "forward.to", "option")
	f.when(w.Kind == activity.ToColleague && w.To != "" && !isPerson(w.To), "forward.to", "objectId")
	f.text("forward.to", w.To, maxName)
}
