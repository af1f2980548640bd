package notify

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/telefonist/telefonist/language"
	"github.com/telefonist/telefonist/organization"
)

// PersonLink sends a person the link with which he signs in, in his language or
// else in the organization's. It goes past the outbox: whoever reads that must not
// find a way in.
func (n *Notifier) PersonLink(ctx context.Context, id organization.ID, to, tag, link string, expires time.Time) error {
	org, _, err := n.Store.In(id).Organization(ctx)
	if err != nil {
		return fmt.Errorf("mail link: %w", err)
	}
	if tag == "" {
		tag = org.Settings.Language
	}
	zone, err := time.LoadLocation(org.Settings.Calendar.Zone)
	if err != nil {
		zone = time.UTC
	}
	m := personLink(language.For(tag), org.Name, link, expires.In(zone))
	return n.Send(ctx, to, m.Subject, m.Body)
}

func personLink(p *language.Printer, org, link string, expires time.Time) Message {
	var b strings.Builder
	b.WriteString(p.T("mail.person.lead", language.Text("org", org), language.Text("time", p.Clock(expires))) + "\n\n")
	b.WriteString(link + "\n\n")
	b.WriteString(p.T("mail.person.why") + "\n")
	return Message{p.T("mail.person.subject"), b.String()}
}
