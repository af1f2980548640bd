package main

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/telefonist/telefonist/api"
	"github.com/telefonist/telefonist/console"
)

// handlers are what the address serves, and what the socket serves, whose caller
// is the operator.
func (p *Program) handlers() (address, socket http.Handler, err error) {
	proxies, err := prefixes(p.Settings.Proxies)
	if err != nil {
		return nil, nil, err
	}
	pages := &console.Console{
		Desk: p.Desk, Log: p.Log, Now: p.Now, Sessions: p.Store, PublicURL: p.Settings.PublicURL, Proxies: proxies, SignIn: p.signInOrigins(),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", p.ready)
	mux.Handle("GET /metrics", p.metrics.handler())
	options := api.Options{Version: release, Log: p.Log, From: pages.From}
	calls := p.metrics.watch(api.New(p.Desk, options))
	for _, pattern := range api.Patterns {
		mux.Handle(pattern, calls)
	}
	mux.Handle("/", p.metrics.watch(pages.Handler()))
	return mux, api.NewSocket(p.Desk, options), nil
}

// signInOrigins are where a form of ours may lead: Microsoft's sign-in pages of
// the clouds in which the operator has an app.
func (p *Program) signInOrigins() []string {
	var origins []string
	for _, c := range p.drivers.Clouds {
		if c.AppClient != "" {
			origins = append(origins, strings.TrimRight(c.Login, "/"))
		}
	}
	return origins
}

// ready says whether the database answers.
func (p *Program) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := p.Store.Ping(ctx); err != nil {
		p.Log.Error("not ready", "error", err)
		http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
		return
	}
	w.Write([]byte("ok\n"))
}
