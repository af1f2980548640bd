package m365

import (
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// graphAppID is Microsoft Graph itself, graphPrincipal its service principal.
const (
	graphAppID     = "00000003-0000-0000-c000-000000000000"
	graphPrincipal = "3f73b7e5-80b4-4ca8-9a77-8811bb27eb70"
)

// roleIDs are the ids of Graph's application permissions, from
// microsoft-graph-devx-content, permissions-descriptions.json.
var roleIDs = map[string]string{
	"User.Read.All":           "df021288-bdef-4463-88db-98f22de89214",
	"User.ReadBasic.All":      "97235f07-e226-4f63-ace3-39588e11d3a1",
	"GroupMember.Read.All":    "98830695-27a2-44f7-8c18-0c3ebc9698f6",
	"Group.Read.All":          "5b567255-7703-4780-807c-7be8301ae99b",
	"Directory.Read.All":      "7ab1d382-f21e-4acd-a863-ba3e13f7da61",
	"Calendars.Read":          "798ee544-9d2d-430c-a058-570e29e34338",
	"Calendars.ReadBasic.All": "8ba4a692-bc31-4128-9094-475872af8a53",
	"MailboxSettings.Read":    "40f97065-369a-49f4-947c-6a255697ae91",
	"Presence.Read.All":       "a70e0c2d-e793-494c-94c4-118fa0a67f42",
	"ProfilePhoto.Read.All":   "e24d31aa-e1ab-4c80-85fe-23018690335d",
	"Application.Read.All":    "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30",
	"Member.Read.Hidden":      "658aa5d8-239f-45c4-aa12-864f4fc7e490",
	"Organization.Read.All":   "498476ce-e0fe-48b0-b801-37ba7e2685c6",
}

type passwordCredential struct {
	CustomKeyIdentifier *string   `json:"customKeyIdentifier"`
	DisplayName         string    `json:"displayName"`
	EndDateTime         time.Time `json:"endDateTime"`
	Hint                string    `json:"hint"`
	KeyID               string    `json:"keyId"`
	SecretText          *string   `json:"secretText"` // only ever told when it was made
	StartDateTime       time.Time `json:"startDateTime"`
}

type keyCredential struct {
	CustomKeyIdentifier string    `json:"customKeyIdentifier"` // thumbprint
	DisplayName         string    `json:"displayName"`
	EndDateTime         time.Time `json:"endDateTime"`
	Key                 *string   `json:"key"`
	KeyID               string    `json:"keyId"`
	StartDateTime       time.Time `json:"startDateTime"`
	Type                string    `json:"type"`
	Usage               string    `json:"usage"`
}

type resourceAccess struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

type requiredAccess struct {
	ResourceAppID  string           `json:"resourceAppId"`
	ResourceAccess []resourceAccess `json:"resourceAccess"`
}

type webSettings struct {
	RedirectURIs []string `json:"redirectUris"`
	HomePageURL  *string  `json:"homePageUrl"`
	LogoutURL    *string  `json:"logoutUrl"`
	Implicit     struct {
		ID     bool `json:"enableIdTokenIssuance"`
		Access bool `json:"enableAccessTokenIssuance"`
	} `json:"implicitGrantSettings"`
}

// application is an App as Graph shows it.
type application struct {
	ID                     string               `json:"id"`
	DeletedDateTime        *time.Time           `json:"deletedDateTime"`
	AppID                  string               `json:"appId"`
	CreatedDateTime        time.Time            `json:"createdDateTime"`
	DisplayName            string               `json:"displayName"`
	IdentifierURIs         []string             `json:"identifierUris"`
	PublisherDomain        string               `json:"publisherDomain"`
	SignInAudience         string               `json:"signInAudience"`
	Tags                   []string             `json:"tags"`
	KeyCredentials         []keyCredential      `json:"keyCredentials"`
	PasswordCredentials    []passwordCredential `json:"passwordCredentials"`
	RequiredResourceAccess []requiredAccess     `json:"requiredResourceAccess"`
	Web                    webSettings          `json:"web"`
}

func (a *App) application() application {
	out := application{
		ID: a.objectID, AppID: a.ClientID, CreatedDateTime: a.created, DisplayName: a.Name, IdentifierURIs: []string{},
		PublisherDomain: a.home.Domain, SignInAudience: "AzureADMyOrg", Tags: []string{}, KeyCredentials: []keyCredential{},
		PasswordCredentials: []passwordCredential{}, RequiredResourceAccess: []requiredAccess{},
	}
	if a.MultiTenant {
		out.SignInAudience = "AzureADMultipleOrgs"
	}
	for _, s := range a.secrets {
		out.PasswordCredentials = append(out.PasswordCredentials, passwordCredential{
			DisplayName: s.name, StartDateTime: s.from, EndDateTime: s.until, Hint: s.value[:3], KeyID: s.id,
		})
	}
	for _, c := range a.certs {
		thumb, _ := c.thumbprints()
		raw, err := base64.RawURLEncoding.DecodeString(thumb)
		if err != nil { // we encoded it: cannot happen
			continue
		}
		out.KeyCredentials = append(out.KeyCredentials, keyCredential{
			CustomKeyIdentifier: strings.ToUpper(hex.EncodeToString(raw)), DisplayName: c.cert.Subject.String(), KeyID: c.id,
			StartDateTime: c.cert.NotBefore, EndDateTime: c.cert.NotAfter, Type: "AsymmetricX509Cert", Usage: "Verify",
		})
	}
	if len(a.RequiredRoles) > 0 {
		access := requiredAccess{ResourceAppID: graphAppID, ResourceAccess: []resourceAccess{}}
		for _, role := range a.RequiredRoles {
			access.ResourceAccess = append(access.ResourceAccess, resourceAccess{roleIDs[role], "Role"})
		}
		out.RequiredResourceAccess = append(out.RequiredResourceAccess, access)
	}
	out.Web.RedirectURIs = append([]string{}, a.RedirectURIs...)
	out.Web.Implicit.ID = a.IDTokens
	return out
}

// sortedKeys makes lists of registrations come in one order.
func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// keyed narrows a list by a filter like appId eq '…', which is how one finds an
// app without its object id. Other filters find nothing.
func (c *call) keyed(name string, list []string, value func(string) string) []string {
	text := strings.TrimSpace(c.query.Get("$filter"))
	if text == "" {
		return list
	}
	wanted, ok := strings.CutPrefix(text, name+" eq '")
	if !ok {
		return nil
	}
	wanted = strings.TrimSuffix(wanted, "'")
	return slices.DeleteFunc(list, func(id string) bool { return !strings.EqualFold(value(id), wanted) })
}

func (c *call) listApps() response {
	c.t.mu.RLock()
	defer c.t.mu.RUnlock()
	apps := []application{}
	for _, id := range c.keyed("appId", sortedKeys(c.t.apps), func(id string) string { return id }) {
		apps = append(apps, c.t.apps[id].application())
	}
	return c.json("applications", apps)
}

// getApp finds a registration by object id, or by client id in the form
// applications(appId='…').
func (c *call) getApp() response {
	c.t.mu.RLock()
	defer c.t.mu.RUnlock()
	key, byClient := strings.CutPrefix(strings.ToLower(c.args[0]), "appid=")
	for _, a := range c.t.apps {
		if byClient && a.ClientID == key || !byClient && a.objectID == key {
			return c.json("applications", a.application())
		}
	}
	return c.notFound(key)
}

// servicePrincipal is an app as it stands in this tenant.
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
	out := []servicePrincipal{{
		ID: graphPrincipal, AccountEnabled: true, AppID: graphAppID, AppDisplayName: "Microsoft Graph", DisplayName: "Microsoft Graph",
		AppOwnerOrganizationID: "f8cdef31-a31e-4b4a-93e4-5f571e91255a", AppRoles: roles, ReplyURLs: []string{},
		ServicePrincipalNames: []string{graphAppID, graphResource}, ServicePrincipalType: "Application",
		SignInAudience: "AzureADMultipleOrgs", Tags: []string{},
	}}
	c.t.mu.RLock()
	ids := sortedKeys(c.t.principals)
	c.t.mu.RUnlock()
	for _, id := range ids {
		app := c.s.app(id)
		c.t.mu.RLock()
		p := c.t.principals[id]
		if app != nil && p != nil {
			out = append(out, servicePrincipal{
				ID: p.objectID, AccountEnabled: true, AppID: id, AppDisplayName: app.Name, DisplayName: app.Name,
				AppOwnerOrganizationID: app.home.ID, AppRoles: []appRole{}, ReplyURLs: app.RedirectURIs, Tags: []string{},
				ServicePrincipalNames: []string{id}, ServicePrincipalType: "Application", SignInAudience: app.audience(),
			})
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
