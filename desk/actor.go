package desk

import (
	"context"

	"github.com/telefonist/telefonist/organization"
)

// Actor is whoever asks for something. It says where he may go; what he may do
// there stands in [Rights].
type Actor struct {
	ID       string // e-mail of a user, id of a token or link; stands in the audit log
	Name     string
	Kind     ActorKind
	Language string // "sv", "en"; "" follows the browser
	// Roles are the actor's roles, by organization.
	Roles map[organization.ID]organization.Role
	// Everywhere is a role in all organizations: Operator, or Microsoft.
	Everywhere organization.Role
	// About is what a link is about: its id; and who somebody with the role of a
	// person is: his object id.
	About string
	// Stamp changes with a user's password; a session that holds another is over.
	Stamp string
}

// ActorKind is how an actor got in.
type ActorKind string

// A user signed in with a password; a token came with an API call; the socket is
// only opened by who owns the data folder; a link was given to a colleague; a
// notification came from Microsoft.
const (
	User      ActorKind = "user"
	Token     ActorKind = "token"
	Socket    ActorKind = "socket"
	Link      ActorKind = "link"
	Microsoft ActorKind = "microsoft"
	// Herself is somebody in the directory who signed in by a link in a mail.
	Herself ActorKind = "person"
)

// AtSocket is whoever can open the socket in the data folder: the operator.
func AtSocket() Actor {
	return Actor{ID: "socket", Name: "telefonist", Kind: Socket, Everywhere: organization.Operator}
}

// AtNotification is Microsoft, telling that something has changed.
func AtNotification() Actor {
	return Actor{ID: "microsoft", Name: "Microsoft", Kind: Microsoft, Everywhere: organization.Microsoft}
}

// Role is the actor's role in an organization, "" where he has none.
func (a Actor) Role(org organization.ID) organization.Role {
	if a.Everywhere != "" {
		return a.Everywhere
	}
	return a.Roles[org]
}

// Operator is true for those who may see all organizations.
func (a Actor) Operator() bool { return a.Everywhere == organization.Operator }

// top is the role that counts for what belongs to no organization.
func (a Actor) top() organization.Role {
	if a.Everywhere != "" {
		return a.Everywhere
	}
	best := organization.Role("")
	for _, r := range a.Roles {
		if best == "" || rank(r) < rank(best) {
			best = r
		}
	}
	return best
}

func rank(r organization.Role) int {
	for i, have := range Roles() {
		if have == r {
			return i
		}
	}
	return len(Roles())
}

// Caller is an actor at the desk: what he may do outside any one organization.
type Caller struct {
	desk  *Desk
	actor Actor
}

// As begins an operation of actor.
func (d *Desk) As(actor Actor) *Caller { return &Caller{d, actor} }

// Actor is who asks.
func (c *Caller) Actor() Actor { return c.actor }

// Visit is an actor in one organization: what he may do there.
type Visit struct {
	desk  *Desk
	actor Actor
	org   organization.ID
}

// In enters an organization. Whether the actor may is found by the operation.
func (c *Caller) In(org organization.ID) *Visit { return &Visit{c.desk, c.actor, org} }

// Actor is who asks.
func (v *Visit) Actor() Actor { return v.actor }

// ID is the organization that is visited.
func (v *Visit) ID() organization.ID { return v.org }

// Role is the actor's role here, "" for a stranger.
func (v *Visit) Role() organization.Role { return v.actor.Role(v.org) }

// may says whether the actor may do the operation, and leaves a line in the
// organization's audit log when an operator comes in.
func (v *Visit) may(ctx context.Context, operation string) error {
	role := v.Role()
	if role == "" {
		return ErrNotFound
	}
	if !allowed("Visit."+operation, role) {
		return ErrForbidden
	}
	return v.desk.seen(ctx, v)
}

// may says whether the actor may do an operation that belongs to no organization.
func (c *Caller) may(operation string) error {
	if !allowed("Caller."+operation, c.actor.top()) {
		return ErrForbidden
	}
	return nil
}
