package m365

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"sync"
)

func groupRoutes() []route {
	reads := []string{"GroupMember.Read.All", "Group.Read.All", "Directory.Read.All"}
	members := func(units int, pattern string, do func(*call) response) route {
		return get(pattern, units, do, reads...)
	}
	return []route{
		get("groups/delta", 1, func(c *call) response {
			return delta(c, c.t.groups, func(g *Group) *memberList { return c.visible(g) })
		}, reads...),
		get("groups/$count", 1, (*call).countGroups, reads...),
		get("groups", 1, (*call).listGroups, reads...),
		get("groups/{}", 1, (*call).getGroup, reads...),
		members(3, "groups/{}/members", func(c *call) response { return c.members(false, "") }),
		members(3, "groups/{}/members/$count", func(c *call) response { return c.countMembers(false, "") }),
		members(3, "groups/{}/members/{}", func(c *call) response { return c.members(false, c.args[1]) }),
		members(3, "groups/{}/members/{}/$count", func(c *call) response { return c.countMembers(false, c.args[1]) }),
		members(5, "groups/{}/transitiveMembers", func(c *call) response { return c.members(true, "") }),
		members(5, "groups/{}/transitiveMembers/$count", func(c *call) response { return c.countMembers(true, "") }),
		members(5, "groups/{}/transitiveMembers/{}", func(c *call) response { return c.members(true, c.args[1]) }),
		members(5, "groups/{}/transitiveMembers/{}/$count", func(c *call) response { return c.countMembers(true, c.args[1]) }),
	}
}

// visible are a group's members, none where the caller may not see them.
func (c *call) visible(g *Group) *memberList {
	if g.Visibility == "HiddenMembership" && !c.may([]string{"Member.Read.Hidden"}) {
		return &memberList{}
	}
	return &g.members
}

func groupProps(selects []string) []int {
	if len(selects) > 0 {
		return groups.pick(selects)
	}
	return groups.defaults()
}

func (c *call) groupSource(picked []int) source {
	return source{len(c.t.groups.items), func(i int) (entry, bool) {
		r := c.t.groups.items[i]
		return entryOf(groups, &r.value, picked, false), r.state == live
	}}
}

func (c *call) listGroups() response {
	c.t.mu.RLock()
	defer c.t.mu.RUnlock()
	o, failed := c.options("members")
	if failed != nil {
		return *failed
	}
	src := c.groupSource(groupProps(o.selects))
	if o.expand == nil {
		return c.page(o, c.context("groups", o.selects), src)
	}
	return c.page(o, c.context("groups", o.selects), source{src.len, func(i int) (entry, bool) {
		e, there := src.at(i)
		plain := e.write
		e.write = func(b []byte) []byte { return c.appendMembers(plain(b), c.t.groups.items[i], o.expand) }
		return e, there
	}})
}

func (c *call) countGroups() response {
	c.t.mu.RLock()
	defer c.t.mu.RUnlock()
	return c.count(c.groupSource(nil))
}

// count answers /$count, a bare number.
func (c *call) count(src source) response {
	o, failed := c.options("")
	if failed != nil {
		return *failed
	}
	if !c.eventual() {
		return c.bad("$count is not currently supported.")
	}
	return ok(strconv.AppendInt(nil, int64(count(o, src)), 10)).with("Content-Type", "text/plain")
}

// group is the live group that the path names.
func (c *call) group() (*record[Group], *response) {
	r, err := c.t.findGroup(c.args[0])
	if err != nil || r.state != live {
		failed := c.notFound(c.args[0])
		return nil, &failed
	}
	return r, nil
}

func (c *call) getGroup() response {
	c.t.mu.RLock()
	defer c.t.mu.RUnlock()
	r, failed := c.group()
	if failed != nil {
		return *failed
	}
	o, failed := c.options("members")
	if failed != nil {
		return *failed
	}
	b := []byte(`{"@odata.context":`)
	b = appendQuoted(b, c.context("groups", o.selects)+"/$entity")
	b = append(groups.object(b, &r.value, groupProps(o.selects)), '}')
	if o.expand != nil {
		b = c.appendMembers(b, r, o.expand)
	}
	return ok(b)
}

// expandMax is how many members $expand shows, whatever the group holds.
const expandMax = 20

// appendMembers puts the first members into the object that b ends with.
func (c *call) appendMembers(b []byte, r *record[Group], expand *expansion) []byte {
	inside := c.gather(r, false)
	src := c.memberSource(inside[:min(len(inside), expandMax)], expand.selects, "")
	b = append(b[:len(b)-1], `,"members":[`...)
	for i := range src.len {
		if i > 0 {
			b = append(b, ',')
		}
		e, _ := src.at(i)
		b = e.write(b)
	}
	return append(b, ']', '}')
}

// gather lists the objects in a group: its own, or with nested those of the
// groups in it as well, each once and cycles notwithstanding. Soft-deleted
// people are members still, and not shown.
func (c *call) gather(g *record[Group], nested bool) []membership {
	var out []membership
	seen := map[string]bool{}
	queue := []*record[Group]{g}
	for len(queue) > 0 {
		var next *record[Group]
		next, queue = queue[0], queue[1:]
		for _, m := range c.visible(&next.value).list {
			if m.gone || seen[m.id] {
				continue
			}
			seen[m.id] = true
			if !m.group {
				if p, ok := c.t.people.get(m.id); ok && p.state == live {
					out = append(out, m)
				}
				continue
			}
			if inner, ok := c.t.groups.get(m.id); ok && inner.state == live {
				out = append(out, m)
				if nested {
					queue = append(queue, inner)
				}
			}
		}
	}
	return out
}

