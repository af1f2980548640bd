package main

import (
	"context"
	"errors"
	"fmt"
)

// serveCommand is the server.
type serveCommand struct {
	serverFlags
}

// Run serves until ctx ends.
func (c *serveCommand) Run(ctx context.Context, t *terminal) (err error) {
	settings, err := c.settings(defaults())
	if err != nil {
		return err
	}
	log, err := settings.logger(t.err)
	if err != nil {
		return err
	}
	p := &Program{Settings: settings, Log: log}
	if err := p.Start(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Stop()) }()
	at := settings.address(p.Address)
	fmt.Fprintf(t.out, "Telefonist is at %s\n", at)
	word, err := p.Desk.FirstInvitation(ctx)
	if err != nil {
		return err
	}
	if word != "" {
		fmt.Fprintf(t.out, "Nobody can sign in yet. Choose the first operator's password here, within a day:\n  %s/invitation/%s\n", at, word)
	}
	<-ctx.Done()
	fmt.Fprintln(t.out, "Stopping.")
	return nil
}
