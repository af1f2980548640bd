// Package drivers is the list of what can be connected: kind → settings and how
// it is opened. It alone knows both the field and the protocols.
//
// One client is made for a source and generation of its secrets, and kept, so that
// all that reads the source shares its token or connections, and its limits.
package drivers

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/telefonist/telefonist/calendar/exchange"
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/directory/entra"
	"github.com/telefonist/telefonist/graph"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/pbx/builtin"
	"github.com/telefonist/telefonist/store"
)

// Entra is the kind of source that reads Microsoft Entra ID.
const Entra = organization.Entra

// Builtin is the register that every organization has.
const Builtin = "builtin"

// Cloud is a Microsoft cloud, with the operator's own multi-tenant app in it, if
// any: sources connected by admin consent sign in as that app.
type Cloud struct {
	graph.Cloud
	AppClient string
	AppSecret string
	// Trusted clouds are the operator's own settings: their addresses may be
	// private, such as the simulator's.
	Trusted bool
}

// Drivers opens sources and registers.
type Drivers struct {
	Store  *store.Store
	Clouds map[string]Cloud // by name; the national ones are there without being named
	// Unseal opens a sealed credential, bound to the place it was sealed for.
	Unseal func(sealed, place []byte) ([]byte, error)
	// Dial connects; it is where private addresses are refused.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	Now  func() time.Time

	mu      sync.Mutex
	clients map[string]*list.Element
	recent  list.List        // of client, the one used last in front
	boards  map[string]board // switchboards that have been opened, by organization and id
}

// kept is how many clients are kept at the most; 7 KiB each and their connections.
const kept = 1000

// client is one of a source's protocol.
type client struct {
	key      string
	graph    *graph.Client
	exchange *exchange.Source
}

var (
	guid   = regexp.MustCompile(`^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$`)
	domain = regexp.MustCompile(`^([0-9A-Za-z]([0-9A-Za-z-]{0,61}[0-9A-Za-z])?\.)+[A-Za-z]{2,}$`)
)

