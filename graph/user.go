package graph

import (
	"context"
	"iter"
	"net/url"
	"strings"
)

// Users follows a delta round of the tenant's users, or takes one up: link is
// "" for everybody, or what [Page.Link] gave. The properties are baked into a
// link, so only a first page needs them; the id always comes, and "manager"
// may be among them. Without any, Graph chooses eleven.
//
// In a first round everything that is set comes. Later ones hold those who
// changed, with the selected properties; one cleared is Null. The same user
// may come several times: the last counts. Needs User.Read.All.
func (c *Client) Users(ctx context.Context, link string, properties []string) iter.Seq2[Page[User], error] {
	return pages(ctx, c, list[User]{
		step: "users delta", delta: true,
		first: c.begin(link, "/users/delta", "$select", strings.Join(properties, ",")),
		item:  func(d *decoder, u *User) error { return d.object(&u.Object, nil) },
	})
}

// begin is where reading starts: at a link, or at a path's first page.
func (c *Client) begin(link, path string, query ...string) string {
	if link != "" {
		return link
	}
	return c.address(path, query...)
}

// User reads one user by id or user principal name. Needs User.Read.All; one
// that doesn't exist, or is deleted, is an [*Error] with NotFound.
func (c *Client) User(ctx context.Context, id string, properties []string) (User, error) {
	var u User
	query := make([]string, 0, 4)
	plain := make([]string, 0, len(properties))
	for _, p := range properties {
		if p == "manager" { // a relation: outside delta it can't be selected
			query = append(query, "$expand", "manager($select=id)")
			continue
		}
		plain = append(plain, p)
	}
	if len(plain) > 0 {
		query = append(query, "$select", "id,"+strings.Join(plain, ","))
	}
	err := c.read(ctx, call{step: "user", url: c.address("/users/"+url.PathEscape(id), query...)},
		func(d *decoder) error { u = User{}; return d.object(&u.Object, nil) })
	return u, err
}

// Manager reads a user's manager: id and name. Nobody is an [*Error] with
// NotFound. Needs User.Read.All.
func (c *Client) Manager(ctx context.Context, id string) (User, error) {
	var u User
	err := c.read(ctx, call{step: "manager", url: c.address("/users/"+url.PathEscape(id)+"/manager", "$select", "id,displayName,userPrincipalName")},
		func(d *decoder) error { u = User{}; return d.object(&u.Object, nil) })
	return u, err
}

// DeletedUsers lists users deleted within the last thirty days, who can still
// be restored; deletedDateTime is among the properties if asked for. link is
// "" or a page's NextLink. Needs User.Read.All.
func (c *Client) DeletedUsers(ctx context.Context, link string, properties []string) iter.Seq2[Page[User], error] {
	return pages(ctx, c, list[User]{
		step:  "deleted users",
		first: c.begin(link, "/directory/deletedItems/microsoft.graph.user", "$select", strings.Join(properties, ",")),
		item:  func(d *decoder, u *User) error { return d.object(&u.Object, nil) },
	})
}
