// Package notify tells people what has happened and what waits for them: in the
// console, and by e-mail, one digest a round.
//
// What is told goes through rows: a notice, and a mail in the outbox. So nothing
// is lost when the process or the mail server stops, and a mail that can't be
// sent is tried again.
package notify

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/telefonist/telefonist/language"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store"
)

// Notifier writes notices and mails.
type Notifier struct {
	Store *store.Store
	Log   *slog.Logger
	Now   func() time.Time
	// Send hands a mail over; nil where no mail leaves this server.
	Send func(ctx context.Context, to, subject, body string) error
	// Base is the address that links in mails begin with.
	Base string
	// Woken is called when a mail is due.
	Woken func()
}

// Kinds of notice.
const (
	KindRound  = "round"
	KindHeld   = "held"
	KindFirst  = "first"
	KindFailed = "failed"
	KindExpiry = "expiry"
)

// Round tells of a round that has come to where it waits or ends. A round in
// which nothing waits and nothing failed is told only where that is asked for.
func (n *Notifier) Round(ctx context.Context, id organization.ID, round store.Round) {
	if err := n.round(ctx, id, round); err != nil {
		n.Log.Error("notify of round", "organization", id, "round", round.Number, "error", err)
	}
}

func (n *Notifier) round(ctx context.Context, id organization.ID, round store.Round) error {
	o := n.Store.In(id)
	org, _, err := o.Organization(ctx)
	if err != nil {
		return err
	}
	kind := kindOf(round)
	switch {
	case round.Cause == store.Decision || round.State == store.Dropped:
		return nil // whoever decided knows
	case kind == KindRound && !org.Settings.Notify.Every && !worthTelling(round):
		return nil
	case kind == KindFailed && !firstFailure(ctx, o, round):
		return nil // told once, not each time it is tried again
	}
	replicator, err := o.Replicator(ctx, round.Replicator)
	if err != nil {
		return err
	}
	_, err = o.AddNotice(ctx, store.Notice{At: n.Now(), Kind: kind, Subject: round.ID, Data: map[string]string{
		"replicator": replicator.Name, "round": strconv.FormatInt(round.Number, 10),
		"n": strconv.FormatInt(round.Counts["done"], 10), "left": strconv.FormatInt(round.Counts["left"], 10),
		"offered": strconv.FormatInt(round.Counts["offered"], 10),
	}})
	if err != nil || len(org.Settings.Notify.Emails) == 0 || n.Send == nil {
		return err
	}
	d, err := n.digest(ctx, o, org.Name, replicator.Name, round)
	if err != nil {
		return err
	}
	return n.mail(ctx, o, org, d.Write(language.For(org.Settings.Language)))
}

func kindOf(r store.Round) string {
	switch r.State {
	case store.Held:
		return KindHeld
	case store.Waiting:
		return KindFirst
	case store.Failed:
		return KindFailed
	}
	return KindRound
}

// worthTelling is true where something changed or somebody has to decide.
func worthTelling(r store.Round) bool {
	c := r.Counts
	return c["changes"] > 0 || c["left"] > 0 || c["failed"] > 0
}

// firstFailure is true where the round before did not fail.
func firstFailure(ctx context.Context, o store.Org, round store.Round) bool {
	r, err := o.Replicator(ctx, round.Replicator)
	return err != nil || r.Failures <= 1
}

// mail puts one message into the outbox for each address.
func (n *Notifier) mail(ctx context.Context, o store.Org, org organization.Organization, m Message) error {
	var mails []store.Mail
	for _, to := range org.Settings.Notify.Emails {
		mails = append(mails, store.Mail{To: to, Subject: m.Subject, Body: m.Body, Due: n.Now(), Created: n.Now()})
	}
	if err := o.AddMails(ctx, mails); err != nil {
		return fmt.Errorf("queue mail: %w", err)
	}
	if n.Woken != nil {
		n.Woken()
	}
	return nil
}

