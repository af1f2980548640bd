package desk

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/setup"
	"github.com/telefonist/telefonist/store"
)

func (v *Visit) calendarConnections(ctx context.Context) ([]CalendarConnection, error) {
	all, err := v.store().Connections(ctx)
	if err != nil {
		return nil, step("list calendar connections", err)
	}
	counts, err := v.store().MailboxCounts(ctx)
	if err != nil {
		return nil, step("count mailboxes", err)
	}
	out := make([]CalendarConnection, len(all))
	for i, c := range all {
		if out[i], err = v.calendarConnectionOf(ctx, c, counts); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (v *Visit) calendarConnection(ctx context.Context, source string) (CalendarConnection, error) {
	c, err := v.store().Connection(ctx, source)
	if err != nil {
		return CalendarConnection{}, answer(err, "read calendar connection")
	}
	counts, err := v.store().MailboxCounts(ctx)
	if err != nil {
		return CalendarConnection{}, step("count mailboxes", err)
	}
	return v.calendarConnectionOf(ctx, c, counts)
}

func (v *Visit) calendarConnectionOf(ctx context.Context, c store.ConnectionState, counts []store.MailboxCount) (CalendarConnection, error) {
	out := CalendarConnection{Connection: c.Connection, Generation: c.Generation, Created: c.Created, Mailboxes: map[calendar.State]int64{}, Ways: map[calendar.WayKind]int64{}}
	if c.ThrottledUntil.After(v.desk.Now()) {
		out.Throttled = c.ThrottledUntil
	}
	unread := false
	for _, n := range counts {
		if n.Source != c.Source {
			continue
		}
		out.Mailboxes[n.Health] += n.Mailboxes
		for way, some := range n.Ways {
			out.Ways[way] += some
		}
		switch {
		case n.Health != calendar.Fine:
		case n.Oldest.IsZero():
			unread = true
		case out.Oldest.IsZero() || n.Oldest.Before(out.Oldest):
			out.Oldest = n.Oldest
		}
	}
	if unread {
		out.Oldest = time.Time{}
	}
	if c.Permissions != "" {
		out.Checked = new(CalendarCheck)
		if err := json.Unmarshal([]byte(c.Permissions), out.Checked); err != nil {
			return out, step("read last check", err)
		}
	}
	source, err := v.store().Source(ctx, c.Source)
	if err != nil {
		return out, answer(err, "read source")
	}
	out.SourceName, out.Server = source.Name, source.Kind == organization.Exchange
	return out, nil
}

func (v *Visit) addCalendarConnection(ctx context.Context, source, group string) (CalendarConnection, error) {
	var bad faults
	bad.when(source == "", "source", "required")
	if err := v.checkGroups(ctx, &bad, map[string]string{"group": group}); err != nil {
		return CalendarConnection{}, err
	}
	if err := bad.err(); err != nil {
		return CalendarConnection{}, err
	}
	s, err := v.store().Source(ctx, source)
	if errors.Is(err, store.ErrNotFound) {
		return CalendarConnection{}, invalid("source", "option")
	} else if err != nil {
		return CalendarConnection{}, step("read source", err)
	}
	c := organization.Connection{Source: source, Group: group}
	var detail map[string]string
	if s.Directory() {
		if c.Live, err = v.servedBefore(ctx); err != nil {
			return CalendarConnection{}, err
		}
	}
	if !c.Live.Test() {
		detail = map[string]string{"live": yes(true)}
	}
	if err := v.write(ctx, "calendar.add", source, detail, func(o store.Org) error { return o.PutConnection(ctx, c, 0) }); err != nil {
		return CalendarConnection{}, err
	}
	return v.calendarConnection(ctx, source)
}

// servedBefore is whom the Exchange servers' connections have put in service: people
// of the register and of a directory, whom that directory's own connection takes over.
// An entry that is linked later is known by it as the entry that it was.
func (v *Visit) servedBefore(ctx context.Context) (organization.Live, error) {
	all, err := v.store().Connections(ctx)
	if err != nil {
		return organization.Live{}, step("list calendar connections", err)
	}
	readers, err := v.readers(ctx)
	if err != nil {
		return organization.Live{}, err
	}
	var live organization.Live
	for _, c := range all {
		if readers[c.Source].Kind != organization.Exchange {
			continue
		}
		live.All = live.All || c.Live.All
		live.Groups = append(live.Groups, c.Live.Groups...)
		live.People = append(live.People, c.Live.People...)
	}
	for _, list := range []*[]string{&live.Groups, &live.People} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return live, nil
}

func (v *Visit) saveCalendarConnection(ctx context.Context, source, group string, off bool, generation int64) (CalendarConnection, error) {
	var bad faults
	if err := v.checkGroups(ctx, &bad, map[string]string{"group": group}); err != nil {
		return CalendarConnection{}, err
	}
	if err := bad.err(); err != nil {
		return CalendarConnection{}, err
	}
	detail := map[string]string{"off": yes(off), "group": group}
	return v.changeConnection(ctx, source, generation, "calendar.save", detail, func(c *organization.Connection) error {
		c.Group, c.Off = group, off
		return nil
	})
}

// changeConnection writes a connection's settings; generation 0 is whichever it is.
func (v *Visit) changeConnection(ctx context.Context, source string, generation int64, verb string, detail map[string]string, change func(*organization.Connection) error) (CalendarConnection, error) {
	have, err := v.store().Connection(ctx, source)
	if err != nil {
		return CalendarConnection{}, answer(err, "read calendar connection")
	}
	if generation == 0 {
		generation = have.Generation
	}
	c := have.Connection
	if err := change(&c); err != nil {
		return CalendarConnection{}, err
	}
	if err := v.write(ctx, verb, source, detail, func(o store.Org) error { return o.PutConnection(ctx, c, generation) }); err != nil {
		return CalendarConnection{}, err
	}
	return v.calendarConnection(ctx, source)
}

func yes(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

func (v *Visit) removeCalendarConnection(ctx context.Context, source string) error {
	if err := v.store().DeleteConnection(ctx, source); err != nil {
		return answer(err, "remove calendar connection")
	}
	return v.audit(ctx, "calendar.remove", source, nil)
}

// errSame says that there was nothing to change.
var errSame = errors.New("nothing to change")

func (v *Visit) setLive(ctx context.Context, source string, who Who, live bool) (CalendarConnection, error) {
	if err := v.checkWho(ctx, source, who); err != nil {
		return CalendarConnection{}, err
	}
	verb := "calendar.test"
	if live {
		verb = "calendar.live"
	}
	detail := map[string]string{"all": yes(who.All)}
	for name, value := range map[string]string{"group": who.Group, "person": who.Person} {
		if value != "" {
			detail[name] = value
		}
	}
	c, err := v.changeConnection(ctx, source, 0, verb, detail, func(c *organization.Connection) error {
		l := &c.Live
		before := *l
		l.Groups, l.People = slices.Clone(l.Groups), slices.Clone(l.People)
		switch {
		case who.All && live:
			l.All = true
		case who.All: // back to test mode, all of it
			*l = organization.Live{}
		case who.Group != "":
			l.Groups = with(l.Groups, who.Group, live)
		default:
			l.People = with(l.People, who.Person, live)
		}
		if l.All == before.All && slices.Equal(l.Groups, before.Groups) && slices.Equal(l.People, before.People) {
			return errSame
		}
		if len(l.People) > maxLivePeople {
			return invalid("person", "tooMany")
		}
		return nil
	})
	if errors.Is(err, errSame) {
		return v.calendarConnection(ctx, source)
	}
	return c, err
}

func (v *Visit) checkWho(ctx context.Context, source string, who Who) error {
	var bad faults
	chosen := 0
	for _, one := range []bool{who.All, who.Group != "", who.Person != ""} {
		if one {
			chosen++
		}
	}
	bad.when(chosen != 1, "who", "required")
	if err := v.checkGroups(ctx, &bad, map[string]string{"group": who.Group}); err != nil {
		return err
	}
	if err := bad.err(); err != nil || who.Person == "" {
		return err
	}
	m, err := v.store().Mailbox(ctx, who.Person)
	if err != nil {
		return answer(err, "read mailbox")
	}
	if m.Home == source {
		return nil
	}
	// Of whom her home's own connection speaks, no other does.
	switch _, err := v.store().Connection(ctx, m.Home); {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return answer(err, "read calendar connection")
	}
	return ErrNotFound
}

// with is all with one in it or not.
func with(all []string, one string, in bool) []string {
	all = slices.DeleteFunc(all, func(s string) bool { return s == one })
	if in {
		all = append(all, one)
	}
	return all
}

func (v *Visit) checkCalendar(ctx context.Context, source string, p Proof) (CalendarCheck, error) {
	var bad faults
	if p.Inside = strings.TrimSpace(p.Inside); p.Inside != "" {
		p.Inside = bad.email("inside", p.Inside)
	}
	if p.Outside = strings.TrimSpace(p.Outside); p.Outside != "" {
		p.Outside = bad.email("outside", p.Outside)
	}
	if err := bad.err(); err != nil {
		return CalendarCheck{}, err
	}
	have, err := v.calendarConnection(ctx, source)
	if err != nil {
		return CalendarCheck{}, err
	}
	if v.desk.CheckCalendar == nil || v.desk.Probe == nil {
		return CalendarCheck{}, ErrNotOffered
	}
	check := CalendarCheck{At: v.desk.Now()}
	if check.Lines, err = v.desk.CheckCalendar(ctx, v.org, source); err != nil {
		var trouble *directory.Trouble
		if !errors.As(err, &trouble) {
			return CalendarCheck{}, answer(err, "check calendar")
		}
		check.Lines = []directory.CheckLine{{Subject: "signin", Outcome: directory.CheckFailed, Code: trouble.Code, Args: trouble.Args}}
	}
	if p == (Proof{}) && have.Checked != nil { // what was proven stays until it is proven again
		check.Inside, check.Outside = have.Checked.Inside, have.Checked.Outside
	}
	if p.Inside != "" {
		check.Inside = v.probe(ctx, source, p.Inside)
	}
	if p.Outside != "" {
		check.Outside = v.probe(ctx, source, p.Outside)
	}
	if err := ctx.Err(); err != nil {
		return CalendarCheck{}, err
	}
	text, err := json.Marshal(check)
	if err != nil {
		return CalendarCheck{}, step("keep check", err)
	}
	return check, v.write(ctx, "calendar.check", source, nil, func(o store.Org) error { return o.SetPermissions(ctx, source, string(text)) })
}

func (v *Visit) probe(ctx context.Context, source, address string) *Probe {
	h := v.desk.Probe(ctx, v.org, source, address)
	return &Probe{Address: address, State: h.State, Sentence: h.Sentence}
}

func (v *Visit) calendarScript(ctx context.Context, source, group string, settings bool, p Proof) (string, error) {
	s, err := v.source(ctx, source)
	if err != nil {
		return "", err
	}
	if !s.Directory() {
		return "", invalid("source", "noDirectory")
	}
	m := setup.Mailboxes{
		Tenant: s.Settings["tenant"], Cloud: s.Settings["cloud"], Client: s.Settings["client"], Group: strings.TrimSpace(group),
		Settings: settings, Inside: strings.TrimSpace(p.Inside), Outside: strings.TrimSpace(p.Outside),
	}
	if m.Group == "" {
		return "", invalid("group", "required")
	}
	text, err := m.PowerShell()
	if errors.Is(err, setup.ErrCloud) {
		return "", invalid("group", "scriptCloud")
	}
	if err != nil {
		return "", invalid("group", "script") // setup says which in a programmer's words
	}
	return text, nil
}
