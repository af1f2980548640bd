package main

import (
	"context"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/language"
	"github.com/telefonist/telefonist/organization"
)

type sourceAddExchange struct {
	customer
	Name        string `arg:"" help:"What to call it."`
	URL         string `help:"Address of its web services." name:"url" required:"" placeholder:"https://mail.company.example/EWS/Exchange.asmx"`
	User        string `help:"The account that reads: DOMAIN\\user, user@domain or user." required:"" placeholder:"USER"`
	CA          string `help:"File of your own authority's certificate, PEM." name:"ca" type:"existingfile" placeholder:"FILE"`
	Fingerprint string `help:"SHA-256 of the server's certificate, where nothing else vouches for it." placeholder:"HEX"`
	Signin      string `help:"Only this way of signing in; the best that the server offers without it." enum:",ntlm,basic" default:"" placeholder:"ntlm|basic"`
	OldTLS      bool   `help:"Allow TLS 1.0 and old suites: what is sent can then be read on the way." name:"old-tls"`
}

func (c *sourceAddExchange) Run(ctx context.Context, t *terminal) error {
	return c.in(ctx, t, func(s *session, o *client.Organization) error {
		n := client.NewSource{Name: c.Name, Kind: organization.Exchange, Settings: map[string]string{"url": c.URL, "user": c.User}}
		for key, value := range map[string]string{"fingerprint": c.Fingerprint, "signin": c.Signin} {
			if value != "" {
				n.Settings[key] = value
			}
		}
		if c.OldTLS {
			n.Settings["oldTLS"] = "yes"
		}
		if c.CA != "" {
			text, err := readText(t, c.CA)
			if err != nil {
				return err
			}
			n.Settings["ca"] = text
		}
		password, err := s.readSecret(ctx, "cli.password")
		if err != nil {
			return err
		}
		n.Password = &password
		made, err := o.AddSource(ctx, n)
		if err != nil {
			return err
		}
		return show(s, made, func() {
			s.say("cli.exchange.added", language.Text("name", made.Name))
		})
	})
}

type sourcePassword struct{ oneSource }

func (c *sourcePassword) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, func(s *session, o *client.Organization, from client.Source) error {
		if from.Kind != organization.Exchange {
			return s.failed("cli.notExchange", language.Text("name", from.Name))
		}
		password, err := s.readSecret(ctx, "cli.password")
		if err != nil {
			return err
		}
		made, err := o.AddSecret(ctx, from.ID, client.NewSecret{Secret: password})
		if err != nil {
			return err
		}
		return show(s, made, func() { s.say("cli.password.changed", language.Text("name", from.Name)) })
	})
}

// credentialName is the string of what a source signs in with.
func credentialName(source, credential string) string {
	if source == organization.Exchange {
		return "credential.password"
	}
	return "credential." + credential
}
