package api

import (
	"context"
	"net/http"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/language"
	"github.com/telefonist/telefonist/organization"
)

type (
	newSource struct {
		InOrganization
		Body client.NewSource
	}
	saveSource struct {
		OneThing
		IfMatching
		Body client.NewSource
	}
	newSecret struct {
		OneThing
		Body client.NewSecret
	}
	newCertificate struct {
		OneThing
		Body client.NewCertificate
	}
	oneCredential struct {
		OneThing
		Credential string `path:"credential"`
	}
	scripting struct {
		OneThing
		Shell string `query:"shell" enum:"powershell,azure"`
	}
	groupSearch struct {
		OneThing
		Searching
	}
	counting struct {
		OneThing
		Body client.Scope
	}
	previewing struct {
		OneThing
		Body client.Settings
	}
)

var sources = []route{
	inside("GET", "/kinds", "SourceKinds", "List the kinds of source",
		func(ctx context.Context, v *desk.Visit, _ *InOrganization) (client.List[client.Kind], error) {
			all, err := v.SourceKinds(ctx)
			return listed(all, err, kind)
		}),
	inside("GET", "/sources", "Sources", "List the connections",
		func(ctx context.Context, v *desk.Visit, _ *InOrganization) (client.List[client.Source], error) {
			all, err := v.Sources(ctx)
			return listed(all, err, source)
		}),
	inside("POST", "/sources", "AddSource", "Make a connection",
		func(ctx context.Context, v *desk.Visit, in *newSource) (client.Source, error) {
			s, err := v.AddSource(ctx, desk.NewSource(in.Body))
			return source(s), err
		}),
	inside("GET", "/sources/{id}", "Source", "Read a connection",
		func(ctx context.Context, v *desk.Visit, in *OneThing) (client.Source, error) {
			s, err := v.Source(ctx, in.ID)
			return source(s), err
		}),
	inside("PUT", "/sources/{id}", "SaveSource", "Change a connection",
		func(ctx context.Context, v *desk.Visit, in *saveSource) (client.Source, error) {
			generation, err := in.generation()
			if err != nil {
				return client.Source{}, err
			}
			s, err := v.SaveSource(ctx, in.ID, desk.NewSource(in.Body), generation)
			return source(s), err
		}),
	done("DELETE", "/sources/{id}", "DeleteSource", "Take a connection away",
		func(ctx context.Context, v *desk.Visit, in *OneThing) error { return v.DeleteSource(ctx, in.ID) }),
	inside("POST", "/sources/{id}/secrets", "AddSecret", "Give a connection a client secret, or an Exchange server its account's password",
		func(ctx context.Context, v *desk.Visit, in *newSecret) (client.Credential, error) {
			c, err := v.AddSecret(ctx, in.ID, in.Body.Secret, in.Body.Expires)
			return credential(c), err
		}),
	inside("POST", "/sources/{id}/certificates", "AddCertificate", "Give a connection a certificate with its key, or, without one, have it made",
		func(ctx context.Context, v *desk.Visit, in *newCertificate) (client.Credential, error) {
			if in.Body.PEM == "" {
				c, err := v.MakeCertificate(ctx, in.ID)
				return credential(c), err
			}
			c, err := v.AddCertificate(ctx, in.ID, in.Body.PEM)
			return credential(c), err
		}),
	done("DELETE", "/sources/{id}/credentials/{credential}", "DeleteCredential", "Take a credential away",
		func(ctx context.Context, v *desk.Visit, in *oneCredential) error {
			return v.DeleteCredential(ctx, in.ID, in.Credential)
		}),
	inside("POST", "/sources/{id}/check", "Check", "Try a connection: token, each permission, people and groups",
		func(ctx context.Context, v *desk.Visit, in *OneThing) (client.Check, error) {
			r, err := v.Check(ctx, in.ID)
			return checked(r, callOf(ctx).printer), err
		}),
	inside("GET", "/sources/{id}/steps", "Steps", "Tell the steps by hand",
		func(ctx context.Context, v *desk.Visit, in *OneThing) (client.List[client.Step], error) {
			all, err := v.Steps(ctx, in.ID)
			return listed(all, err, stepIn(callOf(ctx).printer))
		}),
	exported("/sources/{id}/script", "Script", "Write the script that does the steps",
		func(ctx context.Context, v *desk.Visit, in *scripting, f *file) error {
			text, err := v.Script(ctx, in.ID, desk.Shell(in.Shell))
			if err != nil {
				return err
			}
			f.name, f.mime = "telefonist.sh", "text/plain; charset=utf-8"
			if desk.Shell(in.Shell) == desk.PowerShell {
				f.name = "telefonist.ps1"
			}
			_, err = f.Write([]byte(text))
			return err
		}),
	inside("GET", "/sources/{id}/groups", "Groups", "Search a directory's groups by name, or find one by object id",
		func(ctx context.Context, v *desk.Visit, in *groupSearch) (client.List[client.Group], error) {
			all, err := v.Groups(ctx, in.ID, in.Search)
			return listed(all, err, func(g directory.Group) client.Group {
				return client.Group{ID: g.ID, Name: g.Name, Kind: string(g.Kind)}
			})
		}),
	inside("POST", "/sources/{id}/count", "Count", "Ask a directory how many people a scope has",
		func(ctx context.Context, v *desk.Visit, in *counting) (client.Count, error) {
			scope, err := translated[directory.Scope](in.Body)
			if err != nil {
				return client.Count{}, err
			}
			n, err := v.Count(ctx, in.ID, scope)
			return client.Count{Count: n}, err
		}),
	inside("POST", "/sources/{id}/preview", "Preview", "Say whom settings would take; nothing is changed",
		func(ctx context.Context, v *desk.Visit, in *previewing) (client.Preview, error) {
			settings, err := translated[directory.Settings](in.Body)
			if err != nil {
				return client.Preview{}, err
			}
			p, err := v.Preview(ctx, in.ID, settings)
			return preview(p, callOf(ctx).printer), err
		}),
}

