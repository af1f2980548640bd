//go:build crash

package crash

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/drivers"
	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/seal"
	"github.com/telefonist/telefonist/sip/siptest"
	"github.com/telefonist/telefonist/store"
)

func TestCalendarKillsOnSQLite(t *testing.T) {
	// A third of what rounds get: each costs a start and a while of the clock.
	kills, seed := max(8, number(t, "TELEFONIST_KILLS", 30)/3), number(t, "TELEFONIST_KILL_SEED", time.Now().UnixNano()%1_000_000)
	manyWorkdays(t, kills, seed, func(t *testing.T) string { return filepath.Join(t.TempDir(), "telefonist.db") })
}

// manyWorkdays lives days until there have been enough kills.
func manyWorkdays(t *testing.T, kills, seed int64, database func(*testing.T) string) {
	t.Logf("%d kills, seed %d", kills, seed)
	chance := rand.New(rand.NewPCG(uint64(seed), 10))
	for n, idle := 1, 0; kills > 0; n++ {
		w := newWorkday(t, database(t), chance, kills)
		w.live()
		if len(w.deaths) == 0 { // what was to be killed was done before, on a quick machine
			if idle++; idle > 5 {
				t.Fatal("day after day nobody was killed")
			}
		}
		t.Logf("day %d: killed in %s", n, strings.Join(w.deaths, ", "))
		kills -= int64(len(w.deaths))
	}
}

// workday is a day of a company whose calendars are read, with a SIP presence
// server, in this process, that is told.
type workday struct {
	*life
	sip   *siptest.Server
	staff []string
	want  map[string]activity.Key // what stands for whom; available where there is nothing
	set   map[string]activity.Key // what was set by hand
}

// lasting is how long the server lets a publication stand: so long after a crash a
// second one may be seen.
const lasting = 3 * time.Second

func newWorkday(t *testing.T, database string, chance *rand.Rand, kills int64) *workday {
	t.Helper()
	roles := append(slices.Clone(m365.DefaultRoles), "Calendars.Read")
	w := &workday{want: map[string]activity.Key{}, set: map[string]activity.Key{}}
	w.life = &life{T: t, chance: chance, kills: kills, tenant: m365.New(m365.Options{People: -1, Seed: 3, Roles: roles})}
	server := m365.NewServer(w.tenant)
	w.must(server.Start("127.0.0.1:0"))
	t.Cleanup(func() { server.Close() })
	var err error
	w.sip, err = siptest.Start(siptest.Options{Only: []string{"tcp"}, MaxExpires: lasting})
	w.must(err)
	t.Cleanup(func() { w.sip.Close() })
	for i := range 14 {
		w.staff = append(w.staff, w.hire(i))
	}
	key, text, err := seal.New()
	w.must(err)
	w.settings = settings{Database: database, Key: text, CA: server.CA(), Cloud: server.URL(), Calendars: true}
	s := w.open()
	defer s.Close()
	org, err := s.AddOrganization(t.Context(), organization.Organization{Name: "Kontoret AB", Settings: organization.DefaultSettings()})
	w.must(err)
	w.Organization = org.ID
	w.connectCalendars(s.In(org.ID), key)
	return w
}

func (w *workday) hire(i int) string {
	show := true
	name := fmt.Sprintf("Person%02d", i)
	return w.tenant.AddPerson(m365.Person{ID: fmt.Sprintf("66666666-6666-6666-6666-%012d", i), GivenName: name, Surname: "Ek", DisplayName: name + " Ek",
		Mail: fmt.Sprintf("p%d@%s", i, w.tenant.Domain), UserPrincipalName: fmt.Sprintf("p%d@%s", i, w.tenant.Domain), AccountEnabled: true,
		ShowInAddressList: &show, Licenses: []string{"05e9a617-0261-4cee-bb44-138d3ef5d965"}, Purpose: "user"})
}

func (w *workday) connectCalendars(o store.Org, key *seal.Key) {
	w.Helper()
	ctx := w.Context()
	source, err := o.AddSource(ctx, organization.Source{Name: "Entra", Kind: drivers.Entra, Settings: map[string]string{
		"cloud": "simulated", "tenant": w.tenant.ID, "client": w.tenant.ClientID}})
	w.must(err)
	sealed, err := key.Seal([]byte(w.tenant.Secret()), organization.Sealed(o.ID(), source.ID, string(organization.Secret)))
	w.must(err)
	_, err = o.AddCredential(ctx, source.ID, organization.Credential{Kind: organization.Secret}, sealed)
	w.must(err)
	r := organization.Replicator{Name: "Personal", Kind: "MicrosoftEntra", Source: source.ID, Register: drivers.Builtin,
		Schedule: organization.Schedule{Mode: organization.ByHand, Zone: "Europe/Stockholm"}, Settings: directory.DefaultSettings()}
	r.Settings.New = directory.Create
	r.Settings.Extension = directory.ExtensionRule{From: directory.NextFree, Start: 100}
	r, err = o.AddReplicator(ctx, r)
	w.must(err)
	w.Source, w.Replicator = source.ID, r.ID
	w.must(o.PutConnection(ctx, organization.Connection{Source: source.ID, Live: organization.Live{All: true}}, 0))
	_, err = o.PutSwitchboard(ctx, organization.Switchboard{Name: "SIP", Kind: drivers.Presence, Register: store.Builtin,
		Settings: map[string]string{"server": w.sip.TCP, "transport": "tcp", "address": "sip:{extension}@pbx.example.se"}}, nil, 0)
	w.must(err)
}

