package m365

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// Options say what a tenant is made of. The zero value is a tenant of 200
// accounts made from seed 0, with the roles of DefaultRoles.
type Options struct {
	People int    // accounts in all, guests and rooms included; 0 = 200, negative = none
	Seed   uint64 // the same seed makes the same tenant, down to ids and secret
	Name   string // organization's name; default "Exempelbolaget AB"
	Domain string // verified domain; default made from Seed

	Roles []string // application permissions granted at the start; nil = DefaultRoles

	PageSize    int // objects in a page of delta; 0 = 200, as Graph does
	MembersPage int // memberships in a page of groups/delta; 0 = 500

	Throttle bool // count resource units and answer 429 when they are used up

	Now func() time.Time // nil = time.Now
}

// DefaultRoles are the application permissions granted unless Options.Roles
// says otherwise: all that a directory sync can use.
var DefaultRoles = []string{
	"User.Read.All", "Group.Read.All", "MailboxSettings.Read", "Organization.Read.All", "Application.Read.All",
}

// Tenant is a customer of Microsoft: its people, groups and app
// registrations. Its methods may be called from several goroutines.
type Tenant struct {
	ID       string // tenant id, a GUID
	Domain   string // verified domain, "….example"
	Name     string
	ClientID string // of the app registration that New makes

	opts Options
	key  [32]byte // seals skip and delta tokens

	mu         sync.RWMutex
	rand       *rand.Rand
	maker      *maker
	seq        uint64 // of the last change; the making is 1
	epoch      int    // raised by Expire
	people     *collection[Person]
	groups     *collection[Group]
	bin        []*record[Person] // soft-deleted, oldest first
	apps       map[string]*App
	principals map[string]*principal // by client id
	buckets    map[string]*bucket
	calls      map[sat]spentCalls // to mailboxes
	gathered   gathered
	addresses  addresses
	cal        calendars // has locks of its own
	office     atomic.Pointer[Office]
	ownServer  atomic.Bool    // there is an Exchange with its mailboxes
	notify     []func(change) // told of each change, under mu
}

// New makes a tenant.
func New(o Options) *Tenant {
	if o.People == 0 {
		o.People = 200
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Roles == nil {
		o.Roles = DefaultRoles
	}
	o.PageSize, o.MembersPage = orDefault(o.PageSize, 200), orDefault(o.MembersPage, 500)
	r := rand.New(rand.NewPCG(o.Seed, 0x365))
	t := &Tenant{
		ID: newGUID(r), seq: 1, Name: o.Name, Domain: o.Domain, opts: o, rand: r,
		key:    sha256.Sum256(fmt.Appendf(nil, "m365 %d", o.Seed)),
		people: newCollection(users), groups: newCollection(groups),
		apps: map[string]*App{}, principals: map[string]*principal{}, buckets: map[string]*bucket{}, cal: calendars{boxes: map[string]*box{}},
		calls: map[sat]spentCalls{},
	}
	if t.Name == "" {
		t.Name = "Exempelbolaget AB"
	}
	if t.Domain == "" {
		t.Domain = fmt.Sprintf("exempel%d.example", o.Seed)
	}
	app := t.AddApp(App{Name: "Telefonväxel", RequiredRoles: o.Roles})
	t.ClientID = app.ClientID
	app.AddSecret(o.Now().AddDate(2, 0, 0))
	t.Grant(o.Roles...)
	t.populate(o.People)
	return t
}

func orDefault(n, otherwise int) int {
	if n <= 0 {
		return otherwise
	}
	return n
}

// initialDomain is the domain every tenant is born with.
func (t *Tenant) initialDomain() string { return "t" + t.ID[:8] + ".onmicrosoft.example" }

func (t *Tenant) now() time.Time { return t.opts.Now().UTC() }

// populate makes the first people and groups. Dates are counted from a fixed
// day: the same seed makes the same tenant on any day.
func (t *Tenant) populate(people int) {
	t.maker = &maker{
		rand: t.rand, domain: t.Domain, guests: t.initialDomain(), heads: map[string]string{}, upn: map[string]int{},
		now: time.Date(2026, 9, 1, 6, 0, 0, 0, time.UTC),
	}
	for i := range people {
		p := t.maker.person(i)
		t.people.add(p.ID, p, 0)
	}
	t.populateGroups()
}
