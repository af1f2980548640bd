package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/language"
)

// explainCommand tells everything about one person.
type explainCommand struct {
	customer
	Person string `arg:"" help:"Address, name or object id."`
	At     string `help:"Why the activity was, or will be, what it is then: 10:15, or \"2026-11-23 10:15\"; now without it." placeholder:"TIME"`
}

// explained is both that there is to say of a person.
type explained struct {
	Activity  *client.Reasons      `json:"activity,omitempty"`  // where his calendar is read
	Directory []client.Explanation `json:"directory,omitempty"` // nothing of who stands in the register alone
}

// Run asks the directory now and compares, and says why the activity is what it is.
func (c *explainCommand) Run(ctx context.Context, t *terminal) error {
	return c.in(ctx, t, func(s *session, o *client.Organization) error {
		at := time.Time{}
		if c.At != "" {
			var err error
			if at, err = s.moment(c.At); err != nil {
				return err
			}
		}
		told, err := s.explained(ctx, o, c.Person, at)
		if err != nil {
			return err
		}
		return show(s, told, func() {
			if told.Activity != nil {
				s.reasons(*told.Activity)
			}
			for _, e := range told.Directory {
				s.explanation(e)
			}
		})
	})
}

// explained finds somebody in the directories, or else among those whose calendars
// are read and who stand in the register alone.
func (s *session) explained(ctx context.Context, o *client.Organization, ref string, at time.Time) (told explained, err error) {
	nobody := s.failed("cli.explain.nobody", language.Text("person", ref))
	told.Directory, err = o.Explain(ctx, ref)
	if err != nil && !client.IsStatus(err, 404) {
		return told, err
	}
	id := ref
	if len(told.Directory) > 0 {
		id = told.Directory[0].ID
	} else if found, err := o.FindPeople(ctx, ref); err != nil {
		return told, err
	} else if len(found) > 0 {
		one, err := choose(s, "cli.the.person", found, ref, func(p client.PersonName) thing { return thing{p.ID, p.Name, p.ID} })
		if len(found) == 1 {
			one, err = found[0], nil
		}
		if err != nil {
			return told, err
		}
		id = one.ID
	}
	why, err := o.Reasons(ctx, id, at)
	switch {
	case err == nil:
		told.Activity = &why
	case !client.IsStatus(err, 404):
		return told, err
	case len(told.Directory) == 0:
		return told, nobody
	}
	return told, nil
}

// reasons says why an activity is what it is.
func (s *session) reasons(r client.Reasons) {
	fmt.Fprintf(s.out, "%s: ", printable(r.Person.Name))
	if r.Span != nil {
		fmt.Fprintln(s.out, printable(r.Span.State.Text))
	} else {
		fmt.Fprintln(s.out, s.when(r.At))
	}
	fmt.Fprintln(s.out, "  "+printable(r.Text))
	if r.Span != nil {
		s.forwards(&r.Span.State)
	}
	if !r.Person.Live {
		fmt.Fprintln(s.out, "  "+s.words.T("msg.testmode"))
	}
	facts := s.table()
	if r.Rule != nil {
		facts.row("  "+s.words.T("cli.rule"), s.ruleName(r.Rule.ActivityRule, r.Rule.GroupName), s.words.T("whose."+r.Rule.Of))
	}
	for _, b := range r.Beaten {
		facts.row("  "+s.words.T("cli.beaten"), b.Names[s.words.Tag()], s.words.T("layer."+b.Layer))
	}
	if r.Health != "" {
		facts.row("  "+s.words.T("cli.health"), s.words.T("health."+r.Health), s.when(r.Read))
	}
	for _, t := range r.Told {
		name := t.Name
		if name == "" {
			name = s.words.T("cli.builtin")
		}
		answer := s.words.T("cli.toldlate", language.Text("time", s.when(t.At)), language.Text("late", s.words.Decimal(float64(t.LateMs)/1000, 1)))
		if t.Answer != nil {
			answer = t.Answer.Text
		}
		facts.row("  "+name, t.State.Text, answer)
	}
	facts.end()
	fmt.Fprintln(s.out)
}

func (s *session) explanation(e client.Explanation) {
	fmt.Fprintf(s.out, "%s (%s)\n", printable(e.Name), e.ID)
	facts := s.table()
	facts.row("  "+s.words.T("cli.replicator"), e.ReplicatorName)
	facts.row("  "+s.words.T("cli.directory"), s.inDirectory(e))
	facts.row("  "+s.words.T("cli.scope"), s.verdict(e))
	if key, ok := tabs[e.State]; ok {
		facts.row("  "+s.words.T("cli.state"), s.words.T(key))
	}
	if e.Link != nil && !e.Link.Linked.IsZero() {
		facts.row("  "+s.words.T("cli.linkedsince"), s.when(e.Link.Linked))
	}
	for _, g := range e.Suggestions {
		facts.row("  "+s.words.T("people.suggestions"), strings.TrimSpace(g.Name+" "+g.Extension), g.Reason.Text)
	}
	facts.end()
	fmt.Fprintln(s.out)
	s.fieldLines(e.Fields)
	s.directoryFields(e.Directory)
	for _, c := range e.History {
		if c.State == "done" || c.State == "failed" {
			s.change(c)
		}
	}
}

func (s *session) inDirectory(e client.Explanation) string {
	read := s.words.T("cli.explain.mirror")
	if e.ReadNow {
		read = s.words.T("cli.explain.now")
	}
	if e.Gone == "" {
		return read
	}
	gone := e.Gone
	if key := "standing." + e.Gone; s.words.Has(key) {
		gone = s.words.T(key)
	}
	return gone + ". " + read
}

// verdict says whether the person is in scope and, if not, why.
func (s *session) verdict(e client.Explanation) string {
	if e.InScope {
		return s.words.T("cli.explain.in")
	}
	facts := map[string]string{"group": e.Group}
	if e.Condition != nil {
		facts["field"], facts["operator"], facts["value"] = e.Condition.Field, e.Condition.Operator, e.Condition.Value
	}
	return s.words.Reason("standing.", e.Why, facts)
}

// fieldLines shows each mapped field from the directory to what was written.
func (s *session) fieldLines(fields []client.FieldLine) {
	rows := s.table("cli.field", "cli.from", "cli.raw", "cli.held", "cli.wanted", "cli.when")
	for _, f := range fields {
		wanted := s.value(f.Wanted)
		if f.Problem != nil {
			wanted = f.Problem.Text
		}
		from := f.From
		if key := "person." + f.From; s.words.Has(key) {
			from = s.words.T(key)
		}
		when := ""
		if f.When != "" {
			when = s.words.T("when." + f.When)
		}
		rows.row(s.field(f.Field), from, s.value(f.Raw), s.value(f.Held), wanted, when)
	}
	rows.end()
}

// directoryFields shows what else the directory says.
func (s *session) directoryFields(all map[string]string) {
	fmt.Fprintln(s.out)
	rows := s.table("cli.directory", "cli.value")
	for _, f := range slices.Sorted(maps.Keys(all)) {
		if key := "person." + f; s.words.Has(key) && all[f] != "" {
			rows.row(s.words.T(key), all[f])
		}
	}
	rows.end()
}
