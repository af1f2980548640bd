//go:build peers

package peers_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/m365"
)

// seen is what msgraph/main.mjs reports.
type seen struct {
	WrongSecret, Nobody        *refused
	Certificate                int
	Users, Delta, Names, Quiet int
	Again                      bool
	Groups, Members, Guests    int
	Batch                      struct {
		Answers  int
		Statuses map[string]int
	}
	Calendar calendarSeen
}

// calendarSeen is what msgraph/calendar.mjs reports.
type calendarSeen struct {
	FirstPage, Listed int
	Start, Zone       string
	Batch             struct {
		Anna, Events, Bertil, Outside int
		Applied, Denied               string
		More                          bool
	}
	Meeting struct {
		Start, His, Answer, Location string
		UID, Invited                 bool
	}
	Gone, Outside *refused
	Cancelled     bool
	Settings      struct {
		Zone, Replies, From string
		Days                int
	}
}

type refused struct {
	Code    string
	Status  int
	Message string
}

// Microsoft's npm libraries sign in, page, follow delta to the end, batch, read
// calendars and write meetings against the simulated tenant as they do against
// Microsoft.
func TestMicrosoftsLibrariesWorkAgainstTheSimulatedTenant(t *testing.T) {
	modules := os.Getenv("TELEFONIST_PEERS_NODE_MODULES")
	if modules == "" {
		t.Fatal("TELEFONIST_PEERS_NODE_MODULES must name the folder where npm ci was run with peers/msgraph's lock")
	}
	tenant := m365.New(m365.Options{People: 450, Seed: 7, MembersPage: 100})
	server := m365.NewServer(tenant)
	if err := server.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	key, thumbprint := certify(t, tenant)

	people := appoint(t, tenant)

	folder := t.TempDir()
	ca := filepath.Join(folder, "ca.pem")
	must(t, os.WriteFile(ca, server.CA(), 0o600))
	for _, name := range []string{"main.mjs", "calendar.mjs"} {
		script, err := os.ReadFile(filepath.Join("msgraph", name))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(folder, name), script, 0o600))
	}
	must(t, os.Symlink(filepath.Join(modules, "node_modules"), filepath.Join(folder, "node_modules")))

	cmd := exec.CommandContext(t.Context(), "node", "main.mjs")
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "NODE_EXTRA_CA_CERTS="+ca, "M365_URL="+server.URL(), "M365_TENANT="+tenant.ID,
		"M365_CLIENT="+tenant.ClientID, "M365_SECRET="+tenant.Secret(), "M365_KEY="+key, "M365_THUMBPRINT="+thumbprint,
		"M365_ANNA="+people[0].ID, "M365_BERTIL="+people[1].Mail, "M365_OUTSIDE="+people[2].ID)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, stderr.Bytes())
	}
	var got seen
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	compare(t, tenant, got)
}

// appoint fills the first calendar with a day of 250 events, sets the second
// one's mailbox, and keeps the app from the third's. It returns whose they are.
func appoint(t *testing.T, tenant *m365.Tenant) []m365.Person {
	t.Helper()
	var people []m365.Person
	for _, p := range tenant.People() {
		if p.Purpose == "user" && p.AccountEnabled && p.Mail == p.UserPrincipalName && len(people) < 3 {
			people = append(people, p)
		}
	}
	begin := time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC) // midnight in Stockholm
	_, err := tenant.AddEvent(people[0].ID, m365.Event{
		Subject: "Standup", Start: begin, End: begin.Add(5 * time.Minute), Recurrence: &m365.Recurrence{Type: "daily"},
	})
	must(t, err)
	for i := range 249 {
		start := begin.Add(time.Duration(1+i) * 5 * time.Minute)
		_, err := tenant.AddEvent(people[0].ID, m365.Event{Start: start, End: start.Add(5 * time.Minute)})
		must(t, err)
	}
	must(t, tenant.ChangeMailbox(people[1].ID, func(m *m365.Mailbox) {
		m.Hours = m365.Hours{Days: []string{"monday", "friday"}, Start: "07:30", End: "16:00"}
		m.Replies.Status = "alwaysEnabled"
	}))
	group := tenant.AddGroup(m365.Group{DisplayName: "Telefoni", SecurityEnabled: true})
	for _, p := range people[:2] {
		must(t, tenant.AddMember(group, p.ID))
	}
	tenant.RBAC(group, "Calendars.ReadWrite")
	return people
}

func compare(t *testing.T, tenant *m365.Tenant, got seen) {
	t.Helper()
	guests, members := 0, 0
	for _, p := range tenant.People() {
		if p.UserType == "Guest" {
			guests++
		}
	}
	for _, g := range tenant.Groups() {
		if g.Visibility != "HiddenMembership" { // whose members the app may not see
			members += len(tenant.Members(g.ID))
		}
	}
	statuses := map[string]int{}
	for _, p := range tenant.People()[:20] {
		if p.Purpose == "" {
			statuses["404"]++
		} else {
			statuses["200"]++
		}
	}
	want := seen{
		Certificate: 3, Users: 450, Delta: 450, Names: 450, Again: true,
		Groups: len(tenant.Groups()), Members: members, Guests: guests,
	}
	want.Batch.Answers, want.Batch.Statuses = 20, statuses
	want.Calendar = wantCalendar()
	gone, outside := got.Calendar.Gone, got.Calendar.Outside
	got.Calendar.Gone, got.Calendar.Outside = nil, nil
	if gone == nil || gone.Code != "ErrorItemNotFound" || gone.Status != 404 {
		t.Errorf("a deleted event gave %+v", gone)
	}
	if outside == nil || outside.Code != "ErrorAccessDenied" || outside.Status != 403 {
		t.Errorf("a mailbox outside the group gave %+v", outside)
	}
	wrong, nobody := got.WrongSecret, got.Nobody
	got.WrongSecret, got.Nobody = nil, nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what the libraries saw (-want +got):\n%s", diff)
	}
	if wrong == nil || wrong.Code != "invalid_client" || !bytes.Contains([]byte(wrong.Message), []byte("AADSTS7000215")) {
		t.Errorf("a wrong secret gave %+v", wrong)
	}
	if nobody == nil || nobody.Code != "Request_ResourceNotFound" || nobody.Status != 404 {
		t.Errorf("an unknown person gave %+v", nobody)
	}
}

func wantCalendar() calendarSeen {
	want := calendarSeen{FirstPage: 100, Listed: 250, Start: "2026-11-23T00:00:00.0000000", Zone: "W. Europe Standard Time", Cancelled: true}
	want.Batch.Anna, want.Batch.Bertil, want.Batch.Outside = 200, 200, 403
	want.Batch.Events, want.Batch.More = 7, true
	want.Batch.Applied, want.Batch.Denied = `IdType="ImmutableId"`, "ErrorAccessDenied"
	want.Meeting.Start, want.Meeting.His = "2026-11-25T08:00:00.0000000", "tentative"
	want.Meeting.Answer, want.Meeting.Location = "accepted", "Vättern"
	want.Meeting.UID, want.Meeting.Invited = true, true
	want.Settings.Zone, want.Settings.Replies, want.Settings.From, want.Settings.Days = "W. Europe Standard Time", "alwaysEnabled", "07:30:00.0000000", 2
	return want
}

// certify registers a new certificate and returns its key (PEM) and SHA-256
// thumbprint (hex).
func certify(t *testing.T, tenant *m365.Tenant) (key, thumbprint string) {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "peer"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	must(t, tenant.AddCertificate(der))
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(der)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})), hex.EncodeToString(sum[:])
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
