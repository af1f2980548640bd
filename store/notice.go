package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/telefonist/telefonist/name"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store/internal/db"
)

// AddNotice tells something in the console; ID is filled in, and At where it is zero.
func (o Org) AddNotice(ctx context.Context, n Notice) (Notice, error) {
	n.ID = o.s.next()
	if n.At.IsZero() {
		n.At = o.s.now()
	}
	return n, o.write(ctx, "add notice", Notices, func(w *writing) error {
		return w.AddNotice(ctx, db.AddNoticeParams{Organization: o.id, ID: n.ID, At: millis(n.At), Kind: n.Kind, Subject: n.Subject,
			Data: encodeMap(n.Data)})
	})
}

// Notices returns what was told, the newest first, those with an ID below before;
// 0 begins with the newest.
func (o Org) Notices(ctx context.Context, before int64, limit int) ([]Notice, error) {
	rows, err := o.read().ListNotices(ctx, db.ListNoticesParams{Organization: o.id, ID: newest(before), Limit: int32(limit)})
	if err != nil {
		return nil, wrap("list notices", err)
	}
	notices, err := each(rows, func(r db.Notice) (Notice, error) {
		data, err := decodeMap[string](r.Data)
		return Notice{ID: r.ID, At: fromMillis(r.At), Kind: r.Kind, Subject: r.Subject, Data: data}, err
	})
	return notices, wrap("list notices", err)
}

// UnseenNotices counts what the user has not seen.
func (o Org) UnseenNotices(ctx context.Context, email string) (int64, error) {
	n, err := o.read().CountUnseen(ctx, db.CountUnseenParams{Organization: o.id, Email: strings.ToLower(email)})
	return n, wrap("count notices", err)
}

// SeenUpTo is the ID of the last notice that the user has seen, 0 for none.
func (o Org) SeenUpTo(ctx context.Context, email string) (int64, error) {
	id, err := o.read().SeenUpTo(ctx, db.SeenUpToParams{Organization: o.id, Email: strings.ToLower(email)})
	if err = wrap("read notices", err); errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	return id, err
}

// SetNoticesSeen notes that the user has seen everything up to the ID.
func (o Org) SetNoticesSeen(ctx context.Context, email string, upTo int64) error {
	return o.write(ctx, "set notices seen", Notices, func(w *writing) error {
		return w.SetNoticesSeen(ctx, db.SetNoticesSeenParams{Organization: o.id, Email: strings.ToLower(email), Upto: upTo})
	})
}

// PurgeNotices forgets what was told before then, and mails sent before then.
func (o Org) PurgeNotices(ctx context.Context, before time.Time) error {
	if err := o.repeat(ctx, "purge notices", "", func(w *writing) (int64, error) {
		return w.PurgeNotices(ctx, db.PurgeNoticesParams{Organization: o.id, At: millis(before)})
	}); err != nil {
		return err
	}
	return o.repeat(ctx, "purge mails", "", func(w *writing) (int64, error) {
		return w.PurgeMails(ctx, db.PurgeMailsParams{Organization: o.id, CreatedAt: millis(before)})
	})
}

// AddMails lets mails wait to be sent. IDs, Organization and Created are filled
// in, and Due where it is zero: now.
func (o Org) AddMails(ctx context.Context, mails []Mail) error {
	now := o.s.now()
	return o.write(ctx, "add mails", Mails, func(w *writing) error {
		for _, m := range mails {
			if m.ID == "" {
				m.ID = NewID()
			}
			if m.Due.IsZero() {
				m.Due = now
			}
			if err := w.AddMail(ctx, db.AddMailParams{Organization: o.id, ID: m.ID, Recipient: m.To, Subject: m.Subject, Body: m.Body,
				DueAt: millis(m.Due), CreatedAt: millis(now)}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Mails returns mails that wait or were sent, the newest first.
func (o Org) Mails(ctx context.Context, limit int) ([]Mail, error) {
	rows, err := o.read().ListMails(ctx, db.ListMailsParams{Organization: o.id, Limit: int32(limit)})
	mails := make([]Mail, len(rows))
	for i, row := range rows {
		mails[i] = mailOf(row)
	}
	return mails, wrap("list mails", err)
}

func mailOf(row db.Outbox) Mail {
	return Mail{Organization: organization.ID(row.Organization), ID: row.ID, To: row.Recipient, Subject: row.Subject,
		Body: row.Body, Due: fromMillis(row.DueAt), Tries: int(row.Tries), Answer: row.Answer, Created: fromMillis(row.CreatedAt)}
}

// MailTried counts a try and keeps what the server answered; again is when to try
// next, zero when the mail was sent or is given up.
func (o Org) MailTried(ctx context.Context, id, answer string, again time.Time) error {
	return o.write(ctx, "note mail", Mails, func(w *writing) error {
		n, err := w.SetMail(ctx, db.SetMailParams{Organization: o.id, ID: id, DueAt: millis(again), Answer: answer})
		return one(n, err, ErrNotFound)
	})
}

// AddEntry writes a line into the organization's audit log; ID and At are filled in.
func (o Org) AddEntry(ctx context.Context, e Entry) error {
	return o.write(ctx, "audit", Entries, func(w *writing) error {
		words := e.Actor + "\n" + string(e.Role) + "\n" + e.Verb + "\n" + e.Object
		for _, v := range e.Detail {
			words += "\n" + v
		}
		return w.AddEntry(ctx, db.AddEntryParams{Organization: o.id, ID: o.s.next(), At: millis(o.s.now()), Actor: e.Actor,
			Role: string(e.Role), Verb: e.Verb, Object: e.Object, Detail: encodeMap(e.Detail), Search: name.Fold(words)})
	})
}

// Entries returns lines of the audit log that hold the text, the newest first,
// those with an ID below before; 0 begins with the newest.
func (o Org) Entries(ctx context.Context, text string, before int64, limit int) ([]Entry, error) {
	rows, err := o.read().ListEntries(ctx, db.ListEntriesParams{Organization: o.id, ID: newest(before),
		Search: pattern(name.Fold(text)), Limit: int32(limit)})
	if err != nil {
		return nil, wrap("list audit", err)
	}
	entries, err := each(rows, func(r db.Audit) (Entry, error) {
		detail, err := decodeMap[string](r.Detail)
		return Entry{ID: r.ID, At: fromMillis(r.At), Actor: r.Actor, Role: organization.Role(r.Role), Verb: r.Verb,
			Object: r.Object, Detail: detail}, err
	})
	return entries, wrap("list audit", err)
}
