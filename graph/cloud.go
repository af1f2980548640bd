package graph

import "strings"

// Cloud says where a Microsoft cloud signs in and where its Graph is. Tokens
// of one cloud are worth nothing in another.
type Cloud struct {
	Name  string // "global"
	Login string // scheme and host of the sign-in, without a path
	Graph string // scheme and host of Graph, without a version
	CA    []byte // PEM of the only authorities trusted; nil trusts the system's
}

// The national clouds, from Microsoft's page "National cloud deployments".
// US GCC is in the global one.
var (
	Global   = Cloud{Name: "global", Login: "https://login.microsoftonline.com", Graph: "https://graph.microsoft.com"}
	USGov    = Cloud{Name: "usgov", Login: "https://login.microsoftonline.us", Graph: "https://graph.microsoft.us"}
	USGovDoD = Cloud{Name: "usgov-dod", Login: "https://login.microsoftonline.us", Graph: "https://dod-graph.microsoft.us"}
	China    = Cloud{Name: "china", Login: "https://login.chinacloudapi.cn", Graph: "https://microsoftgraph.chinacloudapi.cn"}
)

// Clouds lists the clouds that need no settings, the usual one first.
func Clouds() []Cloud { return []Cloud{Global, USGov, USGovDoD, China} }

// CloudNamed finds a cloud of [Clouds] by its name, "" being the global one.
func CloudNamed(name string) (Cloud, bool) {
	if name == "" {
		return Global, true
	}
	for _, c := range Clouds() {
		if strings.EqualFold(c.Name, name) {
			return c, true
		}
	}
	return Cloud{}, false
}

// scope asks for every permission that the application was granted.
func (c Cloud) scope() string { return c.Graph + "/.default" }

// base is what every path of the API hangs on.
func (c Cloud) base() string { return c.Graph + "/v1.0" }
