package api

import (
	"context"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/language"
)

// state is what somebody is doing, now.
func state(ctx context.Context, s desk.Seen) client.State { return stateAt(ctx, s, callOf(ctx).now) }

// stateAt is what somebody is doing as it is told at an instant.
func stateAt(ctx context.Context, s desk.Seen, at time.Time) client.State {
	w := client.State{
		Activity: string(s.Key), Names: named(s.Activity), Outside: namedOutside(s.Public), Open: s.Open, Since: utc(s.Since), Until: utc(s.Until),
		Note: s.Note, Subject: s.Subject, Place: s.Place, Manual: s.Manual, By: s.By, Set: utc(s.At), Text: sentence(ctx, s, at),
	}
	if s.Outward {
		w.Names, w.Outside = w.Outside, nil
	}
	if s.Back.Kind != activity.BackNone {
		w.Back = &client.Back{Kind: string(s.Back.Kind), At: utc(s.Back.At)}
	}
	if s.Forward.Kind != activity.NoForward {
		w.Forward = &client.Forward{Kind: string(s.Forward.Kind), To: s.Forward.To}
	}
	return w
}

func utc(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC()
}

// sentence is the activity with its return.
func sentence(ctx context.Context, s desk.Seen, at time.Time) string {
	p := callOf(ctx).printer
	return p.State(nameOf(p, s), string(s.Back.Kind), in(s.Back.At, s.Zone), at)
}

func nameOf(p *language.Printer, s desk.Seen) string {
	if s.Outward {
		return p.Outside(string(s.Activity.Key), s.Activity.Outside, s.Activity.Names)
	}
	return p.Activity(string(s.Activity.Key), s.Activity.Names)
}

func in(t time.Time, zone *time.Location) time.Time {
	if zone == nil || t.IsZero() {
		return t
	}
	return t.In(zone)
}

func day(ctx context.Context, d desk.PersonDay) client.Day {
	w := client.Day{
		Person: head(d.PersonHead), From: utc(d.From), To: utc(d.To), Calendar: d.Calendar, Next: utc(d.Next), Read: d.ReadAt,
		Health: string(d.Health.State), Choice: standing(d.Choice, d.Forgotten),
		Spans:  each(d.Spans, span(ctx)),
		Events: each(d.Events, event),
		Hours: each(d.Hours, func(i activity.Interval) client.Interval {
			return client.Interval{From: utc(i.From), To: utc(i.To)}
		}),
	}
	if d.Zone != nil {
		w.Zone = d.Zone.String()
	}
	if d.Replies != nil {
		w.Replies = &client.Interval{From: utc(d.Replies.From), To: utc(d.Replies.To)}
	}
	return w
}

func head(h desk.PersonHead) client.PersonActivity {
	return client.PersonActivity{
		ID: h.Person, Subscriber: h.Subscriber, Name: h.Name, Extension: h.Extension, Number: h.Number, Live: h.Live, Hidden: h.Hidden,
	}
}

func span(ctx context.Context) func(desk.DaySpan) client.Span {
	return func(s desk.DaySpan) client.Span {
		return client.Span{From: utc(s.From), To: utc(s.To), State: stateAt(ctx, s.Seen, s.From), Layer: string(s.Layer)}
	}
}

func event(e desk.DayEvent) client.DayEvent {
	w := client.DayEvent{
		From: utc(e.From), To: utc(e.To), AllDay: e.AllDay, Private: e.Private, Subject: e.Subject, Place: e.Place, Silenced: e.Silenced,
	}
	if all := e.Whole; all != nil {
		w.ShowAs, w.Prefix, w.Words, w.Categories = string(all.ShowAs), all.Prefix, all.Words, all.Categories
		w.Response, w.Cancelled = string(all.Response), all.Cancelled
	}
	return w
}

func standing(c *activity.Choice, forgotten bool) *client.ChoiceState {
	if c == nil {
		return nil
	}
	w := &client.ChoiceState{
		Activity: string(c.Activity), From: utc(c.From), Until: utc(c.Until), Note: c.Note, By: c.By, At: utc(c.At), Forgotten: forgotten,
	}
	if c.Forward.Kind != activity.NoForward {
		w.Forward = &client.Forward{Kind: string(c.Forward.Kind), To: c.Forward.To}
	}
	return w
}

