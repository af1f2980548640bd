// Package builtin is Telefonist's own switchboard register, kept in the store:
// the one an organization has when it has no other.
//
//	register := builtin.Open(s.In(organization))
//	anna, err := register.Apply(ctx, pbx.Change{Kind: pbx.Create, Key: key, After: fields})
//
// Rounds and people who edit by hand write through the same Apply. It guards
// that no two entries have the same extension; which one is given to whom is the
// plan's. An extension that is let go rests in the store.
package builtin

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store"
)

// Register is an organization's built-in register. It is a [pbx.Register], safe
// for concurrent use.
type Register struct {
	org store.Org
}

// Open returns the register of an organization.
func Open(org store.Org) *Register { return &Register{org} }

// Subscribers lists the register as it stood at one moment.
func (r *Register) Subscribers(ctx context.Context) iter.Seq2[pbx.Subscriber, error] {
	return func(yield func(pbx.Subscriber, error) bool) {
		for row, err := range r.org.Subscribers(ctx) {
			if !yield(row.Subscriber, err) || err != nil {
				return
			}
		}
	}
}

// Apply makes one change. A create without a key makes a new entry each time. The
// error is [pbx.ErrNoSubscriber], a [*pbx.Refusal] with the code "extensionTaken"
// (args extension, subscriber and, unless hidden, name: who has it) or "kind" (of
// a change that is none of ours), or the store's.
func (r *Register) Apply(ctx context.Context, c pbx.Change) (pbx.Subscriber, error) {
	result := r.one(ctx, c)
	return result.Subscriber, result.Err
}

// one makes one change in a transaction of its own, again where somebody else
// changed the same meanwhile.
func (r *Register) one(ctx context.Context, c pbx.Change) (result pbx.Result) {
	for range 3 {
		err := r.org.Tx(ctx, func(org store.Org) (err error) {
			result.Subscriber, err = apply(ctx, org, c)
			return err
		})
		result.Err = err
		if !errors.Is(err, store.ErrExists) && !errors.Is(err, store.ErrConflict) {
			break
		}
	}
	if result.Err != nil {
		result.Subscriber = pbx.Subscriber{}
	}
	return result
}

// apply makes one change in a transaction. What it refuses it has not begun.
func apply(ctx context.Context, org store.Org, c pbx.Change) (pbx.Subscriber, error) {
	switch c.Kind {
	case pbx.Create:
		return create(ctx, org, c)
	case pbx.Remove:
		return remove(ctx, org, c)
	case pbx.Update, pbx.Link, pbx.Unlink:
		row, err := org.Subscriber(ctx, c.Subscriber)
		if errors.Is(err, store.ErrNotFound) {
			return pbx.Subscriber{}, pbx.ErrNoSubscriber
		}
		if err != nil {
			return pbx.Subscriber{}, err
		}
		return update(ctx, org, row, c.After)
	}
	return pbx.Subscriber{}, &pbx.Refusal{Code: "kind"}
}

func create(ctx context.Context, org store.Org, c pbx.Change) (pbx.Subscriber, error) {
	if c.Key != "" {
		row, err := org.SubscriberByKey(ctx, c.Key)
		if err == nil {
			return update(ctx, org, row, c.After)
		}
		if !errors.Is(err, store.ErrNotFound) {
			return pbx.Subscriber{}, err
		}
	}
	s := fresh(c)
	if err := free(ctx, org, s.Get(pbx.Extension)); err != nil {
		return pbx.Subscriber{}, err
	}
	row, err := org.AddSubscriber(ctx, s)
	return row.Subscriber, err
}

// fresh is the entry that a create makes; the key it carries becomes its id, so
// that the link that was written before it need not be moved.
func fresh(c pbx.Change) pbx.Subscriber {
	return pbx.Subscriber{ID: cmp.Or(c.Key, store.NewID()), Key: c.Key}.With(tidy(c.After))
}