// live goes through the day.
func (w *workday) live() {
	w.Helper()
	defer func() {
		if w.child != nil {
			w.child.end()
		}
	}()
	chance := w.chance
	w.chance = nil // rounds are killed elsewhere
	step := 0
	press := func(lines ...string) {
		w.Helper()
		for _, line := range lines {
			w.lasts = append(w.lasts[:min(step, len(w.lasts))], 80*time.Millisecond)
			w.press(step, line)
			step++
		}
	}
	press("round whole", "approve", "work")
	w.chance = chance
	p, now := w.staff, time.Now()
	var events []string
	for i := range 6 {
		events = append(events, w.meet(p[i], now.Add(-time.Minute), now.Add(time.Hour), activity.Meeting))
	}
	press("read")
	press(w.choose(p[0], activity.Lunch), w.choose(p[8], activity.Holiday))
	soon := time.Now().Add(time.Second) // something begins while we are about to be killed
	for i := 9; i < 12; i++ {
		w.meet(p[i], soon, soon.Add(time.Hour), activity.Meeting)
	}
	w.must(w.tenant.DeleteEvent(p[1], events[1]))
	w.must(w.tenant.ChangeEvent(p[2], events[2], func(e *m365.Event) { e.Start, e.End = now.Add(2*time.Hour), now.Add(3*time.Hour) }))
	w.want[p[1]], w.want[p[2]] = activity.Available, activity.Available
	press("read")
	time.Sleep(time.Until(soon))
	press("work")
	press("back " + p[3]) // silences the meeting
	w.want[p[3]] = activity.Available
	press("back " + p[8])
	w.want[p[8]] = activity.Available
	delete(w.set, p[8])
	w.must(w.tenant.Disable(p[4])) // is no longer read, and what stood is taken back
	delete(w.want, p[4])
	press("round change", "work")
	w.meet(p[12], time.Now().Add(-time.Minute), time.Now().Add(30*time.Minute), activity.Meeting)
	press(w.choose(p[13], activity.Busy), "read", "read")
	w.chance = nil
	press("work")
	time.Sleep(lasting + 500*time.Millisecond) // what nobody refreshes has ended
	press("work")
	w.ending()
}

func (w *workday) meet(person string, from, to time.Time, as activity.Key) (id string) {
	w.Helper()
	id, err := w.tenant.AddEvent(person, m365.Event{Subject: "Budget", Start: from, End: to, Attendees: []string{"kund@kunden.example"}})
	w.must(err)
	w.want[person] = as
	return id
}

func (w *workday) choose(person string, a activity.Key) (line string) {
	w.want[person], w.set[person] = a, a
	return fmt.Sprintf("choose %s %s", person, a)
}

// elements are what stands in a document of a presence server for an activity.
var elements = map[activity.Key]string{activity.Meeting: "meeting", activity.Lunch: "meal", activity.Busy: "busy", activity.Holiday: "vacation"}

// ending compares what stands with what should.
func (w *workday) ending() {
	w.Helper()
	s := w.open()
	defer s.Close()
	o, ctx := s.In(w.Organization), w.Context()
	addresses, here := map[string]string{}, 0
	for l, err := range o.Links(ctx, drivers.Builtin) {
		w.must(err)
		entry, err := o.Subscriber(ctx, l.Subscriber)
		w.must(err)
		addresses[l.Person] = "sip:" + entry.Get(pbx.Extension) + "@pbx.example.se"
	}
	got, want := map[string]string{}, map[string]string{}
	for _, person := range w.staff {
		documents := w.sip.Documents(addresses[person])
		key, enrolled := w.want[person]
		if person != w.staff[4] && !enrolled {
			key, enrolled = activity.Available, true
		}
		if enrolled {
			here++
		}
		element := elements[key]
		want[person] = fmt.Sprintf("told %s, published %q, set %q", key, element, w.set[person])
		tellings, err := o.Tellings(ctx, person)
		w.must(err)
		told := activity.Key("")
		for _, t := range tellings {
			if t.Switchboard == store.Builtin {
				told = t.Told.Key
			}
		}
		choice, err := o.Choice(ctx, person)
		w.must(err)
		published := ""
		for _, d := range documents {
			if element != "" && strings.Contains(d, ":"+element) {
				published += element
			} else {
				published += "something else: " + d
			}
		}
		got[person] = fmt.Sprintf("told %s, published %q, set %q", told, published, choice.Choice.Activity)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.Errorf("what stands differs (-should, +stands) after %s:\n%s", strings.Join(w.deaths, ", "), diff)
	}
	rows, _, err := o.Board(ctx, store.BoardFilter{}, "", 1000)
	w.must(err)
	if len(rows) != here {
		w.Errorf("%d people stand on the board, want %d, after %s", len(rows), here, strings.Join(w.deaths, ", "))
	}
}
