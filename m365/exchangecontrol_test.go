package m365_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/telefonist/telefonist/m365"
)

func contextOf(t *testing.T) (context.Context, context.CancelFunc) {
	return context.WithCancel(t.Context())
}

// TestExchangeByControl sets up a server and changes it by the control API
// alone.
func TestExchangeByControl(t *testing.T) {
	w := start(t, m365.Options{People: 20, Seed: 1})
	w.client.Transport.(*http.Transport).ForceAttemptHTTP2 = false
	anna := staff(w.tenant)[0]
	control := func(method, path, body string, want int) string {
		t.Helper()
		a := w.do(method, "/control/exchange"+path, body)
		if a.status != want {
			t.Errorf("%s %s %s: %d %s", method, path, body, a.status, a.body)
		}
		return string(a.body)
	}
	control("POST", "", `{"name":"kontor","tenant":"`+w.tenant.Domain+`","version":"2010_SP2","accounts":[{"user":"monitor","password":"`+password+`","mailbox":"`+anna.Mail+`"}],"all":true}`, 201)
	control("POST", "", `{"name":"kontor","tenant":"`+w.tenant.Domain+`"}`, 409)
	control("POST", "", `{"name":"b","tenant":"none"}`, 404)
	control("POST", "", `{"name":"b","tenant":"`+w.tenant.Domain+`","version":"5.5"}`, 400)
	if list := control("GET", "", "", 200); !strings.Contains(list, `"path":"/kontor/EWS/Exchange.asmx"`) {
		t.Errorf("the servers: %s", list)
	}
	bo := staff(w.tenant)[1]
	ask := func(name string) (int, string) {
		t.Helper()
		r, err := http.NewRequest(http.MethodPost, w.server.URL()+name+"/EWS/Exchange.asmx", strings.NewReader(soap("Exchange2010_SP2", "", calendarViewOf(bo.Mail, "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"))))
		must(t, err)
		r.SetBasicAuth(monitor, password)
		res, err := w.client.Do(r)
		must(t, err)
		a := read(t, res)
		if !strings.HasPrefix(string(a.body), "<?xml") {
			return a.status, string(a.body)
		}
		return a.status, parsed(t, a.body).find("ResponseCode").Text
	}
	expect := func(want string) {
		t.Helper()
		if _, got := ask("/kontor"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	expect("ErrorFolderNotFound")
	control("POST", "/kontor/rights", `{"user":"monitor","right":"reviewer","mailboxes":["`+bo.Mail+`"],"impersonate":"*"}`, 204)
	expect("NoError")
	if _, got := ask(""); got != "NoError" {
		t.Errorf("without the name: %s", got)
	}
	control("POST", "/kontor/rights", `{"user":"monitor","right":"","mailboxes":["`+bo.Mail+`"]}`, 204)
	control("POST", "/kontor/rights", `{"right":"reviewer"}`, 204)
	expect("NoError")
	control("POST", "/kontor/rights", `{"right":"god"}`, 400)
	control("POST", "/kontor/faults", `{"kind":"busy","backOff":"5s","for":"1h","operation":"FindItem"}`, 204)
	if list := control("GET", "/kontor/faults", "", 200); !strings.Contains(list, `"busy"`) {
		t.Errorf("faults: %s", list)
	}
	expect("ErrorServerBusy")
	control("DELETE", "/kontor/faults", "", 204)
	control("POST", "/kontor/faults", `{"kind":"busy","for":"soon"}`, 400)
	control("POST", "/kontor/mailboxes", `{"mailbox":"`+bo.Mail+`","move":"1h"}`, 204)
	expect("ErrorMailboxMoveInProgress")
	control("POST", "/kontor/mailboxes", `{"mailbox":"`+bo.Mail+`","back":true}`, 204)
	expect("NoError")
	control("POST", "/kontor/mailboxes", `{"mailbox":"`+bo.Mail+`","version":"2007_SP1"}`, 204)
	expect("ErrorInvalidSchemaVersionForMailboxVersion")
	control("POST", "/kontor/mailboxes", `{"mailbox":"`+bo.Mail+`","version":"2019"}`, 400)
	control("POST", "/kontor/accounts", `{"user":"monitor","password":"new"}`, 204)
	if status, _ := ask("/kontor"); status != 401 {
		t.Errorf("with the old password: %d", status)
	}
	control("POST", "/kontor/accounts", `{"user":"monitor","password":"`+password+`","disabled":true}`, 204)
	if status, _ := ask("/kontor"); status != 401 {
		t.Errorf("while disabled: %d", status)
	}
	control("POST", "/kontor/accounts", `{"user":"nobody","unlock":true}`, 404)
	control("POST", "/kontor/forget", `{"subscriptions":true,"syncStates":true,"streams":true}`, 204)
	if list := control("GET", "/kontor/requests", "", 200); !strings.Contains(list, `"operation":"FindItem"`) {
		t.Errorf("requests: %s", list)
	}
	control("DELETE", "/kontor/requests", "", 204)
	control("GET", "/none/requests", "", 404)
}
