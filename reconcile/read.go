package reconcile

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// reading is what a round learned while it read.
type reading struct {
	empty  bool // a whole read found nobody where there were some
	seq    int64
	linked int // people linked, for the limits
}

// readSource brings the mirror up to date, page by page. A round taken up in the
// midst goes on at its page. One reading of a source runs at a time; whoever
// comes second finds the mirror fresh and reads a short delta.
func (t *task) readSource(ctx context.Context) error {
	key := string(t.id) + "/" + t.replicator.Source
	for !t.reads.lock(key) {
		if err := sleep(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
	defer t.reads.unlock(key)
	source, err := t.OpenSource(ctx, t.id, t.replicator.Source)
	if err != nil {
		return fmt.Errorf("open source: %w", err)
	}
	mirror, err := t.org.Mirror(ctx, t.replicator.Source)
	if err != nil {
		return fmt.Errorf("read source: %w", err)
	}
	fields, groups, err := needs(ctx, t.org, t.replicator.Source)
	if err != nil {
		return err
	}
	if t.wantsWhole(mirror, fields) {
		if err := t.org.ResetMirror(ctx, t.replicator.Source, fields); err != nil {
			return fmt.Errorf("read source: %w", err)
		}
		mirror.Cursor = ""
	}
	for page, err := range source.Reader(fields, groups).Read(ctx, mirror.Cursor) {
		if err != nil {
			return err
		}
		folded, err := t.org.Fold(ctx, t.replicator.Source, page)
		if err != nil {
			return fmt.Errorf("fold page: %w", err)
		}
		if t.read.empty, err = t.nobody(ctx, page, folded, fields); err != nil || t.read.empty {
			return err // the next reading begins anew
		}
		if err := t.progress(ctx, int64(len(page.People)), 0); err != nil {
			return err
		}
	}
	if source.Purposes != nil {
		return t.askPurposes(ctx, source)
	}
	return nil
}

// nobody is true where a whole read has found nobody at all: every tenant has
// somebody, so it is no answer.
func (t *task) nobody(ctx context.Context, page directory.Page, folded store.Folded, fields []directory.Field) (bool, error) {
	if folded.Empty || page.Part != directory.PeoplePart || !page.Full || !page.Last {
		return folded.Empty, nil
	}
	n, err := t.org.PeopleCount(ctx, t.replicator.Source)
	if err != nil || n > 0 {
		return false, err
	}
	return true, t.org.ResetMirror(ctx, t.replicator.Source, fields)
}

// wantsWhole is true once a day, whatever the delta says, also where the nightly
// round could not be run, and where the mirror was read without a property that is
// needed now.
func (t *task) wantsWhole(m store.Mirror, fields []directory.Field) bool {
	if m.PeopleWhole.IsZero() || m.PeopleBegan.After(m.PeopleWhole) {
		return m.Cursor == "" // a whole read is under way: it goes on at its page
	}
	for _, f := range fields {
		if !slices.Contains(m.Fields, f) {
			return true
		}
	}
	age := t.Now().Sub(m.PeopleWhole)
	return t.round.Whole && age > 20*time.Hour || t.replicator.Schedule.Mode != organization.ByHand && age > 28*time.Hour
}

// needs is what the replicators of a source together read.
func needs(ctx context.Context, o store.Org, source string) (fields []directory.Field, groups bool, err error) {
	all, err := o.Replicators(ctx)
	if err != nil {
		return nil, false, fmt.Errorf("read source: %w", err)
	}
	var mappings []directory.Mapping
	var scopes []directory.Scope
	for _, r := range all {
		if r.Source != source {
			continue
		}
		mappings = append(mappings, r.Settings.Mapping, extras(r.Settings))
		scopes = append(scopes, r.Settings.Scope)
		groups = groups || r.Settings.Scope.UsesGroups()
	}
	if !groups {
		if groups, err = calendarGroups(ctx, o, source); err != nil {
			return nil, false, err
		}
	}
	return directory.Reads(mappings, scopes), groups, nil
}

// calendarGroups is true where calendars ask who is in a group of the source.
func calendarGroups(ctx context.Context, o store.Org, source string) (bool, error) {
	connections, err := o.Connections(ctx)
	if err != nil || len(connections) == 0 {
		return false, err
	}
	sources, err := o.Sources(ctx)
	if err != nil {
		return false, fmt.Errorf("read source: %w", err)
	}
	org, _, err := o.Organization(ctx)
	if err != nil {
		return false, fmt.Errorf("read source: %w", err)
	}
	t := newTerms(org.Settings, "")
	t.connect(connections, sources, &register{})
	return slices.Contains(t.homes, source) && len(t.groupsOf(source)) > 0, nil
}

// extras are the properties that the extension rule reads.
func extras(s directory.Settings) directory.Mapping {
	if s.Extension.Field == "" {
		return nil
	}
	return directory.Mapping{{From: s.Extension.Field}}
}

// askPurposes asks, once for each new person with a mailbox, what it is for: of
// those touched since the last plan, in a whole round of everybody.
func (t *task) askPurposes(ctx context.Context, source Source) error {
	since := t.replicator.PlannedSeq
	if t.round.Whole {
		since = -1
	}
	var unknown []string
	for p, err := range t.org.People(ctx, t.replicator.Source, since) {
		if err != nil {
			return fmt.Errorf("read purposes: %w", err)
		}
		if p.GoneReason == "" && p.Get(directory.Mail) != "" && p.Get(directory.Purpose) == "" {
			unknown = append(unknown, p.ID)
		}
	}
	for ids := range slices.Chunk(unknown, 400) {
		found, err := source.Purposes(ctx, ids)
		for _, id := range ids {
			if found[id] == "" && err == nil {
				found[id] = "unknown"
			}
		}
		if len(found) > 0 {
			if err := t.org.SetPurposes(ctx, t.replicator.Source, found); err != nil {
				return fmt.Errorf("keep purposes: %w", err)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// progress keeps how far the round has come; pages show it.
func (t *task) progress(ctx context.Context, more, total int64) error {
	t.round.Progress += more
	t.round.Total = max(t.round.Total, total)
	return t.org.SetProgress(ctx, t.round.ID, t.round.Progress, t.round.Total)
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
