package console

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/a-h/templ"
)

// How a live region behaves: changes that come together are shown together, and
// a silent connection is kept open through proxies.
const (
	liveFirst  = 50 * time.Millisecond
	liveGather = 300 * time.Millisecond
	liveBeat   = 20 * time.Second
)

// live sends a region of a page (Server-Sent Events) each time one of the kinds of
// thing has changed. render reads again and draws; it gets a page of its own each
// time, so that a right taken away ends the stream.
func (p *page) live(kinds []string, render func(*page) (templ.Component, error)) error {
	changes, err := p.visit.Watch(p.ctx())
	if err != nil {
		return err
	}
	h := p.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // nginx
	out := http.NewResponseController(p.w)
	beat := time.NewTicker(liveBeat)
	defer beat.Stop()
	due := time.After(liveFirst) // what changed since the page was made
	for {
		select {
		case <-p.ctx().Done():
			return nil
		case kind, ok := <-changes:
			if !ok {
				return nil
			}
			if due == nil && slices.Contains(kinds, kind) {
				due = time.After(liveGather)
			}
		case <-due:
			due = nil
			if !p.sendRegion(out, render) {
				return nil
			}
		case <-beat.C:
			if p.beat(out) != nil {
				return nil
			}
		}
	}
}

// sendRegion draws and sends; false ends the stream.
func (p *page) sendRegion(out *http.ResponseController, render func(*page) (templ.Component, error)) bool {
	again := p.c.newPage(p.w, p.r)
	if again.enter(inside) != nil {
		return false
	}
	body, err := render(again)
	if err != nil {
		p.c.Log.WarnContext(p.ctx(), "live region", "pattern", p.r.Pattern, "error", err)
		return false
	}
	var html bytes.Buffer
	if err := body.Render(p.ctx(), &html); err != nil {
		return false
	}
	for line := range bytes.Lines(html.Bytes()) {
		if _, err := fmt.Fprintf(p.w, "data: %s\n", bytes.TrimRight(line, "\r\n")); err != nil {
			return false
		}
	}
	if _, err := fmt.Fprint(p.w, "\n"); err != nil {
		return false
	}
	return out.Flush() == nil
}

// beat sends a comment, which browsers pass over.
func (p *page) beat(out *http.ResponseController) error {
	if _, err := fmt.Fprint(p.w, ":\n\n"); err != nil {
		return err
	}
	return out.Flush()
}
