package store

import (
	"context"
	"database/sql"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/telefonist/telefonist/name"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store/internal/db"
)

// Subscribers yields the whole built-in register. It is one moment of it and holds
// a connection until the loop ends.
func (o Org) Subscribers(ctx context.Context) iter.Seq2[SubscriberRow, error] {
	return stream(ctx, o, "read subscribers", readSubscribers, []any{o.id}, func(rows *sql.Rows) (SubscriberRow, error) {
		var row db.Subscriber
		if err := rows.Scan(&row.ID, &row.CreationKey, &row.Fields, &row.Generation, &row.CreatedAt, &row.ChangedAt); err != nil {
			return SubscriberRow{}, err
		}
		return subscriberOf(row)
	})
}

func subscriberOf(row db.Subscriber) (SubscriberRow, error) {
	fields, err := decodeMap[pbx.Field](row.Fields)
	return SubscriberRow{Subscriber: pbx.Subscriber{ID: row.ID, Key: row.CreationKey, Fields: fields},
		Generation: row.Generation, Created: fromMillis(row.CreatedAt), Changed: fromMillis(row.ChangedAt)}, err
}

// Subscriber returns the entry with that id.
func (o Org) Subscriber(ctx context.Context, id string) (SubscriberRow, error) {
	row, err := o.read().GetSubscriber(ctx, db.GetSubscriberParams{Organization: o.id, ID: id})
	return subscriberFrom(row, err)
}

// SubscriberByKey returns the entry that was created with that key.
func (o Org) SubscriberByKey(ctx context.Context, key string) (SubscriberRow, error) {
	row, err := o.read().SubscriberByKey(ctx, db.SubscriberByKeyParams{Organization: o.id, CreationKey: key})
	return subscriberFrom(row, err)
}

// SubscriberByExtension returns the entry that has the extension.
func (o Org) SubscriberByExtension(ctx context.Context, extension string) (SubscriberRow, error) {
	row, err := o.read().SubscriberByExtension(ctx, db.SubscriberByExtensionParams{Organization: o.id, Extension: extension})
	return subscriberFrom(row, err)
}

// SubscribersOf returns several entries, in no order.
func (o Org) SubscribersOf(ctx context.Context, ids []string) ([]SubscriberRow, error) {
	var all []SubscriberRow
	err := o.lookup(ctx, findSubscribers, []any{o.id}, ids, func(rows *sql.Rows) error {
		var row db.Subscriber
		if err := rows.Scan(&row.ID, &row.CreationKey, &row.Fields, &row.Generation, &row.CreatedAt, &row.ChangedAt); err != nil {
			return err
		}
		s, err := subscriberOf(row)
		all = append(all, s)
		return err
	})
	return all, wrap("read subscribers", err)
}

func subscriberFrom(row db.Subscriber, err error) (SubscriberRow, error) {
	if err != nil {
		return SubscriberRow{}, wrap("read subscriber", err)
	}
	s, err := subscriberOf(row)
	return s, wrap("read subscriber", err)
}

// SubscriberPage returns entries whose names, numbers or addresses hold the text,
// by name, after the place that the page before gave as next, "" being the
// beginning and the end.
func (o Org) SubscriberPage(ctx context.Context, text, after string, limit int) (_ []SubscriberRow, next string, err error) {
	rows, err := o.read().SubscriberPage(ctx, db.SubscriberPageParams{Organization: o.id, NameKey: place(after),
		Search: pattern(name.Fold(text)), Limit: int32(limit)})
	if err != nil {
		return nil, "", wrap("list subscribers", err)
	}
	if len(rows) == limit && limit > 0 {
		next = placeText(rows[len(rows)-1].NameKey)
	}
	page, err := each(rows, subscriberOf)
	return page, next, wrap("list subscribers", err)
}

// SubscriberCounts counts the entries, and those with an extension.
func (o Org) SubscriberCounts(ctx context.Context) (entries, subscribers int64, err error) {
	row, err := o.read().CountSubscribers(ctx, o.id)
	return row.Entries, row.Subscribers, wrap("count subscribers", err)
}

// AddSubscriber adds an entry; an empty ID is filled in. A key or an extension that
// another has is ErrExists.
func (o Org) AddSubscriber(ctx context.Context, s pbx.Subscriber) (SubscriberRow, error) {
	rows, err := o.AddSubscribers(ctx, []pbx.Subscriber{s})
	if err != nil {
		return SubscriberRow{}, err
	}
	return rows[0], nil
}

