package desk

import (
	"context"
	"slices"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/reconcile"
)

// longestDay is how much of a person's time is shown at once.
const longestDay = 40 * 24 * time.Hour

// known reads a person with all that his activity follows from.
func (v *Visit) known(ctx context.Context, person string) (PersonHead, reconcile.Known, error) {
	h, err := v.person(ctx, person)
	if err != nil {
		return h, reconcile.Known{}, err
	}
	k, err := v.desk.Reconcile.Person(ctx, v.org, person)
	if err != nil {
		return h, k, answer(err, "read person")
	}
	if h.Zone = k.Where; h.Language == "" {
		h.Language = k.Language
	}
	h.Calendar, h.CalendarBy = k.Input(v.desk.Now(), v.desk.Now()).Calendar, string(k.CalendarBy)
	return h, k, nil
}

func (v *Visit) day(ctx context.Context, person string, from, to time.Time) (PersonDay, error) {
	h, k, err := v.known(ctx, person)
	if err != nil {
		return PersonDay{}, err
	}
	from, to = wholeDay(from, to, v.desk.Now().In(k.Where))
	var bad faults
	bad.when(!from.Before(to), "to", "ends")
	bad.when(to.Sub(from) > longestDay, "to", "range")
	if err := bad.err(); err != nil {
		return PersonDay{}, err
	}
	w, err := v.view(ctx, h.Sight)
	if err != nil {
		return PersonDay{}, err
	}
	w.zone = k.Where
	in := k.Input(from, to)
	made := activity.Make(in)
	d := PersonDay{
		PersonHead: h, From: from, To: to, Spans: w.spans(made), Events: w.events(in, k), Hours: working(in),
		ReadAt: k.ReadAt, Health: w.health(k.Health),
	}
	if w.sight != Outward {
		d.Replies = replies(in)
		d.Silenced = k.Choice.Silences
	}
	if c := k.Choice.Choice; c.Activity != "" && (c.Until.IsZero() || c.Until.After(v.desk.Now())) {
		d.Choice = w.choice(c)
		d.Forgotten = forgotten(c, in, v.desk.Now())
	}
	d.Next = nextOpen(made, v.desk.Now())
	return d, nil
}

// wholeDay puts today, of now's zone, where no instants were given.
func wholeDay(from, to, now time.Time) (time.Time, time.Time) {
	if from.IsZero() {
		from = calendar.DateOf(now).Midnight(now.Location())
	}
	if to.IsZero() {
		to = calendar.DateOf(from.In(now.Location())).Add(1).Midnight(now.Location())
	}
	return from, to
}

// spans are a day's as they may be seen: neighbours that look the same are one, or
// their border would tell what is hidden.
func (w view) spans(d activity.Day) []DaySpan {
	var all []DaySpan
	for _, s := range d.Spans {
		one := DaySpan{From: s.From, To: s.To, Seen: w.seen(s.State), Layer: s.Why.Layer}
		if w.sight == Outward {
			one.Layer = ""
		}
		n := len(all)
		if n > 0 && all[n-1].Seen.Same(one.Seen.State) && all[n-1].Layer == one.Layer {
			all[n-1].To = one.To
			continue
		}
		all = append(all, one)
	}
	return all
}

// events are those in the calendar's lane.
func (w view) events(in activity.Input, k reconcile.Known) []DayEvent {
	if w.sight == Outward {
		return nil
	}
	var all []DayEvent
	for _, e := range in.Events {
		from, to := e.Span(in.Zone)
		if !to.After(in.From) || !from.Before(in.To) || e.Private() && in.PrivateAs == calendar.Ignore && w.sight != Whole {
			continue
		}
		all = append(all, w.event(e, from, to, k))
	}
	slices.SortFunc(all, func(a, b DayEvent) int { return a.From.Compare(b.From) })
	return all
}

func (w view) event(e calendar.Event, from, to time.Time, k reconcile.Known) DayEvent {
	out := DayEvent{From: from, To: to, AllDay: e.AllDay(), Private: e.Private()}
	out.Silenced = slices.ContainsFunc(k.Choice.Silences, func(s activity.Silence) bool { return s.Event == e.Key })
	if w.sight.shares(w.privacy.Subject) {
		out.Subject = e.Subject
	}
	if w.sight.shares(w.privacy.Place) {
		out.Place = e.Place
	}
	if w.sight == Whole {
		out.Whole = &e
		return out
	}
	// What an event is about may be told where what came of it is none of theirs.
	if a, _ := w.set.Find(proposed(e, k)); a.Sensitive || e.Private() {
		out.Subject, out.Place = "", ""
	}
	return out
}

// proposed is what an event proposes by itself.
func proposed(e calendar.Event, k reconcile.Known) activity.Key {
	from, to := e.Span(k.Where)
	in := k.Input(from, to)
	in.Events, in.Choice, in.Silences, in.Replies, in.OffHours = []calendar.Event{e}, activity.Choice{}, nil, calendar.Replies{}, ""
	span, _ := activity.Make(in).At(from)
	return span.State.Key
}

// health is how reading goes; what the service said is for administrators.
func (w view) health(h calendar.Health) calendar.Health {
	if w.sight != Whole {
		h.Sentence = ""
	}
	return h
}

func (w view) choice(c activity.Choice) *activity.Choice {
	if a, ok := w.set.Find(c.Activity); w.sight != Whole && (!ok || a.Sensitive) {
		c.Activity, c.Note = w.set.Public(c.Activity).Key, ""
	}
	if w.sight == Outward {
		c.By = ""
	}
	return &c
}

// working are the working hours of the window, as far as they are known.
func working(in activity.Input) []activity.Interval {
	if in.Hours == nil {
		return nil
	}
	return in.Worktime().Between(in.From, in.To)
}

