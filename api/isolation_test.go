package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/drivers"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// described is what the tests read of the description.
type described struct {
	Paths map[string]map[string]struct {
		OperationID string `json:"operationId"`
	} `json:"paths"`
}

func (p *place) described(t *testing.T) described {
	t.Helper()
	got := ask(t, "GET", p.url+"/openapi.json", "", "", "")
	var d described
	if err := json.Unmarshal([]byte(got.body), &d); err != nil || len(d.Paths) == 0 {
		t.Fatalf("the description: status %d, %v", got.status, err)
	}
	return d
}

// TestAPIDoesAllThatTheDeskDoes finds for each right the operation of its name.
func TestAPIDoesAllThatTheDeskDoes(t *testing.T) {
	have := map[string]bool{}
	for _, item := range open(t).described(t).Paths {
		for _, op := range item {
			have[op.OperationID] = true
		}
	}
	// What the API does otherwise: a session's own matters are the console's, the
	// notification endpoint stands apart, and some are parts of others.
	for _, op := range []string{"ChangePassword", "ChangeLanguage", "Find", "Notified", "SeeHidden", "SeeSettings", "MakeCertificate", "PreviewImport",
		// Signing in at Microsoft takes a browser.
		"SignInOffer", "BeginSignIn", "SignedIn", "Consented", "TenantFound", "ConfirmTenant",
		// What a page shows to whoever signed in by a link, and a part of the stream.
		"Here", "Mine", "BoardSince"} {
		have[op] = true
	}
	for right := range desk.Rights {
		_, op, _ := strings.Cut(right, ".")
		if !have[op] {
			t.Errorf("no operation of the API is %s", op)
		}
	}
}

// TestOrganizationsAreApart goes through every operation of the description with
// the token of one organization and everything of another: whatever the other
// has, it is not there.
func TestOrganizationsAreApart(t *testing.T) {
	p := open(t)
	mine, _ := p.customer(t, "mine", "administrator")
	theirs, _ := p.customer(t, "theirs", "administrator")
	token := p.token(t, "mine", "administrator")
	of := p.furnish(t, theirs)
	own := p.furnish(t, mine)
	for path, item := range p.described(t).Paths {
		if !strings.HasPrefix(path, "/api/v1/organizations/{org}") {
			continue
		}
		for method, op := range item {
			switch op.OperationID {
			case "PutOrganization", "Connect", "Connecting", "ApproveTenant", "WatchActivities":
				continue // not for this role
			}
			for _, id := range []string{"theirs", of.org} {
				at := strings.NewReplacer("{org}", id, "{id}", of.idFor(path), "{email}", "olle@example.se", "{credential}", of.credential, "{token}", of.personToken).Replace(path)
				got := p.askOperation(t, method, at, op.OperationID, token, of)
				if got.status != http.StatusNotFound {
					t.Errorf("%s %s: got %d %s, want 404", op.OperationID, at, got.status, got.body)
				}
			}
			if !strings.Contains(path, "{id}") && !strings.Contains(path, "{credential}") {
				continue
			}
			at := strings.NewReplacer("{org}", "mine", "{id}", of.idFor(path), "{credential}", of.credential, "{token}", of.personToken).Replace(path)
			if got := p.askOperation(t, method, at, op.OperationID, token, of); got.status != http.StatusNotFound {
				t.Errorf("%s %s: got %d %s, want 404", op.OperationID, at, got.status, got.body)
			}
			if !strings.Contains(path, "{credential}") {
				continue
			}
			at = strings.NewReplacer("{org}", "mine", "{id}", own.source, "{credential}", of.credential).Replace(path)
			if got := p.askOperation(t, method, at, op.OperationID, token, of); got.status != http.StatusNotFound {
				t.Errorf("%s %s: got %d %s, want 404", op.OperationID, at, got.status, got.body)
			}
		}
	}
	if _, err := theirs.Source(t.Context(), of.source); err != nil {
		t.Errorf("after all that, their source: %v", err)
	}
}

// furniture is something of everything that an organization can have.
type furniture struct {
	org                                                                    string
	source, credential, replicator, round, subscriber, token, link, person string
	switchboard, mailbox, personToken                                      string
}

func (p *place) furnish(t *testing.T, org *client.Organization) furniture {
	t.Helper()
	ctx := t.Context()
	f := furniture{org: must[client.Customer](t)(org.Get(ctx)).ID}
	f.source = p.connect(t, org).ID
	f.credential = must[client.Source](t)(org.Source(ctx, f.source)).Credentials[0].ID
	f.replicator = must[client.Replicator](t)(org.AddReplicator(ctx, client.NewReplicator{Name: "Alla", Source: f.source})).ID
	p.run(t, f.replicator, org)
	f.round = must[[]client.Round](t)(org.Rounds(ctx, client.RoundQuery{}))[0].ID
	f.subscriber = must[client.Subscriber](t)(org.AddSubscriber(ctx, map[string]string{"displayName": "Växeln", "extension": "100"})).ID
	f.token = must[[]client.Token](t)(org.Tokens(ctx))[0].ID
	f.link = must[client.ConnectLink](t)(org.AddConnectLink(ctx, client.NewConnectLink{Colleague: "Åsa", Days: 3, Language: "sv"})).ID
	f.person = f.subscriber
	must[client.Connection](t)(org.AddConnection(ctx, client.NewConnection{Source: f.source}))
	f.switchboard = must[client.Switchboard](t)(org.AddSwitchboard(ctx, client.NewSwitchboard{
		Name: "Växeln", Kind: drivers.Presence, Settings: map[string]string{"server": "127.0.0.1", "transport": "tcp", "address": "sip:{extension}@127.0.0.1"},
	})).ID
	f.mailbox = store.NewID()
	in := p.store.In(organization.ID(f.org))
	if err := in.Enroll(ctx, f.source, []store.Enrolled{{Person: f.mailbox, Address: f.mailbox + "@example.se", Name: "Anna"}}); err != nil {
		t.Fatal(err)
	}
	f.personToken = must[client.PersonToken](t)(org.AddPersonToken(ctx, f.mailbox, "Telefonen")).ID
	return f
}

