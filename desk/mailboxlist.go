package desk

import (
	"context"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/setup"
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

// serverCures are those of an Exchange server.
var serverCures = map[calendar.State]string{
	calendar.NoMailbox: "serverNoMailbox",
	calendar.OnServer:  "serverElsewhere",
	calendar.Denied:    "serverDenied",
	calendar.NoSource:  "serverNoSource",
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
	page := MailboxPage{Counts: map[calendar.State]int64{}, Ways: map[calendar.WayKind]int64{}}
	if f.Way != "" {
		var bad faults
		option(&bad, "way", f.Way, calendar.Impersonation, calendar.FullAccess, calendar.Reviewer, calendar.Details, calendar.Times)
		if err := bad.err(); err != nil {
			return MailboxPage{}, err
		}
	}
	counts, err := v.store().MailboxCounts(ctx)
	if err != nil {
		return page, step("count mailboxes", err)
	}
	for _, n := range counts {
		if f.Source == "" || n.Source == f.Source {
			page.Counts[n.Health] += n.Mailboxes
			for way, some := range n.Ways {
				page.Ways[way] += some
			}
		}
	}
	readers, err := v.readers(ctx)
	if err != nil {
		return page, err
	}
	list, next, err := v.store().Mailboxes(ctx, store.MailboxFilter{Source: f.Source, Health: f.State, Way: f.Way, Text: f.Search}, f.After, pageSize(f.Limit))
	if err != nil {
		return page, answer(err, "list mailboxes")
	}
	page.Next = next
	page.Rows = mapped(list, func(m store.Mailbox) MailboxRow { return v.mailboxRow(m, readers) })
	return page, nil
}

// readers are the organization's sources by id, and what home is called of people
// who have none.
func (v *Visit) readers(ctx context.Context) (map[string]store.SourceState, error) {
	all, err := v.store().Sources(ctx)
	if err != nil {
		return nil, step("list sources", err)
	}
	byID := make(map[string]store.SourceState, len(all))
	for _, s := range all {
		byID[s.ID] = s
	}
	return byID, nil
}

func (v *Visit) mailboxRow(m store.Mailbox, readers map[string]store.SourceState) MailboxRow {
	from := readers[m.Source]
	row := MailboxRow{
		Person: m.Person, Name: m.Name, Address: m.Address, Home: m.Home, Source: m.Source, SourceName: from.Name, Live: m.Live,
		Health: m.Health, Cure: cures[m.Health.State], Way: m.Way, WaySince: m.WaySince,
		Since: m.HealthSince, ReadAt: m.ReadAt, Heard: m.HeardAt, DueAt: m.DueAt, Tries: m.Tries, Zone: m.Zone,
		HasHours: len(m.Hours.Days) > 0, Replies: m.Replies.Stands(v.desk.Now()),
	}
	for _, s := range m.Sought {
		row.Sought = append(row.Sought, SoughtLine{Source: s.Source, SourceName: readers[s.Source].Name, State: s.State, Sentence: s.Sentence})
	}
	if from.Kind == organization.Exchange {
		row.Server, row.Cure = true, serverCures[m.Health.State]
		row.Better = better(m, from.Settings["user"])
	}
	return row
}

// better is the line of PowerShell that would let a mailbox be read in a better way,
// "" where there is none or where no right is what it lacks.
func better(m store.Mailbox, account string) string {
	way := m.Way.Kind
	switch m.Health.State {
	case calendar.Fine:
	case calendar.Denied:
		way = ""
	default:
		return ""
	}
	return setup.Better(m.Way.Server, string(way), m.Address, account)
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
