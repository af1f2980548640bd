package builtin

import (
	"context"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/pbx"
)

// SetActivity has nothing to send: what is written down as told to this
// switchboard is what it answers with. It is a [pbx.Activities] so that all
// switchboards are told by one way.
func (r *Register) SetActivity(context.Context, pbx.Subscriber, activity.State, string) (next string, again time.Time, err error) {
	return "", time.Time{}, nil
}
