package main

import (
	"context"
	"io"
	"os"
	"strconv"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/language"
)

// organizationCommand is about customers.
type organizationCommand struct {
	Add    organizationAdd    `cmd:"" help:"Make a customer."`
	List   organizationList   `cmd:"" help:"List the customers, the worst first."`
	Show   organizationShow   `cmd:"" help:"Show a customer's settings and how it stands."`
	Put    organizationPut    `cmd:"" help:"Make the customer with a number what is said here, whether it is there or not."`
	Export organizationExport `cmd:"" help:"Write a customer as JSON, without its secrets."`
	Import organizationImport `cmd:"" help:"Make a customer of an export."`
	Delete organizationDelete `cmd:"" help:"Erase a customer and everything that is kept of it."`
}

type organizationAdd struct {
	remote
	Name     string `arg:"" help:"The customer's name."`
	Number   string `help:"Your customer number."`
	Settings string `help:"File with settings as 'organization show --json' prints them; - is standard input." placeholder:"FILE"`
}

func (c *organizationAdd) Run(ctx context.Context, t *terminal) error {
	return c.with(t, func(s *session) error {
		n, err := newCustomer(t, c.Number, c.Name, c.Settings)
		if err != nil {
			return err
		}
		made, err := s.AddOrganization(ctx, n)
		if err != nil {
			return err
		}
		return show(s, made, func() {
			s.say("cli.organization.added", language.Text("name", made.Name), language.Text("id", made.ID))
		})
	})
}

func newCustomer(t *terminal, number, name, settings string) (client.NewCustomer, error) {
	n := client.NewCustomer{Number: number, Name: name}
	if settings == "" {
		return n, nil
	}
	n.Settings = &client.OrganizationSettings{}
	return n, readJSON(t, settings, n.Settings)
}

type organizationList struct {
	remote
	Search string `arg:"" optional:"" help:"Part of a name or number."`
}

func (c *organizationList) Run(ctx context.Context, t *terminal) error {
	return c.with(t, func(s *session) error {
		all, err := s.Organizations(ctx, c.Search)
		if err != nil {
			return err
		}
		return show(s, all, func() {
			rows := s.table("cli.number", "cli.name", "cli.waiting", "cli.failing", "cli.left", "cli.expiring", "cli.lastround")
			for _, o := range all {
				rows.row(o.Number, o.Name, count(o.Held+o.Waiting), count(o.Failing), count(o.Left), count(o.Expiring), s.when(o.LastRound))
			}
			rows.end()
		})
	})
}

// count is a number in a table; what is nothing does not catch the eye.
func count(n int64) string {
	if n == 0 {
		return "–"
	}
	return strconv.FormatInt(n, 10)
}

type organizationShow struct{ customer }

func (c *organizationShow) Run(ctx context.Context, t *terminal) error {
	return c.in(ctx, t, func(s *session, o *client.Organization) error {
		if s.json {
			found, err := o.Get(ctx)
			if err != nil {
				return err
			}
			return show(s, found, nil)
		}
		view, err := o.Overview(ctx)
		if err != nil {
			return err
		}
		s.overview(view)
		return nil
	})
}

func (s *session) overview(view client.Overview) {
	o := view.Organization
	facts := s.table()
	facts.row(s.words.T("cli.name"), o.Name)
	facts.row(s.words.T("cli.number"), o.Number)
	facts.row(s.words.T("cli.id"), o.ID)
	facts.row(s.words.T("cli.language"), o.Settings.Language)
	facts.row(s.words.T("cli.country"), o.Settings.Country)
	facts.end()
	s.sources(view.Sources)
	s.replicators(view.Replicators)
}

type organizationPut struct {
	remote
	Number   string `arg:"" help:"Your customer number."`
	Name     string `arg:"" help:"The customer's name."`
	Settings string `help:"File with settings as 'organization show --json' prints them; - is standard input." placeholder:"FILE"`
}

func (c *organizationPut) Run(ctx context.Context, t *terminal) error {
	return c.with(t, func(s *session) error {
		n, err := newCustomer(t, c.Number, c.Name, c.Settings)
		if err != nil {
			return err
		}
		made, err := s.PutOrganization(ctx, c.Number, n)
		if err != nil {
			return err
		}
		return show(s, made, func() { s.say("cli.organization.put", language.Text("name", made.Name), language.Text("id", made.ID)) })
	})
}

type organizationExport struct {
	customer
	File string `help:"Where to write; else standard output." placeholder:"FILE"`
}

func (c *organizationExport) Run(ctx context.Context, t *terminal) error {
	return c.in(ctx, t, func(_ *session, o *client.Organization) error {
		return t.save(c.File, func(w io.Writer) error { return o.Export(ctx, w) })
	})
}

// save writes to a file that only its owner reads, or to standard output.
func (t *terminal) save(path string, write func(io.Writer) error) error {
	if path == "" || path == "-" {
		return write(t.out)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

type organizationImport struct {
	remote
	File string `arg:"" help:"File that 'organization export' wrote; - is standard input."`
}

func (c *organizationImport) Run(ctx context.Context, t *terminal) error {
	return c.with(t, func(s *session) error {
		f, err := t.input(c.File)
		if err != nil {
			return err
		}
		defer f.Close()
		made, err := s.ImportOrganization(ctx, f)
		if err != nil {
			return err
		}
		return show(s, made, func() {
			s.say("cli.organization.imported", language.Text("name", made.Name), language.Text("id", made.ID))
		})
	})
}

type organizationDelete struct {
	customer
	Confirm string `help:"The customer's name, to confirm; else it is asked for." placeholder:"NAME"`
}

func (c *organizationDelete) Run(ctx context.Context, t *terminal) error {
	return c.in(ctx, t, func(s *session, o *client.Organization) error {
		found, err := o.Get(ctx)
		if err != nil {
			return err
		}
		name := language.Text("name", found.Name)
		if c.Confirm == "" {
			if c.Confirm, err = s.ask(ctx, "cli.organization.confirm", name); err != nil {
				return err
			}
		}
		if err := o.Delete(ctx, c.Confirm); err != nil {
			return err
		}
		return s.done("cli.organization.deleted", name)
	})
}
