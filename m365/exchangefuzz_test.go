package m365_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/telefonist/telefonist/m365"
)

// FuzzExchangeRequest: whatever is sent, the answer is an answer or a fault.
func FuzzExchangeRequest(f *testing.F) {
	tenant := m365.New(m365.Options{People: 10, Seed: 1})
	anna := staff(tenant)[0]
	x := m365.NewExchange(tenant, m365.ExchangeOptions{All: true, Minute: 1, Accounts: []m365.ExchangeAccount{{User: monitor, Password: password, Mailbox: anna.Mail}}})
	must(f, x.GrantImpersonation(monitor, "*"))
	from, to := "2026-11-23T00:00:00", "2026-11-24T00:00:00"
	for _, body := range []string{
		freeBusy("DetailedMerged", from, to, anna.Mail), calendarViewOf(anna.Mail, from, to, allFields...), getFolder(calendarOf(""), "folder:EffectiveRights"),
		syncItems("", "", 5), subscribeTo(""), streamOf("x"), oofOf(anna.Mail), `<m:GetServerTimeZones><m:Ids><t:Id>UTC</t:Id></m:Ids></m:GetServerTimeZones>`,
		`<m:ResolveNames><m:UnresolvedEntry>a</m:UnresolvedEntry></m:ResolveNames>`, `<m:Unsubscribe><m:SubscriptionId>x</m:SubscriptionId></m:Unsubscribe>`,
		`<m:GetItem>` + shaped("ItemShape", "AllProperties") + `<m:ItemIds><t:ItemId Id="AAMk"/></m:ItemIds></m:GetItem>`,
	} {
		f.Add(soap("Exchange2013_SP1", "", body))
		f.Add(soap("Exchange2016", impersonating(anna.Mail), body))
	}
	f.Fuzz(func(t *testing.T, envelope string) {
		r := httptest.NewRequest(http.MethodPost, "/EWS/Exchange.asmx", strings.NewReader(envelope))
		r.SetBasicAuth(monitor, password)
		w := httptest.NewRecorder()
		x.ServeHTTP(w, r)
		if w.Code != http.StatusOK && w.Code != http.StatusInternalServerError {
			t.Errorf("answered %d", w.Code)
		}
		if body := w.Body.String(); !strings.HasPrefix(body, "<?xml") || !strings.HasSuffix(body, ":Envelope>") {
			t.Errorf("answered %.300s", body)
		}
	})
}
