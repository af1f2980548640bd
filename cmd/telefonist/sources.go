package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/language"
	"github.com/telefonist/telefonist/organization"
)

// sourceCommand is about connections to directories.
type sourceCommand struct {
	Add         sourceAdd         `cmd:"" help:"Make a connection to Microsoft Entra ID; give it a secret or a certificate afterwards."`
	AddExchange sourceAddExchange `cmd:"" help:"Make a connection to an Exchange server of your own; its account's password is read from standard input."`
	List        sourceList        `cmd:"" help:"List the connections."`
	Show        sourceShow        `cmd:"" help:"Show a connection, its credentials and its last check."`
	Secret      sourceSecret      `cmd:"" help:"Give a connection a client secret, read from standard input."`
	Password    sourcePassword    `cmd:"" help:"Give an Exchange server's account another password, read from standard input."`
	Certificate sourceCertificate `cmd:"" help:"Have a certificate made, or give one; the public part is printed."`
	Forget      sourceForget      `cmd:"" help:"Take a secret or certificate away."`
	Groups      sourceGroups      `cmd:"" help:"Search the directory's groups."`
	Delete      sourceDelete      `cmd:"" help:"Take a connection away."`
}

type sourceAdd struct {
	customer
	Name   string `arg:"" help:"What to call it."`
	Cloud  string `help:"Name of the cloud." default:"global"`
	Tenant string `help:"Tenant id or domain." required:""`
	Client string `help:"Application (client) id." required:""`
}

func (c *sourceAdd) Run(ctx context.Context, t *terminal) error {
	return c.in(ctx, t, func(s *session, o *client.Organization) error {
		settings := map[string]string{"cloud": c.Cloud, "tenant": c.Tenant, "client": c.Client}
		made, err := o.AddSource(ctx, client.NewSource{Name: c.Name, Kind: organization.Entra, Settings: settings})
		if err != nil {
			return err
		}
		return show(s, made, func() { s.say("cli.source.added", language.Text("name", made.Name)) })
	})
}

type sourceList struct{ customer }

func (c *sourceList) Run(ctx context.Context, t *terminal) error {
	return c.in(ctx, t, func(s *session, o *client.Organization) error {
		all, err := o.Sources(ctx)
		if err != nil {
			return err
		}
		return show(s, all, func() { s.sources(all) })
	})
}

func (s *session) sources(all []client.Source) {
	rows := s.table("cli.source", "cli.tenant", "cli.credentials", "cli.read", "cli.checked")
	for _, from := range all {
		checked := "–"
		if from.Checked != nil {
			checked = s.words.T("cli.check.fails")
			if from.Checked.OK {
				checked = s.words.T("cli.check.works")
			}
		}
		rows.row(from.Name, cmp.Or(from.Settings["tenant"], from.Settings["url"]), strconv.Itoa(len(from.Credentials)), s.when(from.Read), checked)
	}
	rows.end()
}

// oneSource is embedded in commands about one source.
type oneSource struct {
	customer
	Source string `arg:"" optional:"" help:"Id or name; not needed where there is only one."`
}

// at runs work for the chosen source.
func (c oneSource) at(ctx context.Context, t *terminal, work func(*session, *client.Organization, client.Source) error) error {
	return c.in(ctx, t, func(s *session, o *client.Organization) error {
		from, err := s.source(ctx, o, c.Source)
		if err != nil {
			return err
		}
		return work(s, o, from)
	})
}

func (s *session) source(ctx context.Context, o *client.Organization, ref string) (client.Source, error) {
	all, err := o.Sources(ctx)
	if err != nil {
		return client.Source{}, err
	}
	return choose(s, "cli.the.source", all, ref, func(c client.Source) thing { return thing{c.ID, c.Name, c.ID} })
}

type sourceShow struct{ oneSource }

// sourceFacts are the settings that are shown of a kind of source.
var sourceFacts = map[string][]string{
	organization.Entra:    {"cloud", "tenant", "client"},
	organization.Exchange: {"url", "user", "signin", "fingerprint", "oldTLS"},
}

func (c *sourceShow) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, func(s *session, _ *client.Organization, from client.Source) error {
		return show(s, from, func() {
			facts := s.table()
			facts.row(s.words.T("cli.name"), from.Name)
			facts.row(s.words.T("cli.id"), from.ID)
			for _, f := range sourceFacts[from.Kind] {
				facts.row(s.words.T("kind."+from.Kind+"."+f), from.Settings[f])
			}
			facts.row(s.words.T("cli.read"), s.when(from.Read))
			facts.end()
			rows := s.table("cli.credentials", "cli.hint", "cli.expires", "cli.id")
			for _, k := range from.Credentials {
				rows.row(s.words.T(credentialName(from.Kind, k.Kind)), k.Hint, s.date(k.Expires), k.ID)
			}
			rows.end()
		})
	})
}

type sourceSecret struct {
	oneSource
	Expires string `help:"Day on which it ends, as Entra says: 2027-11-20." placeholder:"DATE"`
}

