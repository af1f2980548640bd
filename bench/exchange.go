package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/calendar/exchange"
	"github.com/telefonist/telefonist/drivers"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
)

// The office's people, on an Exchange server of their own.
const (
	exchangeName     = "mail"
	exchangeUser     = "monitor"
	exchangePassword = "Monitor-Pw1"
	availabilityOf   = 10_000
	viewsOf          = 2000
	streamsOf        = 1000
)

// server has the simulator serve the office's calendars over EWS too, with a right
// for the account and for everybody, and returns what opens it.
func (b *bench) server(everybody, account, impersonate string) (exchange.Settings, error) {
	settings := exchange.Settings{URL: b.tenant["graph"] + "/" + exchangeName + "/EWS/Exchange.asmx", User: exchangeUser, Password: exchangePassword}
	ca, err := os.ReadFile(b.tenant["ca"])
	if err != nil {
		return settings, err
	}
	settings.CA = string(ca)
	text, err := b.call(http.MethodGet, "exchange", "")
	if err != nil {
		return settings, err
	}
	var all []struct{ Name string }
	if err := json.Unmarshal(text, &all); err != nil {
		return settings, err
	}
	if len(all) == 0 {
		asked := fmt.Sprintf(`{"name":%q,"tenant":%q,"version":"2019","basic":true,"all":true,"accounts":[{"user":%q,"password":%q,"mailbox":"monitor@foretag.example"}]}`,
			exchangeName, b.tenant["tenant id"], exchangeUser, exchangePassword)
		if _, err := b.call(http.MethodPost, "exchange", asked); err != nil {
			return settings, err
		}
	}
	for _, asked := range []string{
		fmt.Sprintf(`{"right":%q}`, everybody),
		fmt.Sprintf(`{"user":%q,"right":%q,"impersonate":%q}`, exchangeUser, account, impersonate),
	} {
		if _, err := b.call(http.MethodPost, "exchange/"+exchangeName+"/rights", asked); err != nil {
			return settings, err
		}
	}
	_, err = b.call(http.MethodDelete, "exchange/"+exchangeName+"/requests", "")
	return settings, err
}

// asked is how many calls the server has answered since it was last told to forget.
func (b *bench) asked() (int, error) {
	text, err := b.call(http.MethodGet, "exchange/"+exchangeName+"/requests", "")
	if err != nil {
		return 0, err
	}
	var all []json.RawMessage
	err = json.Unmarshal(text, &all)
	return len(all), err
}

// addresses are those of n people who have mailboxes.
func (b *bench) addresses(n int) ([]string, error) {
	text, err := b.call(http.MethodGet, "tenants/"+b.tenant["tenant id"]+"/people", "")
	if err != nil {
		return nil, err
	}
	var people []struct{ Mail, UserPurpose string }
	if err := json.Unmarshal(text, &people); err != nil {
		return nil, err
	}
	var all []string
	for _, p := range people {
		if p.Mail != "" && p.UserPurpose != "" && len(all) < n {
			all = append(all, p.Mail)
		}
	}
	if len(all) < n {
		return nil, fmt.Errorf("only %d people have mailboxes", len(all))
	}
	return all, nil
}

