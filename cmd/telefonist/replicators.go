package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/language"
)

// replicatorCommand is about directory syncs.
type replicatorCommand struct {
	Add    replicatorAdd    `cmd:"" help:"Make a directory sync; its first round waits for approval."`
	List   replicatorList   `cmd:"" help:"List the directory syncs, in the order in which they decide."`
	Show   replicatorShow   `cmd:"" help:"Show whom a directory sync takes, what it writes and when."`
	Set    replicatorSet    `cmd:"" help:"Change a directory sync; what is not given stays."`
	Pause  replicatorPause  `cmd:"" help:"Stop a directory sync; everything is kept."`
	Resume replicatorResume `cmd:"" help:"Start a directory sync again."`
	Delete replicatorDelete `cmd:"" help:"Take a directory sync away; its subscribers stay."`
}

type replicatorAdd struct {
	customer
	Name   string `arg:"" help:"What to call it."`
	Source string `help:"Id or name of the connection; not needed where there is only one."`
	settingsFlags
}

func (c *replicatorAdd) Run(ctx context.Context, t *terminal) error {
	return c.in(ctx, t, func(s *session, o *client.Organization) error {
		from, err := s.source(ctx, o, c.Source)
		if err != nil {
			return err
		}
		settings, schedule, err := c.fresh(ctx, s, o, from.ID)
		if err != nil {
			return err
		}
		made, err := o.AddReplicator(ctx, client.NewReplicator{Name: c.Name, Source: from.ID, Settings: settings, Schedule: schedule})
		if err != nil {
			return err
		}
		return show(s, made, func() { s.say("cli.replicator.added", language.Text("name", made.Name)) })
	})
}

type replicatorList struct{ customer }

func (c *replicatorList) Run(ctx context.Context, t *terminal) error {
	return c.in(ctx, t, func(s *session, o *client.Organization) error {
		all, err := o.Replicators(ctx)
		if err != nil {
			return err
		}
		return show(s, all, func() { s.replicators(all) })
	})
}

func (s *session) replicators(all []client.Replicator) {
	rows := s.table("cli.replicator", "cli.state", "cli.linked", "cli.offered", "cli.left", "cli.problems", "cli.next")
	for _, r := range all {
		rows.row(r.Name, s.standing(r), count(r.People["linked"]), count(r.People["offered"]), count(r.People["left"]),
			count(r.People["problems"]), s.when(r.Due))
	}
	rows.end()
}

// standing says how a directory sync stands, what needs a person first.
func (s *session) standing(r client.Replicator) string {
	switch {
	case r.Paused:
		return s.words.T("replicator.paused")
	case r.Open != nil:
		return s.words.T("round." + r.Open.State)
	case r.Failures > 0:
		return s.words.T("replicator.failing", language.Count("n", int(r.Failures)))
	case r.Last == nil:
		return s.words.T("replicator.notRun")
	}
	return s.words.T("replicator.fine")
}

// oneReplicator is embedded in commands about one directory sync.
type oneReplicator struct {
	customer
	Replicator string `arg:"" optional:"" help:"Id or name; not needed where there is only one."`
}

// at runs work for the chosen directory sync.
func (c oneReplicator) at(ctx context.Context, t *terminal, work func(*session, *client.Organization, client.Replicator) error) error {
	return c.in(ctx, t, func(s *session, o *client.Organization) error {
		r, err := s.replicator(ctx, o, c.Replicator)
		if err != nil {
			return err
		}
		return work(s, o, r)
	})
}

func (s *session) replicator(ctx context.Context, o *client.Organization, ref string) (client.Replicator, error) {
	all, err := o.Replicators(ctx)
	if err != nil {
		return client.Replicator{}, err
	}
	return choose(s, "cli.the.replicator", all, ref, func(r client.Replicator) thing { return thing{r.ID, r.Name, r.ID} })
}

type replicatorShow struct{ oneReplicator }

func (c *replicatorShow) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, func(s *session, _ *client.Organization, r client.Replicator) error {
		return show(s, r, func() { s.settings(r) })
	})
}

