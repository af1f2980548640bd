package desk

import (
	"errors"
	"strings"
	"testing"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// A script for Exchange Online can be written for Microsoft's clouds alone, and a
// connection to another is told so.
func TestCalendarScriptKnowsMicrosoftsCloudsAlone(t *testing.T) {
	o := newOffice(t)
	v := o.as(User, organization.Administrator, "")
	for cloud, want := range map[string]string{"": "", "china": "", "simulated": "scriptCloud"} {
		s, err := o.desk.Store.In(o.org).AddSource(t.Context(), organization.Source{
			ID: store.NewID(), Name: "Entra " + cloud, Kind: "entra",
			Settings: map[string]string{"tenant": "contoso.example", "client": "11111111-2222-3333-4444-555555555555", "cloud": cloud},
		})
		o.must(err)
		script, err := v.CalendarScript(t.Context(), s.ID, "telefoni@contoso.example", false, Proof{})
		var bad *Invalid
		switch {
		case want == "" && (err != nil || !strings.Contains(script, "New-ManagementScope")):
			t.Errorf("cloud %q: %v", cloud, err)
		case want != "" && (!errors.As(err, &bad) || len(bad.Fields) != 1 || bad.Fields[0].Code != want || script != ""):
			t.Errorf("cloud %q: %v, want %s", cloud, err, want)
		}
	}
}
