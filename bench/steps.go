package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"time"

	"crypto/tls"
	"crypto/x509"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/drivers"
	"github.com/telefonist/telefonist/graph"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/seal"
	"github.com/telefonist/telefonist/store"
)

// step is one thing that is measured, in a process of its own.
type step struct {
	name string
	run  func(context.Context, *bench) error
	at   place
}

// place is where a step finds its customer: in a database in the folder that the
// steps share, or in that of postgresURL, connected to a tenant.
type place struct{ database, tenant string }

var (
	company = place{"bench.db", "tenant.json"}  // as many people as are asked for
	office  = place{"office.db", "office.json"} // 10,000 with calendars
	crowd   = place{"crowd.db", "tenant.json"}  // people and days written straight into the store
	crowdOn = place{postgresURL, "tenant.json"} // the same on PostgreSQL
)

// steps in their order: some find what earlier ones left.
var steps = []step{
	{"read", measureRead, company},
	{"first", measureFirst, company},
	{"quiet", measureQuiet, company},
	{"changes", measureChanges, company},
	{"plan", measurePlan, company},
	{"phonebook", measurePhonebook, company},
	{"upserts", measureUpserts, company},
	{"office", measureOffice, office},
	{"calendars", measureCalendars, office},
	{"sweep", measureSweep, office},
	{"notifications", measureNotifications, office},
	{"try", measureTry, office},
	{"days", measureDays, office},
	{"availability", measureAvailability, office},
	{"views", measureViews, office},
	{"streams", measureStreams, office},
	{"crowd", measureCrowd, crowd},
	{"storm", measureStorm, crowd},
	{"stormSIP", measureStormSIP, crowd},
	{"crowdPostgres", measureCrowd, crowdOn},
	{"stormPostgres", measureStorm, crowdOn},
}

// measure runs one step and prints its figures.
func measure(ctx context.Context, name, dir string, people int) error {
	i := slices.IndexFunc(steps, func(s step) bool { return s.name == name })
	if i < 0 {
		return fmt.Errorf("no step %q", name)
	}
	step := steps[i]
	b, err := open(ctx, step, dir, people)
	if err != nil {
		return err
	}
	defer b.store.Close()
	if path := os.Getenv("BENCH_PROFILE"); path != "" {
		f, err := os.Create(path + "." + name)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	if err := step.run(ctx, b); err != nil {
		return err
	}
	most, err := peak()
	b.figure("peak", most, "MB")
	return err
}

// bench is a customer connected to the simulated tenant, in a folder that the
// steps share.
type bench struct {
	step       string
	people     int
	dir        string
	tenant     map[string]string
	control    *http.Client
	key        *seal.Key
	drivers    *drivers.Drivers
	store      *store.Store
	org        store.Org
	reconciler *reconcile.Reconciler
	source     string
	replicator string
}

func open(ctx context.Context, s step, dir string, people int) (*bench, error) {
	b := &bench{step: s.name, people: people, dir: dir}
	text, err := os.ReadFile(filepath.Join(dir, "tenant.json"))
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &b.tenant); err != nil {
		return nil, err
	}
	ca, err := os.ReadFile(b.tenant["ca"])
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	b.control = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	if s.at == office {
		b.people = officePeople
		if err := b.moveToOffice(filepath.Join(dir, s.at.tenant)); err != nil {
			return nil, err
		}
	}
	if b.key, err = seal.File(filepath.Join(dir, "key.json")); err != nil {
		return nil, err
	}
	url := filepath.Join(dir, s.at.database)
	if s.at.database == postgresURL {
		url = os.Getenv(postgresURL)
	}
	if b.store, err = store.Open(ctx, url, store.Options{}); err != nil {
		return nil, err
	}
	b.drivers = &drivers.Drivers{Store: b.store, Unseal: b.key.Open, Now: time.Now, Clouds: map[string]drivers.Cloud{
		"simulated": {Cloud: graph.Cloud{Name: "simulated", Login: b.tenant["login"], Graph: b.tenant["graph"], CA: ca}, Trusted: true}}}
	b.reconciler = &reconcile.Reconciler{Store: b.store, Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Now: time.Now, OpenSource: b.drivers.Source, OpenRegister: b.drivers.Register,
		OpenCalendar: b.drivers.Calendar, OpenSwitchboard: b.drivers.Switchboard}
	return b, b.customer(ctx)
}

// customer finds the customer, or connects him the first time.
func (b *bench) customer(ctx context.Context) error {
	if org, _, err := b.store.OrganizationByNumber(ctx, "bench"); err == nil {
		b.org = b.store.In(org.ID)
		all, err := b.org.Replicators(ctx)
		if err != nil {
			return err
		}
		b.source, b.replicator = all[0].Source, all[0].ID
		return nil
	}
	org, err := b.store.AddOrganization(ctx, organization.Organization{Number: "bench", Name: "Mätning AB", Settings: organization.DefaultSettings()})
	if err != nil {
		return err
	}
	b.org = b.store.In(org.ID)
	s, err := b.org.AddSource(ctx, organization.Source{Name: "Entra", Kind: drivers.Entra, Settings: map[string]string{
		"cloud": "simulated", "tenant": b.tenant["tenant id"], "client": b.tenant["client id"]}})
	if err != nil {
		return err
	}
	sealed, err := b.key.Seal([]byte(b.tenant["client secret"]), organization.Sealed(org.ID, s.ID, string(organization.Secret)))
	if err != nil {
		return err
	}
	if _, err := b.org.AddCredential(ctx, s.ID, organization.Credential{Kind: organization.Secret}, sealed); err != nil {
		return err
	}
	r := organization.Replicator{Name: "Alla", Kind: "MicrosoftEntra", Source: s.ID, Register: drivers.Builtin,
		Schedule: organization.Schedule{Mode: organization.ByHand, Zone: "UTC"}, Settings: directory.DefaultSettings()}
	r.Settings.New = directory.Create
	r.Settings.Mapping = append(r.Settings.Mapping,
		directory.Rule{From: directory.MobilePhone, To: "mobile", When: directory.Always},
		directory.Rule{From: directory.BusinessPhones, To: "business", When: directory.Always},
		directory.Rule{From: directory.JobTitle, To: "title", When: directory.Always},
		directory.Rule{From: directory.Department, To: "department", When: directory.Always})
	r, err = b.org.AddReplicator(ctx, r)
	b.source, b.replicator = s.ID, r.ID
	return err
}

// figure tells a figure of the step.
func (b *bench) figure(name string, value float64, unit string) {
	line, err := json.Marshal(Figure{b.step + "." + name, value, unit})
	if err == nil {
		fmt.Println(string(line))
	}
}

// timed runs f and tells its processor and wall time.
func (b *bench) timed(f func() error) error {
	before, begin := cpu(), time.Now()
	err := f()
	b.figure("cpu", (cpu() - before).Seconds(), "s")
	b.figure("wall", time.Since(begin).Seconds(), "s")
	return err
}

// usage is what has been asked of the tenant by this process.
func (b *bench) usage(ctx context.Context) (int64, error) {
	source, err := b.reconciler.OpenSource(ctx, b.org.ID(), b.source)
	if err != nil {
		return 0, err
	}
	return source.Usage().Requests, nil
}

func customer() organization.Organization {
	return organization.Organization{Name: "Upserts AB", Settings: organization.DefaultSettings()}
}

func sourceOf() organization.Source {
	return organization.Source{Name: "Entra", Kind: drivers.Entra, Settings: map[string]string{"cloud": "global"}}
}
