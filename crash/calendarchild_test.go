//go:build crash

package crash

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/drivers"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/store"
)

// openCalendars wires what reads calendars and tells switchboards, as the server
// does.
func (c *child) openCalendars(d *drivers.Drivers) {
	r := c.rounds.Reconciler
	r.OpenCalendar, r.OpenSwitchboard, r.Wake = d.Calendar, d.Switchboard, c.engine.Wake
	enrolling := &reconcile.Enrolling{Reconciler: r}
	c.engine.Add(reconcile.WorkEnroll, enrolling.Next, enrolling.Run)
	mailboxes := &reconcile.Mailboxes{Reconciler: r}
	c.engine.Add(reconcile.WorkMailboxes, mailboxes.Next, mailboxes.Run)
	days := reconcile.Days{Reconciler: r}
	c.engine.Add(reconcile.WorkDays, days.Next, days.Run)
	c.clock = &reconcile.Clock{Reconciler: r}
	heard, _ := c.store.Listen()
	go func() {
		for e := range heard {
			r.Heard(e)
		}
	}()
}

// obeyCalendars reads all calendars again, sets somebody's activity by hand, takes
// it back, or only works; each ends when everything is as it should be.
func (c *child) obeyCalendars(ctx context.Context, verb, rest string) error {
	person, what, _ := strings.Cut(rest, " ")
	var err error
	switch verb {
	case "read":
		err = c.rounds.ReadAgain(ctx, c.Organization, nil, reconcile.CauseByHand)
	case "choose":
		err = c.rounds.Choose(ctx, c.Organization, person, func(_ reconcile.Known, _ activity.Span, s *store.ChoiceState) bool {
			now := time.Now()
			s.Choice = activity.Choice{Activity: activity.Key(what), From: now, By: actor, At: now}
			return true
		})
	case "back":
		err = c.rounds.Choose(ctx, c.Organization, person, func(k reconcile.Known, _ activity.Span, s *store.ChoiceState) bool {
			*s = k.Back(time.Now(), actor)
			return true
		})
	}
	if err != nil {
		return err
	}
	var wrong string
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if wrong, err = c.wrong(ctx); err != nil || wrong == "" {
			return err
		}
	}
	return fmt.Errorf("after half a minute %s", wrong)
}

// wrong is what is not as the rows before it say that it should be, "" where
// everything is: whose calendars are read, what was read of them, days, tellings.
func (c *child) wrong(ctx context.Context) (string, error) {
	now := time.Now()
	boxes, err := c.store.DueMailboxes(ctx, now, 1)
	if err != nil || len(boxes) > 0 {
		return "a mailbox is due", err
	}
	days, err := c.store.DueDays(ctx, now, 1)
	if err != nil || len(days) > 0 {
		return "a day is due", err
	}
	links, err := c.org.LinksOfReplicator(ctx, c.Replicator)
	if err != nil {
		return "", err
	}
	boards, err := c.org.Switchboards(ctx)
	if err != nil {
		return "", err
	}
	here := 0
	for _, l := range links {
		if l.State != store.Linked || l.Left != store.Present {
			continue
		}
		here++
		if wrong, err := c.wrongOf(ctx, l.Person, 1+len(boards), now); err != nil || wrong != "" {
			return wrong, err
		}
	}
	for _, board := range append([]store.SwitchboardState{{}}, boards...) {
		if board.ID == "" {
			board.ID = store.Builtin
		}
		all, _, err := c.org.TellingsOf(ctx, board.ID, false, 0, 1000)
		if err != nil || len(all) != here {
			return fmt.Sprintf("%d of %d are told to %s", len(all), here, board.Kind), err
		}
	}
	return "", nil
}

// wrongOf is what is wrong with the tellings of a person.
func (c *child) wrongOf(ctx context.Context, person string, boards int, now time.Time) (string, error) {
	all, err := c.org.Tellings(ctx, person)
	if err != nil || len(all) != boards {
		return fmt.Sprintf("a person has %d tellings", len(all)), err
	}
	k, err := c.rounds.Person(ctx, c.Organization, person)
	if err != nil {
		return "", err
	}
	span, _ := activity.Make(k.Input(now, now.Add(time.Second))).At(now)
	want := span.State.Outward(k.Set)
	for _, t := range all {
		told := t.Told
		if told.Key == "" && t.Switchboard != store.Builtin {
			told.Key = activity.Available // nothing had to be sent
		}
		if told.Key != want.Key || want.Key != activity.Available && !told.Until.Equal(want.Until) || t.Answer.Code != "" {
			return fmt.Sprintf("%s was told %s until %v (%s), and it is %s until %v", t.Switchboard, told.Key, told.Until, t.Answer.Code, want.Key, want.Until), nil
		}
	}
	return "", nil
}
