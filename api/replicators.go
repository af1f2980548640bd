package api

import (
	"context"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/language"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
)

type (
	newReplicator struct {
		InOrganization
		Body client.NewReplicator
	}
	saveReplicator struct {
		OneThing
		IfMatching
		Body client.NewReplicator
	}
	ordering struct {
		InOrganization
		Body client.Order
	}
	running struct {
		OneThing
		Body client.Run
	}
)

var replicators = []route{
	inside("GET", "/replicators", "Replicators", "List the directory syncs in their order",
		func(ctx context.Context, v *desk.Visit, _ *InOrganization) (client.List[client.Replicator], error) {
			all, err := v.Replicators(ctx)
			return listed(all, err, replicator(ctx))
		}),
	inside("POST", "/replicators", "AddReplicator", "Make a directory sync; its first round starts at once and waits for approval",
		func(ctx context.Context, v *desk.Visit, in *newReplicator) (client.Replicator, error) {
			n, err := replicatorFrom(in.Body)
			if err != nil {
				return client.Replicator{}, err
			}
			r, err := v.AddReplicator(ctx, n)
			return replicator(ctx)(r), err
		}),
	done("PUT", "/replicators", "OrderReplicators", "Say which one decides first",
		func(ctx context.Context, v *desk.Visit, in *ordering) error {
			return v.OrderReplicators(ctx, in.Body.Replicators)
		}),
	inside("GET", "/replicators/{id}", "Replicator", "Read a directory sync",
		func(ctx context.Context, v *desk.Visit, in *OneThing) (client.Replicator, error) {
			r, err := v.Replicator(ctx, in.ID)
			return replicator(ctx)(r), err
		}),
	inside("PUT", "/replicators/{id}", "SaveReplicator", "Change a directory sync",
		func(ctx context.Context, v *desk.Visit, in *saveReplicator) (client.Replicator, error) {
			generation, err := in.generation()
			if err != nil {
				return client.Replicator{}, err
			}
			n, err := replicatorFrom(in.Body)
			if err != nil {
				return client.Replicator{}, err
			}
			r, err := v.SaveReplicator(ctx, in.ID, n, generation)
			return replicator(ctx)(r), err
		}),
	done("POST", "/replicators/{id}/pause", "PauseReplicator", "Stop a directory sync; everything is kept",
		func(ctx context.Context, v *desk.Visit, in *OneThing) error {
			return v.PauseReplicator(ctx, in.ID, true)
		}),
	done("POST", "/replicators/{id}/resume", "ResumeReplicator", "Start a directory sync again",
		func(ctx context.Context, v *desk.Visit, in *OneThing) error {
			return v.PauseReplicator(ctx, in.ID, false)
		}),
	done("DELETE", "/replicators/{id}", "DeleteReplicator", "Take a directory sync away; its entries stay",
		func(ctx context.Context, v *desk.Visit, in *OneThing) error { return v.DeleteReplicator(ctx, in.ID) }),
	done("POST", "/replicators/{id}/run", "RunReplicator", "Start a round now",
		func(ctx context.Context, v *desk.Visit, in *running) error {
			return v.RunReplicator(ctx, in.ID, in.Body.Whole)
		}),
}

func replicatorFrom(in client.NewReplicator) (n desk.NewReplicator, err error) {
	n.Name, n.Source = in.Name, in.Source
	if in.Schedule != nil {
		schedule, err := translated[organization.Schedule](*in.Schedule)
		if err != nil {
			return n, err
		}
		n.Schedule = &schedule
	}
	if in.Settings != nil {
		settings, err := translated[directory.Settings](*in.Settings)
		if err != nil {
			return n, err
		}
		n.Settings = &settings
	}
	return n, nil
}

func replicator(ctx context.Context) func(desk.ReplicatorState) client.Replicator {
	return func(r desk.ReplicatorState) client.Replicator {
		w := client.Replicator{
			ID: r.ID, Name: r.Name, Kind: r.Kind, Source: r.Source, Register: r.Register, Position: r.Position,
			Paused: r.Paused, Created: r.Created, Due: r.DueAt, Approved: r.Approved, Failures: r.Failures,
			People: map[string]int64{}, Generation: r.Generation,
		}
		w.Schedule, _ = translated[client.Schedule](r.Schedule) // ours, so they fit
		w.Settings, _ = translated[client.Settings](r.Settings)
		for state, n := range r.People {
			w.People[string(state)] = n
		}
		if r.Last != nil {
			last := round(ctx)(*r.Last)
			w.Last = &last
		}
		if r.Open != nil {
			open := round(ctx)(*r.Open)
			w.Open = &open
		}
		return w
	}
}

// reasonIn puts a fact into words of a family.
func reasonIn(p *language.Printer, family string) func(pbx.Reason) client.Reason {
	return func(r pbx.Reason) client.Reason {
		return client.Reason{Code: r.Code, Args: r.Args, Text: p.Reason(family, r.Code, r.Args)}
	}
}

// reasonOrNone is nil for no reason.
func reasonOrNone(p *language.Printer, family string, r pbx.Reason) *client.Reason {
	if r.Code == "" {
		return nil
	}
	w := reasonIn(p, family)(r)
	return &w
}

// values are a subscriber's fields as they are sent; never null.
func values(f pbx.Fields) map[string]string {
	m := make(map[string]string, len(f))
	for k, v := range f {
		m[string(k)] = v
	}
	return m
}