func update(ctx context.Context, org store.Org, row store.SubscriberRow, after pbx.Fields) (pbx.Subscriber, error) {
	next := row.With(tidy(after))
	if maps.Equal(next.Fields, row.Fields) {
		return row.Subscriber, nil
	}
	if ext := next.Get(pbx.Extension); ext != row.Get(pbx.Extension) {
		if err := free(ctx, org, ext); err != nil {
			return pbx.Subscriber{}, err
		}
	}
	row.Subscriber = next
	return next, org.UpdateSubscriber(ctx, row)
}

func remove(ctx context.Context, org store.Org, c pbx.Change) (pbx.Subscriber, error) {
	row, err := org.Subscriber(ctx, c.Subscriber)
	if errors.Is(err, store.ErrNotFound) {
		return pbx.Subscriber{ID: c.Subscriber}.With(c.Before), nil
	}
	if err != nil {
		return pbx.Subscriber{}, err
	}
	return row.Subscriber, org.DeleteSubscriber(ctx, row.ID)
}

// free refuses an extension that an entry has.
func free(ctx context.Context, org store.Org, extension string) error {
	if extension == "" {
		return nil
	}
	holder, err := org.SubscriberByExtension(ctx, extension)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	args := map[string]string{"extension": extension, "subscriber": holder.ID}
	if !holder.Hidden() {
		args["name"] = holder.Name()
	}
	return &pbx.Refusal{Code: "extensionTaken", Args: args}
}

// tidy makes values what the store keeps: valid UTF-8 without NUL. What Apply
// answers is then what Subscribers lists.
func tidy(fields pbx.Fields) pbx.Fields {
	tidied := maps.Clone(fields)
	for f, v := range tidied {
		tidied[f] = strings.ReplaceAll(strings.ToValidUTF8(v, "\uFFFD"), "\x00", "")
	}
	return tidied
}

// batch is how many changes one transaction makes. Each touches up to three rows:
// the entry, the extension it leaves and the one it takes.
const batch = 150

// ApplyAll makes the changes in their order, many in a transaction, and returns
// what Apply would for each. It is not one change: some may be made and others
// refused. An extension that one of them lets go may be taken by another before
// it in the list, and two may exchange theirs.
func (r *Register) ApplyAll(ctx context.Context, changes []pbx.Change) []pbx.Result {
	results := make([]pbx.Result, 0, len(changes))
	for part := range slices.Chunk(changes, batch) {
		results = append(results, r.some(ctx, part)...)
	}
	for r.retry(ctx, changes, results) || r.exchange(ctx, changes, results) {
	}
	return results
}

// some makes up to batch changes, if at all possible in one transaction.
func (r *Register) some(ctx context.Context, changes []pbx.Change) []pbx.Result {
	if results, ok := r.createAll(ctx, changes); ok {
		return results
	}
	results := make([]pbx.Result, len(changes))
	err := r.org.Tx(ctx, func(org store.Org) error {
		for i, c := range changes {
			s, err := apply(ctx, org, c)
			if err != nil && !ours(err) {
				return err
			}
			results[i] = pbx.Result{Subscriber: s, Err: err}
		}
		return nil
	})
	if err == nil {
		return results
	}
	for i, c := range changes { // the transaction failed: find the one that spoils it
		results[i] = r.one(ctx, c)
	}
	return results
}

// ours is true for an answer after which the transaction can go on.
func ours(err error) bool {
	refusal := (*pbx.Refusal)(nil)
	return errors.Is(err, pbx.ErrNoSubscriber) || errors.As(err, &refusal)
}

// createAll makes creates alone, of which no key and no extension is known, in
// the fastest way; ok is false where they are not such, and nothing was made.
func (r *Register) createAll(ctx context.Context, changes []pbx.Change) (results []pbx.Result, ok bool) {
	if slices.ContainsFunc(changes, func(c pbx.Change) bool { return c.Kind != pbx.Create }) {
		return nil, false
	}
	entries := make([]pbx.Subscriber, len(changes))
	for i, c := range changes {
		entries[i] = fresh(c)
	}
	rows, err := r.org.AddSubscribers(ctx, entries)
	if err != nil {
		return nil, false
	}
	for _, row := range rows {
		results = append(results, pbx.Result{Subscriber: row.Subscriber})
	}
	return results, true
}
