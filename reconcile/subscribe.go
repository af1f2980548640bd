package reconcile

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// Subscriptions asks Microsoft to tell of changes, for every source that a
// replicator follows soon after a change, where Microsoft can reach us. What there
// should be is what the replicators need; what there is stands in rows; the
// difference is what is due. Its Next and Run are given to an engine.
//
// A subscription that can't be had harms nothing: the source is asked each minute,
// as without a public address, and the row says why.
type Subscriptions struct{ *Reconciler }

// Subscriptions live for weeks, and are renewed each day: so one that Microsoft
// dropped without a word is missed for a day at most.
const (
	renewEvery    = 24 * time.Hour
	subscribeSoon = 5 * time.Minute // after what may pass by itself
	subscribeSlow = time.Hour       // after what somebody has to mend
)

// leaving is the problem of a subscription that is no longer wanted and could not
// be ended yet.
const leaving = "subscription.leaving"

// errand is a subscription to look at.
type errand struct {
	org    organization.ID
	source string
	row    store.Subscription // the resource alone where there is no row
	wanted bool
	at     time.Time // zero is now
}

// place is a resource of a source.
type place struct {
	org              organization.ID
	source, resource string
}

// Next is when a subscription is to be made, renewed or ended.
func (s Subscriptions) Next(ctx context.Context) (time.Time, error) {
	all, err := s.errands(ctx)
	if err != nil || len(all) == 0 {
		return time.Time{}, err
	}
	next := all[0].at
	for _, e := range all {
		if e.at.Before(next) {
			next = e.at
		}
	}
	if next.IsZero() {
		next = s.Now()
	}
	return next, nil
}

// Run makes, renews and ends what is due, a few at once.
func (s Subscriptions) Run(ctx context.Context) error {
	all, err := s.errands(ctx)
	if err != nil {
		return err
	}
	now := s.Now()
	var group sync.WaitGroup
	room := make(chan struct{}, 4)
	failed := make([]error, len(all))
	for i, e := range all {
		if e.at.After(now) {
			continue
		}
		room <- struct{}{}
		group.Go(func() {
			defer func() { <-room }()
			failed[i] = s.run(ctx, e)
		})
	}
	group.Wait()
	return errors.Join(failed...)
}

