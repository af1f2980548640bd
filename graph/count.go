package graph

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// CountUsers counts the tenant's users, guests and rooms among them. Needs
// User.Read.All.
func (c *Client) CountUsers(ctx context.Context) (int, error) {
	return c.count(ctx, "user count", "/users/$count")
}

// CountGroups counts the tenant's groups. Needs GroupMember.Read.All.
func (c *Client) CountGroups(ctx context.Context) (int, error) {
	return c.count(ctx, "group count", "/groups/$count")
}

// CountMembers counts a group's direct members of every kind. Needs
// GroupMember.Read.All.
func (c *Client) CountMembers(ctx context.Context, group string) (int, error) {
	return c.count(ctx, "member count", "/groups/"+url.PathEscape(group)+"/members/$count")
}

// CountTransitiveMembers counts the users of a group and of the groups within
// it, each once. Needs GroupMember.Read.All.
func (c *Client) CountTransitiveMembers(ctx context.Context, group string) (int, error) {
	return c.count(ctx, "transitive member count",
		"/groups/"+url.PathEscape(group)+"/transitiveMembers/microsoft.graph.user/$count")
}

// count reads a number in text/plain, with which Microsoft has been seen to
// send a byte order mark.
func (c *Client) count(ctx context.Context, step, path string) (int, error) {
	header := eventual()
	header.Set("Accept", "text/plain")
	res, err := c.send(ctx, call{step: step, url: c.address(path), header: header})
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 64))
	if err != nil {
		return 0, broken(step, res, err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(string(body), "\ufeff")))
	if err != nil || res.StatusCode != http.StatusOK {
		return 0, broken(step, res, fmt.Errorf("%w: not a number", ErrIncomplete))
	}
	return n, nil
}