func source(s desk.SourceState) client.Source {
	w := client.Source{
		ID: s.ID, Name: s.Name, Kind: s.Kind, Settings: s.Settings, Tenant: s.Tenant, Created: s.Created, Read: s.ReadAt,
		Credentials: each(s.Credentials, credential), Generation: s.Generation,
	}
	if s.Checked != nil {
		c := checked(*s.Checked, language.For(language.English))
		w.Checked = &c
	}
	return w
}

func credential(c organization.Credential) client.Credential {
	return client.Credential{
		ID: c.ID, Kind: string(c.Kind), Hint: c.Hint, Certificate: c.PublicPEM, Expires: c.Expires, ExpiryRead: c.ExpiryRead,
		Created: c.Created,
	}
}

func kind(k organization.Kind) client.Kind {
	return client.Kind{Name: k.Name, Fields: each(k.Fields, func(f organization.Field) client.KindField {
		return client.KindField{Name: f.Name, Required: f.Required, Options: f.Options}
	})}
}

func checked(r desk.CheckResult, p *language.Printer) client.Check {
	return client.Check{
		At: r.At, OK: r.OK(), People: r.People, Groups: r.Groups, Tenant: r.Tenant, Name: r.Name, Domain: r.Domain,
		SecretExpires: r.SecretExpires, GroupScope: r.GroupScope, MailboxKinds: r.MailboxKinds,
		Lines: each(r.Lines, func(l directory.CheckLine) client.CheckLine {
			return client.CheckLine{
				Subject: l.Subject, Outcome: string(l.Outcome), Code: l.Code, Args: l.Args, Text: p.Reason("check.", l.Code, l.Args),
			}
		}),
	}
}