// errands compares what there should be with what there is.
func (s Subscriptions) errands(ctx context.Context) ([]errand, error) {
	wanted, err := s.wanted(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := s.Store.AllSubscriptions(ctx)
	if err != nil {
		return nil, fmt.Errorf("find subscriptions: %w", err)
	}
	var all []errand
	for _, row := range rows {
		at := place{row.Organization, row.Source, row.Resource}
		e := errand{org: row.Organization, source: row.Source, row: row.Subscription, wanted: wanted[at], at: row.Due}
		if !e.wanted && row.Problem != leaving {
			e.at = time.Time{}
		}
		all = append(all, e)
		delete(wanted, at)
	}
	for at := range wanted {
		all = append(all, errand{org: at.org, source: at.source, row: store.Subscription{Resource: at.resource}, wanted: true})
	}
	return all, nil
}

// wanted is what the replicators need to be told of.
func (s Subscriptions) wanted(ctx context.Context) (map[place]bool, error) {
	wanted := map[place]bool{}
	if s.NotifyURL == "" {
		return wanted, nil
	}
	all, err := s.Store.RunningReplicators(ctx)
	if err != nil {
		return nil, fmt.Errorf("find subscriptions: %w", err)
	}
	for _, r := range all {
		if r.Schedule.Mode != organization.Soon {
			continue
		}
		for _, resource := range toldOf(r.Settings.Scope) {
			wanted[place{r.Organization, r.Source, resource}] = true
		}
	}
	return wanted, nil
}

// toldOf are the resources whose changes matter to a scope.
func toldOf(s directory.Scope) []string {
	if s.UsesGroups() {
		return []string{directory.Users, directory.UserGroups}
	}
	return []string{directory.Users}
}

// run does one errand. Only what the store refuses is an error; what Microsoft
// refuses is kept in the row.
func (s Subscriptions) run(ctx context.Context, e errand) error {
	if !e.wanted && e.row.ID == "" {
		return s.forget(ctx, e)
	}
	source, err := s.OpenSource(ctx, e.org, e.source)
	switch {
	case err != nil && ctx.Err() != nil:
		return ctx.Err()
	case err != nil && e.wanted:
		return s.failed(ctx, e, err)
	case err != nil:
		return s.forget(ctx, e) // it ends by itself
	case !e.wanted:
		return s.unsubscribe(ctx, e, source)
	case e.row.ID == "":
		return s.subscribe(ctx, e, source)
	}
	return s.renew(ctx, e, source)
}

// subscribe makes a subscription and has the source read once more, since what
// changed while it was made may have been told to nobody.
func (s Subscriptions) subscribe(ctx context.Context, e errand, source Source) error {
	state := rand.Text()
	ask := directory.Subscription{Resource: e.row.Resource, URL: s.NotifyURL, State: state}
	made, err := source.Subscribe(ctx, ask)
	if codeOf(err) == "subscription.taken" && s.release(ctx, e, source) {
		made, err = source.Subscribe(ctx, ask)
	}
	if err != nil {
		return s.failed(ctx, e, err)
	}
	e.row.ID, e.row.ClientStateHash = made.ID, store.HashClientState(state)
	if err := s.made(ctx, e, made.Expires); err != nil {
		return err
	}
	return s.wakeSource(ctx, e)
}

// release ends a subscription of ours that no row knows: we were stopped between
// making it and writing it down.
func (s Subscriptions) release(ctx context.Context, e errand, source Source) bool {
	all, err := source.Subscribed(ctx)
	if err != nil {
		return false
	}
	released := false
	for _, other := range all {
		if other.Resource != e.row.Resource || other.URL != s.NotifyURL {
			continue
		}
		_, _, _, err := s.Store.FindSubscription(ctx, other.ID)
		released = errors.Is(err, store.ErrNotFound) && source.Unsubscribe(ctx, other.ID) == nil || released
	}
	return released
}

// renew puts off the end, which also gives Microsoft the authorization it asked
// for; one that is gone is made anew.
func (s Subscriptions) renew(ctx context.Context, e errand, source Source) error {
	renewed, err := source.Renew(ctx, e.row.ID)
	if codeOf(err) == "subscription.gone" {
		e.row.ID = ""
		return s.subscribe(ctx, e, source)
	}
	if err != nil {
		return s.failed(ctx, e, err)
	}
	return s.made(ctx, e, renewed.Expires)
}

func (s Subscriptions) made(ctx context.Context, e errand, expires time.Time) error {
	now := s.Now()
	e.row.Expires, e.row.Problem = expires, ""
	e.row.Due = now.Add(min(renewEvery, expires.Sub(now)/2))
	return s.put(ctx, e)
}

// failed keeps why, and lets the source be asked each minute again.
func (s Subscriptions) failed(ctx context.Context, e errand, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.Log.Warn("subscription", "organization", e.org, "source", e.source, "resource", e.row.Resource, "error", err)
	heard := e.row.Problem == ""
	e.row.Problem, e.row.Due = problemOf(err), s.Now().Add(later(err))
	if err := s.put(ctx, e); err != nil {
		return err
	}
	if !heard {
		return nil
	}
	return s.wakeSource(ctx, e)
}

func (s Subscriptions) unsubscribe(ctx context.Context, e errand, source Source) error {
	err := source.Unsubscribe(ctx, e.row.ID)
	var t *directory.Trouble
	if ctx.Err() == nil && errors.As(err, &t) && t.Temporary() && e.row.Expires.After(s.Now()) {
		e.row.Problem, e.row.Due = leaving, s.Now().Add(later(err))
		return s.put(ctx, e)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return s.forget(ctx, e)
}

func (s Subscriptions) put(ctx context.Context, e errand) error {
	if err := s.Store.In(e.org).PutSubscription(ctx, e.source, e.row); err != nil {
		return fmt.Errorf("keep subscription: %w", err)
	}
	return nil
}

func (s Subscriptions) forget(ctx context.Context, e errand) error {
	err := s.Store.In(e.org).DeleteSubscription(ctx, e.source, e.row.Resource)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("forget subscription: %w", err)
	}
	return nil
}

// wakeSource makes due what follows a source soon after a change.
func (s Subscriptions) wakeSource(ctx context.Context, e errand) error {
	if err := s.SourceChanged(ctx, e.org, e.source); err != nil {
		return err
	}
	if s.Woken != nil {
		s.Woken()
	}
	return nil
}

// SourceChanged makes due every replicator that follows a source soon after a
// change; the caller wakes the engine.
func (r *Reconciler) SourceChanged(ctx context.Context, org organization.ID, source string) error {
	o := r.Store.In(org)
	all, err := o.Replicators(ctx)
	if err != nil {
		return fmt.Errorf("wake source: %w", err)
	}
	for _, p := range all {
		if p.Source != source || p.Paused || p.Schedule.Mode != organization.Soon {
			continue
		}
		if err := o.Wake(ctx, p.ID, r.Now(), store.OnChange, "", false); err != nil {
			return fmt.Errorf("wake source: %w", err)
		}
	}
	return nil
}

// hears is true where Microsoft tells of everything that a replicator must know.
func (t *task) hears(ctx context.Context) (bool, error) {
	if t.NotifyURL == "" {
		return false, nil
	}
	rows, err := t.org.Subscriptions(ctx, t.replicator.Source)
	if err != nil {
		return false, fmt.Errorf("read subscriptions: %w", err)
	}
	live := map[string]bool{}
	for _, row := range rows {
		live[row.Resource] = row.ID != "" && row.Problem == "" && row.Expires.After(t.Now())
	}
	for _, resource := range toldOf(t.replicator.Settings.Scope) {
		if !live[resource] {
			return false, nil
		}
	}
	return true, nil
}

// later is when to try again what failed.
func later(err error) time.Duration {
	var t *directory.Trouble
	if errors.As(err, &t) && t.Temporary() {
		return max(subscribeSoon, t.RetryAfter())
	}
	return subscribeSlow
}

func codeOf(err error) string {
	var t *directory.Trouble
	if errors.As(err, &t) {
		return t.Code
	}
	return ""
}

// problemOf is the key of a sentence: what went wrong with the source itself, its
// check says better.
func problemOf(err error) string {
	switch code := codeOf(err); code {
	case "subscription.unreachable", "subscription.refused", "subscription.taken":
		return code
	}
	return "subscription.source"
}
