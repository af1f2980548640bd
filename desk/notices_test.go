package desk

import (
	"testing"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

func TestOnlyTheChosenAreToldOfNotices(t *testing.T) {
	for name, c := range map[string]struct {
		chosen    []string
		anna, bob int64
	}{
		"nobody chosen: all": {nil, 1, 1},
		"one chosen":         {[]string{"anna@example.se"}, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := open(t)
			settings := organization.DefaultSettings()
			settings.Notify.Users = c.chosen
			customer, err := d.As(operator(t, d)).AddOrganization(t.Context(), NewOrganization{Name: "Kontoret AB", Settings: &settings})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := d.Store.In(customer.ID).AddNotice(t.Context(), store.Notice{Kind: "held", Subject: "1"}); err != nil {
				t.Fatal(err)
			}
			for email, want := range map[string]int64{"anna@example.se": c.anna, "bob@example.se": c.bob} {
				at := d.As(Actor{ID: email, Kind: User, Roles: map[organization.ID]organization.Role{customer.ID: organization.Administrator}}).In(customer.ID)
				page, err := at.Notices(t.Context(), 0, 10)
				if err != nil || page.Unseen != want || len(page.Notices) != 1 {
					t.Errorf("%s: %d unseen of %d (%v), want %d of 1", email, page.Unseen, len(page.Notices), err, want)
				}
				view, err := at.Overview(t.Context())
				if err != nil || view.Unseen != want {
					t.Errorf("%s: the overview counts %d (%v), want %d", email, view.Unseen, err, want)
				}
			}
		})
	}
}
