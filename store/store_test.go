package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
)

func TestATransactionIsKeptWholeOrNotAtAll(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	halt := errors.New("halt")
	write := func(o Org) {
		must(o.AddSubscribers(ctx, entries(3)))(t)
		h.ok(o.AddEntry(ctx, Entry{Verb: "x"}))
		if _, err := o.Subscriber(ctx, "nobody"); !errors.Is(err, ErrNotFound) {
			t.Error(err)
		}
		if got := all(t, o.Subscribers(ctx)); len(got) != 3 {
			t.Errorf("a transaction sees %d of its own entries", len(got))
		}
	}
	h.is(h.Tx(ctx, func(o Org) error { write(o); return halt }), halt)
	if got := all(t, h.Subscribers(ctx)); len(got) != 0 {
		t.Errorf("%d entries are left", len(got))
	}
	h.ok(h.Tx(ctx, func(o Org) error {
		return o.Tx(ctx, func(o Org) error { write(o); return nil })
	}))
	if got := all(t, h.Subscribers(ctx)); len(got) != 3 {
		t.Errorf("%d entries were kept", len(got))
	}
}

// Writers wait for each other instead of failing, and readers don't wait for them.
func TestWritersAndReadersAtOnce(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	var group sync.WaitGroup
	errs := make(chan error, 100)
	for i := range 8 {
		group.Go(func() {
			for n := range 10 {
				if _, err := h.AddSubscriber(ctx, pbx.Subscriber{Key: fmt.Sprint(i, "/", n)}); err != nil {
					errs <- err
				}
				for _, err := range h.Subscribers(ctx) {
					if err != nil {
						errs <- err
					}
				}
			}
		})
	}
	group.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
	if got := all(t, h.Subscribers(ctx)); len(got) != 80 {
		t.Errorf("%d entries", len(got))
	}
}

// An iterator may be left early, and the store be asked and written to meanwhile.
func TestAnIteratorHoldsNobodyUp(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	must(h.AddSubscribers(ctx, entries(10)))(t)
	for range 40 {
		for s, err := range h.Subscribers(ctx) {
			h.ok(err)
			must(h.Subscriber(ctx, s.ID))(t)
			h.ok(h.AddEntry(ctx, Entry{Verb: "x"}))
			break
		}
	}
}

// A role's text may hold what a database refuses.
func TestTextIsMadeClean(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	made := must(h.AddSubscriber(ctx, pbx.Subscriber{Fields: pbx.Fields{pbx.DisplayName: "a\x00b\xffc", pbx.Note: "\x01\t\"\\"}}))(t)
	got := must(h.Subscriber(ctx, made.ID))(t)
	if d := cmp.Diff(pbx.Fields{pbx.DisplayName: "ab\uFFFDc", pbx.Note: "\x01\t\"\\"}, got.Fields); d != "" {
		t.Error(d)
	}
	h.ok(h.AddEntry(ctx, Entry{Actor: "a\x00b\xff"}))
	if got := must(h.Entries(ctx, "", 0, 1))(t); got[0].Actor != "ab\uFFFD" {
		t.Errorf("actor: %q", got[0].Actor)
	}
}

func TestErrorsCarryNoValues(t *testing.T) {
	h := newHouse(t)
	must(h.AddSubscriber(t.Context(), pbx.Subscriber{Key: "hemligt"}))(t)
	_, err := h.AddSubscriber(t.Context(), pbx.Subscriber{Key: "hemligt"})
	if !errors.Is(err, os.ErrExist) || strings.Contains(err.Error(), "hemligt") {
		t.Errorf("got %v", err)
	}
	_, err = Open(t.Context(), "postgres://user:hemligt@[bad", Options{})
	if err == nil || strings.Contains(err.Error(), "hemligt") {
		t.Errorf("got %v", err)
	}
}

func TestADatabaseIsOpenedAgain(t *testing.T) {
	path := t.TempDir() + "/å ä%20ö?.db"
	for _, url := range []string{path, "sqlite:" + path} {
		s := must(Open(t.Context(), url, Options{Now: func() time.Time { return begun }}))(t)
		if _, _, err := s.PutOrganization(t.Context(), organization.Organization{Number: "1", Name: "x"}); err != nil {
			t.Fatal(err)
		}
		if ids := must(s.AllOrganizations(t.Context()))(t); len(ids) != 1 {
			t.Errorf("%s: %v", url, ids)
		}
		if err := errors.Join(s.Ping(t.Context()), s.Close()); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
	s := must(Open(t.Context(), "", Options{}))(t)
	folder := s.folder
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a database without a name is left behind: %v", err)
	}
	if _, err := Open(t.Context(), t.TempDir()+"/missing/x.db", Options{}); err == nil {
		t.Error("opened in a folder that is not there")
	}
}