// Kinds are the kinds of source, with the clouds an organization may choose.
func (d *Drivers) Kinds() []organization.Kind {
	clouds := make([]string, 0, len(d.Clouds)+4)
	for _, c := range graph.Clouds() {
		clouds = append(clouds, c.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(d.Clouds)) {
		if _, national := graph.CloudNamed(name); !national {
			clouds = append([]string{name}, clouds...)
		}
	}
	return []organization.Kind{entraKind(clouds), exchangeKind()}
}

func entraKind(clouds []string) organization.Kind {
	return organization.Kind{Name: Entra, Fields: []organization.Field{
		{Name: "cloud", Required: true, Options: clouds},
		{Name: "tenant", Required: true, Check: func(v string) error {
			if !guid.MatchString(v) && !domain.MatchString(v) {
				return &organization.FieldError{Field: "tenant", Code: "tenant"}
			}
			return nil
		}},
		// Left out until the application is registered: the script that does it
		// needs a certificate that is made for the source first.
		{Name: "client", Check: func(v string) error {
			if !guid.MatchString(v) {
				return &organization.FieldError{Field: "client", Code: "guid"}
			}
			return nil
		}},
	}}
}

// Cloud finds a cloud by name.
func (d *Drivers) Cloud(name string) (Cloud, bool) {
	if c, ok := d.Clouds[name]; ok {
		return c, true
	}
	c, ok := graph.CloudNamed(name)
	return Cloud{Cloud: c}, ok
}

// Source opens a source with all that can be asked of it; of one that has no
// directory that is a check alone.
func (d *Drivers) Source(ctx context.Context, org organization.ID, id string) (directory.Connection, error) {
	if at, err := d.exchangeAt(ctx, org, id); err != nil {
		return directory.Connection{}, fmt.Errorf("open source: %w", err)
	} else if at {
		return directory.Connection{Check: func(ctx context.Context) directory.CheckResult {
			return d.CheckExchange(ctx, org, id, nil)
		}}, nil
	}
	return d.entra(ctx, org, id)
}

// entra opens a tenant's directory.
func (d *Drivers) entra(ctx context.Context, org organization.ID, id string) (directory.Connection, error) {
	s, c, err := d.client(ctx, org, id)
	if err != nil {
		return directory.Connection{}, fmt.Errorf("open source: %w", err)
	}
	reader := func(fields []directory.Field, groups bool) entra.Reader {
		return entra.Reader{Client: c, Fields: fields, Groups: groups}
	}
	ask := reader(directory.AlwaysRead(), false)
	connection := directory.Connection{
		Reader: func(fields []directory.Field, groups bool) directory.Source { return reader(fields, groups) },
		Groups: ask.FindGroups,
		Group:  ask.Group,
		Person: func(ctx context.Context, id string, fields []directory.Field) (directory.Person, error) {
			return reader(fields, false).Person(ctx, id)
		},
		Check: func(ctx context.Context) directory.CheckResult {
			result := ask.Check(ctx, s.Settings["client"], d.Now())
			if d.operators(s) { // whose secret's end is no business of the customer's
				result.Lines = slices.DeleteFunc(result.Lines, func(l directory.CheckLine) bool { return l.Subject == "expiry" })
			}
			return result
		},
		Count: ask.Count,
		Subscribe: func(ctx context.Context, s directory.Subscription) (directory.Subscription, error) {
			return ask.Subscribe(ctx, s, d.Now())
		},
		Renew: func(ctx context.Context, id string) (directory.Subscription, error) {
			return ask.Renew(ctx, id, d.Now())
		},
		Unsubscribe: ask.Unsubscribe,
		Subscribed:  ask.Subscribed,
		Usage: func() directory.Usage {
			s := c.Stats()
			return directory.Usage{Requests: s.Requests, Retries: s.Retries, Throttled: s.Throttled, Units: s.Units}
		},
	}
	if may(ctx, c, "MailboxSettings.Read") {
		connection.Purposes = ask.Purposes
	}
	return connection, nil
}

// operators is true for a source that signs in as the operator's own application.
func (d *Drivers) operators(s store.SourceState) bool {
	cloud, ok := d.Cloud(s.Settings["cloud"])
	return ok && cloud.AppClient != "" && s.Settings["client"] == cloud.AppClient
}

// may is true where the token names a permission; only diagnostics hang on what
// it does not name.
func may(ctx context.Context, c *graph.Client, permission string) bool {
	grant, err := c.Roles(ctx)
	if err != nil {
		return false // the reading will say why
	}
	for _, r := range grant.Roles {
		if r == permission {
			return true
		}
	}
	return false
}

// Register opens an organization's register.
func (d *Drivers) Register(_ context.Context, org organization.ID, name string) (pbx.Register, error) {
	if name != Builtin {
		return nil, fmt.Errorf("open register: no kind %q", name)
	}
	return builtin.Open(d.Store.In(org)), nil
}

// errNoClient tells that the application's id has not been filled in.
var errNoClient = &directory.Trouble{Code: "noClient", Err: errors.New("no client id")}

// errNoCredential tells that a source has nothing to sign in with.
var errNoCredential = &directory.Trouble{Code: "signin." + string(graph.CredentialMissing), Err: errors.New("no credential")}

func (d *Drivers) client(ctx context.Context, org organization.ID, id string) (store.SourceState, *graph.Client, error) {
	s, err := d.Store.In(org).Source(ctx, id)
	if err != nil {
		return s, nil, err
	}
	o, _, err := d.Store.In(org).Organization(ctx)
	if err != nil {
		return s, nil, err
	}
	atOnce := o.Settings.Calendar.Reading.AtOnce
	key := fmt.Sprintf("%s/%s/%d/%d", org, id, s.Generation, atOnce)
	if c, ok := d.cached(key); ok {
		return s, c.graph, nil
	}
	cloud, ok := d.Cloud(s.Settings["cloud"])
	if !ok {
		return s, nil, &directory.Trouble{Code: "cloud", Args: map[string]string{"cloud": s.Settings["cloud"]}}
	}
	if s.Settings["client"] == "" {
		return s, nil, errNoClient
	}
	credentials, err := d.credentials(ctx, org, s.Source, cloud)
	if err != nil {
		return s, nil, err
	}
	c, err := d.newClient(cloud, graph.Config{Tenant: s.Settings["tenant"], ClientID: s.Settings["client"], Credentials: credentials, Batches: atOnce})
	if err != nil {
		return s, nil, entra.Trouble(err)
	}
	return s, d.keep(client{key: key, graph: c}).graph, nil
}

// Client makes a client that is not kept.
func (d *Drivers) Client(cloud Cloud, tenant, clientID string, credentials []graph.Credential) (*graph.Client, error) {
	return d.newClient(cloud, graph.Config{Tenant: tenant, ClientID: clientID, Credentials: credentials})
}

func (d *Drivers) newClient(cloud Cloud, cfg graph.Config) (*graph.Client, error) {
	cfg.Cloud, cfg.Now = cloud.Cloud, d.Now
	if !cloud.Trusted {
		cfg.Dial = d.Dial
	}
	return graph.New(cfg)
}

// credentials unseals what a source signs in with, the newest first; one that
// was connected by consent signs in as the operator's app.
func (d *Drivers) credentials(ctx context.Context, org organization.ID, s organization.Source, cloud Cloud) ([]graph.Credential, error) {
	o := d.Store.In(org)
	known, err := o.Credentials(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	if len(known) == 0 && cloud.AppClient != "" && s.Settings["client"] == cloud.AppClient {
		return []graph.Credential{{Secret: cloud.AppSecret}}, nil
	}
	if len(known) == 0 {
		return nil, errNoCredential
	}
	var all []graph.Credential
	for _, k := range known {
		_, sealed, err := o.SealedCredential(ctx, s.ID, k.ID)
		if err != nil {
			return nil, err
		}
		plain, err := d.Unseal(sealed, organization.Sealed(org, s.ID, string(k.Kind)))
		if err != nil {
			return nil, fmt.Errorf("unseal credential: %w", err)
		}
		if k.Kind == organization.Secret {
			all = append(all, graph.Credential{Secret: string(plain)})
			continue
		}
		certificate, err := graph.ParseCertificate(plain, "")
		if err != nil {
			return nil, fmt.Errorf("read certificate: %w", err)
		}
		all = append(all, graph.Credential{Certificate: certificate})
	}
	return all, nil
}

func (d *Drivers) cached(key string) (client, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	e, ok := d.clients[key]
	if !ok {
		return client{}, false
	}
	d.recent.MoveToFront(e)
	return e.Value.(client), true
}

// keep keeps a client, or returns the one that somebody else has kept meanwhile:
// two would each have limits of their own.
func (d *Drivers) keep(c client) client {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.clients == nil {
		d.clients = map[string]*list.Element{}
	}
	if e, ok := d.clients[c.key]; ok {
		return e.Value.(client)
	}
	d.clients[c.key] = d.recent.PushFront(c)
	if d.recent.Len() > kept {
		last := d.recent.Remove(d.recent.Back()).(client)
		delete(d.clients, last.key)
		if last.exchange != nil {
			last.exchange.Close()
		}
	}
	return c
}
