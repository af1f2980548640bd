package desk

import (
	"context"
	"errors"
	"time"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// personTokenPrefix begins the text of a person's token.
const personTokenPrefix = "tfp_"

// maxPersonTokens bounds how many a person may have that are good.
const maxPersonTokens = 20

func (v *Visit) personTokens(ctx context.Context, person string) ([]PersonToken, error) {
	all, err := v.store().PersonTokens(ctx, person)
	return mapped(all, personTokenOf), step("list person's tokens", err)
}

func personTokenOf(t store.PersonToken) PersonToken {
	return PersonToken{ID: t.ID, Person: t.Person, Name: t.Name, By: t.By, Created: t.Created, Used: t.Used, Revoked: t.Revoked}
}

func (v *Visit) addPersonToken(ctx context.Context, person, name string) (text string, t PersonToken, err error) {
	var bad faults
	name = bad.name("name", name)
	if err := bad.err(); err != nil {
		return "", t, err
	}
	have, err := v.personTokens(ctx, person)
	if err != nil {
		return "", t, err
	}
	good := 0
	for _, one := range have {
		if one.Revoked.IsZero() {
			good++
		}
	}
	if good >= maxPersonTokens {
		return "", t, invalid("name", "tooMany")
	}
	text = secretText(personTokenPrefix, v.org)
	err = v.write(ctx, "persontoken.add", person, map[string]string{"name": name}, func(o store.Org) error {
		made, err := o.AddPersonToken(ctx, store.PersonToken{Person: person, Name: name, By: v.actor.ID}, hashWord(text))
		t = personTokenOf(made)
		return err
	})
	return text, t, err
}

func (v *Visit) revokePersonToken(ctx context.Context, person, id string) error {
	return v.write(ctx, "persontoken.revoke", person, nil, func(o store.Org) error { return o.RevokePersonToken(ctx, person, id) })
}

// personTokenActor is the person whose telephone or button sent a token.
func (d *Desk) personTokenActor(ctx context.Context, text string, now time.Time) (Actor, error) {
	org, t, err := d.Store.FindPersonToken(ctx, hashWord(text))
	switch {
	case errors.Is(err, store.ErrNotFound):
		return Actor{}, ErrWrong
	case err != nil:
		return Actor{}, step("read token", err)
	case !t.Revoked.IsZero():
		return Actor{}, ErrWrong
	}
	m, err := d.Store.In(org).Mailbox(ctx, t.Person)
	if errors.Is(err, store.ErrNotFound) {
		return Actor{}, ErrWrong // he has left
	}
	if err != nil {
		return Actor{}, step("read mailbox", err)
	}
	a := Actor{
		ID: "token " + t.ID, Name: m.Name, Kind: Token, About: t.Person,
		Roles: map[organization.ID]organization.Role{org: organization.PersonRole},
	}
	if now.Sub(t.Used) < 10*time.Minute {
		return a, nil
	}
	return a, step("note token", d.Store.In(org).TouchPersonToken(ctx, t.ID))
}
