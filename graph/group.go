package graph

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// eventual asks for the index that counting, searching and casting need. It
// lags some minutes behind (Microsoft's page "Advanced query capabilities").
func eventual() http.Header { return http.Header{"Consistencylevel": {"eventual"}} }

// Groups follows a delta round of the tenant's groups as [Client.Users] does
// its users. With "members" among the properties the direct members come too,
// a large group's in slices over several pages. Needs GroupMember.Read.All.
func (c *Client) Groups(ctx context.Context, link string, properties []string) iter.Seq2[Page[Group], error] {
	return pages(ctx, c, list[Group]{
		step: "groups delta", delta: true,
		first: c.begin(link, "/groups/delta", "$select", strings.Join(properties, ",")),
		item:  (*decoder).group,
	})
}

// group reads a group with its members.
func (d *decoder) group(g *Group) error { return d.object(&g.Object, &g.Members) }

// groupProperties are read of a group that is looked up or searched for.
const groupProperties = "id,displayName,description,mail,groupTypes,securityEnabled,mailEnabled,visibility"

// Group reads one group by its object id. Needs GroupMember.Read.All.
func (c *Client) Group(ctx context.Context, id string) (Group, error) {
	var g Group
	err := c.read(ctx, call{step: "group", url: c.address("/groups/"+url.PathEscape(id), "$select", groupProperties)},
		func(d *decoder) error { g = Group{}; return d.group(&g) })
	return g, err
}

// SearchGroups finds at most limit groups (1 to 999) with a word of their name
// beginning as text does; where a tenant refuses such a search, those whose
// name itself begins so. Needs GroupMember.Read.All.
func (c *Client) SearchGroups(ctx context.Context, text string, limit int) ([]Group, error) {
	top := strconv.Itoa(min(max(1, limit), 999))
	word := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text)
	found, err := c.listGroups(ctx, eventual(), c.address("/groups",
		"$search", `"displayName:`+word+`"`, "$select", groupProperties, "$top", top))
	var refused *Error
	if errors.As(err, &refused) && refused.Status == http.StatusBadRequest {
		start := strings.ReplaceAll(text, "'", "''")
		return c.listGroups(ctx, nil, c.address("/groups",
			"$filter", "startswith(displayName,'"+start+"')", "$select", groupProperties, "$top", top))
	}
	return found, err
}

// listGroups reads one page.
func (c *Client) listGroups(ctx context.Context, header http.Header, address string) ([]Group, error) {
	page, _, err := readPage(ctx, c, list[Group]{step: "group search", header: header, item: (*decoder).group}, address, 0)
	return page.Items, err
}

// Members lists the direct members of a group, whatever they are; link is ""
// or a page's NextLink. Needs GroupMember.Read.All.
func (c *Client) Members(ctx context.Context, group, link string) iter.Seq2[Page[Object], error] {
	return pages(ctx, c, list[Object]{
		step:  "members",
		first: c.begin(link, "/groups/"+url.PathEscape(group)+"/members", "$select", "id", "$top", "999"),
		item:  func(d *decoder, o *Object) error { return d.object(o, nil) },
	})
}

// TransitiveMembers lists the users of a group and of the groups within it,
// each once. It reads an index that lags. Needs GroupMember.Read.All, and
// User.Read.All for more than ids.
func (c *Client) TransitiveMembers(ctx context.Context, group, link string, properties []string) iter.Seq2[Page[User], error] {
	return pages(ctx, c, list[User]{
		step: "transitive members", header: eventual(),
		first: c.begin(link, "/groups/"+url.PathEscape(group)+"/transitiveMembers/microsoft.graph.user",
			"$count", "true", "$select", strings.Join(properties, ","), "$top", "999"),
		item: func(d *decoder, u *User) error { return d.object(&u.Object, nil) },
	})
}
