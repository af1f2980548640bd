package desk

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// PersonPrefix begins the text of a link with which somebody in the directory
// signs in; the console serves it at "/person/{text}".
const PersonPrefix = "tfs_"

// personLinkLasts is how long such a link is good.
const personLinkLasts = 15 * time.Minute

// looking is how long a link may take to be sent.
const looking = 30 * time.Second

// MailPersonLink sends a link with which a person signs in to the address that
// the directory has for him: good once, for 15 minutes. It is looked for and sent
// after the answer, so that nothing in that, nor how long it takes, tells whether
// anybody has the address. [ErrTooMany] is for who asks too often, [ErrNotOffered]
// for a server that sends no mail. No copy is kept of the mail: it opens what is
// the person's alone.
func (d *Desk) MailPersonLink(ctx context.Context, address, from string) error {
	d.prepare()
	var bad faults
	address = bad.email("address", address)
	if err := bad.err(); err != nil {
		return err
	}
	if d.Notify == nil || d.Notify.Send == nil {
		return ErrNotOffered
	}
	now := d.Now()
	if d.froms.spent(from, now) {
		return ErrTooMany
	}
	d.froms.take(from, now)
	if d.asked.spent(address, now) {
		return nil // who asks for somebody else's must not learn that another did
	}
	d.asked.take(address, now)
	select {
	case d.asking <- struct{}{}:
	default:
		return ErrTooMany
	}
	go func() {
		defer func() { <-d.asking }()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), looking)
		defer cancel()
		if err := d.sendPersonLink(ctx, address); err != nil {
			d.Log.ErrorContext(ctx, "link for a person could not be sent", "error", err)
		}
	}()
	return nil
}

// sendPersonLink sends a link for each organization in which somebody has that
// address.
func (d *Desk) sendPersonLink(ctx context.Context, address string) error {
	all, err := d.Store.AllOrganizations(ctx)
	if err != nil {
		return step("list organizations", err)
	}
	for _, org := range all {
		found, _, err := d.Store.In(org).Mailboxes(ctx, store.MailboxFilter{Text: address}, "", maxPage)
		if err != nil {
			return step("find mailbox", err)
		}
		for _, m := range found {
			if !strings.EqualFold(m.Address, address) {
				continue
			}
			if err := d.sendLinkTo(ctx, org, m); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *Desk) sendLinkTo(ctx context.Context, org organization.ID, m store.Mailbox) error {
	text := secretText(PersonPrefix, org)
	l := store.PersonLink{Person: m.Person, Expires: d.Now().Add(personLinkLasts)}
	if _, err := d.Store.In(org).AddPersonLink(ctx, l, hashWord(text)); err != nil {
		return step("write link", err)
	}
	p, err := d.Store.In(org).Preference(ctx, m.Person)
	if err != nil {
		return step("read preference", err)
	}
	base := d.PublicURL
	if base == "" {
		base = d.Base
	}
	return step("send link", d.Notify.PersonLink(ctx, org, m.Address, p.Language, base+"/person/"+text, l.Expires))
}

// ActorOfPersonLink uses a link and is the person whom it was mailed to. An
// unknown, used or expired one is [ErrWrong], and so is that of one who has left.
func (d *Desk) ActorOfPersonLink(ctx context.Context, text, from string) (Actor, organization.ID, error) {
	d.prepare()
	now := d.Now()
	if d.froms.spent(from, now) {
		return Actor{}, "", ErrTooMany
	}
	org, ok := organizationOf(text, PersonPrefix)
	var person string
	err := error(ErrWrong)
	if ok {
		person, err = d.Store.In(org).UsePersonLink(ctx, hashWord(text))
	}
	if err != nil {
		d.froms.take(from, now)
		return Actor{}, "", wrong(err, "use link")
	}
	a, err := d.personActor(ctx, org, person)
	return a, org, err
}

// ActorOfPerson is the person of a session as he stands now. A session holds the
// organization, his object id ([Actor.About]) and the [Actor.Stamp] that he came in
// with: once he has left, or has another address, it is over: [ErrWrong].
func (d *Desk) ActorOfPerson(ctx context.Context, org organization.ID, person, stamp string) (Actor, error) {
	a, err := d.personActor(ctx, org, person)
	if err == nil && a.Stamp != stamp {
		return Actor{}, ErrWrong
	}
	return a, err
}

func (d *Desk) personActor(ctx context.Context, org organization.ID, person string) (Actor, error) {
	m, err := d.Store.In(org).Mailbox(ctx, person)
	if errors.Is(err, store.ErrNotFound) {
		return Actor{}, ErrWrong
	}
	if err != nil {
		return Actor{}, step("read mailbox", err)
	}
	p, err := d.Store.In(org).Preference(ctx, person)
	if err != nil {
		return Actor{}, step("read preference", err)
	}
	language := p.Language
	if language != "sv" && language != "en" {
		language = ""
	}
	return Actor{
		ID: "person " + person, Name: m.Name, Kind: Herself, Language: language, About: person,
		Stamp: hashWord(person + " " + strings.ToLower(m.Address))[:16],
		Roles: map[organization.ID]organization.Role{org: organization.PersonRole},
	}, nil
}
