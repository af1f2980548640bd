package activity

import (
	"cmp"
	"iter"
	"slices"
	"time"

	"github.com/telefonist/telefonist/calendar"
)

// never is the end of what has none. Outside this package that is the zero time.
var never = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

func orNever(t time.Time) time.Time {
	if t.IsZero() {
		return never
	}
	return t
}

func orZero(t time.Time) time.Time {
	if !t.Before(never) {
		return time.Time{}
	}
	return t.UTC()
}

// entry is an event with the time it covers, before anybody asks what it proposes.
type entry struct {
	from, to time.Time
	event    *calendar.Event
}

// entries are the events that end after a time, in the order in which they begin.
func (in *Input) entries(after time.Time) []entry {
	if !in.Calendar {
		return nil
	}
	all := make([]entry, 0, len(in.Events))
	for i := range in.Events {
		e := &in.Events[i]
		from, to := e.Start, e.End
		if e.First != "" {
			from, to = e.Span(in.Zone)
		}
		if to.After(after) && from.Before(to) {
			all = append(all, entry{from, to, e})
		}
	}
	slices.SortFunc(all, func(a, b entry) int { return a.from.Compare(b.from) })
	return all
}

// standing is a claim as long as it stands.
type standing struct {
	Claim
	to    time.Time // when it ends: Claim.To, never, or when it was silenced
	rank  int
	outer int // its rank outside: a sensitive one has Out's
	open  bool
	event *calendar.Event // nil for the other layers
	text  bool            // what the event shares may be shown
}

// ahead orders claims, the one that wins first: by rank, then the later start,
// then the shorter, then anything at all that does not depend on their order.
func (a *standing) ahead(b *standing) int {
	return cmp.Or(cmp.Compare(a.rank, b.rank), a.later(b))
}

// later orders claims of the same rank.
func (a *standing) later(b *standing) int {
	return cmp.Or(
		b.From.Compare(a.From),
		orNever(a.To).Compare(orNever(b.To)),
		cmp.Compare(a.Layer, b.Layer),
		cmp.Compare(a.Event, b.Event),
	)
}

// claim is what an event proposes, if anything.
func (in *Input) claim(x entry) (standing, bool) {
	rule, not := in.judge(x.event)
	if not != "" {
		return standing{}, false
	}
	s := standing{
		Claim: Claim{Layer: ByCalendar, Activity: rule.Then, Event: x.event.Key, Rule: rule.ID, From: x.from.UTC(), To: x.to.UTC()},
		to:    x.to, event: x.event,
		open: in.opens(rule.Then, rule.Phone),
		text: !x.event.Private() || in.PrivateAs == calendar.Everything,
	}
	in.rank(&s)
	if rule.If.Prefix != "" && x.event.Mark == ";" {
		s.open = true
	}
	if quiet := in.silenced(x.event.Key, x.from); quiet.Before(s.to) {
		s.to = quiet
	}
	return s, s.From.Before(s.to)
}

// rank fills in what a claim beats, inside and outside.
func (in *Input) rank(s *standing) {
	s.rank = in.Set.Rank(s.Activity)
	s.outer = s.rank
	if a, ok := in.Set.Find(s.Activity); !ok || a.Sensitive {
		s.outer = in.Set.Rank(Out)
	}
}

// opens is whether the telephone is open. A sensitive activity has it from what
// it is shown as, or the telephone would tell them apart.
func (in *Input) opens(k Key, phone Phone) bool {
	if phone != AsActivity {
		return phone == Open
	}
	a, _ := in.Set.Find(k)
	if a.Sensitive {
		a = in.Set.Public(k)
	}
	return a.Open
}

// stretch is a time during which the same claims stand, the one that wins first.
// It lends them: they are good until the next stretch is asked for.
type stretch struct {
	from, to time.Time
	claims   []standing
	outer    int  // which of them wins outside
	shut     bool // outside hours, where those close the telephone
}

