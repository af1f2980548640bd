package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/language"
)

// calendarCommand is about reading calendars.
type calendarCommand struct {
	List    calendarList    `cmd:"" default:"withargs" help:"List the connections whose calendars are read."`
	Connect calendarConnect `cmd:"" help:"Begin to read a connection's calendars, in test mode."`
	Health  calendarHealth  `cmd:"" help:"How reading goes, mailbox by mailbox, with the cure."`
	Check   calendarCheck   `cmd:"" help:"Try what may be read, and prove it on two mailboxes."`
	Live    calendarLive    `cmd:"" help:"Put all, a group or a person in service."`
	Test    calendarTest    `cmd:"" help:"Back into test mode: what was told is withdrawn."`
	Read    calendarRead    `cmd:"" help:"Have calendars read now."`
	Remove  calendarRemove  `cmd:"" help:"Stop reading a connection's calendars and forget what was read."`
}

type calendarList struct{ customer }

func (c *calendarList) Run(ctx context.Context, t *terminal) error {
	return c.in(ctx, t, func(s *session, o *client.Organization) error {
		all, err := o.Connections(ctx)
		if err != nil {
			return err
		}
		return show(s, all, func() { s.connections(all) })
	})
}

func (s *session) connections(all []client.Connection) {
	rows := s.table("cli.source", "cli.mode", "cli.mailboxes", "cli.oldest", "cli.checked")
	for _, c := range all {
		checked := "–"
		if c.Checked != nil {
			checked = c.Checked.Text
		}
		if c.Checked != nil && checked == "" {
			checked = s.date(c.Checked.At)
		}
		rows.row(c.Name, s.words.T("mode."+c.Mode), s.counts(c.Mailboxes), s.when(c.Oldest), checked)
	}
	rows.end()
}

// counts are mailboxes by health, those that are read first.
func (s *session) counts(all map[string]int64) string {
	var parts []string
	for _, state := range []string{"fine", "never", "throttled", "failed", "denied", "noMailbox", "onServer", "noSource"} {
		if n := all[state]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s: %s", s.words.T("health."+state), s.words.Number(int(n))))
		}
	}
	return strings.Join(parts, ", ")
}

// oneCalendar is embedded in commands about one connection's calendars.
type oneCalendar struct {
	customer
	Source string `arg:"" optional:"" help:"Id or name of the connection; not needed where there is only one."`
}

func (c oneCalendar) at(ctx context.Context, t *terminal, work func(*session, *client.Organization, client.Connection) error) error {
	return c.in(ctx, t, func(s *session, o *client.Organization) error {
		all, err := o.Connections(ctx)
		if err != nil {
			return err
		}
		one, err := choose(s, "cli.the.calendar", all, c.Source, func(c client.Connection) thing { return thing{c.Source, c.Name, c.Source} })
		if err != nil {
			return err
		}
		return work(s, o, one)
	})
}

type calendarConnect struct {
	oneSource
	Group string `help:"Object id of the group whose calendars are read; all linked people without it." placeholder:"ID"`
}

func (c *calendarConnect) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, func(s *session, o *client.Organization, from client.Source) error {
		made, err := o.AddConnection(ctx, client.NewConnection{Source: from.ID, Group: c.Group})
		if err != nil {
			return err
		}
		return show(s, made, func() {
			s.say("cli.calendar.connected", language.Text("name", made.Name))
			if made.Live.All || len(made.Live.Groups)+len(made.Live.People) > 0 {
				s.say("cli.calendar.mode", language.Text("name", made.Name), language.Text("mode", s.words.T("mode."+made.Mode)))
			} else {
				s.say("msg.testmode")
			}
		})
	})
}

type calendarHealth struct {
	customer
	State  string `help:"Only those in this state: never, fine, noMailbox, onServer, denied, throttled, failed or noSource." enum:",never,fine,noMailbox,onServer,denied,throttled,failed,noSource" default:""`
	Way    string `help:"Only those that an Exchange server lets be read in this way: impersonation, fullAccess, reviewer, details or times." enum:",impersonation,fullAccess,reviewer,details,times" default:""`
	Search string `help:"Part of a name or address." placeholder:"TEXT"`
}

