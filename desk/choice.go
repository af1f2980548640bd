package desk

import (
	"context"
	"time"

	"github.com/telefonist/telefonist/activity"
)

// NewChoice is what somebody sets by hand for a person.
type NewChoice struct {
	Activity activity.Key
	Lasts    Lasts
	Until    time.Time // where Lasts is UntilTime
	Phone    activity.Phone
	Note     string
	Forward  activity.Forward
}

// Lasts says how a choice ends.
type Lasts string

// Until a time; the rest of the day; until further notice (tills vidare).
const (
	UntilTime Lasts = "until"
	RestOfDay Lasts = "day"
	OpenEnded Lasts = "open"
)

// Choose sets a person's activity by hand. It stands before all else until its
// end or until "back". The person himself may, his delegates, attendants and
// administrators; a sensitive one only those who could see it.
func (v *Visit) Choose(ctx context.Context, person string, n NewChoice) (BoardRow, error) {
	if err := v.mayPerson(ctx, "Choose", person); err != nil {
		return BoardRow{}, err
	}
	return v.choose(ctx, person, n)
}

// Back is "I'm back": it ends what was set by hand, or silences the event that
// stands now, until that has ended.
func (v *Visit) Back(ctx context.Context, person string) (BoardRow, error) {
	if err := v.mayPerson(ctx, "Back", person); err != nil {
		return BoardRow{}, err
	}
	return v.back(ctx, person)
}
