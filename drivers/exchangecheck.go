package drivers

import (
	"context"
	"errors"
	"strings"

	"github.com/telefonist/telefonist/calendar/exchange"
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// checkedMailboxes is how many a check tries that nobody has named.
const checkedMailboxes = 2

// CheckExchange tries an Exchange server out, from its name to what can be read of
// one or two mailboxes, given by address, or of the first enrolled where none is.
// It signs in anew, also where the password was refused before; where that goes
// well the server is read again at once.
func (d *Drivers) CheckExchange(ctx context.Context, org organization.ID, id string, mailboxes []string) directory.CheckResult {
	result := directory.CheckResult{At: d.Now(), People: -1}
	failed := func(err error) directory.CheckResult {
		result.Lines = append(result.Lines, troubleLine("signin", err))
		return result
	}
	s, err := d.Store.In(org).Source(ctx, id)
	if err != nil {
		return failed(err)
	}
	o, _, err := d.Store.In(org).Organization(ctx)
	if err != nil {
		return failed(err)
	}
	settings, err := d.exchangeSettings(ctx, org, s)
	if err != nil {
		return failed(err)
	}
	if len(mailboxes) == 0 {
		if mailboxes, err = d.enrolled(ctx, org, id); err != nil {
			return failed(err)
		}
	}
	signedIn := false
	for _, f := range exchange.Check(ctx, settings, d.exchangeOptions(o.Settings), mailboxes) {
		signedIn = signedIn || f.Subject == "signin" && f.Outcome != exchange.Failed
		result.Lines = append(result.Lines, checkLine(f))
	}
	if signedIn {
		d.wakeExchange(org, id)
	}
	return result
}

// enrolled are the addresses of the first mailboxes that a source reads.
func (d *Drivers) enrolled(ctx context.Context, org organization.ID, id string) ([]string, error) {
	boxes, _, err := d.Store.In(org).Mailboxes(ctx, store.MailboxFilter{Source: id}, "", checkedMailboxes)
	var all []string
	for _, b := range boxes {
		if b.Address != "" {
			all = append(all, b.Address)
		}
	}
	return all, err
}

// wakeExchange lets go of a source's client that is at rest because its account was
// refused, which is over.
func (d *Drivers) wakeExchange(org organization.ID, id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for key, e := range d.clients {
		c := e.Value.(client)
		if strings.HasPrefix(key, string(org)+"/"+id+"/") && c.exchange != nil && c.exchange.Refused() {
			d.recent.Remove(e)
			delete(d.clients, key)
			c.exchange.Close()
		}
	}
}

func checkLine(f exchange.Finding) directory.CheckLine {
	if f.Err != nil {
		return troubleLine(f.Subject, f.Err)
	}
	outcome := map[exchange.Outcome]directory.Outcome{
		exchange.Fine: directory.CheckFine, exchange.Warned: directory.CheckWarned, exchange.Failed: directory.CheckFailed,
	}[f.Outcome]
	return directory.CheckLine{Subject: f.Subject, Outcome: outcome, Code: f.Code, Args: f.Args}
}

// troubleLine is a line for what hindered all that would have come after it.
func troubleLine(subject string, err error) directory.CheckLine {
	var t *directory.Trouble
	if !errors.As(err, &t) && !errors.As(exchangeTrouble(err), &t) {
		t = &directory.Trouble{Code: "exchange.unreachable"} // nobody waits any more
	}
	return directory.CheckLine{Subject: subject, Outcome: directory.CheckFailed, Code: t.Code, Args: t.Args}
}
