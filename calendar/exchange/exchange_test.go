package exchange_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/m365"
)

func TestWaysOfEveryVersion(t *testing.T) {
	for _, v := range m365.ExchangeVersions() {
		t.Run(string(v), func(t *testing.T) {
			w := newWorld(t, 30, m365.ExchangeOptions{Version: v})
			group := w.tenant.AddGroup(m365.Group{DisplayName: "Läsbara", SecurityEnabled: true})
			w.do(w.tenant.AddMember(group, w.staff[0].ID))
			w.do(w.x.GrantImpersonation("monitor", group))
			w.do(w.x.Grant("monitor", m365.RightFullAccess, w.staff[1].ID))
			w.do(w.x.Grant("monitor", m365.RightReviewer, w.staff[2].ID))
			w.do(w.x.Grant("monitor", m365.RightLimitedDetails, w.staff[3].ID))
			w.do(w.x.Grant("monitor", m365.RightNone, w.staff[5].ID))
			for i := range 6 {
				w.add(i, m365.Event{Subject: "Möte", Start: day(23, 9, 0), End: day(23, 10, 0)})
			}
			got := w.read(w.mailboxes(6))
			for i, want := range []string{"impersonation", "fullAccess", "reviewer", "details", "times", "denied"} {
				if n := kinds(got[i : i+1]); n[want] != 1 {
					t.Errorf("%d: %+v, want %s", i, got[i], want)
				}
				if i < 5 && len(got[i].Events) != 1 {
					t.Errorf("%s: %d events", want, len(got[i].Events))
				}
			}
			t.Log(w.asked())
			_ = cmp.Diff
		})
	}
}