func told(ctx context.Context) func(desk.ToldLine) client.Told {
	p := callOf(ctx).printer
	return func(t desk.ToldLine) client.Told {
		w := client.Told{
			Switchboard: t.Switchboard, Name: t.SwitchboardName, At: utc(t.At), LateMs: t.Late.Milliseconds(),
			Answer: reasonOrNone(p, "telling.", t.Answer), Again: utc(t.Next),
		}
		if t.State.Known() {
			w.State = stateAt(ctx, t.State, t.At)
		}
		return w
	}
}

func reasons(ctx context.Context, r desk.Reasons) client.Reasons {
	w := client.Reasons{
		Person: head(r.PersonHead), At: utc(r.At), Known: r.Computed, Choice: standing(r.Choice, false), Read: r.ReadAt, Heard: r.Heard,
		Health: string(r.Health.State), Told: each(r.Told, told(ctx)), Rule: ruleWhy(r.Rule),
		Text: why(callOf(ctx).printer, r, callOf(ctx).now),
	}
	if r.Computed {
		s := client.Span{From: utc(r.Span.From), To: utc(r.Span.To), State: stateAt(ctx, r.Span.Seen, r.At), Layer: string(r.Span.Layer)}
		w.Span = &s
	}
	if r.Event != nil {
		e := event(*r.Event)
		w.Event = &e
	}
	for _, b := range r.Beaten {
		w.Beaten = append(w.Beaten, client.Claim{
			Layer: string(b.Layer), Activity: string(b.Activity), Names: named(b.Called), From: utc(b.From), To: utc(b.To),
			Rule: ruleWhy(b.Rule),
		})
	}
	return w
}

func ruleWhy(r *desk.RuleWhy) *client.RuleWhy {
	if r == nil {
		return nil
	}
	return &client.RuleWhy{ActivityRule: rule(r.Rule), Of: string(r.Of), GroupName: r.Group}
}

// why says in a sentence why something stands.
func why(p *language.Printer, r desk.Reasons, now time.Time) string {
	when := func(t time.Time) language.Arg { return language.Text("at", p.When(in(t, r.Span.Seen.Zone), now)) }
	switch {
	case r.Span.Seen.Outward:
		return "" // callers are not told why
	case !r.Computed:
		return p.T("why.past")
	case r.Choice != nil && r.Choice.By != "":
		return p.T("why.choice", when(r.Choice.At), language.Text("name", r.Choice.By))
	case r.Choice != nil:
		return p.T("why.himself", when(r.Choice.At))
	case r.Span.Layer == activity.ByReplies:
		return p.T("why.replies")
	case r.Span.Layer == activity.ByHours:
		return p.T("why.hours")
	case r.Event != nil:
		return whyEvent(p, r, now)
	}
	return p.T("why.default")
}

func whyEvent(p *language.Printer, r desk.Reasons, now time.Time) string {
	clock := func(t time.Time) string { return p.When(in(t, r.Span.Seen.Zone), now) }
	from, to := language.Text("from", clock(r.Event.From)), language.Text("to", clock(r.Event.To))
	if r.Rule == nil {
		return p.T("why.someevent", from, to)
	}
	told := "–"
	for _, t := range r.Told {
		if told == "–" || t.Switchboard != "builtin" {
			told = clock(t.At)
		}
	}
	beaten := []string{}
	for _, b := range r.Beaten {
		beaten = append(beaten, p.Activity(string(b.Activity), b.Called.Names))
	}
	if len(beaten) == 0 {
		beaten = append(beaten, p.T("why.nothing"))
	}
	name := r.Rule.Name
	if name == "" {
		name = conditions(p, r.Rule)
		if r.Rule.Then != "" {
			name += " → " + p.Activity(string(r.Rule.Then), r.Rule.Called.Names)
		}
	}
	return p.T("why.event", from, to, language.Text("rule", name), language.Text("beaten", p.List(beaten)),
		language.Text("read", clock(r.ReadAt)), language.Text("told", told))
}

// conditions are what a rule without a name asks, in words.
func conditions(p *language.Printer, r *desk.RuleWhy) string {
	c := r.If
	return p.Condition(language.Condition{
		Prefix: c.Prefix, Word: c.Word, Category: c.Category, ShowAs: string(c.ShowAs), AllDay: string(c.AllDay), Private: string(c.Private),
		Own: string(c.Own), Others: string(c.Others), Response: string(c.Response), Group: r.Group,
	})
}
