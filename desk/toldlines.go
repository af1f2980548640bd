package desk

import (
	"context"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/store"
)

// longestTold is how far apart the two ends of a question about the history may be.
const longestTold = 400 * 24 * time.Hour

func (v *Visit) told(ctx context.Context, person string, from, to time.Time) ([]ToldLine, error) {
	var bad faults
	bad.when(!from.Before(to), "to", "ends")
	bad.when(to.Sub(from) > longestTold, "to", "range")
	if err := bad.err(); err != nil {
		return nil, err
	}
	stood, err := v.store().ToldAt(ctx, person, from)
	if err != nil {
		return nil, step("read told", err)
	}
	then, err := v.store().ToldBetween(ctx, person, from, to, 10*maxPage)
	if err != nil {
		return nil, step("read told", err)
	}
	for _, t := range stood {
		for i := range then {
			if then[i].Switchboard == t.Switchboard && then[i].At.Equal(t.At) {
				t.Switchboard = "" // told at from itself
			}
		}
		if t.Switchboard != "" {
			then = append([]store.Told{t}, then...)
		}
	}
	w, names, err := v.toldNames(ctx)
	if err != nil {
		return nil, err
	}
	lines := mapped(then, func(t store.Told) ToldLine {
		return ToldLine{Switchboard: t.Switchboard, SwitchboardName: names[t.Switchboard], At: t.At, State: w.told(t.State)}
	})
	return v.ofMine(lines), nil
}

// ofMine leaves out the other switchboards, and how well ours kept time, for one
// who gets what callers get: that is the administrator's.
func (v *Visit) ofMine(lines []ToldLine) []ToldLine {
	if v.sight(v.actor.About, nil) != Outward {
		return lines
	}
	var kept []ToldLine
	for _, l := range lines {
		if l.Switchboard == store.Builtin {
			l.Late = 0
			kept = append(kept, l)
		}
	}
	return kept
}

// told is a state as it left us.
func (w view) told(s activity.State) Seen {
	public := w.set.Public(s.Key)
	return Seen{State: s, Activity: public, Public: public, Outward: true, Zone: w.zone}
}

// toldNames are how what left us is seen, and the switchboards' names by id.
func (v *Visit) toldNames(ctx context.Context) (view, map[string]string, error) {
	w, err := v.view(ctx, Outward)
	if err != nil {
		return w, nil, err
	}
	boards, err := v.store().Switchboards(ctx)
	if err != nil {
		return w, nil, step("list switchboards", err)
	}
	names := map[string]string{}
	for _, b := range boards {
		names[b.ID] = b.Name
	}
	return w, names, nil
}
