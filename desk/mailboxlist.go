package desk

import (
	"context"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/store"
)

// cures are what can be done where a calendar can't be read, as codes of strings
// ("cure."). What waits or is tried again by itself has none.
var cures = map[calendar.State]string{
	calendar.NoMailbox: "noMailbox",
	calendar.OnServer:  "onServer",
	calendar.Denied:    "denied",
	calendar.NoSource:  "noSource",
}

func (v *Visit) mailboxes(ctx context.Context, f MailboxFilter) (MailboxPage, error) {
	if f.State != "" {
		var bad faults
		option(&bad, "state", f.State, calendar.Never, calendar.Fine, calendar.NoMailbox, calendar.OnServer, calendar.Denied,
			calendar.Throttled, calendar.Failed, calendar.NoSource)
		if err := bad.err(); err != nil {
			return MailboxPage{}, err
		}
	}
	page := MailboxPage{Counts: map[calendar.State]int64{}}
	counts, err := v.store().MailboxCounts(ctx)
	if err != nil {
		return page, step("count mailboxes", err)
	}
	for _, n := range counts {
		if f.Source == "" || n.Source == f.Source {
			page.Counts[n.Health] += n.Mailboxes
		}
	}
	list, next, err := v.store().Mailboxes(ctx, store.MailboxFilter{Source: f.Source, Health: f.State, Text: f.Search}, f.After, pageSize(f.Limit))
	if err != nil {
		return page, answer(err, "list mailboxes")
	}
	page.Next = next
	page.Rows = mapped(list, v.mailboxRow)
	return page, nil
}

func (v *Visit) mailboxRow(m store.Mailbox) MailboxRow {
	return MailboxRow{
		Person: m.Person, Name: m.Name, Address: m.Address, Source: m.Source, Live: m.Live, Health: m.Health, Cure: cures[m.Health.State],
		Since: m.HealthSince, ReadAt: m.ReadAt, Heard: m.HeardAt, DueAt: m.DueAt, Tries: m.Tries, Zone: m.Zone,
		HasHours: len(m.Hours.Days) > 0, Replies: m.Replies.Stands(v.desk.Now()),
	}
}

// causeHand is why a mailbox is due that somebody wants read now.
const causeHand = "hand"

func (v *Visit) readMailbox(ctx context.Context, person string) error {
	if _, err := v.store().Mailbox(ctx, person); err != nil {
		return answer(err, "read mailbox")
	}
	return v.write(ctx, "mailbox.read", person, nil, func(o store.Org) error {
		return o.WakeMailboxes(ctx, []string{person}, v.desk.Now(), causeHand)
	})
}

func (v *Visit) readMailboxes(ctx context.Context, source string) error {
	if _, err := v.store().Connection(ctx, source); err != nil {
		return answer(err, "read calendar connection")
	}
	if err := v.store().WakeSource(ctx, source, v.desk.Now(), causeHand); err != nil {
		return answer(err, "wake mailboxes")
	}
	return v.audit(ctx, "mailbox.readAll", source, nil)
}
