package desk

import (
	"context"
	"io"
	"iter"
	"strings"

	"github.com/telefonist/telefonist/pbx"

	"github.com/telefonist/telefonist/store"
)

// SubscriberFilter chooses entries of the built-in register.
type SubscriberFilter struct {
	Search string
	After  string // Next of the page before
	Limit  int
}

// SubscriberPage is a page of entries, by name.
type SubscriberPage struct {
	Subscribers []SubscriberRow // of a search: without generation and times
	Next        string          // "" on the last page, and of a search
	Total       int             // of a search: how many were found in all; else -1
}

// Subscribers reads a page of the register, by name. Hidden entries are seen by
// administrators alone.
func (v *Visit) Subscribers(ctx context.Context, f SubscriberFilter) (SubscriberPage, error) {
	if err := v.may(ctx, "Subscribers"); err != nil {
		return SubscriberPage{}, err
	}
	if search := strings.TrimSpace(f.Search); search != "" && v.desk.Book != nil {
		return v.search(ctx, search, f.Limit)
	}
	rows, next, err := v.store().SubscriberPage(ctx, f.Search, f.After, pageSize(f.Limit))
	if err != nil {
		return SubscriberPage{}, step("list subscribers", err)
	}
	page := SubscriberPage{Next: next, Total: -1, Subscribers: rows[:0]}
	for _, row := range rows {
		if v.sees(row.Subscriber) {
			page.Subscribers = append(page.Subscribers, row)
		}
	}
	return page, nil
}

// search finds entries in the phone book, the best first.
func (v *Visit) search(ctx context.Context, search string, limit int) (SubscriberPage, error) {
	found, err := v.desk.Book.Search(ctx, string(v.org), search, v.audience(), pageSize(limit))
	if err != nil {
		return SubscriberPage{}, answer(err, "search")
	}
	page := SubscriberPage{Total: found.Total}
	for _, s := range found.Entries {
		page.Subscribers = append(page.Subscribers, SubscriberRow{Subscriber: s})
	}
	return page, nil
}

// Subscriber is one entry with the generation that a change of it must name.
func (v *Visit) Subscriber(ctx context.Context, id string) (SubscriberRow, error) {
	if err := v.may(ctx, "Subscriber"); err != nil {
		return SubscriberRow{}, err
	}
	return v.subscriber(ctx, id)
}

func (v *Visit) subscriber(ctx context.Context, id string) (SubscriberRow, error) {
	row, err := v.store().Subscriber(ctx, id)
	if err != nil {
		return SubscriberRow{}, answer(err, "read subscriber")
	}
	if !v.sees(row.Subscriber) {
		return SubscriberRow{}, ErrNotFound
	}
	return row, nil
}

// sees is false for hidden entries, except to an administrator.
func (v *Visit) sees(s pbx.Subscriber) bool { return v.seesHidden() || !s.Hidden() }

func (v *Visit) seesHidden() bool { return allowed("Visit.SeeHidden", v.Role()) }

// AddSubscriber makes an entry by hand; without an extension it is a contact.
func (v *Visit) AddSubscriber(ctx context.Context, fields map[string]string) (SubscriberRow, error) {
	if err := v.may(ctx, "AddSubscriber"); err != nil {
		return SubscriberRow{}, err
	}
	clean, err := v.checkSubscriber(ctx, fields, true)
	if err != nil {
		return SubscriberRow{}, err
	}
	done, err := v.change(ctx, pbx.Change{Kind: pbx.Create, Key: store.NewID(), Reason: byHand, After: clean})
	if err != nil {
		return SubscriberRow{}, err
	}
	if err := v.audit(ctx, "subscriber.add", done.ID, nil); err != nil {
		return SubscriberRow{}, err
	}
	return v.subscriber(ctx, done.ID)
}

// byHand is the reason of what a person changed in the register himself.
var byHand = pbx.Reason{Code: "hand"}

// SaveSubscriber changes an entry: fields that are not named stay, empty ones are
// cleared. generation is the one that was read, else [ErrChanged].
func (v *Visit) SaveSubscriber(ctx context.Context, id string, fields map[string]string, generation int64) (SubscriberRow, error) {
	if err := v.may(ctx, "SaveSubscriber"); err != nil {
		return SubscriberRow{}, err
	}
	clean, err := v.checkSubscriber(ctx, fields, false)
	if err != nil {
		return SubscriberRow{}, err
	}
	have, err := v.subscriber(ctx, id)
	if err != nil {
		return SubscriberRow{}, err
	}
	if have.Generation != generation {
		return SubscriberRow{}, ErrChanged
	}
	if named(have.With(clean)) == "" {
		return SubscriberRow{}, invalid("displayName", "required")
	}
	if _, err := v.updateSubscriber(ctx, id, clean); err != nil {
		return SubscriberRow{}, err
	}
	if err := v.audit(ctx, "subscriber.save", id, nil); err != nil {
		return SubscriberRow{}, err
	}
	return v.subscriber(ctx, id)
}

