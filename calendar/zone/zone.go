// Package zone finds time zones by the names that calendars use: Windows',
// which Exchange and Outlook speak, IANA's, and zones without a name that a
// mailbox spells out.
//
//	l, ok := zone.LoadIn("W. Europe Standard Time", "SE") // Europe/Stockholm
//
// The table of Windows' names is Unicode CLDR's. The zones' own rules come from
// the system, or from [time/tzdata] in a program that imports it.
package zone

//go:generate go run ./generate

import (
	"strings"
	"sync"
	"time"
)

// Load finds a zone by a Windows name in any case, an IANA name, "UTC" or
// "tzone://Microsoft/Utc". It answers false for what names no zone:
// "Customized Time Zone", "tzone://Microsoft/Custom", and anything unknown.
func Load(name string) (*time.Location, bool) { return LoadIn(name, "") }

// LoadIn is Load for a mailbox in a country (ISO 3166-1, "SE"): a Windows name
// stands for another IANA zone in each. The clocks of such zones agree today,
// and mostly since 1970.
func LoadIn(name, country string) (*time.Location, bool) {
	name, ok := IANA(name, country)
	if !ok {
		return nil, false
	}
	if name == "UTC" {
		return time.UTC, true
	}
	if l, ok := loaded.Load(name); ok {
		return l.(*time.Location), true
	}
	l, err := time.LoadLocation(name)
	if err != nil {
		return nil, false
	}
	loaded.Store(name, l)
	return l, true
}

// loaded keeps the zones that were found, by name; there are some hundreds.
var loaded sync.Map

// IANA is the IANA name of what [LoadIn] finds; one that is no Windows name is
// handed back as it is, where it looks like a name of IANA's.
func IANA(name, country string) (string, bool) {
	name = strings.TrimSpace(name)
	key := strings.ToLower(name)
	switch key {
	case "utc", "etc/utc", "gmt", "tzone://microsoft/utc", "coordinated universal time":
		return "UTC", true
	case "", "local":
		return "", false
	}
	if iana, ok := windows[key+"/"+strings.ToUpper(country)]; ok && country != "" {
		return iana, true
	}
	if iana, ok := windows[key]; ok {
		return iana, true
	}
	return name, plain(name)
}

// plain says whether text has only what IANA puts into names, so that nothing
// else is looked for in the file system.
func plain(text string) bool {
	for _, r := range text {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		case r == '/', r == '_', r == '-', r == '+':
		default:
			return false
		}
	}
	return true
}
