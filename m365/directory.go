package m365

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

func directoryRoutes() []route {
	reads := []string{"User.Read.All", "Group.Read.All", "Directory.Read.All"}
	apps := []string{"Application.Read.All", "Application.ReadWrite.OwnedBy", "Directory.Read.All"}
	return []route{
		get("directory/deletedItems/microsoft.graph.user", 1, (*call).deletedUsers, "User.Read.All", "Directory.Read.All"),
		get("directory/deletedItems/microsoft.graph.group", 1, (*call).deletedGroups, "Group.Read.All", "Directory.Read.All"),
		get("directory/deletedItems", 1, func(c *call) response {
			return c.bad("The type of the deleted items must be named: /directory/deletedItems/microsoft.graph.user")
		}, reads...),
		get("directory/deletedItems/{}", 1, (*call).deletedItem, reads...),
		post("directory/deletedItems/{}/restore", 1, (*call).restoreItem, "User.ReadWrite.All", "Group.ReadWrite.All", "User.DeleteRestore.All"),
		post("directoryObjects/getByIds", 5, (*call).getByIDs, reads...),
		get("organization", 1, (*call).organization, "Organization.Read.All", "Directory.Read.All"),
		get("applications", 2, (*call).listApps, apps...),
		get("applications/{}", 2, (*call).getApp, apps...),
		get("servicePrincipals", 1, (*call).listPrincipals, apps...),
		get("servicePrincipals/{}", 1, (*call).getPrincipal, apps...),
		get("servicePrincipals/{}/appRoleAssignments", 2, (*call).roleAssignments, apps...),
		get("subscribedSkus", 1, (*call).skus, "LicenseAssignment.Read.All", "Organization.Read.All", "Directory.Read.All"),
	}
}

// expired says whether Entra would have purged what was deleted at.
func (c *call) expired(at time.Time) bool { return c.now.Sub(at) > restorable }

func (c *call) deletedUsers() response {
	c.t.mu.RLock()
	defer c.t.mu.RUnlock()
	o, failed := c.options("")
	if failed != nil {
		return *failed
	}
	picked := deletedProps
	if len(o.selects) > 0 {
		picked = users.pick(o.selects)
	}
	return c.page(o, c.context("directoryObjects/microsoft.graph.user", o.selects), source{len(c.t.people.items), func(i int) (entry, bool) {
		r := c.t.people.items[i]
		return entryOf(users, &r.value, picked, false), r.state == softDeleted && !c.expired(r.value.DeletedDateTime)
	}})
}

func (c *call) deletedGroups() response {
	c.t.mu.RLock()
	defer c.t.mu.RUnlock()
	o, failed := c.options("")
	if failed != nil {
		return *failed
	}
	picked := groupProps(o.selects)
	return c.page(o, c.context("directoryObjects/microsoft.graph.group", o.selects), source{len(c.t.groups.items), func(i int) (entry, bool) {
		r := c.t.groups.items[i]
		return entryOf(groups, &r.value, picked, false), r.state == softDeleted && !c.expired(r.value.DeletedDateTime)
	}})
}

func (c *call) deletedItem() response {
	c.t.mu.RLock()
	defer c.t.mu.RUnlock()
	b := []byte(`{"@odata.context":`)
	b = appendQuoted(b, c.context("directoryObjects", nil)+"/$entity")
	if r, ok := c.t.people.get(c.args[0]); ok && r.state == softDeleted {
		b = append(b, `,"@odata.type":"#microsoft.graph.user"`...)
		return response{status: http.StatusOK, body: append(users.object(b, &r.value, deletedProps), '}')}
	}
	if r, ok := c.t.groups.get(c.args[0]); ok && r.state == softDeleted {
		b = append(b, `,"@odata.type":"#microsoft.graph.group"`...)
		return response{status: http.StatusOK, body: append(groups.object(b, &r.value, groups.defaults()), '}')}
	}
	return c.notFound(c.args[0])
}

// deletedProps are a deleted user's: the default ones and when it was.
var deletedProps = append(users.defaults(), users.index["deleteddatetime"])

func (c *call) restoreItem() response {
	if err := c.t.Restore(c.args[0]); err != nil {
		return c.notFound(c.args[0])
	}
	c.t.mu.RLock()
	defer c.t.mu.RUnlock()
	r, found := c.t.people.get(c.args[0])
	if !found {
		return c.notFound(c.args[0])
	}
	b := []byte(`{"@odata.context":`)
	b = appendQuoted(b, c.context("directoryObjects", nil)+"/$entity")
	b = append(b, `,"@odata.type":"#microsoft.graph.user"`...)
	return ok(append(users.object(b, &r.value, users.defaults()), '}'))
}

