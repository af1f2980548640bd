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
	return follow(p, changes, func(kind string) bool { return slices.Contains(kinds, kind) }, liveGather, render)
}

// follow is live for changes of any sort: those that count are gathered for a
// while. What looks the same as before is not sent.
func follow[T any](p *page, changes <-chan T, counts func(T) bool, gather time.Duration, render func(*page) (templ.Component, error)) error {
	h := p.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // nginx
	s := stream{page: p, out: http.NewResponseController(p.w)}
	beat := time.NewTicker(liveBeat)
	defer beat.Stop()
	due := time.After(liveFirst) // what changed since the page was made
	for {
		select {
		case <-p.ctx().Done():
			return nil
		case change, ok := <-changes:
			if !ok {
				return nil
			}
			if due == nil && counts(change) {
				due = time.After(gather)
			}
		case <-due:
			due = nil
			if !s.send(render) {
				return nil
			}
		case <-beat.C:
			if s.beat() != nil {
				return nil
			}
		}
	}
}

// stream is an answer that goes on.
type stream struct {
	*page
	out  *http.ResponseController
	last []byte // what was sent
}

// send draws and sends; false ends the stream.
func (s *stream) send(render func(*page) (templ.Component, error)) bool {
	again := s.c.newPage(s.w, s.r)
	if again.enter(inside) != nil {
		return false
	}
	body, err := render(again)
	if err != nil {
		s.c.Log.WarnContext(s.ctx(), "live region", "pattern", s.r.Pattern, "error", err)
		return false
	}
	var html bytes.Buffer
	if err := body.Render(s.ctx(), &html); err != nil {
		return false
	}
	if bytes.Equal(html.Bytes(), s.last) {
		return true
	}
	s.last = html.Bytes()
	for line := range bytes.Lines(s.last) {
		if _, err := fmt.Fprintf(s.w, "data: %s\n", bytes.TrimRight(line, "\r\n")); err != nil {
			return false
		}
	}
	if _, err := fmt.Fprint(s.w, "\n"); err != nil {
		return false
	}
	return s.out.Flush() == nil
}

// beat sends a comment, which browsers pass over.
func (s *stream) beat() error {
	if _, err := fmt.Fprint(s.w, ":\n\n"); err != nil {
		return err
	}
	return s.out.Flush()
}
