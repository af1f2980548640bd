package m365

import (
	"encoding/json"
	"strings"
)

// servicePrincipal is an app as it stands in this tenant. What the simulated
// tenant knows nothing of is constant.
type servicePrincipal struct {
	ID                        string    `json:"id"`
	AccountEnabled            bool      `json:"accountEnabled"`
	AppID                     string    `json:"appId"`
	AppDisplayName            string    `json:"appDisplayName"`
	AppOwnerOrganizationID    string    `json:"appOwnerOrganizationId"`
	AppRoleAssignmentRequired bool      `json:"appRoleAssignmentRequired"`
	AppRoles                  []appRole `json:"appRoles"`
	DisplayName               string    `json:"displayName"`
	ReplyURLs                 []string  `json:"replyUrls"`
	ServicePrincipalNames     []string  `json:"servicePrincipalNames"`
	ServicePrincipalType      string    `json:"servicePrincipalType"`
	SignInAudience            string    `json:"signInAudience"`
	Tags                      []string  `json:"tags"`

	AddIns                 []string             `json:"addIns"`
	AlternativeNames       []string             `json:"alternativeNames"`
	DisabledByMicrosoft    *string              `json:"disabledByMicrosoftStatus"`
	Endpoints              []string             `json:"endpoints"`
	Homepage               *string              `json:"homepage"`
	Info                   json.RawMessage      `json:"info"`
	KeyCredentials         []keyCredential      `json:"keyCredentials"`
	LogoutURL              *string              `json:"logoutUrl"`
	OAuth2PermissionScopes []string             `json:"oauth2PermissionScopes"`
	PasswordCredentials    []passwordCredential `json:"passwordCredentials"`
	PublisherName          *string              `json:"publisherName"`
	TokenEncryptionKeyID   *string              `json:"tokenEncryptionKeyId"`
}

// newPrincipal fills in what is the same for all.
func newPrincipal(id, appID, name string) servicePrincipal {
	return servicePrincipal{
		ID: id, AccountEnabled: true, AppID: appID, AppDisplayName: name, DisplayName: name, ServicePrincipalType: "Application",
		AppRoles: []appRole{}, ReplyURLs: []string{}, ServicePrincipalNames: []string{appID}, Tags: []string{}, AddIns: []string{},
		AlternativeNames: []string{}, Endpoints: []string{}, Info: appInfo, KeyCredentials: []keyCredential{},
		OAuth2PermissionScopes: []string{}, PasswordCredentials: []passwordCredential{},
	}
}

type appRole struct {
	ID        string   `json:"id"`
	Value     string   `json:"value"`
	Types     []string `json:"allowedMemberTypes"`
	IsEnabled bool     `json:"isEnabled"`
}

// principals lists this tenant's service principals, Graph's among them.
func (c *call) principals() []servicePrincipal {
	roles := []appRole{}
	for _, name := range sortedKeys(roleIDs) {
		roles = append(roles, appRole{roleIDs[name], name, []string{"Application"}, true})
	}
	graph := newPrincipal(graphPrincipal, graphAppID, "Microsoft Graph")
	graph.AppOwnerOrganizationID, graph.SignInAudience = "f8cdef31-a31e-4b4a-93e4-5f571e91255a", "AzureADMultipleOrgs"
	graph.AppRoles, graph.ServicePrincipalNames = roles, []string{graphAppID, graphResource}
	out := []servicePrincipal{graph}
	c.t.mu.RLock()
	ids := sortedKeys(c.t.principals)
	c.t.mu.RUnlock()
	for _, id := range ids {
		app := c.s.app(id)
		c.t.mu.RLock()
		p := c.t.principals[id]
		if app != nil && p != nil {
			own := newPrincipal(p.objectID, id, app.Name)
			own.AppOwnerOrganizationID, own.SignInAudience = app.home.ID, app.audience()
			own.ReplyURLs = append(own.ReplyURLs, app.RedirectURIs...)
			out = append(out, own)
		}
		c.t.mu.RUnlock()
	}
	return out
}

func (a *App) audience() string {
	if a.MultiTenant {
		return "AzureADMultipleOrgs"
	}
	return "AzureADMyOrg"
}

func (c *call) listPrincipals() response {
	all := c.principals()
	byApp := map[string]servicePrincipal{}
	for _, p := range all {
		byApp[p.AppID] = p
	}
	out := []servicePrincipal{}
	for _, id := range c.keyed("appId", sortedKeys(byApp), func(id string) string { return id }) {
		out = append(out, byApp[id])
	}
	return c.json("servicePrincipals", out)
}

func (c *call) findPrincipal() (servicePrincipal, bool) {
	key, byClient := strings.CutPrefix(strings.ToLower(c.args[0]), "appid=")
	for _, p := range c.principals() {
		if byClient && p.AppID == key || !byClient && p.ID == key {
			return p, true
		}
	}
	return servicePrincipal{}, false
}

func (c *call) getPrincipal() response {
	p, found := c.findPrincipal()
	if !found {
		return c.notFound(c.args[0])
	}
	return c.json("servicePrincipals", p)
}

// roleAssignments are the application permissions granted to an app.
func (c *call) roleAssignments() response {
	type assignment struct {
		ID          string `json:"id"`
		RoleID      string `json:"appRoleId"`
		PrincipalID string `json:"principalId"`
		Principal   string `json:"principalDisplayName"`
		Type        string `json:"principalType"`
		ResourceID  string `json:"resourceId"`
		Resource    string `json:"resourceDisplayName"`
	}
	p, found := c.findPrincipal()
	if !found {
		return c.notFound(c.args[0])
	}
	c.t.mu.RLock()
	defer c.t.mu.RUnlock()
	out := []assignment{}
	if own := c.t.principals[p.AppID]; own != nil {
		for _, role := range own.roles {
			out = append(out, assignment{p.ID[:8] + "-" + role, roleIDs[role], p.ID, p.DisplayName, "ServicePrincipal", graphPrincipal, "Microsoft Graph"})
		}
	}
	return c.json("appRoleAssignments", out)
}
