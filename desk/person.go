package desk

import (
	"context"
	"errors"

	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store"
)

// tokenMay are the operations that a person's own token is for.
var tokenMay = map[string]bool{"Activity": true, "Choose": true, "Back": true, "Clear": true}

// mayPerson is may for what is about one person: beside the right, the actor must
// be allowed to see something of him, else he is not there.
func (v *Visit) mayPerson(ctx context.Context, operation, person string) error {
	if err := v.may(ctx, operation); err != nil {
		return err
	}
	if v.onlyToken() && !tokenMay[operation] {
		return ErrForbidden
	}
	h, err := v.person(ctx, person)
	if err != nil {
		return err
	}
	if v.own(operation) && person != v.actor.About {
		return ErrForbidden // a delegate sets activities, and nothing else
	}
	if h.Sight == Outward && (!h.Live || h.Hidden) && person != v.actor.About {
		return ErrNotFound
	}
	return nil
}

// onlyToken is true for a person's softphone or button.
func (v *Visit) onlyToken() bool { return v.actor.Kind == Token && v.actor.About != "" }

// own is true for operations that somebody with the role of a person does for
// himself alone.
func (v *Visit) own(operation string) bool {
	switch operation {
	case "Preference", "SavePreference", "PersonTokens", "AddPersonToken", "RevokePersonToken":
		return v.actor.About != ""
	}
	return false
}

// person is who somebody is, as the actor may know; [ErrNotFound] for one whom he
// may not see, and for one whose calendar is not read.
func (v *Visit) person(ctx context.Context, person string) (PersonHead, error) {
	m, err := v.store().Mailbox(ctx, person)
	if err != nil {
		return PersonHead{}, answer(err, "read mailbox")
	}
	p, err := v.store().Preference(ctx, person)
	if err != nil {
		return PersonHead{}, step("read preference", err)
	}
	h := PersonHead{Person: person, Name: m.Name, Address: m.Address, Live: m.Live, Source: m.Source, Home: m.Home, Way: m.Way, WaySince: m.WaySince, Language: p.Language}
	if h.Sight = v.sight(person, p.Delegates); h.Sight == Unseen {
		return PersonHead{}, ErrNotFound
	}
	links, err := v.store().LinksByPersons(ctx, m.Home, []string{person})
	if err != nil {
		return PersonHead{}, step("list links", err)
	}
	for _, l := range links {
		entry, err := v.store().Subscriber(ctx, l.Subscriber)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return PersonHead{}, step("read subscriber", err)
		}
		h.Hidden = h.Hidden || entry.Hidden()
		if h.Subscriber == "" {
			h.Subscriber, h.Name = entry.ID, entry.Name()
			h.Extension, h.Number = entry.Get(pbx.Extension), number(entry.Subscriber)
		}
	}
	if h.Hidden && h.Sight != Whole && !v.seesHidden() && person != v.actor.About {
		return PersonHead{}, ErrNotFound
	}
	return h, nil
}
