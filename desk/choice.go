package desk

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/phone"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/store"
)

// NewChoice is what somebody sets by hand for a person.
type NewChoice struct {
	Activity activity.Key
	Lasts    Lasts
	Until    time.Time // where Lasts is UntilTime
	Phone    activity.Phone
	Note     string
	Forward  activity.Forward
}

// Lasts says how a choice ends.
type Lasts string

// Until a time; the rest of the day; until further notice (tills vidare).
const (
	UntilTime Lasts = "until"
	RestOfDay Lasts = "day"
	OpenEnded Lasts = "open"
)

// Choose sets a person's activity by hand. It stands before all else until its
// end or until "back". The person himself may, his delegates, attendants and
// administrators; a sensitive one no token but his own and an administrator's.
func (v *Visit) Choose(ctx context.Context, person string, n NewChoice) (BoardRow, error) {
	if err := v.mayPerson(ctx, "Choose", person); err != nil {
		return BoardRow{}, err
	}
	return v.choose(ctx, person, n)
}

// Back is "I'm back": what was set by hand ends, and each event that says that the
// person is away is silenced until it has ended.
func (v *Visit) Back(ctx context.Context, person string) (BoardRow, error) {
	if err := v.mayPerson(ctx, "Back", person); err != nil {
		return BoardRow{}, err
	}
	return v.chosen(ctx, person, "activity.back", nil, func(k reconcile.Known) store.ChoiceState {
		return k.Back(v.instant(), v.signature(person))
	})
}

// Clear ends what was set by hand and what was silenced: the calendar holds again.
func (v *Visit) Clear(ctx context.Context, person string) (BoardRow, error) {
	if err := v.mayPerson(ctx, "Clear", person); err != nil {
		return BoardRow{}, err
	}
	return v.chosen(ctx, person, "activity.clear", nil, func(k reconcile.Known) store.ChoiceState {
		k.Choice.Choice, k.Choice.Silences = activity.Choice{}, nil
		return k.Choice
	})
}

func (v *Visit) choose(ctx context.Context, person string, n NewChoice) (BoardRow, error) {
	o, err := v.organization(ctx)
	if err != nil {
		return BoardRow{}, err
	}
	h, k, err := v.known(ctx, person)
	if err != nil {
		return BoardRow{}, err
	}
	set := o.Settings.Calendar.Set()
	now := v.instant()
	c, err := v.newChoice(n, h, set, o.Settings, now)
	if err != nil {
		return BoardRow{}, err
	}
	if n.Lasts == RestOfDay {
		in := k.Input(now, now)
		c.Until = restOfDay(in.Worktime(), now)
	}
	// The audit log is read by more people than those who may know why somebody is away.
	detail := map[string]string{"activity": string(set.Public(c.Activity).Key)}
	if !c.Until.IsZero() {
		detail["until"] = c.Until.UTC().Format(time.RFC3339)
	}
	return v.chosen(ctx, person, "activity.set", detail, func(k reconcile.Known) store.ChoiceState {
		k.Choice.Choice = c
		return k.Choice
	})
}

// instant is now as it is kept: to the millisecond.
func (v *Visit) instant() time.Time { return v.desk.Now().Truncate(time.Millisecond) }

// restOfDay is when the person's day ends: with the shift, which may be past
// midnight, where hours are known, else at midnight.
func restOfDay(w activity.Worktime, now time.Time) time.Time {
	if w.Hours == nil {
		w.Free = activity.FreeDays{} // half a holiday ends at noon for those with hours alone
	}
	return w.RestOfDay(now)
}

// newChoice checks what was typed.
func (v *Visit) newChoice(n NewChoice, h PersonHead, set activity.Set, s organization.Settings, now time.Time) (activity.Choice, error) {
	var bad faults
	a, ok := set.Find(n.Activity)
	bad.when(!ok || a.Sensitive && h.Sight == Outward && v.actor.About != h.Person, "activity", "activity")
	option(&bad, "lasts", n.Lasts, UntilTime, RestOfDay, OpenEnded)
	c := activity.Choice{
		Activity: n.Activity, From: now, Phone: n.Phone, Note: strings.TrimSpace(n.Note), Forward: n.Forward, By: v.signature(h.Person), At: now,
	}
	if n.Lasts == UntilTime {
		c.Until = n.Until
		bad.when(!n.Until.After(now), "until", "past")
		bad.when(n.Until.After(now.AddDate(2, 0, 0)), "until", "range")
	}
	option(&bad, "phone", n.Phone, activity.AsActivity, activity.Open, activity.Closed)
	bad.text("note", c.Note, maxNote)
	bad.when(strings.ContainsAny(c.Note, "\n\t"), "note", "text")
	bad.forward(n.Forward)
	if n.Forward.Kind == activity.ToNumber && n.Forward.To != "" {
		number, err := phone.Parse(n.Forward.To, s.Country)
		digits, notDigits := phone.ParseExtension(n.Forward.To)
		switch {
		case notDigits == nil:
			c.Forward.To = digits
		case err == nil:
			c.Forward.To = string(number)
		default:
			bad.add("forward.to", "number")
		}
	}
	return c, bad.err()
}

// signature is the name under which the actor sets somebody's activity, "" for the
// person himself.
func (v *Visit) signature(person string) string {
	switch {
	case v.actor.About == person:
		return ""
	case v.actor.Name != "":
		return v.actor.Name
	}
	return v.actor.ID
}

// chosen does something about a person's choice, and returns what stands then.
func (v *Visit) chosen(ctx context.Context, person, verb string, detail map[string]string, change func(reconcile.Known) store.ChoiceState) (BoardRow, error) {
	err := v.desk.Reconcile.Choose(ctx, v.org, person, func(k reconcile.Known, _ activity.Span, c *store.ChoiceState) bool {
		*c = change(k)
		return true
	})
	if err != nil {
		return BoardRow{}, answer(err, "choose")
	}
	if err := v.audit(ctx, verb, person, detail); err != nil {
		return BoardRow{}, err
	}
	return v.standing(ctx, person)
}

// standing is a person's row with what stands by his day, which the switchboards
// are being told.
func (v *Visit) standing(ctx context.Context, person string) (BoardRow, error) {
	h, err := v.person(ctx, person)
	if err != nil {
		return BoardRow{}, err
	}
	row, err := v.boardRowOf(ctx, h)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return row, err
	}
	w, err := v.view(ctx, h.Sight)
	if err != nil {
		return row, err
	}
	day, err := v.store().Day(ctx, person)
	if err != nil {
		return row, answer(err, "read day")
	}
	if span, ok := day.At(v.desk.Now()); ok {
		row.Seen = w.seen(span.State)
	}
	row.Person, row.Name, row.Live = h.Person, h.Name, h.Live
	return row, nil
}
