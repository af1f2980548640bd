package m365

import (
	"slices"
	"strconv"
)

// routes are all calls of Graph that the simulated tenant knows, with the
// application permissions of Microsoft's permissions table.
func routes() []route {
	return slices.Concat(userRoutes(), groupRoutes(), directoryRoutes(), subscriptionRoutes(), settingRoutes(), eventRoutes())
}

func userRoutes() []route {
	const read, all = "User.Read.All", "Directory.Read.All"
	return []route{
		get("users/delta", 1, func(c *call) response { return delta(c, c.t.people, nil) }, read, all),
		get("users/$count", 2, (*call).countUsers, read, all, "User.ReadBasic.All"),
		get("users", 2, (*call).listUsers, read, all, "User.ReadBasic.All"),
		get("users/{}", 1, (*call).getUser, read, all, "User.ReadBasic.All"),
		get("me", 1, (*call).me),
		get("users/{}/manager", 1, (*call).getManager, read, all),
		get("users/{}/memberOf", 2, func(c *call) response { return c.memberOf(false) }, all, "GroupMember.Read.All", "Group.Read.All"),
		get("users/{}/transitiveMemberOf", 2, func(c *call) response { return c.memberOf(true) }, all, "GroupMember.Read.All", "Group.Read.All"),
		post("users/{}/checkMemberGroups", 4, (*call).checkMemberGroups, all, "GroupMember.Read.All", "Group.Read.All"),
	}
}

// basicNames are the properties that User.ReadBasic.All shows.
var basicNames = []string{"id", "displayName", "givenName", "surname", "mail", "userPrincipalName"}

// userProps are the properties a call to users gets.
func (c *call) userProps(selects []string) []int {
	picked := users.defaults()
	if len(selects) > 0 {
		picked = users.pick(selects)
	}
	if c.may([]string{"User.Read.All", "Directory.Read.All"}) {
		return slices.DeleteFunc(picked, func(i int) bool { return users.props[i].name == managerProp })
	}
	return slices.DeleteFunc(picked, func(i int) bool { return !slices.Contains(basicNames, users.props[i].name) })
}

// userEntry is a user of a list, with his manager where expanded.
func (c *call) userEntry(r *record[Person], picked []int, expand *expansion) entry {
	e := entryOf(users, &r.value, picked, false)
	if expand == nil {
		return e
	}
	plain := e.write
	e.write = func(b []byte) []byte {
		return c.appendManager(plain(b), r, expand, expand.levels)
	}
	return e
}

// appendManager puts the manager into the object that b ends with.
func (c *call) appendManager(b []byte, r *record[Person], expand *expansion, levels int) []byte {
	boss, ok := c.t.people.get(r.value.Manager)
	if !ok || boss.state != live || levels == 0 {
		return b
	}
	picked := users.defaults()
	if len(expand.selects) > 0 {
		picked = users.pick(expand.selects)
	}
	b = append(b[:len(b)-1], `,"manager":{"@odata.type":"#microsoft.graph.user"`...)
	b = append(users.object(b, &boss.value, picked), '}')
	return append(c.appendManager(b, boss, expand, levels-1), '}')
}

func (c *call) listUsers() response {
	c.t.mu.RLock()
	defer c.t.mu.RUnlock()
	o, failed := c.options("manager")
	if failed != nil {
		return *failed
	}
	picked := c.userProps(o.selects)
	return c.page(o, c.context("users", o.selects), source{len(c.t.people.items), func(i int) (entry, bool) {
		r := c.t.people.items[i]
		return c.userEntry(r, picked, o.expand), r.state == live
	}})
}

func (c *call) countUsers() response {
	c.t.mu.RLock()
	defer c.t.mu.RUnlock()
	o, failed := c.options("")
	if failed != nil {
		return *failed
	}
	if !c.eventual() {
		return c.bad("$count is not currently supported.")
	}
	n := count(o, source{len(c.t.people.items), func(i int) (entry, bool) {
		r := c.t.people.items[i]
		return entryOf(users, &r.value, nil, false), r.state == live
	}})
	return ok([]byte(strconv.Itoa(n))).with("Content-Type", "text/plain")
}

// user is the live account that the path names.
func (c *call) user() (*record[Person], *response) {
	r, err := c.t.findPerson(c.args[0])
	if err != nil || r.state != live {
		failed := c.notFound(c.args[0])
		return nil, &failed
	}
	return r, nil
}

func (c *call) getUser() response {
	c.t.mu.RLock()
	defer c.t.mu.RUnlock()
	r, failed := c.user()
	if failed != nil {
		return *failed
	}
	o, failed := c.options("manager")
	if failed != nil {
		return *failed
	}
	b := []byte(`{"@odata.context":`)
	b = appendQuoted(b, c.context("users", o.selects)+"/$entity")
	b = append(users.object(b, &r.value, c.userProps(o.selects)), '}')
	if o.expand != nil {
		b = c.appendManager(b, r, o.expand, o.expand.levels)
	}
	return ok(b)
}

// me is the signed-in person of a user's token; an app has none.
func (c *call) me() response {
	if c.claims.Scope == "" {
		return c.bad("/me request is only valid with delegated authentication flow.")
	}
	c.claims.Roles, c.args = []string{"User.Read.All"}, []string{c.claims.Object}
	return c.getUser()
}

func (c *call) getManager() response {
	c.t.mu.RLock()
	defer c.t.mu.RUnlock()
	r, failed := c.user()
	if failed != nil {
		return *failed
	}
	boss, found := c.t.people.get(r.value.Manager)
	if !found || boss.state != live {
		return c.notFound("manager")
	}
	b := []byte(`{"@odata.context":`)
	b = appendQuoted(b, c.context("directoryObjects", nil)+"/$entity")
	b = append(b, `,"@odata.type":"#microsoft.graph.user"`...)
	return ok(append(users.object(b, &boss.value, c.userProps(list(c.query.Get("$select")))), '}'))
}
