package store

import (
	"context"
	"database/sql"
	"iter"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store/internal/db"
)

// Links yields all links of a register. It is one moment of the store and holds a
// connection until the loop ends.
func (o Org) Links(ctx context.Context, register string) iter.Seq2[Link, error] {
	return stream(ctx, o, "read links", readLinks, []any{o.id, register}, scanLink)
}

func scanLink(rows *sql.Rows) (Link, error) {
	var row db.Link
	if err := rows.Scan(&row.Register, &row.Subscriber, &row.Source, &row.Person, &row.Replicator, &row.State, &row.CreationKey,
		&row.Written, &row.LeftReason, &row.LeftAt, &row.LinkedAt, &row.LinkedBy); err != nil {
		return Link{}, err
	}
	return linkOf(row)
}

func linkOf(row db.Link) (Link, error) {
	written, err := decodeMap[pbx.Field](row.Written)
	return Link{Register: row.Register, Subscriber: row.Subscriber, Source: row.Source, Person: row.Person,
		Replicator: row.Replicator, State: LinkState(row.State), Key: row.CreationKey, Written: written,
		Left: LeftReason(row.LeftReason), LeftAt: fromMillis(row.LeftAt), LinkedAt: fromMillis(row.LinkedAt),
		LinkedBy: row.LinkedBy}, err
}

// LinkOfSubscriber returns the link of an entry, or ErrNotFound.
func (o Org) LinkOfSubscriber(ctx context.Context, register, subscriber string) (Link, error) {
	row, err := o.read().LinkOfSubscriber(ctx, db.LinkOfSubscriberParams{Organization: o.id, Register: register, Subscriber: subscriber})
	if err != nil {
		return Link{}, wrap("read link", err)
	}
	l, err := linkOf(row)
	return l, wrap("read link", err)
}

// LinksOfPerson returns a person's links in all registers, the oldest first; of one
// of [organization.Local] the tie to the entry that he is.
func (o Org) LinksOfPerson(ctx context.Context, source, person string) ([]Link, error) {
	if source == organization.Local {
		return o.localLinks(ctx, []string{person})
	}
	rows, err := o.read().LinksOfPerson(ctx, db.LinksOfPersonParams{Organization: o.id, Source: source, Person: person})
	return linksOf(rows, err)
}

// LinksByPersons returns the links of several people, as [Org.LinksOfPerson] does.
func (o Org) LinksByPersons(ctx context.Context, source string, people []string) ([]Link, error) {
	if source == organization.Local {
		return o.localLinks(ctx, people)
	}
	var links []Link
	err := o.lookup(ctx, findLinks, []any{o.id, source}, people, func(rows *sql.Rows) error {
		l, err := scanLink(rows)
		links = append(links, l)
		return err
	})
	return links, wrap("read links", err)
}

// LinksOfReplicator returns all links of a replicator.
func (o Org) LinksOfReplicator(ctx context.Context, replicator string) ([]Link, error) {
	rows, err := o.read().LinksOfReplicator(ctx, db.LinksOfReplicatorParams{Organization: o.id, Replicator: replicator})
	return linksOf(rows, err)
}

// LeftLinks returns the replicator's links whose people have left, the latest first.
func (o Org) LeftLinks(ctx context.Context, replicator string) ([]Link, error) {
	rows, err := o.read().LeftLinks(ctx, db.LeftLinksParams{Organization: o.id, Replicator: replicator})
	return linksOf(rows, err)
}

// CreatingLinks returns the replicator's creates that are under way.
func (o Org) CreatingLinks(ctx context.Context, replicator string) ([]Link, error) {
	rows, err := o.read().CreatingLinks(ctx, db.CreatingLinksParams{Organization: o.id, Replicator: replicator})
	return linksOf(rows, err)
}

// LinkCounts counts the replicator's links, and those whose people have left.
func (o Org) LinkCounts(ctx context.Context, replicator string) (linked, left int64, err error) {
	row, err := o.read().CountLinks(ctx, db.CountLinksParams{Organization: o.id, Replicator: replicator})
	return row.Links, row.Gone, wrap("count links", err)
}

func linksOf(rows []db.Link, err error) ([]Link, error) {
	if err != nil {
		return nil, wrap("read links", err)
	}
	links, err := each(rows, linkOf)
	return links, wrap("read links", err)
}

// PutLinks adds links or replaces those of the same entries.
func (o Org) PutLinks(ctx context.Context, links []Link) error {
	rows := make([][]any, len(links))
	for i, l := range links {
		rows[i] = []any{o.id, l.Register, l.Subscriber, l.Source, l.Person, l.Replicator, string(l.State), l.Key,
			encodeMap(l.Written), string(l.Left), millis(l.LeftAt), millis(l.LinkedAt), l.LinkedBy}
	}
	_, err := o.runAll(ctx, "put links", Links, putLinks, rows)
	return err
}

// FinishLink turns the create that is under way with that key into a link to the
// entry. An entry that has a link already is ErrExists, no such create ErrNotFound.
func (o Org) FinishLink(ctx context.Context, register, key, subscriber string, written pbx.Fields) error {
	return o.write(ctx, "finish link", Links, func(w *writing) error {
		if subscriber == key { // the key became the entry's id: nothing of the row's key changes
			n, err := w.FinishLinkInPlace(ctx, db.FinishLinkInPlaceParams{Organization: o.id, Register: register, Subscriber: key,
				Written: encodeMap(written)})
			return one(n, err, ErrNotFound)
		}
		n, err := w.FinishLink(ctx, db.FinishLinkParams{Organization: o.id, Register: register, Subscriber: key,
			Subscriber_2: subscriber, Written: encodeMap(written)})
		return one(n, err, ErrNotFound)
	})
}

// SetLedger keeps each link's Written; links that are gone stay so.
func (o Org) SetLedger(ctx context.Context, links []Link) error {
	rows := make([][]any, len(links))
	for i, l := range links {
		rows[i] = []any{o.id, l.Register, l.Subscriber, encodeMap(l.Written)}
	}
	_, err := o.runAll(ctx, "set ledger", Links, setLedger, rows)
	return err
}

// SetLeft keeps each link's Left and LeftAt; links that are gone stay so.
func (o Org) SetLeft(ctx context.Context, links []Link) error {
	rows := make([][]any, len(links))
	for i, l := range links {
		rows[i] = []any{o.id, l.Register, l.Subscriber, string(l.Left), millis(l.LeftAt)}
	}
	_, err := o.runAll(ctx, "set left", Links, setLeft, rows)
	return err
}

// DeleteLink unties an entry. There may be no link: then it is ErrNotFound.
func (o Org) DeleteLink(ctx context.Context, register, subscriber string) error {
	return o.write(ctx, "delete link", Links, func(w *writing) error {
		n, err := w.DeleteLink(ctx, db.DeleteLinkParams{Organization: o.id, Register: register, Subscriber: subscriber})
		return one(n, err, ErrNotFound)
	})
}

// runAll executes b for all rows in transactions of at most 500, or in the one
// under way, and returns how many were changed.
func (o Org) runAll(ctx context.Context, step, kind string, b bulk, rows [][]any) (int64, error) {
	var changed int64
	for len(rows) > 0 {
		n := min(batch, len(rows))
		if err := o.write(ctx, step, kind, func(w *writing) error {
			done, err := o.s.run(ctx, w, b, rows[:n])
			changed += done
			return err
		}); err != nil {
			return changed, err
		}
		rows = rows[n:]
	}
	return changed, nil
}