// idFor is the id that stands in a path.
func (f furniture) idFor(path string) string {
	if strings.Contains(path, "/people/{id}/") && !strings.HasSuffix(path, "/data") {
		return f.mailbox
	}
	for part, id := range map[string]string{
		"/sources/": f.source, "/replicators/": f.replicator, "/rounds/": f.round, "/subscribers/": f.subscriber,
		"/tokens/": f.token, "/connect-links/": f.link, "/people/": f.person,
		"/connections/": f.source, "/mailboxes/": f.mailbox, "/switchboards/": f.switchboard,
	} {
		if strings.Contains(path, part+"{id}") {
			return id
		}
	}
	return ""
}

const calendarBody = `{"zone":"Europe/Stockholm","preset":"both","privacy":{"subject":"nobody","place":"nobody","private":"status"},` +
	`"hours":{"activity":"gone","freeDays":{}},"replies":{"activity":"out"},"reading":{"ahead":35,"far":120,"behind":8,"sweep":5,"atOnce":4,"told":30}}`

// askOperation sends a body that the schema accepts and a query that is complete.
func (p *place) askOperation(t *testing.T, method, path, operation, token string, f furniture) answered {
	t.Helper()
	settings := `{"scope":{"everybody":true},"mapping":[],"extension":{},"contacts":true,"new":"offer","limits":{"left":{"count":1,"percent":1},"changed":{"count":1,"percent":1}}}`
	bodies := map[string]string{
		"SaveOrganization": `{"name":"x","settings":{"language":"sv","country":"SE","retention":{"rounds":90,"removed":30},"notify":{},"template":{"schedule":{"mode":"byHand","from":0,"to":1,"zone":"UTC"},"limits":{"left":{"count":1,"percent":1},"changed":{"count":1,"percent":1}}}}}`,
		"AddUser":          `{"email":"a@example.se","role":"attendant"}`,
		"ChangeUser":       `{"email":"olle@example.se","role":"attendant"}`,
		"AddToken":         `{"name":"x","role":"attendant"}`,
		"AddSource":        `{"name":"x","kind":"entra","settings":{"cloud":"sim","tenant":"a.example","client":"` + f.source + `"}}`,
		"SaveSource":       `{"name":"x","settings":{"cloud":"sim","tenant":"a.example","client":"11111111-1111-1111-1111-111111111111"}}`,
		"AddSecret":        `{"secret":"a-long-secret"}`,
		"AddCertificate":   `{}`,
		"Count":            `{"everybody":true}`,
		"Preview":          settings,
		"ExchangeScript":   `{"version":"2019"}`,
		"AddConnectLink":   `{"colleague":"x","days":1,"language":"sv"}`,
		"AddReplicator":    `{"name":"x","source":"` + f.source + `"}`,
		"SaveReplicator":   `{"name":"x"}`,
		"OrderReplicators": `{"replicators":[]}`,
		"RunReplicator":    `{}`,
		"Decide":           `{"decisions":[{"do":"create","person":"x"}]}`,
		"AddSubscriber":    `{"fields":{"displayName":"x"}}`,
		"SaveSubscriber":   `{"fields":{"displayName":"x"}}`,
		"SeeNotices":       `{"upTo":1}`,
		"TestMail":         `{"to":"a@example.se"}`,
		"ApproveTenant":    `{"yes":true}`,

		"SaveCalendarSettings": calendarBody, "WouldClose": calendarBody, "TryCalendarSettings": `{"settings":` + calendarBody + `}`,
		"AddCalendarConnection": `{"source":"` + f.source + `"}`, "SaveCalendarConnection": `{}`, "SetLive": `{"all":true,"live":true}`,
		"CheckCalendar": `{}`, "Choose": `{"activity":"lunch","lasts":"open"}`, "SavePreference": `{}`, "AddPersonToken": `{"name":"x"}`,
		"AddSwitchboard":  `{"name":"x","kind":"presence","settings":{"server":"127.0.0.1","transport":"tcp","address":"sip:{extension}@a.example"}}`,
		"SaveSwitchboard": `{"name":"x","settings":{}}`, "PauseSwitchboard": `{"paused":true}`,
		"Import": "Namn;Anknytning\r\nx;1\r\n",
	}
	queries := map[string]string{"Lookup": "number=100", "Explain": "query=x", "Script": "shell=azure", "FindPeople": "search=x",
		"Day": "from=2026-11-23T00:00:00Z&to=2026-11-24T00:00:00Z", "Told": "from=2026-11-23T00:00:00Z&to=2026-11-24T00:00:00Z",
		"CalendarScript": "group=x@example.se", "DeleteOrganization": "name=Kund theirs"}
	contentType := "application/json"
	if operation == "Import" {
		contentType = "text/csv"
	}
	url := p.url + path
	if q := queries[operation]; q != "" {
		url += "?" + strings.ReplaceAll(q, " ", "%20")
	}
	return ask(t, strings.ToUpper(method), url, token, contentType, bodies[operation], "If-Match", `"1"`)
}
