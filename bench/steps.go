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
	"strings"
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

// measure runs one step and prints its figures.
func measure(ctx context.Context, step, dir string, people int) error {
	steps := map[string]func(context.Context, *bench) error{
		"read": measureRead, "first": measureFirst, "quiet": measureQuiet, "changes": measureChanges,
		"plan": measurePlan, "phonebook": measurePhonebook, "upserts": measureUpserts,
	}
	run, ok := steps[step]
	if !ok {
		return fmt.Errorf("no step %q", step)
	}
	b, err := open(ctx, dir, people)
	if err != nil {
		return err
	}
	defer b.store.Close()
	if path := os.Getenv("BENCH_PROFILE"); path != "" {
		f, err := os.Create(path + "." + step)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	if err := run(ctx, b); err != nil {
		return err
	}
	most, err := peak()
	b.figure(step+".peak", most, "MB")
	return err
}

// bench is a customer connected to the simulated tenant, in a folder that the
// steps share.
type bench struct {
	people     int
	dir        string
	tenant     map[string]string
	control    *http.Client
	store      *store.Store
	org        store.Org
	reconciler *reconcile.Reconciler
	source     string
	replicator string
}

func open(ctx context.Context, dir string, people int) (*bench, error) {
	b := &bench{people: people, dir: dir}
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
	key, err := seal.File(filepath.Join(dir, "key.json"))
	if err != nil {
		return nil, err
	}
	if b.store, err = store.Open(ctx, filepath.Join(dir, "bench.db"), store.Options{}); err != nil {
		return nil, err
	}
	d := &drivers.Drivers{Store: b.store, Unseal: key.Open, Now: time.Now, Clouds: map[string]drivers.Cloud{
		"simulated": {Cloud: graph.Cloud{Name: "simulated", Login: b.tenant["login"], Graph: b.tenant["graph"], CA: ca}, Trusted: true}}}
	b.reconciler = &reconcile.Reconciler{Store: b.store, Log: slog.New(slog.DiscardHandler), Now: time.Now,
		OpenSource: d.Source, OpenRegister: d.Register}
	return b, b.customer(ctx, key)
}

// customer finds the customer, or connects him the first time.
func (b *bench) customer(ctx context.Context, key *seal.Key) error {
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
	sealed, err := key.Seal([]byte(b.tenant["client secret"]), organization.Sealed(org.ID, s.ID, string(organization.Secret)))
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

func (b *bench) figure(name string, value float64, unit string) {
	line, err := json.Marshal(Figure{name, value, unit})
	if err == nil {
		fmt.Println(string(line))
	}
}

// timed runs f and tells its processor and wall time under a name.
func (b *bench) timed(name string, f func() error) error {
	before, begin := cpu(), time.Now()
	err := f()
	b.figure(name+".cpu", (cpu() - before).Seconds(), "s")
	b.figure(name+".wall", time.Since(begin).Seconds(), "s")
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

// ask has the simulated tenant do something: "drift" makes n small changes,
// "roles" grants and revokes permissions.
func (b *bench) ask(what, body string) error {
	url := b.tenant["graph"] + "/control/tenants/" + b.tenant["tenant id"] + "/" + what
	res, err := b.control.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("%s: %s", what, res.Status)
	}
	return nil
}

func customer() organization.Organization {
	return organization.Organization{Name: "Upserts AB", Settings: organization.DefaultSettings()}
}

func sourceOf() organization.Source {
	return organization.Source{Name: "Entra", Kind: drivers.Entra, Settings: map[string]string{"cloud": "global"}}
}
