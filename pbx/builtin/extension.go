package builtin

import (
	"context"
	"errors"

	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store"
)

// taken is the entry that has the extension a change was refused for, "" where
// it was not.
func taken(result pbx.Result) (subscriber string) {
	if refusal := (*pbx.Refusal)(nil); errors.As(result.Err, &refusal) && refusal.Code == "extensionTaken" {
		return refusal.Args["subscriber"]
	}
	return ""
}

// retry tries again what was refused for an extension that may be free by now,
// and reports whether any of it went through.
func (r *Register) retry(ctx context.Context, changes []pbx.Change, results []pbx.Result) bool {
	moved := movers(changes)
	progress := false
	for i, c := range changes {
		if holder := taken(results[i]); holder == "" || !moved[holder] {
			continue // nobody lets it go
		}
		if results[i] = r.one(ctx, c); results[i].Err == nil {
			progress = true
		}
	}
	return progress
}

// movers are the entries that a change may make let go of their extension.
func movers(changes []pbx.Change) map[string]bool {
	by := map[string]bool{}
	for _, c := range changes {
		_, writes := c.After[pbx.Extension]
		if c.Subscriber != "" && (writes || c.Kind == pbx.Remove) {
			by[c.Subscriber] = true
		}
	}
	return by
}

// exchange makes, in one transaction, the changes of a ring of entries each of
// which waits for the extension of the next, and reports whether there was one.
func (r *Register) exchange(ctx context.Context, changes []pbx.Change, results []pbx.Result) bool {
	waits := map[string]int{} // entry → its refused change
	for i, c := range changes {
		if c.Kind != pbx.Create && taken(results[i]) != "" {
			waits[c.Subscriber] = i
		}
	}
	for start := range waits {
		ring, seen := []int(nil), map[string]bool{}
		at := start
		for i, waiting := waits[at]; waiting && !seen[at] && len(ring) < batch; i, waiting = waits[at] {
			seen[at] = true
			ring = append(ring, i)
			at = taken(results[i])
		}
		if at == start && len(ring) > 1 && r.turn(ctx, changes, results, ring) {
			return true
		}
	}
	return false
}

// turn takes the extensions of a ring away and then gives each its new one.
func (r *Register) turn(ctx context.Context, changes []pbx.Change, results []pbx.Result, ring []int) bool {
	made := make([]pbx.Subscriber, len(ring))
	err := r.org.Tx(ctx, func(org store.Org) error {
		for _, i := range ring {
			c := pbx.Change{Kind: pbx.Update, Subscriber: changes[i].Subscriber, After: pbx.Fields{pbx.Extension: ""}}
			if _, err := apply(ctx, org, c); err != nil {
				return err
			}
		}
		for n, i := range ring {
			var err error
			if made[n], err = apply(ctx, org, changes[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return false // they stay refused
	}
	for n, i := range ring {
		results[i] = pbx.Result{Subscriber: made[n]}
	}
	return true
}