func stepIn(p *language.Printer) func(desk.Step) client.Step {
	return func(s desk.Step) client.Step {
		return client.Step{Key: s.Key, Text: p.T(s.Key, language.Facts(s.Facts)...), Copy: s.Copy, Link: s.Link}
	}
}

func preview(p desk.Preview, words *language.Printer) client.Preview {
	out := map[string]int{}
	for why, n := range p.Out {
		out[string(why)] = n
	}
	return client.Preview{
		Read: p.Read, In: p.In, Out: out, Problems: p.Problems, SharedNumbers: p.SharedNumbers,
		Sample: each(p.Sample, func(s desk.PreviewPerson) client.PreviewPerson {
			return client.PreviewPerson{
				ID: s.Person.ID, Name: s.Person.Name(), Wanted: values(s.Wanted), Problems: each(s.Problems, reasonIn(words, "problem.")),
			}
		}),
	}
}

type (
	newExchangeScript struct {
		InOrganization
		Body client.NewExchangeScript
	}
	newConnectLink struct {
		InOrganization
		Body client.NewConnectLink
	}
	connectValues struct {
		InOrganization
		Body client.ConnectValues
	}
)

var connecting = []route{
	inside("POST", "/exchange-script", "ExchangeScript", "Write the PowerShell that makes the account on an Exchange server; nothing is changed",
		func(ctx context.Context, v *desk.Visit, in *newExchangeScript) (client.ExchangeScript, error) {
			b := in.Body
			script, steps, err := v.ExchangeScript(ctx, desk.ExchangeSetup{
				Version: b.Version, Right: desk.ExchangeRight(b.Right), Account: b.Account, Principal: b.Principal, Group: b.Group,
				Unit: b.Unit, Database: b.Database,
			})
			return client.ExchangeScript{File: desk.ExchangeFile, Script: script, Steps: each(steps, stepIn(callOf(ctx).printer))}, err
		}),
	inside("GET", "/connect-links", "ConnectLinks", "List the links given to colleagues",
		func(ctx context.Context, v *desk.Visit, _ *InOrganization) (client.List[client.ConnectLink], error) {
			all, err := v.ConnectLinks(ctx)
			return listed(all, err, connectLink)
		}),
	inside(http.MethodPost, "/connect-links", "AddConnectLink", "Make a one-time link for a colleague; its address is told once",
		func(ctx context.Context, v *desk.Visit, in *newConnectLink) (client.ConnectLink, error) {
			url, l, err := v.AddConnectLink(ctx, desk.NewConnectLink(in.Body))
			w := connectLink(l)
			w.URL = url
			return w, err
		}),
	done("DELETE", "/connect-links/{id}", "RevokeConnectLink", "Make a link worthless",
		func(ctx context.Context, v *desk.Visit, in *OneThing) error { return v.RevokeConnectLink(ctx, in.ID) }),
	inside("GET", "/connect", "Connecting", "What a link is for; the link's text is the token",
		func(ctx context.Context, v *desk.Visit, _ *InOrganization) (client.Connecting, error) {
			c, err := v.Connecting(ctx)
			return client.Connecting{Organization: c.Organization, By: c.By, Expires: c.Expires, Kinds: each(c.Kinds, kind)}, err
		}),
	inside("POST", "/connect", "Connect", "Give the values of a link; they are checked at once",
		func(ctx context.Context, v *desk.Visit, in *connectValues) (client.Check, error) {
			r, err := v.Connect(ctx, desk.ConnectValues(in.Body))
			return checked(r, callOf(ctx).printer), err
		}),
}

func connectLink(l desk.ConnectLink) client.ConnectLink {
	return client.ConnectLink{
		ID: l.ID, Source: l.Source, Colleague: l.Colleague, Language: l.Language, By: l.By, Created: l.Created,
		Expires: l.Expires, Used: l.Used, Revoked: l.Revoked,
	}
}
