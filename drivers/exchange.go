package drivers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/calendar/exchange"
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// Exchange is the kind of source that reads the calendars of an Exchange server.
const Exchange = organization.Exchange

func exchangeKind() organization.Kind {
	check := func(f func(string) error) func(string) error {
		return func(v string) error { return exchangeField(f(v)) }
	}
	return organization.Kind{Name: Exchange, Fields: []organization.Field{
		{Name: "url", Required: true, Check: check(exchange.CheckURL)},
		{Name: "user", Required: true, Check: check(exchange.CheckUser)},
		{Name: "signin", Options: []string{exchange.NTLM, exchange.Basic}},
		{Name: "ca", Check: check(exchange.CheckCA)},
		{Name: "fingerprint", Check: check(exchange.CheckFingerprint)},
		{Name: "oldTLS", Options: []string{"yes"}},
	}}
}

// exchangeField is a driver's complaint about a setting in the words of forms.
func exchangeField(err error) error {
	var s *exchange.SettingError
	if errors.As(err, &s) {
		return &organization.FieldError{Field: s.Setting, Code: s.Code}
	}
	return err
}

// exchangeAt is true where a source is an Exchange server.
func (d *Drivers) exchangeAt(ctx context.Context, org organization.ID, id string) (bool, error) {
	s, err := d.Store.In(org).Source(ctx, id)
	return s.Kind == Exchange, err
}

// exchange is a source's server with its account, made once for each generation of
// its settings and password: what was found out of its mailboxes, its connections
// and its limits are shared by all that read it, and by nobody else.
func (d *Drivers) exchange(ctx context.Context, org organization.ID, id string) (*exchange.Source, error) {
	s, err := d.Store.In(org).Source(ctx, id)
	if err != nil {
		return nil, err
	}
	o, _, err := d.Store.In(org).Organization(ctx)
	if err != nil {
		return nil, err
	}
	atOnce := o.Settings.Calendar.Reading.AtOnce
	key := fmt.Sprintf("%s/%s/%d/%d/%s", org, id, s.Generation, atOnce, o.Settings.Country)
	if c, ok := d.cached(key); ok {
		return c.exchange, nil
	}
	settings, err := d.exchangeSettings(ctx, org, s)
	if err != nil {
		return nil, err
	}
	opened, err := exchange.Open(settings, d.exchangeOptions(o.Settings))
	if err != nil {
		return nil, exchangeTrouble(err)
	}
	return d.keep(client{key: key, exchange: opened}).exchange, nil
}

func (d *Drivers) exchangeOptions(s organization.Settings) exchange.Options {
	return exchange.Options{Dial: d.dial, Country: s.Country, AtOnce: s.Calendar.Reading.AtOnce, Now: d.Now}
}

// exchangeSettings reads a source's settings and its password, the newest there is:
// an older one would only count towards locking the account.
func (d *Drivers) exchangeSettings(ctx context.Context, org organization.ID, s store.SourceState) (exchange.Settings, error) {
	v := s.Settings
	settings := exchange.Settings{
		URL: v["url"], User: v["user"], SignIn: v["signin"], CA: v["ca"], Fingerprint: v["fingerprint"], OldTLS: v["oldTLS"] != "",
	}
	known, err := d.Store.In(org).Credentials(ctx, s.ID)
	if err != nil {
		return settings, err
	}
	for _, k := range known {
		if k.Kind != organization.Secret {
			continue
		}
		_, sealed, err := d.Store.In(org).SealedCredential(ctx, s.ID, k.ID)
		if err != nil {
			return settings, err
		}
		plain, err := d.Unseal(sealed, organization.Sealed(org, s.ID, string(organization.Secret)))
		if err != nil {
			return settings, fmt.Errorf("unseal password: %w", err)
		}
		settings.Password = string(plain)
		return settings, nil
	}
	return settings, &directory.Trouble{Code: "exchange.noPassword", Err: errors.New("no password")}
}

// exchangeCalendar opens a server's calendars. Where nothing of it could be read
// the last time, it is asked first whether it can be now.
func (d *Drivers) exchangeCalendar(ctx context.Context, org organization.ID, id string) (calendar.Connection, error) {
	e, err := d.exchange(ctx, org, id)
	if err != nil {
		return calendar.Connection{}, err
	}
	if err := e.Ready(ctx); err != nil {
		return calendar.Connection{}, exchangeTrouble(err)
	}
	return e.Connection(), nil
}

func (d *Drivers) exchangeProbe(ctx context.Context, org organization.ID, id, address string) calendar.Health {
	e, err := d.exchange(ctx, org, id)
	if err != nil {
		return calendar.Health{State: calendar.NoSource}
	}
	return e.Try(ctx, calendar.Mailbox{Address: address})
}

// exchangeTrouble is what hinders a whole server as a [*directory.Trouble], whose
// codes begin with "exchange.".
func exchangeTrouble(err error) error {
	var t *exchange.Trouble
	var s *exchange.SettingError
	var barred *Refused
	switch {
	case errors.As(err, &barred) && barred.Line() == "":
		return &directory.Trouble{Code: "exchange.never", Args: map[string]string{"address": barred.Address.String()}, Err: err}
	case errors.As(err, &barred):
		return &directory.Trouble{Code: "exchange.address", Args: map[string]string{"line": barred.Line()}, Err: err}
	case errors.As(err, &t):
		return &directory.Trouble{Code: "exchange." + t.Code, Args: t.Args, Wait: t.Wait, Soon: t.Soon, Err: err}
	case errors.As(err, &s) && s.Code == "online":
		return &directory.Trouble{Code: "exchange.online", Err: err}
	case errors.As(err, &s):
		return &directory.Trouble{Code: "exchange.setting", Args: map[string]string{"field": s.Setting, "code": s.Code}, Err: err}
	case errors.Is(err, context.Canceled):
		return err
	}
	return &directory.Trouble{Code: "exchange.unreachable", Soon: true, Wait: time.Minute, Err: err}
}
