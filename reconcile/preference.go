package reconcile

import (
	"context"

	"github.com/telefonist/telefonist/organization"
)

// SavePreference keeps what a person set for herself, has her day computed again,
// and her calendar read again, of which more or less may be kept now.
func (r *Reconciler) SavePreference(ctx context.Context, org organization.ID, person string, p organization.Person, generation int64) error {
	if err := r.Store.In(org).SavePreference(ctx, person, p, generation); err != nil {
		return err
	}
	r.wake(WorkDays)
	return r.ReadAgain(ctx, org, []string{person}, CauseByHand)
}
