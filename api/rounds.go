package api

import (
	"context"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/pbx"
)

type (
	roundQuery struct {
		InOrganization
		Paging
		Replicator string `query:"replicator"`
		State      string `query:"state" enum:"reading,waiting,held,applying,done,dropped,failed"`
		Cause      string `query:"cause" enum:"hand,nightly,change,decision,undo,settings"`
	}
	changeQuery struct {
		OneThing
		Searching
		Kind  string `query:"kind" enum:"create,update,link,unlink,remove"`
		State string `query:"state" enum:"pending,done,skipped,failed"`
		After int64  `query:"after" doc:"The position of the last one of the page before"`
		Limit int    `query:"limit" minimum:"0" maximum:"500"`
	}
	exportingOne struct {
		OneThing
		Format string `query:"format" enum:"csv,json" default:"json"`
	}
)

var rounds = []route{
	inside("GET", "/rounds", "Rounds", "List rounds, the newest first",
		func(ctx context.Context, v *desk.Visit, in *roundQuery) (client.List[client.Round], error) {
			all, err := v.Rounds(ctx, desk.RoundFilter{
				Replicator: in.Replicator, State: desk.RoundState(in.State), Cause: desk.Cause(in.Cause), Before: in.Before, Limit: in.Limit,
			})
			return listed(all, err, round(ctx))
		}),
	inside("GET", "/rounds/{id}", "Round", "Read a round",
		func(ctx context.Context, v *desk.Visit, in *OneThing) (client.Round, error) {
			r, err := v.Round(ctx, in.ID)
			return round(ctx)(r), err
		}),
	inside("GET", "/rounds/{id}/changes", "Changes", "List a round's changes in the order in which they are made",
		func(ctx context.Context, v *desk.Visit, in *changeQuery) (client.List[client.Change], error) {
			all, err := v.Changes(ctx, in.ID, desk.ChangeFilter{
				Kind: pbx.Kind(in.Kind), State: desk.ChangeState(in.State), Search: in.Search, After: in.After, Limit: in.Limit,
			})
			return listed(all, err, change(ctx))
		}),
	done("POST", "/rounds/{id}/approve", "ApproveRound", "Let a round that waits or is held be applied",
		func(ctx context.Context, v *desk.Visit, in *OneThing) error { return v.ApproveRound(ctx, in.ID) }),
	done("POST", "/rounds/{id}/drop", "DropRound", "Throw a round that waits or is held away",
		func(ctx context.Context, v *desk.Visit, in *OneThing) error { return v.DropRound(ctx, in.ID) }),
	inside("POST", "/rounds/{id}/undo", "UndoRound", "Plan to take an applied round back",
		func(ctx context.Context, v *desk.Visit, in *OneThing) (client.Undone, error) {
			id, err := v.UndoRound(ctx, in.ID)
			return client.Undone{Round: id}, err
		}),
	exported("/rounds/{id}/export", "ExportRound", "Write a round with all its changes",
		func(ctx context.Context, v *desk.Visit, in *exportingOne, f *file) error {
			return v.ExportRound(ctx, in.ID, f, f.as("round", desk.Format(in.Format)))
		}),
}

func round(ctx context.Context) func(desk.Round) client.Round {
	p := callOf(ctx).printer
	return func(r desk.Round) client.Round {
		counts := r.Counts
		if counts == nil {
			counts = map[string]int64{}
		}
		return client.Round{
			ID: r.ID, Replicator: r.Replicator, Number: r.Number, Serial: r.Serial, Cause: string(r.Cause), Actor: r.Actor,
			State: string(r.State), Whole: r.Whole, Held: each(r.Held, reasonIn(p, "hold.")), Counts: counts,
			Progress: r.Progress, Total: r.Total, Failure: reasonOrNone(p, "failure.", r.Failure), Undoes: r.Undoes,
			UndoneBy: r.UndoneBy, ApprovedBy: r.ApprovedBy, Started: r.Started, Planned: r.Planned, Ended: r.Ended,
		}
	}
}

func change(ctx context.Context) func(desk.Change) client.Change {
	p := callOf(ctx).printer
	return func(c desk.Change) client.Change {
		w := plannedChange(ctx)(c.Change)
		w.Round, w.Position, w.State, w.At, w.Blanked = c.Round, c.Position, string(c.State), c.At, c.Blanked
		w.Answer = reasonOrNone(p, "failure.", c.Answer)
		return w
	}
}

// plannedChange is a change of no round.
func plannedChange(ctx context.Context) func(pbx.Change) client.Change {
	p := callOf(ctx).printer
	return func(c pbx.Change) client.Change {
		family := "change."
		if c.Kind == "leave" { // a step that sends nothing: somebody has left, and why
			family = "left."
		}
		return client.Change{
			Kind: string(c.Kind), Person: c.Person, Name: c.Name, Subscriber: c.Subscriber,
			Reason: reasonIn(p, family)(c.Reason), Before: values(c.Before), After: values(c.After),
		}
	}
}
