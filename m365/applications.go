package m365

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
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
	"Calendars.ReadWrite":     "ef54d2bf-783f-4e0f-bca1-3210c0444d99",
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

// application is an App as Graph shows it. What the simulated tenant knows
// nothing of is constant.
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
	AddIns                 []string             `json:"addIns"`
	AppRoles               []appRole            `json:"appRoles"`
	API                    json.RawMessage      `json:"api"`
	PublicClient           json.RawMessage      `json:"publicClient"`
	Info                   json.RawMessage      `json:"info"`
	ParentalControl        json.RawMessage      `json:"parentalControlSettings"`
	GroupMembershipClaims  *string              `json:"groupMembershipClaims"`
	OptionalClaims         *string              `json:"optionalClaims"`
	ApplicationTemplateID  *string              `json:"applicationTemplateId"`
	DisabledByMicrosoft    *string              `json:"disabledByMicrosoftStatus"`
	DeviceOnly             *bool                `json:"isDeviceOnlyAuthSupported"`
	FallbackPublicClient   *bool                `json:"isFallbackPublicClient"`
	TokenEncryptionKeyID   *string              `json:"tokenEncryptionKeyId"`
}

// Constant parts of applications and service principals.
var (
	appAPI = json.RawMessage(`{"requestedAccessTokenVersion":2,"acceptMappedClaims":null,"knownClientApplications":[],` +
		`"oauth2PermissionScopes":[],"preAuthorizedApplications":[]}`)
	appPublicClient = json.RawMessage(`{"redirectUris":[]}`)
	appInfo         = json.RawMessage(`{"termsOfServiceUrl":null,"supportUrl":null,"privacyStatementUrl":null,"marketingUrl":null,"logoUrl":null}`)
	appParental     = json.RawMessage(`{"countriesBlockedForMinors":[],"legalAgeGroupRule":"Allow"}`)
)

func (a *App) application() application {
	out := application{
		ID: a.objectID, AppID: a.ClientID, CreatedDateTime: a.created, DisplayName: a.Name, IdentifierURIs: []string{},
		PublisherDomain: a.home.Domain, SignInAudience: a.audience(), Tags: []string{}, KeyCredentials: []keyCredential{},
		PasswordCredentials: []passwordCredential{}, RequiredResourceAccess: []requiredAccess{}, AddIns: []string{},
		AppRoles: []appRole{}, API: appAPI, PublicClient: appPublicClient, Info: appInfo, ParentalControl: appParental,
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
