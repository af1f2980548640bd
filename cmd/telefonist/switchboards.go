package main

import (
	"context"
	"fmt"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/language"
)

// switchboardCommand is about the telephone systems that are told activities.
type switchboardCommand struct {
	List      switchboardList      `cmd:"" default:"withargs" help:"List the switchboards beside the built-in one."`
	Add       switchboardAdd       `cmd:"" help:"Add a SIP presence server; a password is read from standard input."`
	Password  switchboardPassword  `cmd:"" help:"Give a switchboard another password, read from standard input."`
	Check     switchboardCheck     `cmd:"" help:"Try whether it takes what it would be told."`
	Addresses switchboardAddresses `cmd:"" help:"List doubles and gaps among its addresses."`
	Pause     switchboardPause     `cmd:"" help:"Stop telling it."`
	Resume    switchboardResume    `cmd:"" help:"Go on telling it, what is true by then."`
	Delete    switchboardDelete    `cmd:"" help:"Withdraw what it was told and forget it."`
}

type switchboardList struct{ customer }

func (c *switchboardList) Run(ctx context.Context, t *terminal) error {
	return c.in(ctx, t, func(s *session, o *client.Organization) error {
		all, err := o.Switchboards(ctx)
		if err != nil {
			return err
		}
		return show(s, all, func() {
			rows := s.table("cli.name", "cli.server", "cli.told", "cli.refused", "cli.state", "cli.id")
			for _, b := range all {
				state := s.words.T("mode.live")
				if b.Paused {
					state = s.words.T("cli.paused")
				}
				rows.row(b.Name, b.Settings["transport"]+" "+b.Settings["server"], s.words.Number(int(b.Subscribers)), s.words.Number(int(b.Refused)), state, b.ID)
			}
			rows.end()
		})
	})
}

type switchboardAdd struct {
	customer
	Name        string `arg:"" help:"What to call it."`
	Host        string `help:"Host, with or without a port." required:"" placeholder:"HOST"`
	Transport   string `help:"tls, tcp or udp." enum:"tls,tcp,udp" default:"tls"`
	Address     string `help:"Template of people's addresses." required:"" placeholder:"sip:{extension}@HOST"`
	Username    string `help:"The service account's name; its password is then read." placeholder:"NAME"`
	Proxy       string `help:"An outbound proxy." placeholder:"HOST"`
	From        string `help:"The service account's own address, where the server wants to see it." placeholder:"ADDRESS"`
	Certificate string `help:"File of the authorities to believe in." type:"existingfile" placeholder:"FILE"`
}

func (c *switchboardAdd) Run(ctx context.Context, t *terminal) error {
	return c.in(ctx, t, func(s *session, o *client.Organization) error {
		n := client.NewSwitchboard{Name: c.Name, Kind: "presence", Settings: map[string]string{"server": c.Host, "transport": c.Transport, "address": c.Address}}
		for key, value := range map[string]string{"username": c.Username, "proxy": c.Proxy, "from": c.From} {
			if value != "" {
				n.Settings[key] = value
			}
		}
		if c.Certificate != "" {
			text, err := readText(t, c.Certificate)
			if err != nil {
				return err
			}
			n.Settings["ca"] = text
		}
		if c.Username != "" {
			password, err := s.readSecret(ctx, "cli.password")
			if err != nil {
				return err
			}
			n.Password = &password
		}
		made, err := o.AddSwitchboard(ctx, n)
		if err != nil {
			return err
		}
		return show(s, made, func() { s.say("cli.switchboard.added", language.Text("name", made.Name)) })
	})
}

// oneSwitchboard is embedded in commands about one switchboard.
type oneSwitchboard struct {
	customer
	Switchboard string `arg:"" optional:"" help:"Id or name; not needed where there is only one."`
}

func (c oneSwitchboard) at(ctx context.Context, t *terminal, work func(*session, *client.Organization, client.Switchboard) error) error {
	return c.in(ctx, t, func(s *session, o *client.Organization) error {
		all, err := o.Switchboards(ctx)
		if err != nil {
			return err
		}
		one, err := choose(s, "cli.the.switchboard", all, c.Switchboard, func(b client.Switchboard) thing { return thing{b.ID, b.Name, b.ID} })
		if err != nil {
			return err
		}
		return work(s, o, one)
	})
}

type switchboardPassword struct{ oneSwitchboard }

func (c *switchboardPassword) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, func(s *session, o *client.Organization, b client.Switchboard) error {
		password, err := s.readSecret(ctx, "cli.password")
		if err != nil {
			return err
		}
		after, err := o.SaveSwitchboard(ctx, b.ID, client.NewSwitchboard{Name: b.Name, Settings: b.Settings, Password: &password}, b.Generation)
		if err != nil {
			return err
		}
		return show(s, after, func() { s.say("cli.switchboard.saved", language.Text("name", after.Name)) })
	})
}

type switchboardCheck struct{ oneSwitchboard }

func (c *switchboardCheck) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, func(s *session, o *client.Organization, b client.Switchboard) error {
		check, err := o.CheckSwitchboard(ctx, b.ID)
		if err != nil {
			return err
		}
		if err := show(s, check, func() {
			if check.OK {
				s.say("cli.check.works")
			} else if check.Answer != nil {
				fmt.Fprintln(s.out, check.Answer.Text)
			}
		}); err != nil || check.OK {
			return err
		}
		return errSaid
	})
}

type switchboardAddresses struct{ oneSwitchboard }

func (c *switchboardAddresses) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, func(s *session, o *client.Organization, b client.Switchboard) error {
		all, err := o.SwitchboardAddresses(ctx, b.ID)
		if err != nil {
			return err
		}
		return show(s, all, func() {
			rows := s.table("cli.name", "subscriber.extension", "cli.address", "cli.why")
			for _, a := range all.Missing {
				why := ""
				if a.Reason != nil {
					why = a.Reason.Text
				}
				rows.row(a.Name, a.Extension, "–", why)
			}
			for _, same := range all.Doubles {
				for _, a := range same {
					rows.row(a.Name, a.Extension, a.Address, s.words.T("cli.address.double"))
				}
			}
			for _, a := range all.Sample {
				rows.row(a.Name, a.Extension, a.Address)
			}
			rows.end()
		})
	})
}

type switchboardPause struct{ oneSwitchboard }

func (c *switchboardPause) Run(ctx context.Context, t *terminal) error { return c.pause(ctx, t, true) }

type switchboardResume struct{ oneSwitchboard }

func (c *switchboardResume) Run(ctx context.Context, t *terminal) error {
	return c.pause(ctx, t, false)
}

func (c oneSwitchboard) pause(ctx context.Context, t *terminal, paused bool) error {
	return c.at(ctx, t, func(s *session, o *client.Organization, b client.Switchboard) error {
		after, err := o.PauseSwitchboard(ctx, b.ID, paused)
		if err != nil {
			return err
		}
		return show(s, after, func() { s.say("cli.switchboard.saved", language.Text("name", after.Name)) })
	})
}

type switchboardDelete struct{ oneSwitchboard }

func (c *switchboardDelete) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, func(s *session, o *client.Organization, b client.Switchboard) error {
		if err := o.DeleteSwitchboard(ctx, b.ID); err != nil {
			return err
		}
		return s.done("cli.switchboard.deleted", language.Text("name", b.Name))
	})
}