// AddSubscribers adds entries in transactions of at most 500; one of which a key
// or an extension is taken (ErrExists) leaves its 500 out.
func (o Org) AddSubscribers(ctx context.Context, subscribers []pbx.Subscriber) ([]SubscriberRow, error) {
	now := o.s.now()
	made := make([]SubscriberRow, 0, len(subscribers))
	for part := range slices.Chunk(subscribers, batch/2) { // an extension may rest, too
		err := o.write(ctx, "add subscribers", Subscribers, func(w *writing) error {
			rows := make([][]any, len(part))
			var given []string
			for i, s := range part {
				if s.ID == "" {
					s.ID = NewID()
				}
				made = append(made, SubscriberRow{Subscriber: s, Generation: 1, Created: fromMillis(millis(now)), Changed: fromMillis(millis(now))})
				ext := s.Get(pbx.Extension)
				rows[i] = []any{o.id, s.ID, s.Key, encodeMap(s.Fields), ext, nameKey(s.Name(), s.ID), subscriberSearch(s),
					int64(1), millis(now), millis(now)}
				if ext != "" {
					given = append(given, ext)
				}
			}
			if _, err := o.s.run(ctx, w, addSubscribers, rows); err != nil {
				return err
			}
			_, err := o.s.among(ctx, w, wakeExtensions, []any{o.id}, given)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return made, nil
}

// subscriberSearch is what a search for an entry looks through.
func subscriberSearch(s pbx.Subscriber) string {
	fields := []pbx.Field{pbx.DisplayName, pbx.FirstName, pbx.LastName, pbx.Mail, pbx.Extension, pbx.Business, pbx.Mobile,
		pbx.Other, pbx.Department, pbx.Company, pbx.Title}
	var words []string
	for _, f := range fields {
		if v := s.Get(f); v != "" {
			words = append(words, v)
		}
	}
	return name.Fold(strings.Join(words, "\n"))
}

// UpdateSubscriber replaces an entry's fields where its generation is still the
// row's, else it is an ErrConflict. An extension that it loses begins to rest.
func (o Org) UpdateSubscriber(ctx context.Context, s SubscriberRow) error {
	return o.UpdateSubscribers(ctx, []SubscriberRow{s})
}

// UpdateSubscribers does so for several entries, in transactions of at most 500
// rows. A conflict leaves its transaction out.
func (o Org) UpdateSubscribers(ctx context.Context, subscribers []SubscriberRow) error {
	for part := range slices.Chunk(subscribers, batch/3) { // two extensions may change their rest
		if err := o.write(ctx, "update subscribers", Subscribers, func(w *writing) error {
			return o.updateSubscribers(ctx, w, part)
		}); err != nil {
			return err
		}
	}
	return nil
}

func (o Org) updateSubscribers(ctx context.Context, w *writing, part []SubscriberRow) error {
	now := millis(o.s.now())
	rows := make([][]any, len(part))
	var given []string
	for i, s := range part {
		ext := s.Get(pbx.Extension)
		before, err := w.GetSubscriber(ctx, db.GetSubscriberParams{Organization: o.id, ID: s.ID})
		if err != nil {
			return err
		}
		if before.Extension != ext {
			if err := o.restExtension(ctx, w, before.Extension); err != nil {
				return err
			}
			if ext != "" {
				given = append(given, ext)
			}
		}
		rows[i] = []any{o.id, s.ID, encodeMap(s.Fields), ext, nameKey(s.Name(), s.ID), subscriberSearch(s.Subscriber), now, s.Generation}
	}
	n, err := o.s.run(ctx, w, updateSubscribers, rows)
	if err == nil && int(n) < len(rows) {
		err = ErrConflict
	}
	if err == nil {
		_, err = o.s.among(ctx, w, wakeExtensions, []any{o.id}, given)
	}
	return err
}

func (o Org) restExtension(ctx context.Context, w *writing, extension string) error {
	if extension == "" {
		return nil
	}
	return w.RestExtension(ctx, db.RestExtensionParams{Organization: o.id, Extension: extension, FreedAt: millis(o.s.now())})
}

// DeleteSubscriber deletes an entry; its extension begins to rest. Links are the
// caller's.
func (o Org) DeleteSubscriber(ctx context.Context, id string) error {
	return o.write(ctx, "delete subscriber", Subscribers, func(w *writing) error {
		row, err := w.GetSubscriber(ctx, db.GetSubscriberParams{Organization: o.id, ID: id})
		if err != nil {
			return err
		}
		if err := o.restExtension(ctx, w, row.Extension); err != nil {
			return err
		}
		n, err := w.DeleteSubscriber(ctx, db.DeleteSubscriberParams{Organization: o.id, ID: id})
		return one(n, err, ErrNotFound)
	})
}

// ExtensionsInUse returns the extensions that entries have.
func (o Org) ExtensionsInUse(ctx context.Context) (map[string]bool, error) {
	rows, err := o.read().ExtensionsInUse(ctx, o.id)
	return set(rows), wrap("list extensions", err)
}

// RestingExtensions returns the extensions that were freed at since or later and
// have not been given again.
func (o Org) RestingExtensions(ctx context.Context, since time.Time) (map[string]bool, error) {
	rows, err := o.read().RestingExtensions(ctx, db.RestingExtensionsParams{Organization: o.id, FreedAt: millis(since)})
	return set(rows), wrap("list extensions", err)
}

// ForgetExtensions ends the rest of extensions freed before then.
func (o Org) ForgetExtensions(ctx context.Context, before time.Time) error {
	return o.repeat(ctx, "forget extensions", "", func(w *writing) (int64, error) {
		return w.ForgetExtensions(ctx, db.ForgetExtensionsParams{Organization: o.id, FreedAt: millis(before)})
	})
}

func set(all []string) map[string]bool {
	m := make(map[string]bool, len(all))
	for _, s := range all {
		m[s] = true
	}
	return m
}
