package desk

import (
	"context"
	"time"
)

// PersonToken is what a person's own softphone or button signs in with. It opens
// that person's activity and nothing else.
type PersonToken struct {
	ID      string
	Person  string
	Name    string
	By      string
	Created time.Time
	Used    time.Time
	Revoked time.Time
}

// PersonTokens lists a person's tokens, revoked ones too.
func (v *Visit) PersonTokens(ctx context.Context, person string) ([]PersonToken, error) {
	if err := v.mayPerson(ctx, "PersonTokens", person); err != nil {
		return nil, err
	}
	return v.personTokens(ctx, person)
}

// AddPersonToken makes a token for a person. Its text is returned this once.
func (v *Visit) AddPersonToken(ctx context.Context, person, name string) (text string, t PersonToken, err error) {
	if err := v.mayPerson(ctx, "AddPersonToken", person); err != nil {
		return "", t, err
	}
	return v.addPersonToken(ctx, person, name)
}

// RevokePersonToken makes a person's token worthless at once.
func (v *Visit) RevokePersonToken(ctx context.Context, person, id string) error {
	if err := v.mayPerson(ctx, "RevokePersonToken", person); err != nil {
		return err
	}
	return v.revokePersonToken(ctx, person, id)
}
