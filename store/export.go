package store

import (
	"context"
	"errors"
	"time"

	"github.com/telefonist/telefonist/store/internal/db"
)

// PersonData is everything that is kept about one person (GDPR article 15).
type PersonData struct {
	Person      MirrorPerson
	Groups      []string // ids of the groups that hold him directly
	Links       []Link
	Subscribers []SubscriberRow // the entries of the built-in register he is linked to
	Standings   map[string]Standing
	Ignored     []IgnoredPerson
	Changes     []Change
}

// IgnoredPerson says that a replicator passes someone over.
type IgnoredPerson struct {
	Replicator, By string
	At             time.Time
}

// ExportPerson gathers everything that is kept about a person of the source.
// Standings are by replicator.
func (o Org) ExportPerson(ctx context.Context, source, id string) (d PersonData, err error) {
	if d.Person, err = o.Person(ctx, source, id); err != nil {
		return d, err
	}
	if d.Groups, err = o.GroupsOfMember(ctx, source, id); err != nil {
		return d, err
	}
	if d.Links, err = o.LinksOfPerson(ctx, source, id); err != nil {
		return d, err
	}
	if d.Changes, err = o.ChangesOfPerson(ctx, id, maxRows); err != nil {
		return d, err
	}
	for _, l := range d.Links {
		s, err := o.Subscriber(ctx, l.Subscriber)
		if errors.Is(err, ErrNotFound) {
			continue // it stands in another register, or is being created
		}
		if err != nil {
			return d, err
		}
		d.Subscribers = append(d.Subscribers, s)
	}
	return d, o.exportStandings(ctx, id, &d)
}

func (o Org) exportStandings(ctx context.Context, person string, d *PersonData) error {
	rows, err := o.read().StandingsOfPerson(ctx, db.StandingsOfPersonParams{Organization: o.id, Person: person})
	if err != nil {
		return wrap("export person", err)
	}
	d.Standings = map[string]Standing{}
	for _, row := range rows {
		if d.Standings[row.Replicator], err = standingOf(row); err != nil {
			return wrap("export person", err)
		}
	}
	ignored, err := o.read().IgnoredPerson(ctx, db.IgnoredPersonParams{Organization: o.id, Person: person})
	for _, row := range ignored {
		d.Ignored = append(d.Ignored, IgnoredPerson{Replicator: row.Replicator, By: row.IgnoredBy, At: fromMillis(row.IgnoredAt)})
	}
	return wrap("export person", err)
}
