package reconcile

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// Enrolling keeps mailboxes in step with links, groups and settings. Its Next and
// Run are given to an engine, by [WorkEnroll]. What has changed is heard from the
// store; after a start everything has.
type Enrolling struct {
	*Reconciler
	mu      sync.Mutex
	started bool
	rest    time.Time // until then it does nothing
}

// settle is how long a burst of changes is given to end, and restAfter how many
// times longer than it took is waited before it is done again.
const (
	settle    = 300 * time.Millisecond
	restAfter = 4
)

// Next is now where something has changed.
func (e *Enrolling) Next(context.Context) (time.Time, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.started || e.changed.some() {
		return maxTime(e.Now(), e.rest), nil
	}
	return time.Time{}, nil
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Run enrolls the people of the organizations that have changed.
func (e *Enrolling) Run(ctx context.Context) error {
	e.mu.Lock()
	started := e.started
	e.mu.Unlock()
	if !started {
		all, err := e.Store.AllOrganizations(ctx)
		if err != nil {
			return fmt.Errorf("enroll: %w", err)
		}
		for _, org := range all {
			e.changed.add(org)
		}
		e.mu.Lock()
		e.started = true
		e.mu.Unlock()
	} else if err := sleep(ctx, settle); err != nil {
		return err
	}
	begin := e.Now()
	var failed []error
	for _, org := range e.changed.take() {
		if err := e.Enroll(ctx, org); err != nil {
			e.changed.add(org)
			failed = append(failed, err)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.rest = e.Now().Add(min(restAfter*e.Now().Sub(begin), time.Minute)) // a long reading of a directory changes something all the time
	return errors.Join(failed...)
}

// Enroll makes an organization's mailboxes those of the linked people of each
// directory whose calendars are read, or of those in its chosen group, and, where
// there is an Exchange server, those of people who stand in the register alone; and
// has computed again what its settings or groups have changed. Who has left loses
// what was read, and what was told of him is taken back; his choice and preferences
// stay, and follow whom an entry is linked to. It may be called at any time, and
// changes nothing where nothing did.
func (r *Reconciler) Enroll(ctx context.Context, org organization.ID) error {
	o := r.Store.In(org)
	if err := o.Carry(ctx); err != nil {
		return fmt.Errorf("enroll: %w", err)
	}
	_, entries, err := r.readRegister(ctx, o)
	if err != nil {
		return fmt.Errorf("enroll: %w", err)
	}
	t, err := r.terms(ctx, o)
	if err != nil {
		return fmt.Errorf("enroll: %w", err)
	}
	if len(t.sources) == 0 {
		return o.AlignTellings(ctx, nil) // a source may have gone with its mailboxes
	}
	if err := r.enrollHomes(ctx, o, t, entries); err != nil {
		return fmt.Errorf("enroll: %w", err)
	}
	if err := r.refresh(ctx, o, t); err != nil {
		return fmt.Errorf("enroll: %w", err)
	}
	r.readable.add(org)
	r.ears.ring()
	for _, kind := range []string{WorkMailboxes, WorkDays, WorkEvents, WorkClock} {
		r.wake(kind)
	}
	return nil
}

// enrollHomes enrolls the people of each home; those of one that is none any more
// leave.
func (r *Reconciler) enrollHomes(ctx context.Context, o store.Org, t *terms, entries []store.Registered) error {
	before, err := o.Homes(ctx)
	if err != nil {
		return err
	}
	for _, home := range before {
		if !slices.Contains(t.homes, home) {
			if err := o.Enroll(ctx, home, nil); err != nil {
				return err
			}
		}
	}
	for _, home := range t.homes {
		if home == organization.Local {
			if err := o.Enroll(ctx, home, t.localPeople(entries)); err != nil {
				return err
			}
			continue
		}
		people, known, err := t.enrolled(ctx, o, home)
		if err != nil {
			return err
		}
		if !known {
			continue // who is in the group is not known, which is not nobody
		}
		if err := o.Enroll(ctx, home, people); err != nil {
			return err
		}
	}
	return nil
}

// enrolledAtOnce is how many people are held in memory whole.
const enrolledAtOnce = 1000

// enrolled are the people of a directory whose mailboxes are to be read, and whether
// that is known.
func (t *terms) enrolled(ctx context.Context, o store.Org, home string) ([]store.Enrolled, bool, error) {
	if known, err := t.knows(ctx, o, home); !known {
		return nil, false, err
	}
	all, err := o.Replicators(ctx)
	if err != nil {
		return nil, false, err
	}
	var ids []string
	for _, rep := range all {
		if rep.Source != home {
			continue
		}
		links, err := o.LinksOfReplicator(ctx, rep.ID)
		if err != nil {
			return nil, false, err
		}
		for _, l := range links {
			if l.State == store.Linked && l.Left == store.Present && len(t.readers(home, l.Person)) > 0 {
				ids = append(ids, l.Person)
			}
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	enrolled := make([]store.Enrolled, 0, len(ids))
	for some := range slices.Chunk(ids, enrolledAtOnce) {
		people, err := o.PeopleByIDs(ctx, home, some)
		if err != nil {
			return nil, false, err
		}
		for _, p := range people {
			enrolled = append(enrolled, store.Enrolled{Person: p.ID, EntraID: p.ID, Name: p.Name(), Live: t.live(home, p.ID),
				Address: cmp.Or(p.Get(directory.Mail), p.Get(directory.UserPrincipalName)), Sources: t.readers(home, p.ID)})
		}
	}
	return enrolled, true, nil
}

// knows is true where the groups have been read that say whom of a home to enroll.
func (t *terms) knows(ctx context.Context, o store.Org, home string) (bool, error) {
	if own, ok := t.sources[home]; ok {
		if own.Group == "" {
			return true, nil
		}
		if _, err := o.Group(ctx, home, own.Group); t.unread[home] || errors.Is(err, store.ErrNotFound) {
			return false, nil
		} else if err != nil {
			return false, err
		}
		return true, nil
	}
	for _, c := range t.sources {
		if c.Group != "" && t.unread[home] {
			return false, nil
		}
	}
	return true, nil
}

// refresh has days computed again that settings or groups have changed for, and
// mailboxes read again of which more is wanted now. What was before a start is not
// known, and everything counts as changed.
func (r *Reconciler) refresh(ctx context.Context, o store.Org, t *terms) error {
	r.archive.mu.Lock()
	before := r.archive.enrolled[o.ID()]
	r.archive.mu.Unlock()
	if before == t {
		return nil
	}
	if err := r.stale(ctx, o, before, t); err != nil {
		return err
	}
	if before != nil && before.wanted() != t.wanted() {
		if err := r.ReadAgain(ctx, o.ID(), nil, CauseRules); err != nil {
			return err
		}
	}
	r.archive.mu.Lock()
	defer r.archive.mu.Unlock()
	if r.archive.enrolled == nil {
		r.archive.enrolled = map[organization.ID]*terms{}
	}
	r.archive.enrolled[o.ID()] = t
	return nil
}

func (r *Reconciler) stale(ctx context.Context, o store.Org, before, t *terms) error {
	if before == nil || before.settings() != t.settings() {
		return o.StaleDays(ctx, nil)
	}
	if people := moved(before, t); len(people) > 0 {
		return o.StaleDays(ctx, people)
	}
	return nil
}

// moved are the people who have come into a group that settings name, or left it.
func moved(before, now *terms) []string {
	var people []string
	differ := func(a, b map[string]directory.Membership) {
		for source, groups := range a {
			for group, members := range groups {
				for person := range members {
					if !b[source][group][person] {
						people = append(people, person)
					}
				}
			}
		}
	}
	differ(before.members, now.members)
	differ(now.members, before.members)
	slices.Sort(people)
	return slices.Compact(people)
}

// settings are those that days follow from, as text to compare.
func (t *terms) settings() string {
	off := map[string]bool{}
	for source, c := range t.sources {
		off[source] = c.Off
	}
	return asText(t.Calendar, t.language, off)
}

// wanted is what is kept of events because of the organization's settings, and how
// much of them is read, as text to compare.
func (t *terms) wanted() string {
	all := []calendar.Keep{activity.Keep(t.Rules), activity.Keep(t.preset)}
	for _, g := range t.Groups {
		all = append(all, activity.Keep(g.Rules))
	}
	return asText(all, t.Privacy, t.Reading.Ahead, t.Reading.Far, t.Zone)
}

func asText(all ...any) string {
	data, err := json.Marshal(all)
	if err != nil {
		return err.Error() // none of these can fail
	}
	return string(data)
}