// getByIDs resolves up to 1,000 ids of people and groups; those unknown are
// left out.
func (c *call) getByIDs() response {
	var asked struct {
		IDs   []string `json:"ids"`
		Types []string `json:"types"`
	}
	if err := json.Unmarshal(c.body, &asked); err != nil || len(asked.IDs) == 0 || len(asked.IDs) > 1000 {
		return c.bad("ids must hold 1 to 1000 ids.")
	}
	wanted := func(kind string) bool { return len(asked.Types) == 0 || slices.Contains(asked.Types, kind) }
	c.t.mu.RLock()
	defer c.t.mu.RUnlock()
	selects := list(c.query.Get("$select"))
	people, nested := c.userProps(selects), groupProps(selects)
	b := []byte(`{"@odata.context":`)
	b = appendQuoted(b, c.context("directoryObjects", selects))
	b = append(b, `,"value":[`...)
	for _, id := range asked.IDs {
		var e entry
		if r, ok := c.t.people.get(id); ok && r.state == live && wanted("user") {
			e = entryOf(users, &r.value, people, true)
		} else if r, ok := c.t.groups.get(id); ok && r.state == live && wanted("group") {
			e = entryOf(groups, &r.value, nested, true)
		} else {
			continue
		}
		if b[len(b)-1] != '[' {
			b = append(b, ',')
		}
		b = e.write(b)
	}
	return ok(append(b, ']', '}'))
}

// organization is the tenant itself.
func (c *call) organization() response {
	type verified struct {
		Capabilities string `json:"capabilities"`
		IsDefault    bool   `json:"isDefault"`
		IsInitial    bool   `json:"isInitial"`
		Name         string `json:"name"`
		Type         string `json:"type"`
	}
	type organization struct {
		ID                string     `json:"id"`
		DeletedDateTime   *time.Time `json:"deletedDateTime"`
		BusinessPhones    []string   `json:"businessPhones"`
		City              string     `json:"city"`
		Country           *string    `json:"country"`
		CountryLetterCode string     `json:"countryLetterCode"`
		CreatedDateTime   time.Time  `json:"createdDateTime"`
		DisplayName       string     `json:"displayName"`
		PreferredLanguage string     `json:"preferredLanguage"`
		TenantType        string     `json:"tenantType"`
		AssignedPlans     []plan     `json:"assignedPlans"`
		VerifiedDomains   []verified `json:"verifiedDomains"`
	}
	return c.json("organization", []organization{{
		ID: c.t.ID, BusinessPhones: []string{receptionNumber}, City: "Stockholm", CountryLetterCode: "SE", PreferredLanguage: "sv",
		CreatedDateTime: c.t.maker.now.AddDate(-8, 0, 0), DisplayName: c.t.Name, TenantType: "AAD",
		AssignedPlans: []plan{{c.t.maker.now.AddDate(-8, 0, 0), "Enabled", "exchange", "efb87545-963c-4e0d-99df-69c6916d9eb0"}},
		VerifiedDomains: []verified{
			{"Email, OfficeCommunicationsOnline", true, false, c.t.Domain, "Managed"},
			{"Email, OfficeCommunicationsOnline", false, true, c.t.initialDomain(), "Managed"},
		},
	}})
}

type plan struct {
	Assigned time.Time `json:"assignedDateTime"`
	Status   string    `json:"capabilityStatus"`
	Service  string    `json:"service"`
	ID       string    `json:"servicePlanId"`
}

func (c *call) skus() response {
	type sku struct {
		ID     string `json:"skuId"`
		Part   string `json:"skuPartNumber"`
		Status string `json:"capabilityStatus"`
	}
	return c.json("subscribedSkus", []sku{
		{skuE3, "SPE_E3", "Enabled"}, {skuF1, "SPE_F1", "Enabled"}, {skuRoom, "MEETING_ROOM", "Enabled"},
	})
}

// json answers a collection, or where v is no list, one entity, with the
// properties that $select names.
func (c *call) json(set string, v any) response {
	value, err := json.Marshal(v)
	if err == nil {
		value, err = c.selected(value)
	}
	if err != nil {
		return c.fail(http.StatusInternalServerError, "generalException", fmt.Sprintf("cannot encode %T", v))
	}
	selects := list(c.query.Get("$select"))
	b := []byte(`{"@odata.context":`)
	if value[0] == '[' {
		b = appendQuoted(b, c.context(set, selects))
		b = append(b, `,"value":`...)
		return ok(append(append(b, value...), '}'))
	}
	b = appendQuoted(b, c.context(set, selects)+"/$entity")
	return ok(append(append(b, ','), value[1:]...))
}

// selected leaves of an object, or of each in a list, what $select names; id
// always stays.
func (c *call) selected(value []byte) ([]byte, error) {
	names := list(c.query.Get("$select"))
	if len(names) == 0 {
		return value, nil
	}
	unwanted := func(name string, _ json.RawMessage) bool {
		return name != "id" && !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
	}
	if value[0] == '[' {
		var objects []map[string]json.RawMessage
		if err := json.Unmarshal(value, &objects); err != nil {
			return nil, fmt.Errorf("m365: $select: %w", err)
		}
		for _, object := range objects {
			maps.DeleteFunc(object, unwanted)
		}
		return json.Marshal(objects)
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(value, &object); err != nil {
		return nil, fmt.Errorf("m365: $select: %w", err)
	}
	maps.DeleteFunc(object, unwanted)
	return json.Marshal(object)
}
