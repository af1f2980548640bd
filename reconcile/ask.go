package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// Known is a person whose calendar is read, with all that her activity follows
// from. Nothing of it is computed yet: [activity.Make] of [Known.Input] is her time
// between two instants, with the reasons.
type Known struct {
	store.Subject
	Language string
	Where    *time.Location // that her dates and hours are in
	Set      activity.Set
	// Owners says whose each rule of an [Known.Input] is, by its place in the list.
	Owners []Owner
	// CalendarBy is who says whether her calendar counts.
	CalendarBy Owner

	terms *terms
}

// Owner is whose a rule or a setting is.
type Owner string

// The owners. A preset's rules are the last of the organization's.
const (
	OfPerson       Owner = "person"
	OfGroup        Owner = "group"
	OfOrganization Owner = "organization"
	OfPreset       Owner = "preset"
)

// Input is what the person's activity between two times follows from.
func (k Known) Input(from, to time.Time) activity.Input { return k.terms.input(k.Subject, from, to) }

// Person returns a person whose calendar is read; else it is [store.ErrNotFound].
func (r *Reconciler) Person(ctx context.Context, org organization.ID, person string) (Known, error) {
	found, err := r.People(ctx, org, []string{person})
	if err != nil {
		return Known{}, err
	}
	if len(found) == 0 {
		return Known{}, fmt.Errorf("read person: %w", store.ErrNotFound)
	}
	return found[0], nil
}

// People returns those of some people whose calendars are read, in no order.
func (r *Reconciler) People(ctx context.Context, org organization.ID, people []string) ([]Known, error) {
	o := r.Store.In(org)
	t, err := r.terms(ctx, o)
	if err != nil {
		return nil, err
	}
	found, err := o.Subjects(ctx, people, true)
	if err != nil {
		return nil, fmt.Errorf("read person: %w", err)
	}
	all := make([]Known, len(found))
	for i, s := range found {
		all[i] = t.known(s)
	}
	return all, nil
}

func (t *terms) known(s store.Subject) Known {
	groups := t.groups(s.Person)
	k := Known{Subject: s, Language: t.language, Where: t.zoneOf(s), Set: t.set, CalendarBy: OfOrganization, terms: t}
	owned := func(rules []activity.Rule, o Owner) {
		for _, r := range rules {
			if !r.Off { // those are not in the list
				k.Owners = append(k.Owners, o)
			}
		}
	}
	owned(s.Preference.Rules, OfPerson)
	for _, g := range groups {
		owned(g.Rules, OfGroup)
	}
	owned(t.Rules, OfOrganization)
	owned(t.preset, OfPreset)
	if slices.ContainsFunc(groups, func(g organization.Group) bool { return g.Off != nil }) {
		k.CalendarBy = OfGroup
	}
	if s.Preference.Off != nil {
		k.CalendarBy = OfPerson
	}
	return k
}

// Try calls each for people whose calendars are read, nil for all, as they are and
// as they would be with other settings; nothing is changed. It ends at the first
// error. What must be read first to know more is for [Known.Unread] to say.
func (r *Reconciler) Try(ctx context.Context, org organization.ID, s organization.Calendar, people []string, each func(now, then Known) error) error {
	o := r.Store.In(org)
	t, err := r.terms(ctx, o)
	if err != nil {
		return err
	}
	other := t.with(s)
	book, err := r.register(ctx, o)
	if err != nil {
		return fmt.Errorf("read settings: %w", err)
	}
	if err := other.close(ctx, o, book); err != nil {
		return err
	}
	if people == nil {
		if people, err = enrolledIn(ctx, o); err != nil {
			return err
		}
	}
	for part := range slices.Chunk(people, triedAtOnce) {
		found, err := o.Subjects(ctx, part, true)
		if err != nil {
			return fmt.Errorf("read people: %w", err)
		}
		for _, subject := range found {
			if err := each(t.known(subject), other.known(subject)); err != nil {
				return err
			}
		}
	}
	return nil
}

// triedAtOnce is how many people's agendas are held in memory.
const triedAtOnce = 200

func enrolledIn(ctx context.Context, o store.Org) ([]string, error) {
	var people []string
	for after := ""; ; {
		page, next, err := o.Mailboxes(ctx, store.MailboxFilter{}, after, 1000)
		if err != nil {
			return nil, fmt.Errorf("list people: %w", err)
		}
		for _, m := range page {
			people = append(people, m.Person)
		}
		if after = next; after == "" {
			return people, nil
		}
	}
}

// Unread are words and categories that k's rules look for and before's did not:
// they were not kept of what has been read.
func (k Known) Unread(before Known) []string {
	wants := k.terms.keep(k.Person, k.Preference)
	have := before.terms.keep(before.Person, before.Preference)
	var all []string
	for _, w := range slices.Concat(wants.Words, wants.Categories) {
		if !slices.Contains(have.Words, w) && !slices.Contains(have.Categories, w) {
			all = append(all, w)
		}
	}
	return all
}

// Choose changes what somebody set by hand for a person, and in the same
// transaction the day that follows. change gets what stood, and what stands now by
// the person's day; it returns false where there is nothing to do. It is called
// again where somebody else has changed the same meanwhile.
func (r *Reconciler) Choose(ctx context.Context, org organization.ID, person string, change func(k Known, stands activity.Span, c *store.ChoiceState) bool) error {
	for range 5 {
		k, err := r.Person(ctx, org, person)
		if err != nil {
			return err
		}
		now := r.Now()
		stands, _ := activity.Make(k.Input(now, now.Add(time.Minute))).At(now)
		k.Choice.Person = person
		k.Choice.Silences = slices.DeleteFunc(slices.Clone(k.Choice.Silences), func(s activity.Silence) bool { return !s.Until.After(now) })
		if !change(k, stands, &k.Choice) {
			return nil
		}
		day := k.terms.day(k.Subject, now)
		if err := r.Store.In(org).SaveChoice(ctx, k.Choice, &day); errors.Is(err, store.ErrConflict) {
			continue
		} else if err != nil {
			return fmt.Errorf("choose: %w", err)
		}
		r.wake(WorkDays)
		r.wake(WorkClock)
		return nil
	}
	return fmt.Errorf("choose: %w", store.ErrConflict)
}

// silencesAtMost bounds how many events that overlap are silenced at once.
const silencesAtMost = 50

// Back is what a person's choice becomes when she says that she is back: what was
// set by hand ends, and each event that says otherwise is silenced, that one and no
// other, until it ends. Where it is her hours or her automatic replies that say so,
// she is available, as set by the one named, until they no longer do.
func (k Known) Back(now time.Time, by string) store.ChoiceState {
	k.Choice.Choice = activity.Choice{}
	k.Choice.Silences = slices.Clone(k.Choice.Silences)
	for range silencesAtMost {
		span, ok := activity.Make(k.Input(now, now.AddDate(0, 0, dayAhead))).At(now)
		if !ok || span.State.Key == activity.Available && span.State.Open {
			break
		}
		if span.Why.Event == "" {
			k.Choice.Choice = activity.Choice{Activity: activity.Available, From: now, Until: span.To, By: by, At: now}
			break
		}
		until := span.Why.To
		if until.Before(span.To) {
			until = span.To
		}
		k.Choice.Silences = append(k.Choice.Silences, activity.Silence{Event: span.Why.Event, Until: until})
	}
	return k.Choice
}
