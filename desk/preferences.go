package desk

import (
	"context"
	"reflect"
	"strings"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

func (v *Visit) preference(ctx context.Context, person string) (Preference, error) {
	p, err := v.store().Preference(ctx, person)
	if err != nil {
		return Preference{}, step("read preference", err)
	}
	o, err := v.organization(ctx)
	if err != nil {
		return Preference{}, err
	}
	out := Preference{Person: p.Person, Generation: p.Generation, Allowed: o.Settings.Calendar.Privacy}
	for _, d := range out.Delegates {
		m, err := v.store().Mailbox(ctx, d)
		switch {
		case err == nil:
			out.Named = append(out.Named, PersonName{d, m.Name})
		case answer(err, "") == ErrNotFound:
			out.Named = append(out.Named, PersonName{d, ""}) // has left
		default:
			return out, step("read delegate", err)
		}
	}
	return out, nil
}

func (v *Visit) savePreference(ctx context.Context, person string, p organization.Person, generation int64) (Preference, error) {
	o, err := v.organization(ctx)
	if err != nil {
		return Preference{}, err
	}
	var bad faults
	bad.preference(p, o.Settings.Calendar, person)
	have, err := v.preference(ctx, person)
	if err != nil {
		return Preference{}, err
	}
	// A rule of one's own would let somebody else's words into what is kept.
	bad.when(v.Role() == organization.PersonRole && !sameRules(p.Rules, have.Rules), "rules", "administrator")
	if err := v.checkDelegates(ctx, &bad, p.Delegates, have.Delegates); err != nil {
		return Preference{}, err
	}
	if err := bad.err(); err != nil {
		return Preference{}, err
	}
	if err := v.desk.Reconcile.SavePreference(ctx, v.org, person, p, generation); err != nil {
		return Preference{}, answer(err, "save preference")
	}
	if err := v.audit(ctx, "preference.save", person, map[string]string{"delegates": strings.Join(p.Delegates, " ")}); err != nil {
		return Preference{}, err
	}
	return v.preference(ctx, person)
}

func sameRules(a, b []activity.Rule) bool {
	return len(a) == len(b) && (len(a) == 0 || reflect.DeepEqual(a, b))
}

// checkDelegates refuses somebody new whose calendar is not read: he could not
// sign in.
func (v *Visit) checkDelegates(ctx context.Context, bad *faults, wanted, have []string) error {
	for _, d := range wanted {
		if contains(have, d) || !isPerson(d) {
			continue
		}
		if _, err := v.store().Mailbox(ctx, d); answer(err, "") == ErrNotFound {
			bad.add("delegates", "person")
		} else if err != nil {
			return step("read delegate", err)
		}
	}
	return nil
}

func (v *Visit) findPeople(ctx context.Context, search string) ([]PersonName, error) {
	var bad faults
	search = strings.TrimSpace(search)
	bad.when(search == "", "search", "required")
	bad.text("search", search, maxName)
	if err := bad.err(); err != nil {
		return nil, err
	}
	found, _, err := v.store().Mailboxes(ctx, store.MailboxFilter{Text: search}, "", 30)
	if err != nil {
		return nil, answer(err, "find people")
	}
	hidden, err := v.hiddenPeople(ctx, found)
	if err != nil {
		return nil, err
	}
	var out []PersonName
	for _, m := range found {
		if !hidden[m.Person] && len(out) < 10 {
			out = append(out, PersonName{m.Person, m.Name})
		}
	}
	return out, nil
}

// hiddenPeople says which of some people the actor may not find.
func (v *Visit) hiddenPeople(ctx context.Context, some []store.Mailbox) (map[string]bool, error) {
	hidden := map[string]bool{}
	if v.seesHidden() {
		return hidden, nil
	}
	bySource := map[string][]string{}
	for _, m := range some {
		bySource[m.Home] = append(bySource[m.Home], m.Person)
	}
	for source, people := range bySource {
		mirror, err := v.store().PeopleByIDs(ctx, source, people)
		if err != nil {
			return nil, step("read people", err)
		}
		for _, p := range mirror {
			hidden[p.ID] = hidden[p.ID] || p.Hidden()
		}
		links, err := v.store().LinksByPersons(ctx, source, people)
		if err != nil {
			return nil, step("list links", err)
		}
		for _, l := range links {
			entry, err := v.store().Subscriber(ctx, l.Subscriber)
			if err == nil {
				hidden[l.Person] = hidden[l.Person] || entry.Hidden()
			} else if answer(err, "") != ErrNotFound {
				return nil, step("read subscriber", err)
			}
		}
	}
	return hidden, nil
}