// gathered is the answer to the last question what is in a group: the pages
// of a large one ask it again and again.
type gathered struct {
	mu     sync.Mutex
	group  string
	nested bool
	hidden bool // hidden members were shown
	seq    uint64
	list   []membership
}

// gathered is gather, remembered until something changes.
func (c *call) gathered(g *record[Group], nested bool) []membership {
	last, hidden := &c.t.gathered, c.may([]string{"Member.Read.Hidden"})
	last.mu.Lock()
	defer last.mu.Unlock()
	if last.list == nil || last.group != g.id || last.nested != nested || last.hidden != hidden || last.seq != c.t.seq {
		last.group, last.nested, last.hidden, last.seq, last.list = g.id, nested, hidden, c.t.seq, c.gather(g, nested)
	}
	return last.list
}

// memberSource is gather as a list, only of one type where cast says so.
func (c *call) memberSource(list []membership, selects []string, cast string) source {
	people, nested := c.userProps(selects), groupProps(selects)
	typed := cast == ""
	return source{len(list), func(i int) (entry, bool) {
		if m := list[i]; m.group {
			r, _ := c.t.groups.get(m.id)
			return entryOf(groups, &r.value, nested, typed), typed || cast == "microsoft.graph.group"
		}
		r, _ := c.t.people.get(list[i].id)
		return entryOf(users, &r.value, people, typed), typed || cast == "microsoft.graph.user"
	}}
}

// membersCall checks a members call and finds what it lists. A cast together
// with query options is an advanced query.
func (c *call) membersCall(nested bool, cast string) (o options, src source, failed *response) {
	g, failed := c.group()
	if failed != nil {
		return o, src, failed
	}
	if o, failed = c.options(""); failed != nil {
		return o, src, failed
	}
	cast = strings.ToLower(cast)
	refuse := func(r response) (options, source, *response) { return o, src, &r }
	switch {
	case cast != "" && !strings.HasPrefix(cast, "microsoft.graph."):
		return refuse(c.bad("Resource not found for the segment '" + clip(cast) + "'."))
	case cast != "" && (o.filter != nil || o.order != "" || o.search != nil || c.query.Has("$count")) && !c.eventual():
		return refuse(c.bad("$count is not currently supported."))
	}
	return o, c.memberSource(c.gathered(g, nested), o.selects, cast), nil
}

func (c *call) members(nested bool, cast string) response {
	c.t.mu.RLock()
	defer c.t.mu.RUnlock()
	o, src, failed := c.membersCall(nested, cast)
	if failed != nil {
		return *failed
	}
	set := "directoryObjects"
	switch strings.ToLower(cast) {
	case "microsoft.graph.user":
		set = "users"
	case "microsoft.graph.group":
		set = "groups"
	}
	return c.page(o, c.context(set, o.selects), src)
}

func (c *call) countMembers(nested bool, cast string) response {
	c.t.mu.RLock()
	defer c.t.mu.RUnlock()
	_, src, failed := c.membersCall(nested, cast)
	if failed != nil {
		return *failed
	}
	return c.count(src)
}

// groupsOf are the places of the groups that hold a member, or with nested
// also of those that hold these.
func (t *Tenant) groupsOf(id string, nested bool) []int {
	var out []int
	seen := map[string]bool{}
	for queue := []string{id}; len(queue) > 0; {
		member := queue[0]
		queue = queue[1:]
		for i, g := range t.groups.items {
			at, in := g.value.members.index[member]
			if !in || g.value.members.list[at].gone || g.state != live || seen[g.id] {
				continue
			}
			seen[g.id] = true
			out = append(out, i)
			if nested {
				queue = append(queue, g.id)
			}
		}
	}
	slices.Sort(out)
	return out
}

func (c *call) memberOf(nested bool) response {
	c.t.mu.RLock()
	defer c.t.mu.RUnlock()
	r, failed := c.user()
	if failed != nil {
		return *failed
	}
	o, failed := c.options("")
	if failed != nil {
		return *failed
	}
	picked, in := groupProps(o.selects), c.t.groupsOf(r.id, nested)
	return c.page(o, c.context("directoryObjects", o.selects), source{len(in), func(i int) (entry, bool) {
		return entryOf(groups, &c.t.groups.items[in[i]].value, picked, true), true
	}})
}

// checkMemberGroups says which of up to 20 groups a person is in, nested or not.
func (c *call) checkMemberGroups() response {
	var asked struct {
		GroupIDs []string `json:"groupIds"`
	}
	if err := json.Unmarshal(c.body, &asked); err != nil || len(asked.GroupIDs) == 0 || len(asked.GroupIDs) > 20 {
		return c.bad("groupIds must hold 1 to 20 ids.")
	}
	c.t.mu.RLock()
	defer c.t.mu.RUnlock()
	r, failed := c.user()
	if failed != nil {
		return *failed
	}
	found := []string{}
	for _, i := range c.t.groupsOf(r.id, true) {
		if id := c.t.groups.items[i].id; slices.Contains(asked.GroupIDs, id) {
			found = append(found, id)
		}
	}
	b := []byte(`{"@odata.context":`)
	b = appendQuoted(b, c.base+"/v1.0/$metadata#Collection(Edm.String)")
	b = append(b, `,"value":`...)
	return ok(append(appendTexts(b, found), '}'))
}