func (c *calendarHealth) Run(ctx context.Context, t *terminal) error {
	return c.in(ctx, t, func(s *session, o *client.Organization) error {
		page, err := o.Mailboxes(ctx, client.MailboxQuery{State: c.State, Way: c.Way, Search: c.Search, Limit: firstChanges})
		if err != nil {
			return err
		}
		return show(s, page, func() { s.mailboxes(page) })
	})
}

func (s *session) mailboxes(page client.Mailboxes) {
	fmt.Fprintln(s.out, s.counts(page.Counts))
	if len(page.Items) == 0 {
		s.say("people.nothingFound")
		return
	}
	rows := s.table("cli.name", "cli.health", "cli.way", "cli.read", "cli.cure")
	for _, m := range page.Items {
		cure, way := "", "–"
		if m.Cure != nil {
			cure = m.Cure.Text
		}
		if m.Way != nil {
			if m.Way.Kind != "" {
				way = s.words.T("way." + m.Way.Kind)
			}
			if m.Health != string(calendar.Fine) || m.Way.Kind == string(calendar.Times) { // the rest stands with --json
				cure = strings.TrimSpace(cure + " " + m.Way.Better)
			}
		}
		rows.row(m.Name, s.words.T("health."+m.Health), way, s.when(m.Read), strings.TrimSpace(m.Sentence+" "+cure))
	}
	rows.end()
	if page.Next != "" {
		s.say("cli.people.more")
	}
}

type calendarCheck struct {
	oneCalendar
	Inside  string `help:"Address of somebody whose calendar is to be read." placeholder:"ADDRESS"`
	Outside string `help:"Address of somebody whose calendar is not." placeholder:"ADDRESS"`
}

func (c *calendarCheck) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, func(s *session, o *client.Organization, from client.Connection) error {
		check, err := o.CheckCalendar(ctx, from.Source, client.Proof{Inside: c.Inside, Outside: c.Outside})
		if err != nil {
			return err
		}
		if err := show(s, check, func() { s.calendarCheck(check) }); err != nil {
			return err
		}
		if !check.OK || c.Inside != "" && c.Outside != "" && !check.Proven {
			return errSaid
		}
		return nil
	})
}

func (s *session) calendarCheck(c client.CalendarCheck) {
	rows := s.table()
	for _, l := range c.Lines {
		rows.row(l.Subject, l.Text)
	}
	for _, p := range []*client.Probe{c.Inside, c.Outside} {
		if p != nil {
			rows.row(p.Address, strings.TrimSpace(s.words.T("health."+p.State)+". "+p.Sentence))
		}
	}
	rows.end()
	if c.Text != "" {
		fmt.Fprintln(s.out, c.Text)
	}
}

// inService is who is put in service, or taken out.
type inService struct {
	oneCalendar
	Group  string `help:"Object id of a group, instead of all." placeholder:"ID" xor:"who"`
	Person string `help:"Address, name or object id of a person, instead of all." placeholder:"PERSON" xor:"who"`
}

func (c inService) set(ctx context.Context, t *terminal, live bool) error {
	return c.at(ctx, t, func(s *session, o *client.Organization, from client.Connection) error {
		who := client.SetLive{All: c.Group == "" && c.Person == "", Group: c.Group, Live: live}
		if c.Person != "" {
			p, err := s.somebody(ctx, o, c.Person)
			if err != nil {
				return err
			}
			who.Person = p.ID
		}
		after, err := o.SetLive(ctx, from.Source, who)
		if err != nil {
			return err
		}
		return show(s, after, func() {
			s.say("cli.calendar.mode", language.Text("name", after.Name), language.Text("mode", s.words.T("mode."+after.Mode)))
		})
	})
}

type calendarLive struct{ inService }

func (c *calendarLive) Run(ctx context.Context, t *terminal) error { return c.set(ctx, t, true) }

type calendarTest struct{ inService }

func (c *calendarTest) Run(ctx context.Context, t *terminal) error { return c.set(ctx, t, false) }

type calendarRead struct {
	oneCalendar
	Person string `help:"Only this one: address, name or object id." placeholder:"PERSON"`
}

