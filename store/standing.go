package store

import (
	"context"

	"github.com/telefonist/telefonist/name"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store/internal/db"
)

// PutStandings keeps where people stand; a standing that is as it was costs no
// write. It returns how many differed.
func (o Org) PutStandings(ctx context.Context, replicator string, standings []Standing) (int64, error) {
	rows := make([][]any, len(standings))
	for i, st := range standings {
		problems, err := encodeList(st.Problems)
		if err != nil {
			return 0, err
		}
		suggestions, err := encodeList(st.Suggestions)
		if err != nil {
			return 0, err
		}
		rows[i] = []any{o.id, replicator, st.Person, string(st.State), encodeReason(st.Why), problems, suggestions, st.Name,
			nameKey(st.Name, st.Person), name.Fold(st.Name)}
	}
	return o.runAll(ctx, "put standings", Standings, putStandings, rows)
}

// MoveStandings moves people whose standings are there to another State, with its
// Why; suggestions are done with, what is known besides stays.
func (o Org) MoveStandings(ctx context.Context, replicator string, standings []Standing) error {
	rows := make([][]any, len(standings))
	for i, st := range standings {
		rows[i] = []any{o.id, replicator, st.Person, string(st.State), encodeReason(st.Why)}
	}
	_, err := o.runAll(ctx, "move standings", Standings, moveStandings, rows)
	return err
}

// KeepStandings deletes the standings of everybody for whom keep is false, as
// after a plan of everybody.
func (o Org) KeepStandings(ctx context.Context, replicator string, keep func(person string) bool) error {
	people, err := o.read().PeopleStanding(ctx, db.PeopleStandingParams{Organization: o.id, Replicator: replicator})
	if err != nil {
		return wrap("read standings", err)
	}
	var gone []string
	for _, id := range people {
		if !keep(id) {
			gone = append(gone, id)
		}
	}
	return o.DeleteStandings(ctx, replicator, gone)
}

// DeleteStandings deletes the standings of the people.
func (o Org) DeleteStandings(ctx context.Context, replicator string, people []string) error {
	for len(people) > 0 {
		n := min(batch, len(people))
		if err := o.write(ctx, "delete standings", Standings, func(w *writing) error {
			_, err := o.s.among(ctx, w, dropStandings, []any{o.id, replicator}, people[:n])
			return err
		}); err != nil {
			return err
		}
		people = people[n:]
	}
	return nil
}

// Problems stands for a state in [Org.Standings]: everybody with a problem.
const Problems StandingState = "problems"

// Standings returns people who stand in the state ("" for any, [Problems] for
// those with a problem) and whose name holds the text, by name, after the place
// that the page before gave as next, "" being the beginning and the end.
func (o Org) Standings(ctx context.Context, replicator string, state StandingState, text, after string, limit int) (_ []Standing, next string, err error) {
	key, search, at := place(after), pattern(name.Fold(text)), int32(limit)
	var rows []db.Standing
	switch state {
	case "":
		rows, err = o.read().ListStandings(ctx, db.ListStandingsParams{Organization: o.id, Replicator: replicator,
			NameKey: key, Search: search, Limit: at})
	case Problems:
		rows, err = o.read().ListProblems(ctx, db.ListProblemsParams{Organization: o.id, Replicator: replicator,
			NameKey: key, Search: search, Limit: at})
	default:
		rows, err = o.read().ListStandingsInState(ctx, db.ListStandingsInStateParams{Organization: o.id, Replicator: replicator,
			State: string(state), NameKey: key, Search: search, Limit: at})
	}
	if err != nil {
		return nil, "", wrap("list standings", err)
	}
	if len(rows) == limit && limit > 0 {
		next = placeText(rows[len(rows)-1].NameKey)
	}
	standings, err := each(rows, standingOf)
	return standings, next, wrap("list standings", err)
}

// Standing returns where a person stands.
func (o Org) Standing(ctx context.Context, replicator, person string) (Standing, error) {
	row, err := o.read().GetStanding(ctx, db.GetStandingParams{Organization: o.id, Replicator: replicator, Person: person})
	if err != nil {
		return Standing{}, wrap("read standing", err)
	}
	st, err := standingOf(row)
	return st, wrap("read standing", err)
}

func standingOf(row db.Standing) (st Standing, err error) {
	st = Standing{Person: row.Person, Name: row.Name, State: StandingState(row.State)}
	if st.Why, err = decode[pbx.Reason](row.Why); err != nil {
		return st, err
	}
	if st.Problems, err = decode[[]pbx.Reason](row.Problems); err != nil {
		return st, err
	}
	st.Suggestions, err = decode[[]Suggestion](row.Suggestions)
	return st, err
}

// StandingCounts counts the people by state; [Problems] counts all with a problem.
func (o Org) StandingCounts(ctx context.Context, replicator string) (map[StandingState]int64, error) {
	rows, err := o.read().CountStandings(ctx, db.CountStandingsParams{Organization: o.id, Replicator: replicator})
	counts := map[StandingState]int64{}
	for _, r := range rows {
		counts[StandingState(r.State)] = r.People
		counts[Problems] += r.Problems
	}
	return counts, wrap("count standings", err)
}
