package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/desk"
)

// register adds an operation that writes its answer itself; an error before it has
// begun is a refusal.
func register[I any](s *server, op huma.Operation, h func(context.Context, *I, http.ResponseWriter, *http.Request) error) {
	huma.Register(s.huma, op, func(ctx context.Context, in *I) (*huma.StreamResponse, error) {
		return &huma.StreamResponse{Body: func(hctx huma.Context) {
			r, w := humago.Unwrap(hctx)
			if err := h(ctx, in, w, r); err != nil {
				s.refuse(w, r, err)
			}
		}}, nil
	})
}

// rowsOfAll calls each for every row of the board.
func rowsOfAll(ctx context.Context, v *desk.Visit, each func(desk.BoardRow)) error {
	for after := ""; ; {
		page, err := v.Board(ctx, desk.BoardFilter{After: after, Limit: 500})
		if err != nil {
			return err
		}
		for _, row := range page.Rows {
			each(row)
		}
		if after = page.Next; after == "" {
			return nil
		}
	}
}

// all writes what everybody is doing. Who sends back the ETag is told where nothing
// has changed.
func (s *server) all(ctx context.Context, v *desk.Visit, w http.ResponseWriter, r *http.Request) error {
	var body bytes.Buffer
	body.WriteString(`{"items":[`)
	out, wire, first := json.NewEncoder(&body), doing(ctx), true
	var failed error
	err := rowsOfAll(ctx, v, func(row desk.BoardRow) {
		if !first {
			body.WriteByte(',')
		}
		first = false
		if err := out.Encode(wire(row)); err != nil {
			failed = err
		}
	})
	if err != nil || failed != nil {
		return firstOf(err, failed)
	}
	body.WriteString("]}\n")
	sum := sha256.Sum256(body.Bytes())
	tag := `"` + hex.EncodeToString(sum[:12]) + `"`
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", "no-cache") // may be kept, and asked about each time
	w.Header().Set("Vary", "Authorization, Accept, Accept-Language")
	if matches(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(body.Bytes()) // a caller who has gone needs no answer
	return nil
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// matches reads If-None-Match (RFC 9110 §13.1.2).
func matches(header, tag string) bool {
	for one := range strings.SplitSeq(header, ",") {
		one = strings.TrimPrefix(strings.TrimSpace(one), "W/")
		if one == "*" || one == tag {
			return true
		}
	}
	return false
}

const (
	// alive is how often a stream without news says that it is there.
	alive = 20 * time.Second
	// whole is how often everybody is looked at: who is no longer there, or was put
	// in service, is no change of what was told.
	whole = time.Minute
	// overlap covers what was told before the last look and written after it.
	overlap = 15 * time.Second
)

// stream writes what everybody is doing, and then, at most once a second, what has
// changed. It lasts as long as the caller does.
func (s *server) stream(ctx context.Context, v *desk.Visit, w http.ResponseWriter) error {
	flusher, ok := w.(http.Flusher)
	if !ok {
		return errNotStreamed
	}
	changed, err := v.WatchActivities(ctx)
	if err != nil {
		return err
	}
	c := &changes{s: s, v: v, sent: map[string][32]byte{}}
	news, err := c.whole(ctx)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	first := true
	beat := time.NewTicker(alive)
	defer beat.Stop()
	for {
		if first || len(news.Items)+len(news.Gone) > 0 {
			writeEvent(w, news)
		}
		first = false
		flusher.Flush()
		select {
		case <-ctx.Done():
			return nil
		case _, ok := <-changed:
			if !ok {
				return nil
			}
			news, err = c.news(ctx)
		case <-beat.C:
			w.Write([]byte(": here\n\n"))
			news, err = c.news(ctx)
		}
		if err != nil { // half-way: it ends, and the caller begins anew
			if ctx.Err() == nil {
				s.opts.Log.ErrorContext(ctx, "stream of activities broke off", "error", err)
			}
			return nil
		}
	}
}

func writeEvent(w http.ResponseWriter, c client.Changed) {
	if c.Items == nil {
		c.Items = []client.PersonActivity{}
	}
	text, err := json.Marshal(c)
	if err != nil {
		return // our own types always fit
	}
	w.Write([]byte("event: activities\ndata: "))
	w.Write(text)
	w.Write([]byte("\n\n"))
}

// changes remembers what one caller was sent.
type changes struct {
	s      *server
	v      *desk.Visit
	sent   map[string][32]byte // by subscriber
	person map[string]string   // by subscriber
	looked time.Time
	at     time.Time // when everybody was looked at
}

// whole looks at everybody.
func (c *changes) whole(ctx context.Context) (client.Changed, error) {
	now := c.s.desk.Now()
	var news client.Changed
	here := map[string]string{}
	err := rowsOfAll(ctx, c.v, func(row desk.BoardRow) {
		here[row.Subscriber] = row.Person
		c.add(ctx, row, &news)
	})
	if err != nil {
		return news, err
	}
	for subscriber, person := range c.person {
		if _, ok := here[subscriber]; !ok {
			news.Gone = append(news.Gone, person)
			delete(c.sent, subscriber)
		}
	}
	c.person, c.looked, c.at = here, now, now
	return news, nil
}

// news looks at those of whom something was told since the last look.
func (c *changes) news(ctx context.Context) (client.Changed, error) {
	now := c.s.desk.Now()
	if now.Sub(c.at) >= whole {
		return c.whole(ctx)
	}
	rows, err := c.v.BoardSince(ctx, c.looked.Add(-overlap))
	var news client.Changed
	for _, row := range rows {
		c.person[row.Subscriber] = row.Person
		c.add(ctx, row, &news)
	}
	c.looked = now
	return news, err
}

// add adds a row that is not as it was sent last.
func (c *changes) add(ctx context.Context, row desk.BoardRow, news *client.Changed) {
	row.ReadAt = time.Time{} // each reading would be news
	one := doing(ctx)(row)
	text, err := json.Marshal(one)
	if err != nil {
		return
	}
	if sum := sha256.Sum256(text); c.sent[row.Subscriber] != sum {
		c.sent[row.Subscriber] = sum
		news.Items = append(news.Items, one)
	}
}
