package desk

import (
	"context"

	"github.com/telefonist/telefonist/organization"
)

// PersonPrefix begins the text of a link with which somebody in the directory
// signs in; the console serves it at "/person/{text}".
const PersonPrefix = "tfs_"

// MailPersonLink sends a link with which a person signs in to the address that
// the directory has for him: good once, for 15 minutes. Nothing in the answer, nor
// how long it takes, tells whether anybody has that address; [ErrTooMany] is for
// who asks too often, [ErrNotOffered] for a server that sends no mail.
func (d *Desk) MailPersonLink(ctx context.Context, address, from string) error {
	return ErrNotOffered
}

// ActorOfPersonLink uses a link and is the person whom it was mailed to. An
// unknown, used or expired one is [ErrWrong], and so is one whose person has
// another address by now.
func (d *Desk) ActorOfPersonLink(ctx context.Context, text, from string) (Actor, organization.ID, error) {
	return Actor{}, "", ErrNotOffered
}

// ActorOfPerson is the person of a session as he stands now. A session holds the
// organization, his object id ([Actor.About]) and the [Actor.Stamp] that he came in
// with: once he has left, or has another address, it is over: [ErrWrong].
func (d *Desk) ActorOfPerson(ctx context.Context, org organization.ID, person, stamp string) (Actor, error) {
	return Actor{}, ErrNotOffered
}
