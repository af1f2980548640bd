package notify

import (
	"strings"
	"time"

	"github.com/telefonist/telefonist/language"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store"
)

// shown is how many people a mail names under one heading.
const shown = 20

// Digest is what one mail tells of a round.
type Digest struct {
	Organization string
	Replicator   string
	Round        store.Round
	Left         []Line // who has left
	Offered      []Line // who waits to be linked
	Problems     []Line // who has something to correct
	Changes      []Line // what was changed
	Link         string // to the round, "" where nobody could follow it
}

// Line is a person and a fact about him; the family says how it is put in words.
type Line struct {
	Name   string
	Family string
	Reason pbx.Reason
}

// Message is a mail in words.
type Message struct{ Subject, Body string }

// Write puts a digest in words.
func (d Digest) Write(p *language.Printer) Message {
	org, replicator := language.Text("org", d.Organization), language.Text("replicator", d.Replicator)
	number := language.Text("round", p.Number(int(d.Round.Number)))
	waiting := int(d.Round.Counts["left"] + d.Round.Counts["offered"])
	var subject, lead string
	switch {
	case d.Round.State == store.Held:
		subject, lead = p.T("mail.held.subject", org), p.T("mail.held.lead", replicator, number)
	case d.Round.State == store.Waiting:
		subject, lead = p.T("mail.first.subject", org), p.T("mail.first.lead", replicator, number)
	case d.Round.State == store.Failed:
		subject, lead = p.T("mail.failed.subject", org), p.T("mail.failed.lead", replicator, number)
	default:
		subject = p.T("mail.digest.subject", org, language.Count("n", int(d.Round.Counts["done"])), language.Text("m", p.Number(waiting)))
		lead = p.T("mail.digest.lead", replicator, number)
	}
	var b strings.Builder
	b.WriteString(lead + "\n")
	for _, why := range d.Round.Held {
		b.WriteString("  " + p.Reason("hold.", why.Code, why.Args) + "\n")
	}
	if d.Round.State == store.Failed {
		b.WriteString("  " + p.Reason("failure.", d.Round.Failure.Code, d.Round.Failure.Args) + "\n")
	}
	section(&b, p, p.T("mail.left.lead"), d.Left)
	section(&b, p, p.T("mail.offered.lead"), d.Offered)
	section(&b, p, p.T("mail.problems.lead"), d.Problems)
	section(&b, p, p.T("mail.changes.lead"), d.Changes)
	close(&b, p, d.Organization, d.Link)
	return Message{subject, b.String()}
}

func section(b *strings.Builder, p *language.Printer, heading string, lines []Line) {
	if len(lines) == 0 {
		return
	}
	b.WriteString("\n" + heading + "\n")
	for i, l := range lines {
		if i == shown {
			b.WriteString("  " + p.T("mail.more", language.Count("n", len(lines)-shown)) + "\n")
			break
		}
		b.WriteString("  " + l.Name)
		if l.Reason.Code != "" {
			b.WriteString(": " + p.Reason(l.Family, l.Reason.Code, l.Reason.Args))
		}
		b.WriteString("\n")
	}
}

func close(b *strings.Builder, p *language.Printer, org, link string) {
	if link != "" {
		b.WriteString("\n" + p.T("mail.open", language.Text("link", link)) + "\n")
	}
	b.WriteString("\n" + p.T("mail.why", language.Text("org", org)) + "\n")
}

// Expiry is what a mail tells of a credential that ends.
type Expiry struct {
	Organization, Source string
	Days                 int
	Date                 time.Time
	Link                 string
}

// Write puts a warning in words.
func (e Expiry) Write(p *language.Printer) Message {
	org, source := language.Text("org", e.Organization), language.Text("source", e.Source)
	subject := p.T("mail.expiry.subject", org, source, language.Count("n", e.Days))
	if e.Days <= 0 {
		subject = p.T("mail.expired.subject", org, source)
	}
	var b strings.Builder
	if e.Days > 0 {
		b.WriteString(p.T("msg.secretexpires", source, language.Count("n", e.Days), language.Text("date", p.Date(e.Date))) + "\n")
	} else {
		b.WriteString(subject + "\n")
	}
	b.WriteString(p.T("mail.expiry.cure") + "\n")
	close(&b, p, e.Organization, e.Link)
	return Message{subject, b.String()}
}

// Test is a mail that only shows that mail gets through.
func Test(p *language.Printer, org string) Message {
	var b strings.Builder
	b.WriteString(p.T("mail.test.lead") + "\n")
	close(&b, p, org, "")
	return Message{p.T("mail.test.subject", language.Text("org", org)), b.String()}
}
