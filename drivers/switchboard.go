package drivers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/pbx/builtin"
	"github.com/telefonist/telefonist/pbx/presence"
)

// Presence is the kind of switchboard that is told by SIP PUBLISH.
const Presence = "presence"

// Switchboards are the kinds of switchboard that can be told activities, beside
// the built-in one.
func Switchboards() []organization.Kind {
	wrong := func(field, code string) error { return &organization.FieldError{Field: field, Code: code} }
	return []organization.Kind{{Name: Presence, Fields: []organization.Field{
		{Name: "server", Required: true, Check: func(v string) error { return checkServer("server", v) }},
		{Name: "transport", Required: true, Options: []string{"tls", "tcp", "udp"}},
		{Name: "address", Required: true, Check: func(v string) error {
			return fieldError(presence.CheckAddress(v))
		}},
		{Name: "username"},
		{Name: "from"},
		{Name: "proxy", Check: func(v string) error { return checkServer("proxy", v) }},
		{Name: "serverName"},
		{Name: "ca"},
		{Name: "expires", Check: func(v string) error {
			if n, err := strconv.Atoi(v); err != nil || n < 60 || n > 24*60*60 {
				return wrong("expires", "seconds")
			}
			return nil
		}},
	}}}
}

// checkServer wants a host, with or without a port.
func checkServer(field, v string) error {
	host, port, err := net.SplitHostPort(v)
	if err != nil {
		host, port = v, "1"
	}
	n, err := strconv.Atoi(port)
	if err != nil || n < 1 || n > 65535 || net.ParseIP(host) == nil && !domain.MatchString(host) && host != "localhost" {
		return &organization.FieldError{Field: field, Code: "server"}
	}
	return nil
}

// fieldError is a driver's complaint about a setting in the words of forms.
func fieldError(err error) error {
	var s *presence.SettingError
	if errors.As(err, &s) {
		return &organization.FieldError{Field: s.Setting, Code: s.Code}
	}
	return err
}

// board is a switchboard that has been opened, with the settings it was opened by.
type board struct {
	generation int64
	connection pbx.Connection
	close      func() error
}

// Switchboard opens one that is told activities. What was opened is kept, with its
// connections, until its settings change.
func (d *Drivers) Switchboard(ctx context.Context, org organization.ID, id string) (pbx.Connection, error) {
	if id == Builtin {
		return pbx.Connection{Activities: builtin.Open(d.Store.In(org)), Local: true, AtOnce: 1}, nil
	}
	s, sealed, err := d.Store.In(org).SealedSwitchboard(ctx, id)
	if err != nil {
		return pbx.Connection{}, fmt.Errorf("open switchboard: %w", err)
	}
	if s.Kind != Presence {
		return pbx.Connection{}, fmt.Errorf("open switchboard: no kind %q", s.Kind)
	}
	key := string(org) + "/" + id
	d.mu.Lock()
	defer d.mu.Unlock()
	have, ok := d.boards[key]
	if ok && have.generation == s.Generation {
		return have.connection, nil
	}
	settings, err := d.presence(org, s.Switchboard, sealed)
	if err != nil {
		return pbx.Connection{}, err
	}
	opened, err := presence.Open(settings, d.Dial, d.Now)
	if err != nil {
		return pbx.Connection{}, fmt.Errorf("open switchboard: %w", fieldError(err))
	}
	if ok {
		have.close() // nobody can do anything about its error
	}
	if d.boards == nil {
		d.boards = map[string]board{}
	}
	c := opened.Connection()
	d.boards[key] = board{s.Generation, c, opened.Close}
	return c, nil
}

// presence reads the settings of a presence server.
func (d *Drivers) presence(org organization.ID, s organization.Switchboard, sealed []byte) (presence.Settings, error) {
	v := s.Settings
	settings := presence.Settings{
		Server: v["server"], Transport: v["transport"], Proxy: v["proxy"], Address: v["address"], Username: v["username"],
		From: v["from"], CA: []byte(v["ca"]), ServerName: v["serverName"],
	}
	if seconds, err := strconv.Atoi(v["expires"]); err == nil {
		settings.Expires = time.Duration(seconds) * time.Second
	}
	if len(sealed) > 0 {
		plain, err := d.Unseal(sealed, organization.Sealed(org, s.ID, organization.SwitchboardPassword))
		if err != nil {
			return settings, fmt.Errorf("unseal password: %w", err)
		}
		settings.Password = string(plain)
	}
	return settings, nil
}