func (c *sourceSecret) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, func(s *session, o *client.Organization, from client.Source) error {
		n := client.NewSecret{}
		var err error
		if c.Expires != "" {
			if n.Expires, err = time.Parse(time.DateOnly, c.Expires); err != nil {
				return s.failed("cli.date", language.Text("value", c.Expires))
			}
		}
		if n.Secret, err = s.readSecret(ctx, "credential.secret"); err != nil {
			return err
		}
		made, err := o.AddSecret(ctx, from.ID, n)
		if err != nil {
			return err
		}
		return show(s, made, func() { s.say("cli.secret.added", language.Text("name", from.Name)) })
	})
}

type sourceCertificate struct {
	oneSource
	File string `help:"PEM file with a certificate and its private key, instead of having one made; - is standard input." placeholder:"FILE"`
}

func (c *sourceCertificate) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, func(s *session, o *client.Organization, from client.Source) error {
		n := client.NewCertificate{}
		if c.File != "" {
			pem, err := readAll(t, c.File)
			if err != nil {
				return err
			}
			n.PEM = string(pem)
		}
		made, err := o.AddCertificate(ctx, from.ID, n)
		if err != nil {
			return err
		}
		return show(s, made, func() {
			fmt.Fprint(t.out, made.Certificate)
			fmt.Fprintln(t.err, s.words.T("cli.certificate.added", language.Text("name", from.Name)))
		})
	})
}

func readAll(t *terminal, path string) ([]byte, error) {
	f, err := t.input(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

type sourceForget struct {
	oneSource
	Credential string `help:"Id, as 'source show' prints it." required:""`
}

func (c *sourceForget) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, func(s *session, o *client.Organization, from client.Source) error {
		if err := o.DeleteCredential(ctx, from.ID, c.Credential); err != nil {
			return err
		}
		return s.done("cli.credential.deleted", language.Text("name", from.Name))
	})
}

type sourceGroups struct {
	oneSource
	Search string `help:"Beginning of a name, or an object id." placeholder:"TEXT"`
}

func (c *sourceGroups) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, func(s *session, o *client.Organization, from client.Source) error {
		all, err := o.Groups(ctx, from.ID, c.Search)
		if err != nil {
			return err
		}
		return show(s, all, func() {
			rows := s.table("cli.id", "cli.name", "cli.kind")
			for _, g := range all {
				rows.row(g.ID, g.Name, s.words.T("group."+g.Kind))
			}
			rows.end()
		})
	})
}

type sourceDelete struct{ oneSource }

func (c *sourceDelete) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, func(s *session, o *client.Organization, from client.Source) error {
		if err := o.DeleteSource(ctx, from.ID); err != nil {
			return err
		}
		return s.done("cli.source.deleted", language.Text("name", from.Name))
	})
}

// checkCommand tries a connection, or all of them.
type checkCommand struct {
	customer
	Source string `arg:"" optional:"" help:"Id or name; all connections without it."`
}

// checkedSource is what was found of one connection of several.
type checkedSource struct {
	Source string       `json:"source"`
	Name   string       `json:"name"`
	Check  client.Check `json:"check"`
}

// Run says of each thing tried whether it works, and else the cure. It fails where
// one of the connections would.
func (c *checkCommand) Run(ctx context.Context, t *terminal) error {
	return c.in(ctx, t, func(s *session, o *client.Organization) error {
		all, err := o.Sources(ctx)
		if err != nil {
			return err
		}
		if c.Source == "" && len(all) > 1 {
			return s.checkAll(ctx, o, all)
		}
		from, err := s.source(ctx, o, c.Source)
		if err != nil {
			return err
		}
		found, err := o.Check(ctx, from.ID)
		if err != nil {
			return err
		}
		if err := show(s, found, func() { s.checked(found) }); err != nil {
			return err
		}
		if !found.OK {
			return errSaid
		}
		return nil
	})
}

// checkAll tries one connection after the other, each under its name, to the last.
func (s *session) checkAll(ctx context.Context, o *client.Organization, all []client.Source) error {
	var failed []error // those that could not be tried, else what has been said
	fine := true
	found := make([]checkedSource, 0, len(all))
	for i, from := range all {
		if !s.json {
			fmt.Fprintf(s.out, "%s%s\n", strings.Repeat("\n", min(i, 1)), printable(from.Name))
		}
		check, err := o.Check(ctx, from.ID)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", printable(from.Name), err))
			continue
		}
		fine = fine && check.OK
		if found = append(found, checkedSource{from.ID, from.Name, check}); !s.json {
			s.checked(check)
		}
	}
	if s.json {
		if err := show(s, found, func() {}); err != nil {
			return err
		}
	}
	if len(failed) == 0 && !fine {
		return errSaid
	}
	return errors.Join(failed...)
}

func (s *session) checked(c client.Check) {
	rows := s.table()
	for _, line := range c.Lines {
		subject := line.Subject
		if key := "check." + subject; s.words.Has(key) {
			subject = s.words.T(key)
		}
		rows.row(s.words.T("check.outcome."+line.Outcome), subject, line.Text)
	}
	rows.end()
	if c.People >= 0 && c.OK {
		s.say("cli.check.counted", language.Text("tenant", c.Name), language.Text("domain", c.Domain),
			language.Text("people", s.words.T("people.count", language.Count("n", c.People))),
			language.Text("groups", s.words.T("groups.count", language.Count("n", max(c.Groups, 0)))))
	}
}
