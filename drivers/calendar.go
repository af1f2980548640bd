package drivers

import (
	"context"
	"fmt"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/calendar/outlook"
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/directory/entra"
	"github.com/telefonist/telefonist/organization"
)

// Calendar opens a source's calendars with all that can be asked of them. The
// error is one of the whole source, a [*directory.Trouble] where it can be told.
func (d *Drivers) Calendar(ctx context.Context, org organization.ID, id string) (calendar.Connection, error) {
	if at, err := d.exchangeAt(ctx, org, id); err != nil {
		return calendar.Connection{}, fmt.Errorf("open calendars: %w", err)
	} else if at {
		return d.exchangeCalendar(ctx, org, id)
	}
	o, err := d.outlook(ctx, org, id)
	if err != nil {
		return calendar.Connection{}, err
	}
	// A token that can't be had would make thousands of mailboxes fail one by one.
	if _, err := o.Client.Roles(ctx); err != nil {
		return calendar.Connection{}, entra.Trouble(err)
	}
	return o.Connection(), nil
}

// Probe asks whether the calendar of an address can be opened, and for nothing
// that stands in it.
func (d *Drivers) Probe(ctx context.Context, org organization.ID, id, address string) calendar.Health {
	if at, err := d.exchangeAt(ctx, org, id); err != nil {
		return calendar.Health{State: calendar.NoSource}
	} else if at {
		return d.exchangeProbe(ctx, org, id, address)
	}
	o, err := d.outlook(ctx, org, id)
	if err != nil {
		return calendar.Health{State: calendar.NoSource}
	}
	return o.Try(ctx, calendar.Mailbox{Address: address})
}

// calendarPermissions are those that calendars are read by, with what else gives
// the same.
var calendarPermissions = []struct {
	name   string
	others []string
}{
	{"Calendars.Read", []string{"Calendars.ReadBasic.All", "Calendars.ReadWrite"}},
	{"MailboxSettings.Read", []string{"MailboxSettings.ReadWrite"}},
}

// CheckCalendar says which of the permissions for calendars a source's application
// has for the whole tenant. One that it has in Exchange alone, for a group (RBAC
// for Applications), no token names: opening a mailbox tells. Of an Exchange server
// it says what [Drivers.CheckExchange] does.
func (d *Drivers) CheckCalendar(ctx context.Context, org organization.ID, id string) ([]directory.CheckLine, error) {
	if at, err := d.exchangeAt(ctx, org, id); err != nil {
		return nil, fmt.Errorf("check calendars: %w", err)
	} else if at {
		return d.CheckExchange(ctx, org, id, nil).Lines, nil
	}
	_, c, err := d.client(ctx, org, id)
	if err != nil {
		return nil, fmt.Errorf("check calendars: %w", err)
	}
	grant, err := c.Roles(ctx)
	if err != nil {
		return nil, entra.Trouble(err)
	}
	has := map[string]bool{}
	for _, r := range grant.Roles {
		has[r] = true
	}
	var lines []directory.CheckLine
	for _, p := range calendarPermissions {
		name, ok := p.name, has[p.name]
		for _, other := range p.others {
			if !ok && has[other] {
				name, ok = other, true
			}
		}
		line := directory.CheckLine{Subject: p.name, Outcome: directory.CheckFine, Code: "tenantWide", Args: map[string]string{"permission": name}}
		if !ok {
			line.Outcome, line.Code = directory.CheckWarned, "notTenantWide"
		}
		lines = append(lines, line)
	}
	return lines, nil
}

func (d *Drivers) outlook(ctx context.Context, org organization.ID, id string) (outlook.Source, error) {
	_, c, err := d.client(ctx, org, id)
	if err != nil {
		return outlook.Source{}, fmt.Errorf("open calendars: %w", err)
	}
	o, _, err := d.Store.In(org).Organization(ctx)
	if err != nil {
		return outlook.Source{}, fmt.Errorf("open calendars: %w", err)
	}
	return outlook.Source{Client: c, Country: o.Settings.Country, Now: d.Now}, nil
}
