package store

import (
	"testing"
	"time"

	"github.com/telefonist/telefonist/activity"
)

// TestWhatIsOtherwiseOnlyInsideIsNotInTheHistory: neither when it was told nor the
// history tells that what stands within has become another.
func TestWhatIsOtherwiseOnlyInsideIsNotInTheHistory(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	tell := func(kind ToldKind, inside activity.State) TellingState {
		row := ToldRow{must(o.Tellings(ctx, "anna"))(t)[0], kind}
		row.Told, row.Inside = activity.State{Key: activity.Out}, inside
		if kind == Changed {
			row.ToldAt = o.clock.at
		}
		must(o.SaveTold(ctx, []ToldRow{row}))(t)
		return must(o.Tellings(ctx, "anna"))(t)[0]
	}
	first := tell(Changed, activity.State{Key: activity.Sick})
	o.clock.pass(time.Hour)
	second := tell(ChangedInside, activity.State{})
	if first.Inside.Key != activity.Sick || second.Inside.Key != "" || !second.ToldAt.Equal(first.ToldAt) {
		t.Errorf("%+v\n%+v", first, second)
	}
	if all := must(o.ToldBetween(ctx, "anna", begun, o.clock.at.Add(time.Hour), 99))(t); len(all) != 1 {
		t.Errorf("the history: %+v", all)
	}
}
