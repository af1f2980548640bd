//go:build crash

package crash

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/telefonist/telefonist/drivers"
	"github.com/telefonist/telefonist/engine"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/seal"
	"github.com/telefonist/telefonist/store"
)

// settings are what the process under test is started with, as JSON in the
// environment.
type settings struct {
	Database     string
	Key, CA      []byte
	Cloud        string
	Organization organization.ID
	Source       string
	Replicator   string
	Calendars    bool // calendars are read, too
}

const (
	settingsVariable = "TELEFONIST_CRASH_CHILD"
	actor            = "karin@kontoret.se"
)

// child is the process under test: store, rounds and engine as the server runs
// them, told by lines of its input what a person presses. It answers "ready" at
// the start and "done" after each line.
type child struct {
	settings
	store  *store.Store
	org    store.Org
	rounds *reconcile.Due
	engine *engine.Engine
	clock  *reconcile.Clock // nil where no calendars are read
}

func runChild(text string) error {
	c := &child{}
	if err := json.Unmarshal([]byte(text), &c.settings); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if err := c.open(ctx); err != nil {
		return err
	}
	go c.engine.Run(ctx)
	if c.clock != nil {
		go c.clock.Run(ctx)
	}
	fmt.Println("ready")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		if err := c.obey(ctx, lines.Text()); err != nil {
			return fmt.Errorf("%s: %w", lines.Text(), err)
		}
		fmt.Println("done")
	}
	return nil
}

// open wires the process as the server does.
func (c *child) open(ctx context.Context) (err error) {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	if c.store, err = store.Open(ctx, c.Database, store.Options{Log: log}); err != nil {
		return err
	}
	c.org = c.store.In(c.Organization)
	key, err := seal.Parse(c.Key)
	if err != nil {
		return err
	}
	cloud := drivers.Cloud{Trusted: true}
	cloud.Name, cloud.Login, cloud.Graph, cloud.CA = "simulated", c.Cloud, c.Cloud, c.CA
	d := &drivers.Drivers{Store: c.store, Unseal: key.Open, Now: time.Now, Clouds: map[string]drivers.Cloud{"simulated": cloud}}
	c.engine = &engine.Engine{Log: log, Patience: time.Second}
	c.rounds = &reconcile.Due{Reconciler: &reconcile.Reconciler{
		Store: c.store, Log: log, Now: time.Now, OpenSource: d.Source, OpenRegister: d.Register,
		Woken: func() { c.engine.Wake("rounds") },
	}}
	c.engine.Add("rounds", c.rounds.Next, c.rounds.Run)
	if c.Calendars {
		c.openCalendars(d)
	}
	return c.rounds.Resume(ctx)
}

// obey does what a person does, who presses again when he was interrupted: each
// line may be given twice.
func (c *child) obey(ctx context.Context, line string) error {
	if _, err := c.settle(ctx); err != nil {
		return err
	}
	verb, rest, _ := strings.Cut(line, " ")
	switch verb {
	case "round":
		cause := store.OnChange
		if rest == "whole" {
			cause = store.ByHand
		}
		if err := c.org.Wake(ctx, c.Replicator, time.Now(), cause, actor, rest == "whole"); err != nil {
			return err
		}
		c.engine.Wake("rounds")
		_, err := c.settle(ctx)
		return err
	case "approve":
		waiting, err := c.settle(ctx)
		if err != nil || waiting == "" {
			return err
		}
		if err := c.rounds.Approve(ctx, c.Organization, waiting, actor); err != nil {
			return err
		}
		_, err = c.settle(ctx)
		return err
	case "decide":
		return c.decide(ctx)
	case "read", "work", "choose", "back":
		return c.obeyCalendars(ctx, verb, rest)
	}
	return errors.New("unknown line")
}

// settle waits until no round is due or under way, and returns the one that
// waits for approval, if any.
func (c *child) settle(ctx context.Context) (waiting string, err error) {
	for {
		r, err := c.org.Replicator(ctx, c.Replicator)
		if err != nil {
			return "", err
		}
		if r.Failures > 0 {
			return "", errors.New("a round failed")
		}
		open, err := c.org.OpenRounds(ctx, c.Replicator)
		if err != nil {
			return "", err
		}
		running := !r.DueAt.IsZero()
		waiting = ""
		for _, round := range open {
			running = running || round.State == store.Reading || round.State == store.Applying
			waiting = round.ID
		}
		if !running {
			return waiting, nil
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// decide decides about everybody who waits for it, by his own id: the same
// whenever he is asked about.
func (c *child) decide(ctx context.Context) error {
	left, err := c.org.LeftLinks(ctx, c.Replicator)
	if err != nil {
		return err
	}
	var all []reconcile.Decision
	for _, l := range left {
		choice := []reconcile.Do{reconcile.DoKeep, reconcile.DoRemove, reconcile.DoIgnore}
		all = append(all, reconcile.Decision{Do: choice[digit(l.Person)%3], Person: l.Person})
	}
	offered, _, err := c.org.Standings(ctx, c.Replicator, store.Offered, "", "", 1000)
	if err != nil {
		return err
	}
	taken := map[string]bool{}
	for _, s := range offered {
		d := reconcile.Decision{Do: reconcile.DoCreate, Person: s.Person}
		if digit(s.Person)%4 == 0 {
			d.Do = reconcile.DoIgnore
		} else if len(s.Suggestions) > 0 && !taken[s.Suggestions[0].Subscriber] {
			d.Do, d.Subscriber = reconcile.DoLink, s.Suggestions[0].Subscriber
			taken[d.Subscriber] = true
		}
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b reconcile.Decision) int { return cmp.Compare(a.Person, b.Person) })
	_, err = c.rounds.Decide(ctx, c.Organization, c.Replicator, actor, all)
	return err
}

// digit is a number that belongs to an id.
func digit(id string) int {
	n := 0
	for _, r := range id {
		n += int(r)
	}
	return n
}
