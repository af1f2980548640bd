package ews_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/telefonist/telefonist/ews"
)

// Whatever goes wrong with an answer that holds subjects and places, no error has
// them.
func TestErrorsHoldNothingOfItems(t *testing.T) {
	const subject, place = "Uppsägning av Bo", "Rum Tystnaden"
	whole := found("", item("1", "2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z", "<t:Subject>"+subject+"</t:Subject><t:Location>"+place+"</t:Location>"))
	failing := func(code, text string) string {
		a := strings.Replace(whole, `ResponseClass="Success"`, `ResponseClass="Error"`, 1)
		return strings.Replace(a, "<m:ResponseCode>NoError", "<m:MessageText>"+text+"</m:MessageText><m:ResponseCode>"+code, 1)
	}
	fault := func(code, text string) string {
		return soapHead + `<s:Fault xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><faultcode>s:Client</faultcode><faultstring>` + text +
			`</faultstring><detail><e:ResponseCode xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors">` + code + `</e:ResponseCode></detail></s:Fault>` + soapTail
	}
	cut := strings.Index(whole, subject) + len(subject)/2
	for what, c := range map[string]struct {
		status int
		body   string
	}{
		"an item that is corrupt":  {200, failing("ErrorItemCorrupt", "The item "+subject+" is corrupt.")},
		"an occurrence":            {200, failing("ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange", subject)},
		"a property":               {200, failing("ErrorPropertyUpdate", subject+" "+place)},
		"a mailbox, items besides": {200, failing("ErrorMailboxStoreUnavailable", "The mailbox is away.")},
		"a fault":                  {500, fault("ErrorCorruptData", subject)},
		"an answer that ends":      {200, whole[:cut]},
		"an end that isn't its":    {200, strings.Replace(whole, "</t:Subject>", "</t:Location>", 1)},
		"what is no letter":        {200, strings.Replace(whole, subject, subject+"\x00\x01<", 1)},
		"an unknown entity":        {200, strings.Replace(whole, subject, "&"+subject+";", 1)},
		"a time that is none":      {200, strings.Replace(whole, "2026-11-23T10:00:00Z", subject, 1)},
		"another status":           {503, whole},
	} {
		from := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
		err := serve(t, c.status, []byte(c.body)).CalendarView(t.Context(), ews.Access{Version: ews.Exchange2016}, from, from.AddDate(0, 0, 1), func(*ews.Item) {})
		if err == nil {
			t.Errorf("%s: no error", what)
			continue
		}
		said := err.Error()
		var e *ews.Error
		if errors.As(err, &e) {
			said += "\n" + e.Text + "\n" + string(e.Code) + string(e.Inner) + e.Policy + e.Location
		}
		for _, word := range []string{"Upps", "av Bo", "Tyst"} {
			if strings.Contains(said, word) {
				t.Errorf("%s: %s", what, said)
			}
		}
	}
}
