package desk

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store"
)

// PeopleFilter chooses people of a replicator.
type PeopleFilter struct {
	Replicator string
	State      store.StandingState // the tab; "" is all of them, store.Problems those with a problem
	Search     string              // any part of the name
	After      string              // Next of the page before
	Limit      int
}

// PeoplePage is a page of people with how many stand under each tab.
type PeoplePage struct {
	Counts map[store.StandingState]int64 // by tab; store.Problems counts those with a problem
	People []PersonRow
	Next   string // "" on the last page
}

// PersonRow is a person with where he stands and, where he is linked, his links.
type PersonRow struct {
	Standing
	Links  []store.Link
	Hidden bool // from address lists, or protected
}

// People reads a page of a replicator's people, by name. An attendant sees none
// who is hidden.
func (v *Visit) People(ctx context.Context, f PeopleFilter) (PeoplePage, error) {
	if err := v.may(ctx, "People"); err != nil {
		return PeoplePage{}, err
	}
	r, err := v.store().Replicator(ctx, f.Replicator)
	if err != nil {
		return PeoplePage{}, answer(err, "read replicator")
	}
	page := PeoplePage{}
	if page.Counts, err = v.store().StandingCounts(ctx, r.ID); err != nil {
		return page, step("count people", err)
	}
	standings, next, err := v.store().Standings(ctx, r.ID, f.State, f.Search, f.After, pageSize(f.Limit))
	if err != nil {
		return page, step("list people", err)
	}
	page.Next = next
	page.People, err = v.personRows(ctx, r.Source, standings)
	return page, err
}

// personRows adds their links to people, and leaves out whom the actor may not see.
func (v *Visit) personRows(ctx context.Context, source string, standings []Standing) ([]PersonRow, error) {
	ids := make([]string, len(standings))
	for i, s := range standings {
		ids[i] = s.Person
	}
	links, err := v.store().LinksByPersons(ctx, source, ids)
	if err != nil {
		return nil, step("list links", err)
	}
	byPerson := map[string][]store.Link{}
	for _, l := range links {
		byPerson[l.Person] = append(byPerson[l.Person], l)
	}
	mirror, err := v.store().PeopleByIDs(ctx, source, ids)
	if err != nil {
		return nil, step("read people", err)
	}
	hidden := map[string]bool{}
	for _, p := range mirror {
		hidden[p.ID] = p.Hidden()
	}
	rows := make([]PersonRow, 0, len(standings))
	for _, s := range standings {
		row := PersonRow{Standing: s, Links: byPerson[s.Person], Hidden: hidden[s.Person]}
		for _, l := range row.Links {
			if e, err := v.store().Subscriber(ctx, l.Subscriber); err == nil {
				row.Hidden = row.Hidden || e.Hidden()
			} else if !errors.Is(err, store.ErrNotFound) {
				return nil, step("read subscriber", err)
			}
		}
		if v.seesHidden() || !row.Hidden {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// Decide does what a person decided about people: link, create, ignore, unignore,
// unlink, remove or keep, one or many at once. What needs the switchboard is a
// round, whose id is returned; "" where nothing had to be written.
func (v *Visit) Decide(ctx context.Context, replicator string, decisions []Decision) (round string, err error) {
	if err := v.may(ctx, "Decide"); err != nil {
		return "", err
	}
	if err := checkDecisions(decisions); err != nil {
		return "", err
	}
	if _, err := v.store().Replicator(ctx, replicator); err != nil {
		return "", answer(err, "read replicator")
	}
	round, err = v.desk.Reconcile.Decide(ctx, v.org, replicator, v.actor.ID, decisions)
	if err != nil {
		return "", answer(err, "decide")
	}
	v.desk.wake(WakeRounds)
	return round, v.audit(ctx, "people.decide", replicator, tally(decisions))
}

// maxDecisions bounds what is decided at once.
const maxDecisions = 10_000

func checkDecisions(all []Decision) error {
	known := []Do{DoLink, DoCreate, DoIgnore, DoUnignore, DoUnlink, DoRemove, DoKeep}
	var bad faults
	bad.when(len(all) == 0, "decisions", "required")
	bad.when(len(all) > maxDecisions, "decisions", "tooMany")
	for _, d := range all {
		bad.when(!slices.Contains(known, d.Do), "decisions", "option")
		bad.when(d.Person == "", "person", "required")
		bad.when(d.Do == DoLink && d.Subscriber == "", "subscriber", "required")
		if len(bad) > 0 {
			break
		}
	}
	return bad.err()
}

// tally says how many of each kind were decided.
func tally(all []Decision) map[string]string {
	n := map[string]int64{}
	for _, d := range all {
		n[string(d.Do)]++
	}
	out := map[string]string{}
	for do, count := range n {
		out[do] = itoa(count)
	}
	return out
}

// Explain tells everything about one person, now: what the directory says, in
// scope or why not, match, each field's before and after, what was written. query
// is an address, a name or an object id.
func (v *Visit) Explain(ctx context.Context, query string) ([]Explanation, error) {
	if err := v.may(ctx, "Explain"); err != nil {
		return nil, err
	}
	query = strings.TrimSpace(query)
	var bad faults
	bad.when(query == "", "query", "required")
	bad.text("query", query, maxName)
	if err := bad.err(); err != nil {
		return nil, err
	}
	all, err := v.desk.Reconcile.Explain(ctx, v.org, query)
	if err != nil {
		return nil, answer(err, "explain")
	}
	if len(all) == 0 {
		return nil, ErrNotFound
	}
	return all, v.audit(ctx, "person.explain", all[0].Person.ID, nil)
}

// Protect marks an entry as skyddade personuppgifter, or takes the mark away: it
// then appears in no search, look-up or export, except to an administrator.
func (v *Visit) Protect(ctx context.Context, subscriber string, protected bool) error {
	if err := v.may(ctx, "Protect"); err != nil {
		return err
	}
	mark, verb := "", "subscriber.unprotect"
	if protected {
		mark, verb = "true", "subscriber.protect"
	}
	if _, err := v.updateSubscriber(ctx, subscriber, pbx.Fields{pbx.Protected: mark}); err != nil {
		return err
	}
	return v.audit(ctx, verb, subscriber, nil)
}

// PersonData writes all that is kept of one person (GDPR article 15) as JSON: what
// was read, where he stands, his links, entries and changes. id is an object id,
// or the id of an entry that nobody is tied to.
func (v *Visit) PersonData(ctx context.Context, id string, w io.Writer) error {
	if err := v.may(ctx, "PersonData"); err != nil {
		return err
	}
	data, err := v.personData(ctx, id)
	if err != nil {
		return err
	}
	if err := v.audit(ctx, "person.data", id, nil); err != nil {
		return err
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return step("write person", enc.Encode(data))
}
