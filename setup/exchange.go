package setup

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Right is what the account that reads is given on an Exchange server.
type Right string

// The rights, from least to most. What each lets Telefonist know stands in
// docs/exchange.en.md.
const (
	// LimitedDetails on each calendar: availability with subject and place, except
	// of what is private, which the server itself withholds.
	LimitedDetails Right = "limiteddetails"
	// Reviewer on each calendar: all that stands in it, private events too.
	Reviewer Right = "reviewer"
	// Impersonation of the mailboxes' owners.
	Impersonation Right = "impersonation"
	// FullAccess to each mailbox: mail, too.
	FullAccess Right = "fullaccess"
)

// ExchangeVersions are the versions there is a script for, the oldest first. 2007
// is Service Pack 1 or later; SE is the Subscription Edition.
func ExchangeVersions() []string { return []string{"2007", "2010", "2013", "2016", "2019", "SE"} }

// ExchangeRights are the rights that can be given on a version, the one that we
// recommend first. Exchange 2007 has no command that gives a right on a folder.
func ExchangeRights(version string) []Right {
	if version == "2007" {
		return []Right{FullAccess, Impersonation}
	}
	return []Right{LimitedDetails, Reviewer, Impersonation, FullAccess}
}

// DefaultAccount is what the account is called where nobody chose.
const DefaultAccount = "Monitor"

// ExchangeFile is the name under which a page hands out the script.
const ExchangeFile = "telefonist-exchange.ps1"

// Exchange is what the script is made from that makes the account Telefonist signs
// in with on an Exchange server, and gives it a right.
type Exchange struct {
	// Version is one of [ExchangeVersions].
	Version string
	// Right is one of [ExchangeRights]; "" is the first of them.
	Right Right
	// Account is the account's name, alias and SAM account name, at most 20
	// characters; "" is [DefaultAccount].
	Account string
	// Principal is the account's user principal name; "" is made of Account and the
	// domain that the script runs in.
	Principal string
	// Group is the address or name of a group whose members' calendars are read; ""
	// is everybody.
	Group string
	// Unit and Database are where the account is made; "" leaves it to Exchange.
	Unit, Database string
	// PasteAt is as in [Entra].
	PasteAt string
}

// exchangeValues are what the script's template is filled with.
type exchangeValues struct {
	Exchange
	Kind        string // folder, full, extended (rights of Active Directory, 2007) or role
	Each        bool   // the right is given in each mailbox
	New         bool   // 2010 or later: PowerShell 2.0 and a shell in a session of its own
	Application bool   // 2013 or later
	Grants      string // what the right is called
	Says        string // in the script's own words
	Role        string // who may run it
}

// accountName is what Active Directory takes for a SAM account name, and what may
// stand in a file's name and a task's.
var accountName = regexp.MustCompile(`^[0-9A-Za-z]([0-9A-Za-z._-]{0,18}[0-9A-Za-z])?$`)

// PowerShell is the script. It needs PowerShell 1.0 on Exchange 2007 and 2.0 on
// later versions, and nothing newer.
func (e Exchange) PowerShell() (string, error) {
	v, err := e.values()
	if err != nil {
		return "", err
	}
	return render("exchange.ps1", v)
}

func (e Exchange) values() (exchangeValues, error) {
	if !slices.Contains(ExchangeVersions(), e.Version) {
		return exchangeValues{}, fmt.Errorf("setup: no version is called %q", e.Version)
	}
	may := ExchangeRights(e.Version)
	if e.Right == "" {
		e.Right = may[0]
	}
	if !slices.Contains(may, e.Right) {
		return exchangeValues{}, fmt.Errorf("setup: Exchange %s has no right %q, it has %s", e.Version, e.Right, join(may))
	}
	if e.Account == "" {
		e.Account = DefaultAccount
	}
	if !accountName.MatchString(e.Account) {
		return exchangeValues{}, errors.New("setup: an account's name is 1 to 20 of A-Z, 0-9, dot, dash and underscore")
	}
	if strings.TrimSpace(e.Group) == "" {
		e.Group = ""
	}
	if err := harmless(e.Principal, e.Group, e.Unit, e.Database, e.PasteAt); err != nil {
		return exchangeValues{}, err
	}
	v := exchangeValues{
		Exchange: e, New: e.Version != "2007", Application: e.Version != "2007" && e.Version != "2010",
		Role: "Organization Management",
	}
	if !v.New {
		v.Role = "Exchange Organization Administrators"
	}
	v.Kind, v.Grants, v.Says = e.Right.in(v.New)
	v.Each = v.Kind != "role"
	return v, nil
}

// in is how a right is given, what Exchange calls it, and what it is in words.
func (r Right) in(later bool) (kind, name, says string) {
	switch {
	case r == LimitedDetails:
		return "folder", "LimitedDetails", "the right to see the times, subjects and\n# places in each calendar that are not private"
	case r == Reviewer:
		return "folder", "Reviewer", "the right to read each calendar"
	case r == FullAccess:
		return "full", "FullAccess", "full access to each mailbox"
	case later:
		return "role", "ApplicationImpersonation", "the role to impersonate the mailboxes' owners"
	}
	return "extended", "ms-Exch-EPI-May-Impersonate", "the right to impersonate each mailbox's owner"
}

func join(rights []Right) string {
	var names []string
	for _, r := range rights {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
}
