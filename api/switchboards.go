package api

import (
	"context"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/desk"
)

type (
	newSwitchboard struct {
		InOrganization
		Body client.NewSwitchboard
	}
	saveSwitchboard struct {
		OneThing
		IfMatching
		Body client.NewSwitchboard
	}
	pausing struct {
		OneThing
		Body client.Pause
	}
)

var switchboards = []route{
	inside("GET", "/switchboard-kinds", "SwitchboardKinds", "List the kinds of switchboard and their settings",
		func(ctx context.Context, v *desk.Visit, _ *InOrganization) (client.List[client.Kind], error) {
			all, err := v.SwitchboardKinds(ctx)
			return listed(all, err, kind)
		}),
	inside("GET", "/switchboards", "Switchboards", "List the switchboards that are told activities, beside the built-in one",
		func(ctx context.Context, v *desk.Visit, _ *InOrganization) (client.List[client.Switchboard], error) {
			all, err := v.Switchboards(ctx)
			return listed(all, err, switchboard)
		}),
	inside("POST", "/switchboards", "AddSwitchboard", "Add a switchboard; its password goes in and never comes out",
		func(ctx context.Context, v *desk.Visit, in *newSwitchboard) (client.Switchboard, error) {
			s, err := v.AddSwitchboard(ctx, newSwitchboardOf(in.Body))
			return switchboard(s), err
		}),
	inside("GET", "/switchboards/{id}", "Switchboard", "Read a switchboard",
		func(ctx context.Context, v *desk.Visit, in *OneThing) (client.Switchboard, error) {
			s, err := v.Switchboard(ctx, in.ID)
			return switchboard(s), err
		}),
	inside("PUT", "/switchboards/{id}", "SaveSwitchboard", "Change a switchboard; a password that is not given stays",
		func(ctx context.Context, v *desk.Visit, in *saveSwitchboard) (client.Switchboard, error) {
			generation, err := in.generation()
			if err != nil {
				return client.Switchboard{}, err
			}
			s, err := v.SaveSwitchboard(ctx, in.ID, newSwitchboardOf(in.Body), generation)
			return switchboard(s), err
		}),
	inside("POST", "/switchboards/{id}/pause", "PauseSwitchboard", "Stop telling a switchboard, or go on",
		func(ctx context.Context, v *desk.Visit, in *pausing) (client.Switchboard, error) {
			s, err := v.PauseSwitchboard(ctx, in.ID, in.Body.Paused)
			return switchboard(s), err
		}),
	done("DELETE", "/switchboards/{id}", "DeleteSwitchboard", "Withdraw what a switchboard was told and forget it",
		func(ctx context.Context, v *desk.Visit, in *OneThing) error { return v.DeleteSwitchboard(ctx, in.ID) }),
	inside("POST", "/switchboards/{id}/check", "CheckSwitchboard", "Try whether a switchboard takes what it would be told",
		func(ctx context.Context, v *desk.Visit, in *OneThing) (client.SwitchboardCheck, error) {
			ok, why, err := v.CheckSwitchboard(ctx, in.ID)
			return client.SwitchboardCheck{OK: ok, Answer: reasonOrNone(callOf(ctx).printer, "telling.", why)}, err
		}),
	inside("GET", "/switchboards/{id}/addresses", "SwitchboardAddresses", "List doubles and gaps among a switchboard's addresses",
		func(ctx context.Context, v *desk.Visit, in *OneThing) (client.Addresses, error) {
			a, err := v.SwitchboardAddresses(ctx, in.ID)
			one := addressed(ctx)
			return client.Addresses{
				Total: a.Total, Sample: each(a.Sample, one), Missing: each(a.Missing, one),
				Doubles: each(a.Doubles, func(all []desk.Addressed) []client.Addressed { return each(all, one) }),
			}, err
		}),
}

func newSwitchboardOf(n client.NewSwitchboard) desk.NewSwitchboard {
	return desk.NewSwitchboard{Name: n.Name, Kind: n.Kind, Settings: n.Settings, Register: n.Register, Password: n.Password}
}

func switchboard(s desk.SwitchboardState) client.Switchboard {
	return client.Switchboard{
		ID: s.ID, Name: s.Name, Kind: s.Kind, Settings: s.Settings, Register: s.Register, Paused: s.Paused, Hint: s.Hint,
		Subscribers: s.Subscribers, Refused: s.Refused, Created: s.Created, Generation: s.Generation,
	}
}

func addressed(ctx context.Context) func(desk.Addressed) client.Addressed {
	p := callOf(ctx).printer
	return func(a desk.Addressed) client.Addressed {
		return client.Addressed{
			Subscriber: a.Subscriber, Name: a.Name, Extension: a.Extension, Address: a.Address, Reason: reasonOrNone(p, "telling.", a.Reason),
		}
	}
}