func (s *session) settings(r client.Replicator) {
	facts := s.table()
	facts.row(s.words.T("cli.name"), r.Name)
	facts.row(s.words.T("cli.id"), r.ID)
	facts.row(s.words.T("cli.state"), s.standing(r))
	facts.row(s.words.T("cli.schedule"), s.scheduled(r.Schedule))
	facts.row(s.words.T("cli.scope"), s.scoped(r.Settings.Scope))
	for _, c := range r.Settings.Scope.Conditions {
		facts.row("", strings.TrimSpace(s.words.T("person."+c.Field)+" "+s.words.T("operator."+c.Operator)+" "+c.Value))
	}
	facts.row(s.words.T("cli.new"), s.words.T("new."+r.Settings.New))
	facts.row(s.words.T("cli.extension"), s.extension(r.Settings.Extension))
	facts.row(s.words.T("cli.country"), r.Settings.Country)
	facts.row(s.words.T("cli.limits"), s.words.T("cli.limits.are",
		language.Text("left", limitText(r.Settings.Limits.Left)), language.Text("changed", limitText(r.Settings.Limits.Changed))))
	facts.end()
	rows := s.table("cli.from", "cli.to", "cli.when")
	for _, m := range r.Settings.Mapping {
		rows.row(s.words.T("person."+m.From), s.words.T("subscriber."+m.To), s.words.T("when."+m.When))
	}
	rows.end()
	people := s.table("cli.people", "cli.count")
	for _, state := range slices.Sorted(maps.Keys(r.People)) {
		people.row(s.words.T(tabs[state]), count(r.People[state]))
	}
	people.end()
}

func limitText(l client.Limit) string { return fmt.Sprintf("%d/%d%%", l.Count, l.Percent) }

func (s *session) scheduled(c client.Schedule) string {
	text := s.words.T("schedule." + c.Mode)
	if c.Mode == "byHand" {
		return text
	}
	return fmt.Sprintf("%s (%02d:%02d–%02d:%02d %s)", text, c.From/60, c.From%60, c.To/60, c.To%60, c.Zone)
}

func (s *session) scoped(c client.Scope) string {
	parts := []string{s.words.T("cli.scope.everybody")}
	if !c.Everybody {
		parts = []string{s.words.T("cli.scope.groups", language.Text("groups", strings.Join(c.Groups, ", ")))}
	}
	if len(c.Exclude) > 0 {
		parts = append(parts, s.words.T("cli.scope.without", language.Text("groups", strings.Join(c.Exclude, ", "))))
	}
	for _, kind := range c.LetIn {
		parts = append(parts, "+ "+s.words.T("kinds."+kind))
	}
	return strings.Join(parts, "; ")
}

func (s *session) extension(e client.ExtensionRule) string {
	text := s.words.T("extension.none")
	switch e.From {
	case "field":
		return s.words.T("extension.field") + ": " + s.words.T("person."+e.Field)
	case "number":
		return fmt.Sprintf("%s: %s, %d", s.words.T("extension.number"), s.words.T("person."+e.Field), e.Digits)
	case "nextFree":
		return fmt.Sprintf("%s, %d–", s.words.T("extension.nextFree"), e.Start)
	}
	return text
}

type replicatorSet struct {
	oneReplicator
	Name string `help:"Another name."`
	settingsFlags
}

func (c *replicatorSet) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, func(s *session, o *client.Organization, r client.Replicator) error {
		if err := c.over(ctx, s, o, r.Source, &r.Settings, &r.Schedule); err != nil {
			return err
		}
		n := client.NewReplicator{Name: r.Name, Settings: &r.Settings, Schedule: &r.Schedule}
		if c.Name != "" {
			n.Name = c.Name
		}
		saved, err := o.SaveReplicator(ctx, r.ID, n, r.Generation)
		if err != nil {
			return err
		}
		return show(s, saved, func() { s.say("replicators.saved") })
	})
}

type replicatorPause struct{ oneReplicator }

func (c *replicatorPause) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, func(s *session, o *client.Organization, r client.Replicator) error {
		if err := o.PauseReplicator(ctx, r.ID); err != nil {
			return err
		}
		return s.done("replicators.paused")
	})
}

type replicatorResume struct{ oneReplicator }

func (c *replicatorResume) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, func(s *session, o *client.Organization, r client.Replicator) error {
		if err := o.ResumeReplicator(ctx, r.ID); err != nil {
			return err
		}
		return s.done("replicators.resumed")
	})
}

type replicatorDelete struct{ oneReplicator }

func (c *replicatorDelete) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, func(s *session, o *client.Organization, r client.Replicator) error {
		if err := o.DeleteReplicator(ctx, r.ID); err != nil {
			return err
		}
		return s.done("replicators.deleted")
	})
}
