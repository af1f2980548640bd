package m365

import "time"

// Group is a group of the tenant. Members are kept beside it: see AddMember.
// The JSON names are Graph's.
type Group struct {
	ID                  string    `json:"id,omitempty"`
	DisplayName         string    `json:"displayName,omitempty"`
	Description         string    `json:"description,omitempty"`
	Classification      string    `json:"classification,omitempty"`
	Mail                string    `json:"mail,omitempty"`
	MailNickname        string    `json:"mailNickname,omitempty"`
	MailEnabled         bool      `json:"mailEnabled"`
	SecurityEnabled     bool      `json:"securityEnabled"`
	GroupTypes          []string  `json:"groupTypes,omitempty"` // Unified, DynamicMembership
	MembershipRule      string    `json:"membershipRule,omitempty"`
	RuleProcessingState string    `json:"membershipRuleProcessingState,omitempty"`
	Visibility          string    `json:"visibility,omitempty"` // Public, Private, HiddenMembership
	ProxyAddresses      []string  `json:"proxyAddresses,omitempty"`
	CreatedDateTime     time.Time `json:"createdDateTime,omitzero"`
	DeletedDateTime     time.Time `json:"deletedDateTime,omitzero"`

	members memberList
}

var groups = newSchema("groups", "#microsoft.graph.group", []prop[Group]{
	text("id", true, func(g *Group) *string { return &g.ID }),
	instant("deletedDateTime", true, func(g *Group) *time.Time { return &g.DeletedDateTime }),
	text("classification", true, func(g *Group) *string { return &g.Classification }),
	instant("createdDateTime", true, func(g *Group) *time.Time { return &g.CreatedDateTime }),
	constant[Group]("creationOptions", true, "[]"),
	text("description", true, func(g *Group) *string { return &g.Description }),
	text("displayName", true, func(g *Group) *string { return &g.DisplayName }),
	constant[Group]("expirationDateTime", true, "null"),
	texts("groupTypes", true, func(g *Group) *[]string { return &g.GroupTypes }),
	constant[Group]("isAssignableToRole", true, "null"),
	text("mail", true, func(g *Group) *string { return &g.Mail }),
	flag("mailEnabled", true, func(g *Group) *bool { return &g.MailEnabled }),
	text("mailNickname", true, func(g *Group) *string { return &g.MailNickname }),
	text("membershipRule", true, func(g *Group) *string { return &g.MembershipRule }),
	text("membershipRuleProcessingState", true, func(g *Group) *string { return &g.RuleProcessingState }),
	constant[Group]("onPremisesLastSyncDateTime", true, "null"),
	constant[Group]("onPremisesSecurityIdentifier", true, "null"),
	constant[Group]("onPremisesSyncEnabled", true, "null"),
	constant[Group]("preferredDataLocation", true, "null"),
	constant[Group]("preferredLanguage", true, "null"),
	texts("proxyAddresses", true, func(g *Group) *[]string { return &g.ProxyAddresses }),
	instant("renewedDateTime", true, func(g *Group) *time.Time { return &g.CreatedDateTime }),
	constant[Group]("resourceBehaviorOptions", true, "[]"),
	constant[Group]("resourceProvisioningOptions", true, "[]"),
	flag("securityEnabled", true, func(g *Group) *bool { return &g.SecurityEnabled }),
	constant[Group]("theme", true, "null"),
	text("visibility", true, func(g *Group) *string { return &g.Visibility }),
	constant[Group]("onPremisesProvisioningErrors", true, "[]"),
})

// membership is one member of a group, or one who was: removed memberships
// stay, so that delta can tell of them and positions in pages hold.
type membership struct {
	id    string
	group bool // the member is itself a group
	seq   uint64
	gone  bool
}

type memberList struct {
	list  []membership
	index map[string]int
}

// set adds or removes a member at seq and says whether that changed anything.
func (m *memberList) set(id string, isGroup, gone bool, seq uint64) bool {
	i, known := m.index[id]
	if !known {
		if gone {
			return false
		}
		if m.index == nil {
			m.index = map[string]int{}
		}
		m.index[id] = len(m.list)
		m.list = append(m.list, membership{id: id, group: isGroup, seq: seq})
		return true
	}
	if m.list[i].gone == gone {
		return false
	}
	m.list[i].gone, m.list[i].seq = gone, seq
	return true
}
