package desk

import (
	"context"
	"time"

	"github.com/telefonist/telefonist/organization"
)

// Here is what each page of an organization says of it, whoever reads it.
type Here struct {
	Name     string
	Country  string // as its telephone numbers are written
	Language string
	Zone     *time.Location // of its calendars
	Mode     Mode
}

// Mode says whether activities are told to anybody.
type Mode string

// The modes.
const (
	NoCalendars Mode = ""       // none are connected
	TestMode    Mode = "test"   // Provläge: nobody's
	PartlyLive  Mode = "partly" // those of some
	InService   Mode = "live"   // I drift: everybody's
)

// Here reads it.
func (v *Visit) Here(ctx context.Context) (Here, error) {
	if err := v.may(ctx, "Here"); err != nil {
		return Here{}, err
	}
	o, err := v.organization(ctx)
	if err != nil {
		return Here{}, err
	}
	all, err := v.store().Connections(ctx)
	if err != nil {
		return Here{}, step("list calendar connections", err)
	}
	h := Here{Name: o.Name, Country: o.Settings.Country, Language: o.Settings.Language}
	if h.Zone, err = time.LoadLocation(o.Settings.Calendar.Zone); err != nil {
		h.Zone = time.UTC
	}
	lives := make([]organization.Live, 0, len(all))
	for _, c := range all {
		if !c.Off {
			lives = append(lives, c.Live)
		}
	}
	h.Mode = modeOf(lives)
	return h, nil
}

// modeOf is the mode of connections that are read.
func modeOf(all []organization.Live) Mode {
	test, whole := 0, 0
	for _, l := range all {
		switch {
		case l.Test():
			test++
		case l.All:
			whole++
		}
	}
	switch len(all) {
	case 0:
		return NoCalendars
	case test:
		return TestMode
	case whole:
		return InService
	}
	return PartlyLive
}
