package reconcile

import (
	"context"
	"fmt"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/plan"
	"github.com/telefonist/telefonist/store"
)

// Preview says whom settings would take, before they are saved.
type Preview struct {
	Read          bool // false: the directory has not been read yet, and nothing is known
	In            int
	Out           map[directory.Why]int
	Sample        []PreviewPerson // the first in scope, and those with problems
	Problems      int
	SharedNumbers int // numbers that several people have
}

// PreviewPerson is somebody in scope as the mapping would have him.
type PreviewPerson struct {
	Person   directory.Person
	Wanted   pbx.Fields
	Problems []pbx.Reason
}

// sampleSize is how many people a preview shows.
const sampleSize = 8

// Preview judges everybody in the mirror by settings.
func (r *Reconciler) Preview(ctx context.Context, org organization.ID, source string, s directory.Settings) (Preview, error) {
	o := r.Store.In(org)
	t := &task{Reconciler: r, id: org, org: o, replicator: store.ReplicatorState{Replicator: organization.Replicator{Source: source, Settings: s}}}
	mirror, err := o.Mirror(ctx, source)
	if err != nil {
		return Preview{}, fmt.Errorf("preview: %w", err)
	}
	p := Preview{Read: !mirror.PeopleWhole.IsZero(), Out: map[directory.Why]int{}}
	in := plan.Input{Whole: true, Settings: s, Gone: map[string]directory.GoneReason{}}
	for _, step := range []func(context.Context, *plan.Input) error{t.people, t.membership, t.managers} {
		if err := step(ctx, &in); err != nil {
			return Preview{}, fmt.Errorf("preview: %w", err)
		}
	}
	var odd []PreviewPerson
	owners := map[string]int{}
	for _, person := range in.People {
		v := s.Scope.Judge(person, in.Membership)
		if !v.In {
			p.Out[v.Why]++
			continue
		}
		p.In++
		wanted, problems := plan.Wanted(person, s, in.Managers[person.Get(directory.ManagerID)])
		for _, f := range pbx.Numbers() {
			if n := wanted[f]; n != "" {
				owners[n]++
			}
		}
		shown := PreviewPerson{person, wanted, problems}
		if len(problems) > 0 {
			p.Problems++
			if len(odd) < sampleSize/2 {
				odd = append(odd, shown)
			}
		} else if len(p.Sample) < sampleSize {
			p.Sample = append(p.Sample, shown)
		}
	}
	for _, n := range owners {
		if n > 1 {
			p.SharedNumbers++
		}
	}
	p.Sample = append(p.Sample, odd...)
	return p, nil
}