// DeleteSubscriber takes an entry away, also one that is linked: its person is
// then offered again.
func (v *Visit) DeleteSubscriber(ctx context.Context, id string) error {
	if err := v.may(ctx, "DeleteSubscriber"); err != nil {
		return err
	}
	have, err := v.subscriber(ctx, id)
	if err != nil {
		return err
	}
	if _, err := v.change(ctx, pbx.Change{Kind: pbx.Remove, Subscriber: id, Reason: byHand, Before: have.Fields}); err != nil {
		return err
	}
	return v.audit(ctx, "subscriber.delete", id, nil)
}

// updateSubscriber writes fields of an entry that is there.
func (v *Visit) updateSubscriber(ctx context.Context, id string, after pbx.Fields) (pbx.Subscriber, error) {
	have, err := v.subscriber(ctx, id)
	if err != nil {
		return pbx.Subscriber{}, err
	}
	before := pbx.Fields{}
	for f := range after {
		before[f] = have.Get(f)
	}
	return v.change(ctx, pbx.Change{Kind: pbx.Update, Subscriber: id, Reason: byHand, Before: before, After: after})
}

// change has the register make a change, as a round has it made.
func (v *Visit) change(ctx context.Context, c pbx.Change) (pbx.Subscriber, error) {
	register, err := v.desk.openRegister(ctx, v.org)
	if err != nil {
		return pbx.Subscriber{}, err
	}
	done, err := register.Apply(ctx, c)
	return done, refused(err)
}

// checkSubscriber checks what was typed. A new entry needs a name.
func (v *Visit) checkSubscriber(ctx context.Context, fields map[string]string, isNew bool) (pbx.Fields, error) {
	o, err := v.organization(ctx)
	if err != nil {
		return nil, err
	}
	var bad faults
	clean := bad.subscriberFields(fields, o.Settings.Country)
	bad.when(isNew && named(pbx.Subscriber{Fields: clean}) == "", "displayName", "required")
	return clean, bad.err()
}

// named is what an entry can be called, "" for one without any name.
func named(s pbx.Subscriber) string {
	for _, f := range []pbx.Field{pbx.DisplayName, pbx.FirstName, pbx.LastName, pbx.Company} {
		if s.Get(f) != "" {
			return s.Get(f)
		}
	}
	return ""
}

// ImportPlan is what a CSV file would do to the register.
type ImportPlan struct {
	Changes  []pbx.Change // creates and updates; what is already so is left out
	Problems []pbx.Problem
	Same     int // rows that would change nothing
}

// PreviewImport reads a CSV file and says what it would do; nothing is changed.
func (v *Visit) PreviewImport(ctx context.Context, file io.Reader) (ImportPlan, error) {
	if err := v.may(ctx, "PreviewImport"); err != nil {
		return ImportPlan{}, err
	}
	return v.planImport(ctx, file)
}

// Import applies a CSV file: rows with the id or extension of an entry change it,
// the others make new ones. What the register refuses is listed and stops nothing.
func (v *Visit) Import(ctx context.Context, file io.Reader) (ImportPlan, error) {
	if err := v.may(ctx, "Import"); err != nil {
		return ImportPlan{}, err
	}
	p, err := v.planImport(ctx, file)
	if err != nil {
		return ImportPlan{}, err
	}
	if err := v.applyImport(ctx, &p); err != nil {
		return ImportPlan{}, err
	}
	return p, v.audit(ctx, "subscriber.import", "", map[string]string{"changes": itoa(int64(len(p.Changes)))})
}

// ExportSubscribers writes the register: CSV as Swedish Excel opens it, or JSON.
// Hidden entries are left out, except for an administrator.
func (v *Visit) ExportSubscribers(ctx context.Context, w io.Writer, format Format, language string) error {
	if err := v.may(ctx, "ExportSubscribers"); err != nil {
		return err
	}
	if err := v.audit(ctx, "subscriber.export", string(format), nil); err != nil {
		return err
	}
	register, err := v.desk.openRegister(ctx, v.org)
	if err != nil {
		return err
	}
	seen := v.onlySeen(register.Subscribers(ctx))
	if format == JSON {
		return writeSubscribersJSON(w, seen)
	}
	return step("write subscribers", pbx.WriteCSV(w, seen, language, nil))
}

func (v *Visit) onlySeen(all iter.Seq2[pbx.Subscriber, error]) iter.Seq2[pbx.Subscriber, error] {
	return func(yield func(pbx.Subscriber, error) bool) {
		for s, err := range all {
			if (err != nil || v.sees(s)) && !yield(s, err) {
				return
			}
		}
	}
}
