package pbx

import (
	"context"
	"time"

	"github.com/telefonist/telefonist/activity"
)

// Activities is a switchboard that can be told what a subscriber is doing.
type Activities interface {
	// SetActivity tells that a stands, or, where a.Key is [activity.Available],
	// takes back what was told. a is what may leave us ([activity.State.Outward]).
	// receipt is what the last call for this subscriber returned, "" at first or
	// where nothing stands there; it is kept over restarts. again is when the same
	// must be told again at the latest, zero for never. It is safe to repeat. The
	// error is a [*Refusal] where telling it again is of no use until something is
	// changed, else what went wrong on the way.
	SetActivity(ctx context.Context, s Subscriber, a activity.State, receipt string) (next string, again time.Time, err error)
}
