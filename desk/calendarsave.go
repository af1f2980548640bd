package desk

import (
	"context"
	"fmt"
	"slices"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

func (v *Visit) calendarSettings(ctx context.Context) (CalendarSettings, error) {
	o, err := v.organization(ctx)
	if err != nil {
		return CalendarSettings{}, err
	}
	c := o.Settings.Calendar
	return CalendarSettings{Calendar: c, Generation: o.Generation, Preset: c.Preset.Rules(c.Set(), c.ShowAs)}, nil
}

func (v *Visit) saveCalendarSettings(ctx context.Context, s organization.Calendar, generation int64) (CalendarSettings, error) {
	if err := v.checkCalendarSettings(ctx, s); err != nil {
		return CalendarSettings{}, err
	}
	have, err := v.organization(ctx)
	if err != nil {
		return CalendarSettings{}, err
	}
	want := have.Organization
	want.Settings.Calendar = s
	detail := map[string]string{"rules": itoa(int64(len(s.Rules))), "preset": string(s.Preset), "hours": yes(s.Hours.On), "replies": yes(s.Replies.On)}
	err = v.write(ctx, "calendar.settings", string(v.org), detail, func(o store.Org) error {
		return o.SetOrganization(ctx, want, generation)
	})
	if err != nil {
		return CalendarSettings{}, err
	}
	return v.calendarSettings(ctx)
}

// checkCalendarSettings checks settings, and that their groups are of sources that
// the organization has.
func (v *Visit) checkCalendarSettings(ctx context.Context, s organization.Calendar) error {
	var bad faults
	bad.calendar(s)
	sources, err := v.store().Sources(ctx)
	if err != nil {
		return step("list sources", err)
	}
	known := map[string]bool{"": true, organization.Local: true} // none is a fault already
	for _, src := range sources {
		known[src.ID] = true
	}
	for i, g := range s.Groups {
		bad.when(!known[g.Source], fmt.Sprintf("groups[%d].source", i), "option")
	}
	if err := v.checkGroups(ctx, &bad, groupsNamed(s)); err != nil {
		return err
	}
	return bad.err()
}

// servers are the Exchange servers whose calendars are read.
func (v *Visit) servers(ctx context.Context) ([]ServerReading, error) {
	connections, err := v.store().Connections(ctx)
	if err != nil {
		return nil, step("list calendar connections", err)
	}
	readers, err := v.readers(ctx)
	if err != nil {
		return nil, err
	}
	counts, err := v.store().MailboxCounts(ctx)
	if err != nil {
		return nil, step("count mailboxes", err)
	}
	var all []ServerReading
	for _, c := range connections {
		from := readers[c.Source]
		if from.Kind != organization.Exchange || c.Off {
			continue
		}
		read := ServerReading{Account: from.Settings["user"]}
		for _, way := range []calendar.WayKind{calendar.Impersonation, calendar.FullAccess, calendar.Reviewer, calendar.Details, calendar.Times} {
			if slices.ContainsFunc(counts, func(n store.MailboxCount) bool { return n.Source == c.Source && n.Ways[way] > 0 }) {
				read.Ways = append(read.Ways, way)
			}
		}
		all = append(all, read)
	}
	return all, nil
}

// groupsNamed are the groups that rules ask for, by where they stand.
func groupsNamed(s organization.Calendar) map[string]string {
	named := map[string]string{}
	note := func(at string, rules []activity.Rule) {
		for i, r := range rules {
			named[fmt.Sprintf("%s[%d].if.group", at, i)] = r.If.Group
		}
	}
	note("rules", s.Rules)
	for i, g := range s.Groups {
		note(fmt.Sprintf("groups[%d].rules", i), g.Rules)
	}
	return named
}
