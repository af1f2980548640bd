package m365

import (
	"strings"
	"sync"
	"time"
)

// The names under which Outlook hides a zone that has none.
const (
	customZone     = "tzone://Microsoft/Custom"
	customizedZone = "Customized Time Zone"
	utcZone        = "tzone://Microsoft/Utc"
)

// locations are the zones loaded so far: reading one from disk for every event
// would take longer than all the rest.
var locations sync.Map

// zone is the place behind a Windows or IANA name.
func zone(name string) (*time.Location, bool) {
	if known, ok := locations.Load(name); ok {
		return known.(*time.Location), true
	}
	iana := name
	switch at, isWindows := windowsZones[name]; {
	case isWindows:
		iana = at
	case name == utcZone:
		iana = "UTC"
	case name == "" || name == "Local" || strings.HasPrefix(name, "/"):
		return nil, false
	}
	loc, err := time.LoadLocation(iana)
	if err != nil {
		return nil, false
	}
	locations.Store(name, loc)
	return loc, true
}

// place is the zone of an event in the mailbox, whose own stands in for custom
// ones.
func (m *Mailbox) place(name string) (*time.Location, bool) {
	if name == "" || name == customZone || name == customizedZone {
		name = m.Zone
	}
	return zone(name)
}
