package desk

import (
	"context"

	"github.com/telefonist/telefonist/organization"
)

// Preference is what a person, or somebody for him, has set for himself.
type Preference struct {
	organization.Person
	Generation int64
	// Named are the delegates by name, in their order.
	Named []PersonName
	// Allowed is what the organization shares: a person may narrow it.
	Allowed organization.Privacy
}

// PersonName is somebody with his name.
type PersonName struct{ Person, Name string }

// Preference reads a person's own settings.
func (v *Visit) Preference(ctx context.Context, person string) (Preference, error) {
	if err := v.mayPerson(ctx, "Preference", person); err != nil {
		return Preference{}, err
	}
	return v.preference(ctx, person)
}

// SavePreference changes a person's own settings, whole. A person changes his
// own alone: his delegates, his privacy, hours and whether his calendar counts; rules
// are an administrator's.
func (v *Visit) SavePreference(ctx context.Context, person string, p organization.Person, generation int64) (Preference, error) {
	if err := v.mayPerson(ctx, "SavePreference", person); err != nil {
		return Preference{}, err
	}
	return v.savePreference(ctx, person, p, generation)
}

// Mine lists whom a person may see and set: himself first, then those who named
// him their delegate, by name.
func (v *Visit) Mine(ctx context.Context) ([]BoardRow, error) {
	if err := v.may(ctx, "Mine"); err != nil {
		return nil, err
	}
	return v.mine(ctx)
}

// FindPeople lists people by part of their name or address, at most ten: for
// naming a delegate, or a colleague to forward to. Hidden ones are left out.
func (v *Visit) FindPeople(ctx context.Context, search string) ([]PersonName, error) {
	if err := v.may(ctx, "FindPeople"); err != nil {
		return nil, err
	}
	if v.onlyToken() {
		return nil, ErrForbidden
	}
	return v.findPeople(ctx, search)
}
