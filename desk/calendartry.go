package desk

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/reconcile"
)

const (
	triedPeople      = 200 // that are listed
	triedDifferences = 50  // of each
	lastWeek         = 7 * 24 * time.Hour
)

// trial gathers what settings would change.
type trial struct {
	Trial
	now    time.Time
	view   view // today's settings
	then   activity.Set
	unread map[string]bool
}

func (v *Visit) tryCalendarSettings(ctx context.Context, s organization.Calendar, people []string) (Trial, error) {
	if err := v.checkCalendarSettings(ctx, s); err != nil {
		return Trial{}, err
	}
	o, err := v.organization(ctx)
	if err != nil {
		return Trial{}, err
	}
	w, err := v.view(ctx, Whole)
	if err != nil {
		return Trial{}, err
	}
	now, have := v.desk.Now(), o.Settings.Calendar
	zone, err := time.LoadLocation(have.Zone)
	if err != nil {
		zone = time.UTC
	}
	today := calendar.DateOf(now.In(zone))
	t := trial{now: now, view: w, then: s.Set(), unread: map[string]bool{}, Trial: Trial{
		From: today.Add(-max(have.Reading.Behind, 0)).Midnight(zone), To: today.Add(have.Reading.Ahead).Midnight(zone),
	}}
	t.Closing.LastWeek = now.Add(-lastWeek)
	err = v.desk.Reconcile.Try(ctx, v.org, s, people, func(now, then reconcile.Known) error {
		t.compare(now, then)
		return ctx.Err()
	})
	if err != nil {
		return Trial{}, answer(err, "try settings")
	}
	for word := range t.unread {
		t.Unread = append(t.Unread, word)
	}
	slices.Sort(t.Unread)
	return t.Trial, nil
}

// compare adds a person.
func (t *trial) compare(now, then reconcile.Known) {
	before, after := activity.Make(now.Input(t.From, t.To)), activity.Make(then.Input(t.From, t.To))
	t.close(before, after)
	if unread := then.Unread(now); len(unread) > 0 && !now.ReadAt.IsZero() {
		t.Reread++
		for _, word := range unread {
			t.unread[word] = true
		}
	}
	differ := activity.Compare(before, after)
	if len(differ) == 0 {
		t.Same++
		return
	}
	p := TriedPerson{Person: now.Person, Name: now.Name}
	for _, d := range differ {
		p.Minutes += int(d.To.Sub(d.From) / time.Minute)
		if len(p.Differences) < triedDifferences {
			p.Differences = append(p.Differences, Difference{From: d.From, To: d.To, Before: t.seen(d.Before, t.view.set), After: t.seen(d.After, t.then)})
		}
	}
	t.Differ++
	t.Minutes += p.Minutes
	at, _ := slices.BinarySearchFunc(t.People, p, func(a, b TriedPerson) int {
		return cmp.Or(cmp.Compare(b.Minutes, a.Minutes), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Person, b.Person))
	})
	if at < triedPeople {
		t.People = slices.Insert(t.People, at, p)
		t.People = t.People[:min(len(t.People), triedPeople)]
	}
}

func (t *trial) seen(s activity.State, set activity.Set) Seen {
	w := t.view
	w.set = set
	return w.seen(s)
}

// close counts whose telephones hours and automatic replies would close: where an
// open one would be closed because of them.
func (t *trial) close(before, after activity.Day) {
	t.Closing.People++
	hours, replies := t.closed(before, after, activity.ByHours), t.closed(before, after, activity.ByReplies)
	t.Closing.Hours.add(hours)
	t.Closing.Replies.add(replies)
}

func (c *Closed) add(one Closed) {
	c.Now += one.Now
	c.LastWeek += one.LastWeek
}

// closed is whether a layer would close one telephone now, and would have last week.
func (t *trial) closed(before, after activity.Day, layer activity.Layer) (c Closed) {
	for _, s := range after.Spans {
		if s.Why.Layer != layer || s.State.Open || !s.To.After(t.Closing.LastWeek) || s.From.After(t.now) {
			continue
		}
		if !opened(before, laterOf(s.From, t.Closing.LastWeek), earlierOf(s.To, t.now.Add(time.Second))) {
			continue
		}
		c.LastWeek = 1
		if at, ok := before.At(t.now); ok && at.State.Open && !s.From.After(t.now) && s.To.After(t.now) {
			c.Now = 1
		}
	}
	return c
}

// opened is true where a day has the telephone open at some time between.
func opened(d activity.Day, from, to time.Time) bool {
	return slices.ContainsFunc(d.Spans, func(s activity.Span) bool {
		return s.State.Open && s.From.Before(to) && s.To.After(from)
	})
}

func (v *Visit) wouldClose(ctx context.Context, s organization.Calendar) (Closing, error) {
	t, err := v.tryCalendarSettings(ctx, s, nil)
	return t.Closing, err
}