// digest gathers what a mail tells of a round.
func (n *Notifier) digest(ctx context.Context, o store.Org, org, replicator string, round store.Round) (Digest, error) {
	d := Digest{Organization: org, Replicator: replicator, Round: round, Link: n.link(o.ID(), "rounds/"+round.ID)}
	left, err := o.Changes(ctx, round.ID, store.ChangeFilter{Kind: "leave"}, 0, most)
	if err != nil {
		return d, err
	}
	for _, c := range left {
		d.Left = append(d.Left, Line{c.Name, "left.", c.Reason})
	}
	changed, err := o.Changes(ctx, round.ID, store.ChangeFilter{}, 0, most)
	if err != nil {
		return d, err
	}
	for _, c := range changed {
		switch c.Kind {
		case pbx.Create, pbx.Update, pbx.Link, pbx.Unlink, pbx.Remove:
			d.Changes = append(d.Changes, Line{c.Name, "change.", c.Reason})
		}
	}
	offered, _, err := o.Standings(ctx, round.Replicator, store.Offered, "", "", most)
	if err != nil {
		return d, err
	}
	for _, s := range offered {
		d.Offered = append(d.Offered, Line{Name: s.Name})
		for _, p := range s.Problems {
			d.Problems = append(d.Problems, Line{s.Name, "problem.", p})
		}
	}
	return d, nil
}

// most is how many people are gathered for one heading of a mail.
const most = 200

func (n *Notifier) link(org organization.ID, path string) string {
	if n.Base == "" {
		return ""
	}
	return n.Base + "/o/" + string(org) + "/" + path
}

// Preview is the mail that the last round would have sent.
func (n *Notifier) Preview(ctx context.Context, id organization.ID) (Message, error) {
	o := n.Store.In(id)
	org, _, err := o.Organization(ctx)
	if err != nil {
		return Message{}, fmt.Errorf("preview mail: %w", err)
	}
	p := language.For(org.Settings.Language)
	rounds, err := o.Rounds(ctx, store.RoundFilter{}, 0, 1)
	if err != nil {
		return Message{}, fmt.Errorf("preview mail: %w", err)
	}
	if len(rounds) == 0 {
		return Test(p, org.Name), nil
	}
	r, err := o.Replicator(ctx, rounds[0].Replicator)
	if err != nil {
		return Message{}, fmt.Errorf("preview mail: %w", err)
	}
	d, err := n.digest(ctx, o, org.Name, r.Name, rounds[0])
	if err != nil {
		return Message{}, fmt.Errorf("preview mail: %w", err)
	}
	return d.Write(p), nil
}

// TestMail sends a mail at once and says how it went.
func (n *Notifier) TestMail(ctx context.Context, id organization.ID, to string) error {
	org, _, err := n.Store.In(id).Organization(ctx)
	if err != nil {
		return fmt.Errorf("test mail: %w", err)
	}
	m := Test(language.For(org.Settings.Language), org.Name)
	return n.Send(ctx, to, m.Subject, m.Body)
}

// Warnings are how many days before a credential ends people are told.
func Warnings() []int { return []int{60, 30, 14, 7, 1, 0} }

// due is the warning that days call for, and whether it is newer than the last.
func due(days int, last int64) (int, bool) {
	step, found := 0, false
	for _, w := range Warnings() {
		if days <= w {
			step, found = w, true
		}
	}
	// warned_days holds the last step plus one, so that 0 means none was sent
	return step, found && (last == 0 || int64(step)+1 < last)
}

// Expiring warns of credentials that end.
func (n *Notifier) Expiring(ctx context.Context) error {
	ending, err := n.Store.ExpiringCredentials(ctx, n.Now().AddDate(0, 0, Warnings()[0]))
	if err != nil {
		return fmt.Errorf("find ending credentials: %w", err)
	}
	for _, c := range ending {
		days := int(c.Expires.Sub(n.Now()).Hours() / 24)
		step, now := due(days, c.WarnedDays)
		if !now {
			continue
		}
		if err := n.warn(ctx, c, days, step); err != nil {
			return fmt.Errorf("warn of ending credential: %w", err)
		}
	}
	return nil
}

func (n *Notifier) warn(ctx context.Context, c store.ExpiringCredential, days, step int) error {
	o := n.Store.In(c.Organization)
	org, _, err := o.Organization(ctx)
	if err != nil {
		return err
	}
	source, err := o.Source(ctx, c.Source)
	if err != nil {
		return err
	}
	_, err = o.AddNotice(ctx, store.Notice{At: n.Now(), Kind: KindExpiry, Subject: c.Source, Data: map[string]string{
		"source": source.Name, "n": strconv.Itoa(days), "date": c.Expires.Format(time.DateOnly),
	}})
	if err != nil {
		return err
	}
	if len(org.Settings.Notify.Emails) > 0 && n.Send != nil {
		e := Expiry{org.Name, source.Name, days, c.Expires, n.link(o.ID(), "connect")}
		if err := n.mail(ctx, o, org, e.Write(language.For(org.Settings.Language))); err != nil {
			return err
		}
	}
	return o.SetWarned(ctx, c.Source, c.ID, step+1)
}