func TestCommitsAreHeard(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	events, cancel := h.Listen()
	defer cancel()
	h.ok(h.AddEntry(ctx, Entry{Verb: "x"}))
	if got := <-events; got != (Event{h.ID(), Entries}) {
		t.Errorf("heard %v", got)
	}
	_ = h.Tx(ctx, func(o Org) error {
		_ = o.AddEntry(ctx, Entry{Verb: "y"})
		return errors.New("halt")
	})
	h.ok(h.Tx(ctx, func(o Org) error {
		must(o.AddSubscribers(ctx, entries(2)))(t)
		return o.PutMember(ctx, organization.User{Email: "x"})
	}))
	if a, b := <-events, <-events; a.Kind != Subscribers || b.Kind != Members {
		t.Errorf("heard %v and %v; what was rolled back is silent", a, b)
	}
	cancel()
	if _, open := <-events; open {
		t.Error("a cancelled channel is open")
	}
	late, _ := h.Listen()
	h.ok(h.Store.Close())
	if _, open := <-late; open {
		t.Error("a channel outlives the store")
	}
}

// Equal events that wait are heard once, however slow the listener.
func TestASlowListenerHoldsNobodyUp(t *testing.T) {
	h := newHouse(t)
	events, cancel := h.Listen()
	defer cancel()
	for range 500 {
		h.ears.tell([]Event{{"a", Rounds}, {"b", Rounds}})
	}
	heard := 0
	for seen := map[organization.ID]bool{}; len(seen) < 2; heard++ {
		seen[(<-events).Organization] = true
	}
	if heard > 4 {
		t.Errorf("%d events for two", heard)
	}
}

// What is written by hand reads as JSON, is the same for the same map, and is read
// back.
func TestMapsSurvive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.String().Filter(func(s string) bool { return !dirty(s) })
		m := rapid.MapOf(key, rapid.String()).Draw(t, "map")
		text := encodeMap(m)
		clean := map[string]string{}
		for k, v := range m {
			clean[k] = cleaned(v)
		}
		got, err := decodeMap[string](text)
		if err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(got, clean) {
			t.Fatalf("%q: %q, want %q", text, got, clean)
		}
		if again := encodeMap(clean); again != text {
			t.Fatalf("%q and %q", text, again)
		}
		var std map[string]string
		if text != "" {
			if err := json.Unmarshal([]byte(text), &std); err != nil || !maps.Equal(std, clean) {
				t.Fatalf("%q: %v", text, err)
			}
		}
	})
	for _, bad := range []string{"{", `{"a"`, `{"a":1}`, `{"a":"b"`, `{"a":"b",}`, `{"a":"b"}x`, `{"a":"\q"}`, "null", "[]"} {
		if m, err := decodeMap[string](bad); err == nil {
			t.Errorf("%s was read as %v", bad, m)
		}
	}
}

func FuzzDecodeMap(f *testing.F) {
	for _, s := range []string{"", "{}", `{"a":"b","c":"\u00e5\n"}`, `{"a":"b"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := decodeMap[string](text)
		if err != nil || dirty(text) || strings.Contains(text, `\u`) {
			return
		}
		again, err := decodeMap[string](encodeMap(m))
		if err != nil || !maps.Equal(m, again) {
			t.Errorf("%q: %q and %q, %v", text, m, again, err)
		}
	})
}

func TestSerialsGrowThoughTheClockStands(t *testing.T) {
	h := newHouse(t)
	last := h.next()
	h.clock.pass(-time.Hour)
	for range 3 {
		if n := h.next(); n <= last {
			t.Fatalf("%d after %d", n, last)
		} else {
			last = n
		}
	}
}

var _ interface {
	Find(string) ([]byte, bool, error)
	Commit(string, []byte, time.Time) error
	Delete(string) error
	FindCtx(context.Context, string) ([]byte, bool, error)
	CommitCtx(context.Context, string, []byte, time.Time) error
	DeleteCtx(context.Context, string) error
} = (*Store)(nil)
