package api_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/telefonist/telefonist/client"
)

// An Exchange server is added with its password, which never comes back, and its
// script is written.
func TestExchangeServer(t *testing.T) {
	p := open(t)
	org, _ := p.customer(t, "mine", "administrator")
	ctx := t.Context()
	added := must[client.Source](t)(org.AddSource(ctx, client.NewSource{Name: "Egen server", Kind: "exchange", Password: new("hemligt lösen"),
		Settings: map[string]string{"url": "https://mail.example.se/EWS/Exchange.asmx", "user": `EXEMPEL\monitor`}}))
	must[client.Credential](t)(org.AddSecret(ctx, added.ID, client.NewSecret{Secret: "annat lösen"}))
	s := must[client.Source](t)(org.Source(ctx, added.ID))
	text, err := json.Marshal(s)
	if err != nil || strings.Contains(string(text), "lösen") || len(s.Credentials) != 1 || s.Credentials[0].Hint != "" {
		t.Errorf("it is told: %s, %v", text, err)
	}
	if _, err := org.AddReplicator(ctx, client.NewReplicator{Name: "Alla", Source: s.ID}); err == nil {
		t.Error("a replicator of a server without people")
	}
	if _, err := org.AddSource(ctx, client.NewSource{Name: "x", Kind: "exchange", Password: new("x"),
		Settings: map[string]string{"url": "https://outlook.office365.com/EWS/Exchange.asmx", "user": "a@b.example"}}); err == nil || !strings.Contains(err.Error(), "Graph") {
		t.Errorf("Exchange Online: %v", err)
	}
	connection := must[client.Connection](t)(org.AddConnection(ctx, client.NewConnection{Source: s.ID}))
	if !connection.Server {
		t.Errorf("its calendars: %+v", connection)
	}
	script := must[client.ExchangeScript](t)(org.ExchangeScript(ctx, client.NewExchangeScript{Version: "2007"}))
	if !strings.Contains(script.Script, "FullAccess") || len(script.Steps) == 0 || script.Steps[0].Text == "" || script.File == "" {
		t.Errorf("the script: %+v", script)
	}
}
