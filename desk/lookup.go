package desk

import (
	"context"
	"errors"
	"strings"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/phonebook"
)

// Lookup tells who has a number, in any spelling; [ErrNotFound] where nobody has.
func (v *Visit) Lookup(ctx context.Context, number string) (Hit, error) {
	if err := v.may(ctx, "Lookup"); err != nil {
		return Hit{}, err
	}
	number = strings.TrimSpace(number)
	if number == "" {
		return Hit{}, invalid("number", "required")
	}
	if v.desk.Book == nil {
		return Hit{}, ErrNotOffered
	}
	hit, err := v.desk.Book.Lookup(ctx, string(v.org), number, v.audience())
	switch {
	case errors.Is(err, phonebook.ErrUnreadable):
		return Hit{}, invalid("number", "number")
	case errors.Is(err, phonebook.ErrNobody):
		return Hit{}, ErrNotFound
	}
	return hit, answer(err, "look up number")
}

// audience is what of the register the actor may see.
func (v *Visit) audience() phonebook.Audience {
	switch {
	case v.seesHidden():
		return phonebook.Administrator
	case v.Role() == organization.Attendant:
		return phonebook.Attendant
	}
	return phonebook.Everybody
}
