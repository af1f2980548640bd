package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/api"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/store"
)

// post is where notifications come in: the server's own address for them, which
// notes when each person's came first.
type post struct {
	handler http.Handler
	mu      sync.Mutex
	came    map[string]time.Time // by person
}

func (p *post) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "unreadable", http.StatusBadRequest)
		return
	}
	var told struct{ Value []struct{ Resource string } }
	if json.Unmarshal(body, &told) == nil {
		p.mu.Lock()
		for _, n := range told.Value {
			parts := strings.Split(n.Resource, "/") // "Users/ID/Events/ID"
			if len(parts) > 1 && p.came[parts[1]].IsZero() {
				p.came[parts[1]] = now
			}
		}
		p.mu.Unlock()
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	p.handler.ServeHTTP(w, r)
}

// listen opens that address, which Microsoft is told.
func (b *bench) listen() (*post, func(), error) {
	d := &desk.Desk{Store: b.store, Log: b.reconciler.Log, Now: time.Now, Reconcile: b.reconciler,
		Wake: func(kind string) { b.reconciler.Wake(kind) }}
	p := &post{handler: api.New(d, api.Options{Log: b.reconciler.Log}), came: map[string]time.Time{}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	server := &http.Server{Handler: p, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	go server.Serve(l)
	b.reconciler.NotifyURL = "http://" + l.Addr().String() + api.NotificationPath
	return p, func() { server.Close() }, nil
}

// perMinute is how many meetings are made in the minute that notifications are
// measured for, each in another mailbox.
const perMinute = 1000

// measureNotifications measures, in an office of 10,000 of all of which Microsoft
// tells, the time from a notification's arrival until the switchboard has been
// told: each is of an appointment that has begun.
func measureNotifications(ctx context.Context, b *bench) error {
	p, end, err := b.listen()
	if err != nil {
		return err
	}
	defer end()
	stop := b.work(ctx)
	defer stop()
	if err := b.subscribed(ctx); err != nil {
		return err
	}
	people, err := b.present(ctx)
	if err != nil {
		return err
	}
	p.mu.Lock()
	clear(p.came)
	p.mu.Unlock()
	made := make(map[string]time.Time, perMinute)
	var failed error
	if err := b.timed(func() error {
		tick := time.NewTicker(time.Minute / perMinute)
		defer tick.Stop()
		for _, person := range people {
			<-tick.C
			made[person] = time.Now()
			failed = errors.Join(failed, b.meet(person, "SJU: hemma", time.Now().Add(-time.Minute)))
		}
		return failed
	}); err != nil {
		return err
	}
	time.Sleep(3 * time.Second)
	if err := b.settled(ctx); err != nil {
		return err
	}
	var fromPost, fromChange []time.Duration
	for _, person := range people {
		told, err := b.toldAfter(ctx, person, made[person])
		if err != nil {
			return err
		}
		p.mu.Lock()
		came := p.came[person]
		p.mu.Unlock()
		if told.IsZero() || came.IsZero() {
			return fmt.Errorf("%s: notified at %v, told at %v", person, came, told)
		}
		fromPost, fromChange = append(fromPost, told.Sub(came)), append(fromChange, told.Sub(made[person]))
	}
	if err := b.late("told", fromPost, perMinute); err != nil {
		return err
	}
	return b.late("change", fromChange, perMinute)
}

// subscribed waits until Microsoft tells of all mailboxes that can be read.
func (b *bench) subscribed(ctx context.Context) error {
	for {
		time.Sleep(time.Second)
		counts, err := b.org.MailboxCounts(ctx)
		if err != nil {
			return err
		}
		rows, err := b.org.EventSubscriptions(ctx, b.source)
		if err != nil {
			return err
		}
		want, have := int64(0), int64(0)
		for _, c := range counts {
			if c.Health == calendar.Fine {
				want += c.Mailboxes
			}
		}
		for _, r := range rows {
			if r.ID != "" {
				have++
			}
		}
		if want > 0 && have >= want {
			return b.settled(ctx)
		}
	}
}

// present are perMinute people who are available, none of whose neighbours by name
// is one of them.
func (b *bench) present(ctx context.Context) ([]string, error) {
	var people []string
	n := 0
	for page, err := range b.mailboxes(ctx) {
		if err != nil {
			return nil, err
		}
		for _, m := range page {
			if n++; n%3 != 0 || len(people) == perMinute || m.Health.State != calendar.Fine {
				continue
			}
			rows, err := b.org.Tellings(ctx, m.Person)
			if err != nil {
				return nil, err
			}
			if len(rows) == 1 && rows[0].Told.Key == activity.Available {
				people = append(people, m.Person)
			}
		}
	}
	if len(people) < perMinute {
		return nil, fmt.Errorf("only %d people are available", len(people))
	}
	return people, nil
}

// toldAfter is when the built-in switchboard was told of a person after a time.
func (b *bench) toldAfter(ctx context.Context, person string, after time.Time) (time.Time, error) {
	rows, err := b.org.Tellings(ctx, person)
	for _, r := range rows {
		if r.Switchboard == store.Builtin && r.ToldAt.After(after) {
			return r.ToldAt, err
		}
	}
	return time.Time{}, err
}