// stretches follow one another from a time on, for ever; the last ends never.
func (in *Input) stretches(from time.Time) iter.Seq[stretch] {
	return func(yield func(stretch) bool) {
		s := sweep{in: in, work: in.Worktime(), coming: in.entries(from)}
		for t := from; t.Before(never); {
			x := s.at(t)
			if !yield(x) {
				return
			}
			t = x.to
		}
	}
}

// sweep goes through the claims of an input in the order of time.
type sweep struct {
	in     *Input
	work   Worktime
	coming []entry    // what has not begun
	events []standing // what has, and has not ended
	all    []standing // scratch: events and the other layers
	hours  spell
}

func (s *sweep) at(t time.Time) stretch {
	s.events = slices.DeleteFunc(s.events, func(c standing) bool { return !c.to.After(t) })
	for len(s.coming) > 0 && !s.coming[0].from.After(t) {
		if c, ok := s.in.claim(s.coming[0]); ok && c.to.After(t) {
			s.events = append(s.events, c)
		}
		s.coming = s.coming[1:]
	}
	x := stretch{from: t, to: never}
	s.all = append(s.all[:0], s.events...)
	s.reply(&x)
	s.offHours(&x)
	for i := range s.all {
		x.to = earlier(x.to, s.all[i].to)
	}
	if len(s.coming) > 0 {
		x.to = earlier(x.to, s.coming[0].from)
	}
	slices.SortFunc(s.all, func(a, b standing) int { return a.ahead(&b) })
	for i := range s.all {
		if a, b := &s.all[i], &s.all[x.outer]; cmp.Or(cmp.Compare(a.outer, b.outer), a.later(b)) < 0 {
			x.outer = i
		}
	}
	s.choose(&x)
	x.claims = s.all
	return x
}

func (s *sweep) reply(x *stretch) {
	r := s.in.Replies
	if !s.in.Calendar || s.in.OnReplies == "" || !r.On {
		return
	}
	if x.from.Before(r.From) {
		x.to = earlier(x.to, r.From)
	}
	if r.Stands(x.from) && !s.silent(x, ByReplies) {
		s.propose(Claim{Layer: ByReplies, Activity: s.in.OnReplies, From: r.From.UTC(), To: orZero(orNever(r.To))}, AsActivity)
	}
}

func (s *sweep) offHours(x *stretch) {
	if s.in.OffHours == "" || s.in.Hours == nil {
		return
	}
	if !x.from.Before(s.hours.To) {
		s.hours = s.work.spell(x.from)
	}
	x.to = earlier(x.to, s.hours.To)
	if !s.hours.working && !s.silent(x, ByHours) {
		x.shut = !s.in.opens(s.in.OffHours, AsActivity)
		s.propose(Claim{Layer: ByHours, Activity: s.in.OffHours, From: s.hours.From, To: orZero(s.hours.To)}, AsActivity)
	}
}

// silent is true where "back" has silenced a layer.
func (s *sweep) silent(x *stretch, l Layer) bool {
	for _, q := range s.in.Silences {
		switch {
		case q.Layer != l || !x.from.Before(q.Until):
		case x.from.Before(q.From):
			x.to = earlier(x.to, q.From)
		default:
			x.to = earlier(x.to, q.Until)
			return true
		}
	}
	return false
}

// choose puts a choice before all else, until it ends: what begins or ends below
// it meanwhile changes nothing.
func (s *sweep) choose(x *stretch) {
	c := s.in.Choice
	if c.Activity != "" && x.from.Before(c.From) {
		x.to = earlier(x.to, c.From)
	}
	if !c.Stands(x.from) {
		return
	}
	x.to, x.shut, x.outer = orNever(c.Until), false, 0
	s.propose(Claim{Layer: ByChoice, Activity: c.Activity, From: c.From.UTC(), To: orZero(orNever(c.Until))}, c.Phone)
	last := len(s.all) - 1
	s.all = slices.Insert(s.all[:last], 0, s.all[last])
}

func (s *sweep) propose(c Claim, phone Phone) {
	one := standing{Claim: c, to: orNever(c.To), open: s.in.opens(c.Activity, phone)}
	s.in.rank(&one)
	s.all = append(s.all, one)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
