package store

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store/internal/db"
)

// Carry has what is kept of somebody follow him between the register and a
// directory. An entry that was somebody of its own ([organization.Local]) and is
// now linked to a person leaves to that person its choice and preference, where she
// has none, its tokens, and its mailbox as it was last read, with the day. What was
// carried comes back, as it is then, when the entry is no longer linked to her.
// Where nothing is to be carried it changes nothing. It is called after links have
// changed, before [Org.Enroll].
func (o Org) Carry(ctx context.Context) error {
	back, err := o.read().UnlinkedCarried(ctx, o.id)
	if err != nil {
		return wrap("carry", err)
	}
	for _, c := range back {
		if err := o.giveBack(ctx, c.Subscriber, c.Person); err != nil {
			return err
		}
	}
	links, err := o.read().CarriableLinks(ctx, o.id)
	if err != nil {
		return wrap("carry", err)
	}
	for _, l := range links {
		if err := o.carryTo(ctx, l.Subscriber, l.Source, l.Person); err != nil {
			return err
		}
	}
	return nil
}

// Carried says which entry's each person's things were, by person.
func (o Org) Carried(ctx context.Context) (map[string]string, error) {
	rows, err := o.read().ListCarried(ctx, o.id)
	was := make(map[string]string, len(rows))
	for _, r := range rows {
		was[r.Person] = r.Subscriber
	}
	return was, wrap("list carried", err)
}

func (o Org) carryTo(ctx context.Context, entry, source, person string) error {
	if err := o.renameDelegate(ctx, entry, person); err != nil {
		return err
	}
	return o.inTurn().write(ctx, "carry", Choices, func(w *writing) error {
		w.tell(o.id, Mailboxes)
		row := db.PutCarriedParams{Organization: o.id, Subscriber: entry, Person: person, At: millis(o.s.now())}
		var err error
		if row.Choice, err = o.moveChoice(ctx, w, entry, person); err != nil {
			return err
		}
		if row.Preference, err = o.movePreference(ctx, w, entry, person); err != nil {
			return err
		}
		tokens, err := w.PersonTokenIDs(ctx, db.PersonTokenIDsParams{Organization: o.id, Person: entry})
		if err != nil {
			return err
		}
		if err := o.moveTokens(ctx, w, tokens, entry, person); err != nil {
			return err
		}
		row.Tokens = strings.Join(tokens, " ")
		if err := o.moveMailbox(ctx, w, entry, person, source); err != nil {
			return err
		}
		return w.PutCarried(ctx, row)
	})
}

// giveBack returns to an entry what was carried to a person, who may be linked to
// another entry: then her mailbox stays with her.
func (o Org) giveBack(ctx context.Context, entry, person string) error {
	if _, err := o.Subscriber(ctx, entry); err != nil && !errors.Is(err, ErrNotFound) {
		return err
	} else if err != nil { // there is nobody to give it to
		return o.inTurn().write(ctx, "give back", "", func(w *writing) error {
			return w.DeleteCarried(ctx, db.DeleteCarriedParams{Organization: o.id, Subscriber: entry})
		})
	}
	if err := o.renameDelegate(ctx, person, entry); err != nil {
		return err
	}
	m, err := o.Mailbox(ctx, person)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	links, err := o.LinksOfPerson(ctx, m.Home, person)
	if err != nil {
		return err
	}
	stays := slices.ContainsFunc(links, func(l Link) bool { return l.State == Linked })
	return o.inTurn().write(ctx, "give back", Choices, func(w *writing) error {
		w.tell(o.id, Mailboxes)
		row, err := w.GetCarried(ctx, db.GetCarriedParams{Organization: o.id, Subscriber: entry})
		if err != nil {
			return err
		}
		if row.Choice {
			if _, err := o.moveChoice(ctx, w, person, entry); err != nil {
				return err
			}
		}
		if row.Preference {
			if _, err := o.movePreference(ctx, w, person, entry); err != nil {
				return err
			}
		}
		if err := o.moveTokens(ctx, w, strings.Fields(row.Tokens), person, entry); err != nil {
			return err
		}
		if !stays {
			if err := o.moveMailbox(ctx, w, person, entry, organization.Local); err != nil {
				return err
			}
		}
		return w.DeleteCarried(ctx, db.DeleteCarriedParams{Organization: o.id, Subscriber: entry})
	})
}

func (o Org) moveChoice(ctx context.Context, w *writing, from, to string) (bool, error) {
	if err := w.DropEmptyChoice(ctx, db.DropEmptyChoiceParams{Organization: o.id, Person: to}); err != nil {
		return false, err
	}
	n, err := w.MoveChoice(ctx, db.MoveChoiceParams{Organization: o.id, Person: from, Person_2: to})
	return n > 0, err
}

func (o Org) movePreference(ctx context.Context, w *writing, from, to string) (bool, error) {
	n, err := w.MovePreference(ctx, db.MovePreferenceParams{Organization: o.id, Person: from, Person_2: to})
	return n > 0, err
}

func (o Org) moveTokens(ctx context.Context, w *writing, ids []string, from, to string) error {
	for _, id := range ids {
		if err := w.MovePersonToken(ctx, db.MovePersonTokenParams{Organization: o.id, ID: id, Person: from, Person_2: to}); err != nil {
			return err
		}
	}
	return w.MovePersonLinks(ctx, db.MovePersonLinksParams{Organization: o.id, Person: from, Person_2: to})
}

// moveMailbox makes a mailbox that of another person, with its agenda and the day.
// Enrolling then says which connection reads it.
func (o Org) moveMailbox(ctx context.Context, w *writing, from, to, home string) error {
	now := millis(o.s.now())
	n, err := w.MoveMailbox(ctx, db.MoveMailboxParams{Organization: o.id, Person: from, Person_2: to, Home: home, DueAt: now})
	if err != nil {
		return err
	}
	if n > 0 {
		if _, err := w.MoveDay(ctx, db.MoveDayParams{Organization: o.id, Person: from, Person_2: to, DueAt: now}); err != nil {
			return err
		}
	}
	_, err = o.s.among(ctx, w, staleDays, []any{o.id, now}, []string{from, to})
	return err
}

// renameDelegate has those who have given somebody leave to act for them mean the
// same one by the other id.
func (o Org) renameDelegate(ctx context.Context, from, to string) error {
	all, err := o.Preferences(ctx)
	if err != nil {
		return err
	}
	for _, p := range all {
		i := slices.Index(p.Delegates, from)
		if i < 0 {
			continue
		}
		p.Delegates = slices.Clone(p.Delegates)
		p.Delegates[i] = to
		if err := o.SavePreference(ctx, p.ID, p.Person, p.Generation); err != nil && !errors.Is(err, ErrConflict) {
			return err
		}
	}
	return nil
}
