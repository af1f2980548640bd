package ews

import (
	"cmp"
	"fmt"
	"strconv"
)

// Version is a version of the protocol's schema, which a request names and which
// says what it may hold. The zero Version is Exchange2007SP1, which every server
// knows.
type Version int

// The versions, the oldest first. A server knows all up to its own; Exchange 2019
// and Subscription Edition know no newer one of these than 2016.
const (
	Exchange2007SP1 Version = iota + 1 // service packs 1 to 3
	Exchange2010
	Exchange2010SP1
	Exchange2010SP2 // service packs 2 and 3
	Exchange2013
	Exchange2013SP1
	Exchange2016
)

var versionNames = [...]string{"Exchange2007_SP1", "Exchange2007_SP1", "Exchange2010", "Exchange2010_SP1",
	"Exchange2010_SP2", "Exchange2013", "Exchange2013_SP1", "Exchange2016"}

// String is the version as the header RequestServerVersion names it.
func (v Version) String() string {
	if v < 0 || int(v) >= len(versionNames) {
		return fmt.Sprintf("Version(%d)", int(v))
	}
	return versionNames[v]
}

// ParseVersion reads what [Version.String] wrote.
func ParseVersion(s string) (Version, error) {
	for v := Exchange2007SP1; v <= Exchange2016; v++ {
		if versionNames[v] == s {
			return v, nil
		}
	}
	return 0, fmt.Errorf("ews: no version %q", s)
}

// ServerInfo is what a server says of itself in the header ServerVersionInfo:
// 8 is Exchange 2007, 14 is 2010, 15.0 is 2013, 15.1 is 2016, 15.2 is 2019 and
// Subscription Edition, 15.20 is Exchange Online. It is zero where an answer had
// no such header, as many errors have none.
type ServerInfo struct {
	Major, Minor, Build, Revision int
	// Schema is the newest that it speaks, as it calls it: "Exchange2010_SP2",
	// "V2017_07_11"; "" for Exchange 2007.
	Schema string
}

// String is the number as Exchange's own tools write it, "15.2.1748.10".
func (i ServerInfo) String() string {
	if i == (ServerInfo{}) {
		return ""
	}
	return fmt.Sprintf("%d.%d.%d.%d", i.Major, i.Minor, i.Build, i.Revision)
}

// Product is the name it is sold under, "Exchange 2016"; "" for a server that
// is not known.
func (i ServerInfo) Product() string {
	switch {
	case i.Major == 8:
		return "Exchange 2007"
	case i.Major == 14:
		return "Exchange 2010"
	case i.Major == 15 && i.Minor == 0:
		return "Exchange 2013"
	case i.Major == 15 && i.Minor == 1:
		return "Exchange 2016"
	case i.Major == 15 && i.Minor == 2 && i.Build >= firstSE:
		return "Exchange SE"
	case i.Major == 15 && i.Minor == 2:
		return "Exchange 2019"
	case i.Major == 15 && i.Minor == 20:
		return "Exchange Online"
	}
	return ""
}

// Builds from which a server is more than its major and minor number say.
const (
	firstSE      = 2562
	first2013SP1 = 847
)

// Newest is the newest version that such a server knows, zero where it is unknown.
func (i ServerInfo) Newest() Version {
	switch {
	case i.Major == 8:
		return Exchange2007SP1
	case i.Major == 14:
		return min(Exchange2010+Version(i.Minor), Exchange2010SP2)
	case i.Major == 15 && i.Minor == 0 && i.Build < first2013SP1:
		return Exchange2013
	case i.Major == 15 && i.Minor == 0:
		return Exchange2013SP1
	case i.Major >= 15:
		return Exchange2016
	}
	return 0
}

// elsewhere is whether digit 4 of a MergedFreeBusy is working elsewhere: it was
// no data until 2013. An answer without the header is as new as what was asked.
func (i ServerInfo) elsewhere(asked Version) bool {
	return cmp.Or(i.Newest(), asked) >= Exchange2013
}

func (s *scanner) serverInfo() ServerInfo {
	number := func(name string) int {
		n, _ := strconv.Atoi(s.attr(name))
		return n
	}
	return ServerInfo{number("MajorVersion"), number("MinorVersion"), number("MajorBuildNumber"),
		number("MinorBuildNumber"), s.attr("Version")}
}
