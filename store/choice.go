package store

import (
	"context"
	"errors"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store/internal/db"
)

// ChoiceState is what somebody set by hand for a person, and which events "back"
// has silenced for her.
type ChoiceState struct {
	Person     string
	Choice     activity.Choice // Activity "" where none was set
	Silences   []activity.Silence
	AskedAt    time.Time // when she was asked about one without an end, zero not yet
	Generation int64     // 0 where nothing was ever set
}

// Choice returns what was set by hand for a person; nothing is no error.
func (o Org) Choice(ctx context.Context, person string) (ChoiceState, error) {
	row, err := o.read().GetChoice(ctx, db.GetChoiceParams{Organization: o.id, Person: person})
	if err = wrap("read choice", err); errors.Is(err, ErrNotFound) {
		return ChoiceState{Person: person}, nil
	} else if err != nil {
		return ChoiceState{}, err
	}
	c, err := choiceOf(row)
	return c, wrap("read choice", err)
}

func choiceOf(row db.Choice) (c ChoiceState, err error) {
	c = ChoiceState{Person: row.Person, AskedAt: fromMillis(row.AskedAt), Generation: row.Generation}
	if c.Choice, err = decode[activity.Choice](row.Choice); err != nil {
		return c, err
	}
	c.Silences, err = decode[[]activity.Silence](row.Silences)
	return c, err
}

// Choices returns the choices that stand or have stood last, in no order.
func (o Org) Choices(ctx context.Context) ([]ChoiceState, error) {
	rows, err := o.read().ListChoices(ctx, o.id)
	if err != nil {
		return nil, wrap("list choices", err)
	}
	all, err := each(rows, choiceOf)
	return all, wrap("list choices", err)
}

// OpenChoices returns choices without an end that were set at that time or before
// and that their people were not asked about yet, the oldest first.
func (o Org) OpenChoices(ctx context.Context, setBy time.Time, limit int) ([]ChoiceState, error) {
	rows, err := o.read().OpenChoices(ctx, db.OpenChoicesParams{Organization: o.id, SetAt: millis(setBy), Limit: int32(limit)})
	if err != nil {
		return nil, wrap("list open choices", err)
	}
	all, err := each(rows, choiceOf)
	return all, wrap("list open choices", err)
}

// SetAsked notes that a person was asked now about the choice as it was then;
// where it has changed, that is an ErrConflict.
func (o Org) SetAsked(ctx context.Context, person string, generation int64) error {
	return o.inTurn().write(ctx, "set asked", Choices, func(w *writing) error {
		n, err := w.SetAsked(ctx, db.SetAskedParams{Organization: o.id, Person: person, AskedAt: millis(o.s.now()), Generation: generation})
		return one(n, err, ErrConflict)
	})
}

// SaveChoice keeps Choice and Silences where the generation is still that one (0:
// nothing was ever set), else it is an ErrConflict, and in the same transaction the
// day that follows, which makes the person's tellings due. A nil day, or one
// computed from what is no longer so, is computed again by itself.
func (o Org) SaveChoice(ctx context.Context, c ChoiceState, day *DayRow) error {
	text, setAt := "", int64(0)
	if c.Choice.Activity != "" {
		var err error
		if text, err = encode(c.Choice); err != nil {
			return err
		}
		setAt = max(1, millis(c.Choice.At))
	}
	silences, err := encodeList(c.Silences)
	if err != nil {
		return err
	}
	return o.inTurn().write(ctx, "save choice", Choices, func(w *writing) error {
		var n int64
		if c.Generation == 0 {
			n, err = w.AddChoice(ctx, db.AddChoiceParams{Organization: o.id, Person: c.Person, Choice: text, Silences: silences,
				SetAt: setAt, UntilAt: millis(c.Choice.Until)})
		} else {
			n, err = w.UpdateChoice(ctx, db.UpdateChoiceParams{Organization: o.id, Person: c.Person, Choice: text, Silences: silences,
				SetAt: setAt, UntilAt: millis(c.Choice.Until), Generation: c.Generation})
		}
		if err := one(n, err, ErrConflict); err != nil {
			return err
		}
		return o.saveDay(ctx, w, c.Person, day)
	})
}

// PreferenceState is what a person, or somebody for her, set for herself.
type PreferenceState struct {
	organization.Person
	ID         string // of the person
	Generation int64  // 0 where nothing was ever set
}

// Preference returns what a person set for herself; nothing is no error.
func (o Org) Preference(ctx context.Context, person string) (PreferenceState, error) {
	row, err := o.read().GetPreference(ctx, db.GetPreferenceParams{Organization: o.id, Person: person})
	if err = wrap("read preference", err); errors.Is(err, ErrNotFound) {
		return PreferenceState{ID: person}, nil
	} else if err != nil {
		return PreferenceState{}, err
	}
	p, err := preferenceOf(row)
	return p, wrap("read preference", err)
}

// Preferences returns what people set for themselves, in no order.
func (o Org) Preferences(ctx context.Context) ([]PreferenceState, error) {
	rows, err := o.read().ListPreferences(ctx, o.id)
	if err != nil {
		return nil, wrap("list preferences", err)
	}
	all, err := each(rows, preferenceOf)
	return all, wrap("list preferences", err)
}

func preferenceOf(row db.Preference) (PreferenceState, error) {
	p, err := decode[organization.Person](row.Settings)
	return PreferenceState{p, row.Person, row.Generation}, err
}

// SavePreference keeps a person's settings where the generation is still that one,
// else it is an ErrConflict. Her day is computed again by itself.
func (o Org) SavePreference(ctx context.Context, person string, p organization.Person, generation int64) error {
	settings, err := encode(p)
	if err != nil {
		return err
	}
	return o.inTurn().write(ctx, "save preference", Choices, func(w *writing) error {
		var n int64
		if generation == 0 {
			n, err = w.AddPreference(ctx, db.AddPreferenceParams{Organization: o.id, Person: person, Settings: settings})
		} else {
			n, err = w.UpdatePreference(ctx, db.UpdatePreferenceParams{Organization: o.id, Person: person, Settings: settings,
				Generation: generation})
		}
		if err := one(n, err, ErrConflict); err != nil {
			return err
		}
		return o.saveDay(ctx, w, person, nil)
	})
}