// readServer reads mailboxes that were never read before, a hundred in a call as in
// a pass, four such calls at a time.
func (b *bench) readServer(ctx context.Context, settings exchange.Settings, n, atOnce int) error {
	zone, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		return err
	}
	source, err := exchange.Open(settings, exchange.Options{Country: "SE", AtOnce: atOnce, Now: time.Now})
	if err != nil {
		return err
	}
	defer source.Close()
	addresses, err := b.addresses(n)
	if err != nil {
		return err
	}
	mailboxes := make([]calendar.Mailbox, n)
	for i, a := range addresses {
		mailboxes[i] = calendar.Mailbox{Person: a, Address: a, Zone: zone, Keep: &calendar.Keep{Prefixes: []string{"SEM", "MOT", "LUN"}}}
	}
	today := calendar.DateOf(time.Now().In(zone))
	window := calendar.Window{From: today.Add(-1).Midnight(zone), To: today.Add(35).Midnight(zone)}
	events, ways := 0, map[calendar.WayKind]int{}
	err = b.timed(func() error {
		for some := range slices.Chunk(mailboxes, 100) {
			for i, r := range source.Read(ctx, some, window) {
				if r.Health.State != calendar.Fine {
					return fmt.Errorf("%s: %s %s", some[i].Person, r.Health.State, r.Health.Sentence)
				}
				events += len(r.Events)
				ways[r.Way.Kind]++
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	requests, err := b.asked()
	b.figure("requests", float64(requests), "requests")
	b.figure("events", float64(events), "events")
	for kind, n := range ways {
		b.figure("by."+string(kind), float64(n), "mailboxes")
	}
	return err
}

// measureAvailability reads 10,000 mailboxes of a server that shows availability
// with details and no more, which it is to find out.
func measureAvailability(ctx context.Context, b *bench) error {
	settings, err := b.server("times", "limiteddetails", "")
	if err != nil {
		return err
	}
	return b.readServer(ctx, settings, availabilityOf, 4)
}

// measureViews reads 2,000 calendars as their owners, eight at a time.
func measureViews(ctx context.Context, b *bench) error {
	settings, err := b.server("times", "times", "*")
	if err != nil {
		return err
	}
	return b.readServer(ctx, settings, viewsOf, 8)
}

// measureStreams has a customer of 1,000 people whose server tells of changes: what
// that takes of goroutines and memory, and how long it is from an appointment that
// has begun until the switchboard has been told.
func measureStreams(ctx context.Context, b *bench) error {
	settings, err := b.server("times", "times", "*")
	if err != nil {
		return err
	}
	people, err := b.staff(ctx, settings)
	if err != nil {
		return err
	}
	before := runtime.NumGoroutine()
	stop := b.work(ctx)
	defer stop()
	begin := time.Now()
	if err := b.streaming(ctx, len(people)); err != nil {
		return err
	}
	b.figure("heard", time.Since(begin).Seconds(), "s")
	b.figure("goroutines", float64(runtime.NumGoroutine()-before), "goroutines")
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.figure("heap", float64(m.HeapInuse)/(1<<20), "MB")
	made := make(map[string]time.Time, len(people))
	tick := time.NewTicker(time.Minute / perMinute)
	defer tick.Stop()
	for person, address := range people {
		rows, err := b.org.Tellings(ctx, person)
		if err != nil {
			return err
		}
		if len(rows) != 1 || rows[0].Told.Key != activity.Available {
			continue
		}
		<-tick.C
		made[person] = time.Now()
		if err := b.meet(address, "SJU: hemma", time.Now().Add(-time.Minute)); err != nil {
			return err
		}
	}
	time.Sleep(3 * time.Second)
	if err := b.settled(ctx); err != nil {
		return err
	}
	var late []time.Duration
	for person, at := range made {
		told, err := b.toldAfter(ctx, person, at)
		if err != nil {
			return err
		}
		if told.IsZero() {
			return fmt.Errorf("%s (%s) was not told of what was made at %v", person, people[person], at)
		}
		late = append(late, told.Sub(at))
	}
	return b.late("change", late, len(made))
}

// staff makes a customer whose people stand in the register alone, with a
// connection to the server, and returns their addresses by person.
func (b *bench) staff(ctx context.Context, settings exchange.Settings) (map[string]string, error) {
	org, err := b.store.AddOrganization(ctx, organization.Organization{Number: "server", Name: "Egen server AB", Settings: organization.DefaultSettings()})
	if err != nil {
		return nil, err
	}
	b.org = b.store.In(org.ID)
	s, err := b.org.AddSource(ctx, organization.Source{Name: "Exchange", Kind: drivers.Exchange, Settings: map[string]string{
		"url": settings.URL, "user": settings.User, "ca": settings.CA}})
	if err != nil {
		return nil, err
	}
	sealed, err := b.key.Seal([]byte(settings.Password), organization.Sealed(org.ID, s.ID, string(organization.Secret)))
	if err != nil {
		return nil, err
	}
	if _, err := b.org.AddCredential(ctx, s.ID, organization.Credential{Kind: organization.Secret}, sealed); err != nil {
		return nil, err
	}
	addresses, err := b.addresses(streamsOf)
	if err != nil {
		return nil, err
	}
	entries := make([]pbx.Subscriber, len(addresses))
	for i, a := range addresses {
		entries[i].Fields = pbx.Fields{pbx.DisplayName: fmt.Sprint("Anna Ek ", i), pbx.Mail: a, pbx.Extension: fmt.Sprint(2000 + i)}
	}
	people := map[string]string{}
	for some := range slices.Chunk(entries, 500) {
		rows, err := b.org.AddSubscribers(ctx, some)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			people[row.ID] = row.Fields[pbx.Mail]
		}
	}
	b.source = s.ID
	return people, b.connect(ctx)
}

// streaming waits until the server tells of n mailboxes, and nothing is due.
func (b *bench) streaming(ctx context.Context, n int) error {
	for {
		time.Sleep(time.Second)
		text, err := b.call(http.MethodGet, "exchange", "")
		if err != nil {
			return err
		}
		var all []struct{ Subscriptions int }
		if err := json.Unmarshal(text, &all); err != nil {
			return err
		}
		counts, err := b.org.MailboxCounts(ctx)
		if err != nil {
			return err
		}
		unread := int64(n)
		for _, c := range counts {
			if c.Health != calendar.Never {
				unread -= c.Mailboxes
			}
		}
		if unread <= 0 && all[0].Subscriptions >= n {
			return b.settled(ctx)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}
