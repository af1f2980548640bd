package entra

import (
	"strings"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/graph"
)

// groupProperties are what is read of a group.
var groupProperties = []string{"displayName", "groupTypes", "securityEnabled", "mailEnabled", "members"}

// properties turns fields into what $select asks for. Extension attributes can
// only be had together, and a licence only as the list of them all.
func properties(fields []directory.Field) []string {
	var names []string
	extensions := false
	for _, f := range fields {
		switch {
		case strings.HasPrefix(string(f), "extensionAttribute"):
			extensions = true
		case f == directory.Licensed:
			names = append(names, "assignedLicenses")
		case f == directory.Purpose, f == directory.ManagerID:
			// the purpose is asked of the mailbox, the manager's id comes with the manager
		default:
			names = append(names, string(f))
		}
	}
	if extensions {
		names = append(names, "onPremisesExtensionAttributes")
	}
	return names
}

// person turns a delta entry into ours: what it holds is set, what it holds as
// null is cleared, what it does not mention stays unmentioned.
func person(u *graph.User) directory.Person {
	fields := make(map[directory.Field]string, len(u.Values))
	for i := range u.Values {
		v := &u.Values[i]
		switch v.Name {
		case "assignedLicenses":
			fields[directory.Licensed] = "true"
			if v.Null || v.Text == "" || v.Text == "0" {
				fields[directory.Licensed] = "false"
			}
		case "manager":
			fields[directory.ManagerID] = v.Text
		case "onPremisesExtensionAttributes": // null: all fifteen at once
			for _, f := range directory.ExtensionAttributes() {
				fields[f] = ""
			}
		case "proxyAddresses":
			fields[directory.ProxyAddresses] = strings.Join(v.List, "\n")
		default:
			fields[directory.Field(v.Name)] = v.Text
		}
	}
	return directory.Person{ID: u.ID, Fields: fields}
}

// kind tells the sorts of group apart as Microsoft documents them
// (https://learn.microsoft.com/graph/api/resources/groups-overview).
func kind(g *graph.Object) directory.GroupKind {
	types, _ := g.Value("groupTypes")
	unified, dynamic := false, false
	for _, t := range types.List {
		unified = unified || t == "Unified"
		dynamic = dynamic || t == "DynamicMembership"
	}
	switch {
	case dynamic:
		return directory.Dynamic
	case unified:
		return directory.Microsoft365
	case g.Text("securityEnabled") == "false":
		return directory.Distribution
	}
	return directory.Security
}