func (c *calendarRead) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, func(s *session, o *client.Organization, from client.Connection) error {
		if c.Person == "" {
			if err := o.ReadMailboxes(ctx, from.Source); err != nil {
				return err
			}
			return s.done("cli.calendar.reading")
		}
		p, err := s.somebody(ctx, o, c.Person)
		if err != nil {
			return err
		}
		if err := o.ReadMailbox(ctx, p.ID); err != nil {
			return err
		}
		return s.done("cli.calendar.reading")
	})
}

type calendarRemove struct{ oneCalendar }

func (c *calendarRemove) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, func(s *session, o *client.Organization, from client.Connection) error {
		if err := o.RemoveConnection(ctx, from.Source); err != nil {
			return err
		}
		return s.done("cli.calendar.removed", language.Text("name", from.Name))
	})
}

// rulesCommand is about what becomes what.
type rulesCommand struct {
	List rulesList `cmd:"" default:"withargs" help:"List the rules in the order in which they are tried."`
	Try  rulesTry  `cmd:"" help:"Say what other rules would change; nothing is changed."`
}

type rulesList struct{ customer }

func (c *rulesList) Run(ctx context.Context, t *terminal) error {
	return c.in(ctx, t, func(s *session, o *client.Organization) error {
		all, err := o.Calendar(ctx)
		if err != nil {
			return err
		}
		return show(s, all, func() { s.rules(all) })
	})
}

func (s *session) rules(c client.Calendar) {
	names := map[string]string{"": s.words.T("why.nothing")}
	for _, a := range c.Activities {
		names[a.Key] = a.Names[s.words.Tag()]
	}
	groups := map[string]string{}
	for _, g := range c.Settings.Groups {
		groups[g.ID] = g.Name
	}
	rows := s.table("cli.rule", "cli.activity", "cli.whose")
	each := func(rules []client.ActivityRule, whose string) {
		for _, r := range rules {
			if !r.Off {
				rows.row(s.ruleName(r, cmp.Or(groups[r.If.Group], r.If.Group)), names[r.Then], whose)
			}
		}
	}
	for _, g := range c.Settings.Groups {
		each(g.Rules, g.Name)
	}
	each(c.Settings.Rules, s.words.T("whose.organization"))
	each(c.Preset, s.words.T("whose.preset"))
	rows.end()
}

// ruleName is what a rule is called, or what it asks; group is what the group is
// called that it asks for.
func (s *session) ruleName(r client.ActivityRule, group string) string {
	if r.Name != "" {
		return r.Name
	}
	asked := language.Condition(r.If)
	asked.Group = group
	return s.words.Condition(asked)
}

type rulesTry struct {
	customer
	File   string `arg:"" optional:"" help:"File of the settings to try, as rules list --json writes them under settings; - is standard input."`
	Preset string `help:"Try this ready list instead: status, prefix, both or none." enum:",status,prefix,both,none" default:""`
}

func (c *rulesTry) Run(ctx context.Context, t *terminal) error {
	return c.in(ctx, t, func(s *session, o *client.Organization) error {
		have, err := o.Calendar(ctx)
		if err != nil {
			return err
		}
		settings := have.Settings
		if c.File != "" {
			settings = client.CalendarSettings{}
			if err := readJSON(t, c.File, &settings); err != nil {
				return err
			}
		}
		if c.Preset != "" {
			settings.Preset = c.Preset
		}
		trial, err := o.TryCalendar(ctx, client.Trying{Settings: settings})
		if err != nil {
			return err
		}
		return show(s, trial, func() { s.trial(trial) })
	})
}

func (s *session) trial(t client.Trial) {
	s.say("cli.rules.tried", language.Count("n", t.Differ), language.Text("minutes", s.words.Number(t.Minutes)),
		language.Text("from", s.date(t.From)), language.Text("to", s.date(t.To)), language.Text("same", s.words.Number(t.Same)))
	if len(t.Unread) > 0 {
		s.say("cli.rules.unread", language.Count("n", t.Reread), language.Text("words", s.words.List(t.Unread)))
	}
	rows := s.table("cli.name", "cli.from", "cli.to", "cli.before", "cli.after")
	for _, p := range t.People {
		for i, d := range p.Differences {
			name := p.Name
			if i > 0 {
				name = ""
			}
			rows.row(name, s.when(d.From), s.when(d.To), d.Before.Names[s.words.Tag()], d.After.Names[s.words.Tag()])
		}
	}
	rows.end()
}