func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlierOf(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func replies(in activity.Input) *activity.Interval {
	r := in.Replies
	if !r.On || !r.To.IsZero() && !r.To.After(in.From) || r.From.After(in.To) {
		return nil
	}
	return &activity.Interval{From: laterOf(r.From, in.From), To: r.To}
}

// workingDay is how much working time makes a choice without an end a forgotten one.
const workingDay = 8 * time.Hour

// forgotten is true for a choice without an end that is older than a working day.
func forgotten(c activity.Choice, in activity.Input, now time.Time) bool {
	if !c.Until.IsZero() {
		return false
	}
	worked := time.Duration(0)
	for _, i := range in.Worktime().Between(laterOf(c.At, now.AddDate(0, 0, -14)), now) {
		worked += i.To.Sub(i.From)
	}
	return worked >= workingDay
}

// nextOpen is when the telephone is open next, zero where the day does not say.
func nextOpen(d activity.Day, now time.Time) time.Time {
	for _, s := range d.Spans {
		if s.To.After(now) && s.State.Open {
			return laterOf(s.From, now)
		}
	}
	return time.Time{}
}

func (v *Visit) reasons(ctx context.Context, person string, at time.Time) (Reasons, error) {
	h, k, err := v.known(ctx, person)
	if err != nil {
		return Reasons{}, err
	}
	w, err := v.view(ctx, h.Sight)
	if err != nil {
		return Reasons{}, err
	}
	r := Reasons{PersonHead: h, At: at, ReadAt: k.ReadAt, Heard: k.HeardAt, Health: w.health(k.Health)}
	in := k.Input(at.Add(-24*time.Hour), at.Add(longestDay))
	made := activity.Make(in)
	span, ok := made.At(at)
	if ok && !at.Before(w.held(v.desk.Now())) {
		r.Computed = true
		r.Span = DaySpan{From: span.From, To: span.To, Seen: w.seen(span.State), Layer: span.Why.Layer}
		for _, s := range w.spans(made) { // a border that is hidden in the day is hidden here
			if w.sight != Whole && !at.Before(s.From) && at.Before(s.To) {
				r.Span = s
			}
		}
		w.why(&r, span, in, k)
	}
	if r.Told, err = v.toldBy(ctx, person, at); err != nil {
		return r, err
	}
	return r, nil
}

// held is since when events are kept.
func (w view) held(now time.Time) time.Time { return now.AddDate(0, 0, -max(w.behind, 1)) }

// why adds what decided, as far as it may be seen.
func (w view) why(r *Reasons, span activity.Span, in activity.Input, k reconcile.Known) {
	if w.sight == Outward {
		r.Span.Layer = ""
		return
	}
	if span.Why.Layer == activity.ByChoice {
		r.Choice = w.choice(k.Choice.Choice)
	}
	for _, e := range in.Events {
		if span.Why.Layer == activity.ByCalendar && e.Key == span.Why.Event {
			from, to := e.Span(in.Zone)
			event := w.event(e, from, to, k)
			r.Event = &event
			break
		}
	}
	if w.sight != Whole { // which rule it was would say what
		return
	}
	r.Rule = w.ruleOf(span.Why.Rule, in, k)
	for _, c := range span.Why.Beaten {
		called, _ := w.set.Find(c.Activity)
		r.Beaten = append(r.Beaten, BeatenClaim{c, called, w.ruleOf(c.Rule, in, k)})
	}
}

// ruleOf is the rule with an id among those of a person, and whose it is.
func (w view) ruleOf(id string, in activity.Input, k reconcile.Known) *RuleWhy {
	for i, rule := range in.Rules {
		if id != "" && rule.ID == id {
			called, _ := w.set.Find(rule.Then)
			why := &RuleWhy{Rule: rule, Called: called, Of: OfOrganization, Group: groupName(w.groups, rule.If.Group)}
			if i < len(k.Owners) {
				why.Of = RuleOwner(k.Owners[i])
			}
			return why
		}
	}
	return nil
}

// groupName is what a group is called that settings name, else its id.
func groupName(all []organization.Group, id string) string {
	for _, g := range all {
		if g.ID == id && g.Name != "" {
			return g.Name
		}
	}
	return id
}

// toldBy is what each switchboard had been told by an instant: as it stands now
// where nothing has been told since, else by the history.
func (v *Visit) toldBy(ctx context.Context, person string, at time.Time) ([]ToldLine, error) {
	now, err := v.store().Tellings(ctx, person)
	if err != nil {
		return nil, step("read tellings", err)
	}
	stood, err := v.store().ToldAt(ctx, person, at)
	if err != nil {
		return nil, step("read told", err)
	}
	w, names, err := v.toldNames(ctx)
	if err != nil {
		return nil, err
	}
	whole := v.sight(v.actor.About, nil) == Whole
	var lines []ToldLine
	current := map[string]bool{}
	for _, t := range now {
		if t.ToldAt.After(at) || t.Told.Key == "" && t.Answer.Code == "" {
			continue
		}
		current[t.Switchboard] = true
		if !whole {
			t.DueAt = time.Time{} // what changes then may be hidden from him
		}
		lines = append(lines, ToldLine{
			Switchboard: t.Switchboard, SwitchboardName: names[t.Switchboard], At: t.ToldAt, State: w.told(t.Told), Late: t.Late,
			Answer: t.Answer, Next: t.DueAt, Live: t.Live,
		})
	}
	for _, t := range stood {
		if !current[t.Switchboard] {
			lines = append(lines, ToldLine{Switchboard: t.Switchboard, SwitchboardName: names[t.Switchboard], At: t.At, State: w.told(t.State)})
		}
	}
	return v.ofMine(lines), nil
}
