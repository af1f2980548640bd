package phonebook

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/pbx"
)

func TestLookup(t *testing.T) {
	b := bookOf(
		sub("anna", "displayName", "Anna Ek", "extension", "101", "mobile", "+46701234567", "mail", "anna@x.se", "company", "Exempel"),
		sub("reception", "displayName", "Reception", "extension", "0100", "business", "+4681234500"),
		sub("bo", "displayName", "Bo Ek", "business", "+4681234500;ext=12", "mobile", "+46702222222", "company", "Kund AB"),
		sub("eva", "displayName", "Eva Ek", "business", "+4681239900;ext=13", "mobile", "+46702222222", "company", "Kund AB"),
		sub("ulf", "displayName", "Ulf Ek", "business", "+4681239900;ext=14", "other", "+46702222222", "company", "Kund AB", "fax", "+46703333333"),
		sub("ida", "displayName", "Ida Ek", "fax", "+46703333333", "company", "Annan AB"),
		sub("desk", "displayName", "Ek, Åke", "mail", "ake@x.se", "extension", "201", "mobile", "+46704444444"),
		sub("dect", "displayName", "Åke Ek", "mail", "Ake@x.se", "extension", "202", "mobile", "+46704444444"),
		sub("jour", "displayName", "Jour", "business", "+4681230000;ext=9"),
	)
	type answer struct {
		name, id string
		shared   bool
		err      error
	}
	for number, want := range map[string]answer{
		"070-123 45 67":         {name: "Anna Ek", id: "anna"},
		"+46 (0)70 123 45 67":   {name: "Anna Ek", id: "anna"},
		"0046701234567":         {name: "Anna Ek", id: "anna"},
		"sip:+46701234567@x.se": {name: "Anna Ek", id: "anna"},
		"tel:+46-70-1234567":    {name: "Anna Ek", id: "anna"},
		"101":                   {name: "Anna Ek", id: "anna"},
		"sip:101@pbx.x.se":      {name: "Anna Ek", id: "anna"},
		"0100":                  {name: "Reception", id: "reception"},
		"08-123 45 00":          {name: "Reception", id: "reception"}, // has just that number
		"08-123 45 00 ankn 12":  {name: "Bo Ek", id: "bo"},
		"08-123 45 00 ankn 99":  {name: "Reception", id: "reception"}, // not Bo
		"08-123 99 00":          {name: "Kund AB", shared: true},
		"08-123 00 00":          {name: "Jour", id: "jour"},
		"08-123 00 00 ankn 8":   {err: ErrNobody},
		"070-222 22 22":         {name: "Kund AB", shared: true},
		"070-333 33 33":         {name: "Exempel AB", shared: true}, // two companies: the organization
		"070-444 44 44":         {name: "Ek, Åke", id: "desk"},      // one person, two telephones
		"070-999 99 99":         {err: ErrNobody},
		"0199":                  {err: ErrNobody},
		"Anna":                  {err: ErrUnreadable},
		"":                      {err: ErrUnreadable},
	} {
		hit, err := b.Lookup(t.Context(), "org", number, Everybody)
		got := answer{hit.Name, hit.Entry.ID, hit.Shared, err}
		if got != want {
			t.Errorf("%s: %+v, want %+v", number, got, want)
		}
	}
}

// register is a loader that counts and can be changed.
type register struct {
	mu    sync.Mutex
	all   map[string][]pbx.Subscriber
	loads map[string]int
	err   error
	pause time.Duration
}

func (r *register) load(ctx context.Context, org string) iter.Seq2[pbx.Subscriber, error] {
	return func(yield func(pbx.Subscriber, error) bool) {
		select {
		case <-time.After(r.pause):
		case <-ctx.Done():
			yield(pbx.Subscriber{}, ctx.Err())
			return
		}
		r.mu.Lock()
		all, err := r.all[org], r.err
		r.loads[org]++
		r.mu.Unlock()
		for _, s := range all {
			if !yield(s, nil) {
				return
			}
		}
		if err != nil {
			yield(pbx.Subscriber{}, err)
		}
	}
}

func (r *register) set(org string, all ...pbx.Subscriber) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all[org] = all
}

func newRegister() *register {
	return &register{all: map[string][]pbx.Subscriber{}, loads: map[string]int{}}
}

func found(t *testing.T, b *Book, org, query string) int {
	t.Helper()
	r, err := b.Search(t.Context(), org, query, Everybody, 10)
	if err != nil {
		t.Fatal(err)
	}
	return r.Total
}

func TestChangedIsReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRegister()
		r.set("a", sub("1", "displayName", "Anna"))
		b := New(r.load, exempel, Options{})
		b.Changed("a") // before anybody asked
		for range 3 {
			if got := found(t, b, "a", "anna"); got != 1 {
				t.Fatalf("%d found", got)
			}
		}
		r.set("a", sub("1", "displayName", "Bo"))
		if r.loads["a"] != 1 || found(t, b, "a", "anna") != 1 {
			t.Error("read again without having changed")
		}
		b.Changed("b")
		b.Changed("a")
		if found(t, b, "a", "anna") != 0 || found(t, b, "a", "bo") != 1 || r.loads["a"] != 2 {
			t.Errorf("after a change, %d loads", r.loads["a"])
		}
		time.Sleep(oldest)
		r.set("a")
		if found(t, b, "a", "bo") != 0 {
			t.Error("a change that nobody told of still stands when the index is old")
		}
		if found(t, b, "b", "bo") != 0 {
			t.Error("found in another organization")
		}
	})
}

// A register that changes all the time, and takes a second to read, is read a
// tenth of the time.
func TestLoadingTakesATenthOfTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRegister()
		r.pause = time.Second
		b := New(r.load, exempel, Options{})
		for range 100 {
			b.Changed("a")
			found(t, b, "a", "")
			time.Sleep(time.Second)
		}
		if got := r.loads["a"]; got < 8 || got > 11 {
			t.Errorf("%d loads in 100 s", got)
		}
		r.set("a", sub("1", "displayName", "Anna"))
		b.Changed("a")
		time.Sleep(patience * time.Second)
		if found(t, b, "a", "anna") != 1 {
			t.Error("the last change was forgotten")
		}
	})
}

func TestOneLoadsForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRegister()
		r.set("a", sub("1", "displayName", "Anna"))
		r.pause = time.Second
		b := New(r.load, exempel, Options{})
		impatient, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() { // begins to load, and gives up
			if _, err := b.Search(impatient, "a", "anna", Everybody, 1); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the impatient one: %v", err)
			}
		})
		synctest.Wait()
		for range 20 {
			wg.Go(func() {
				if got := found(t, b, "a", "anna"); got != 1 {
					t.Errorf("%d found", got)
				}
			})
		}
		wg.Go(func() { // waits, and gives up
			if _, err := b.Lookup(impatient, "a", "101", Everybody); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the impatient waiter: %v", err)
			}
		})
		wg.Wait()
		if r.loads["a"] != 1 {
			t.Errorf("%d loads", r.loads["a"])
		}
	})
}

func TestErrorsOfLoadingAreNotKept(t *testing.T) {
	r := newRegister()
	r.set("a", sub("1", "displayName", "Anna"))
	broken := errors.New("broken")
	r.err = broken
	name := broken
	b := New(r.load, func(context.Context, string) (About, error) { return About{Country: "SE"}, name }, Options{})
	if _, err := b.Search(t.Context(), "a", "anna", Everybody, 1); !errors.Is(err, broken) {
		t.Errorf("organization: %v", err)
	}
	name = nil
	if _, err := b.Search(t.Context(), "a", "anna", Everybody, 1); !errors.Is(err, broken) {
		t.Errorf("half a register: %v", err)
	}
	r.err = nil
	if found(t, b, "a", "anna") != 1 {
		t.Error("not found after the fault")
	}
}

func TestLeastUsedIsForgottenFirst(t *testing.T) {
	r := newRegister()
	for i := range 10 {
		r.set(fmt.Sprint(i), crowd(200)...)
	}
	one, err := newIndex(each(crowd(200)...), About{})
	if err != nil {
		t.Fatal(err)
	}
	b := New(r.load, exempel, Options{Bytes: 3*one.size() + one.size()/2})
	for i := range 10 {
		found(t, b, "0", "anna")
		found(t, b, fmt.Sprint(i), "anna")
	}
	if diff := cmp.Diff(map[string]int{"0": 1, "1": 1, "2": 1, "3": 1, "4": 1, "5": 1, "6": 1, "7": 1, "8": 1, "9": 1}, r.loads); diff != "" {
		t.Error(diff)
	}
	found(t, b, "9", "anna")
	found(t, b, "1", "anna")
	if r.loads["9"] != 1 || r.loads["1"] != 2 {
		t.Errorf("the last used was loaded %d times, the long unused %d", r.loads["9"], r.loads["1"])
	}
	if sum := b.slots["0"].size() + b.slots["9"].size() + b.slots["1"].size(); len(b.slots) != 3 || b.bytes != sum {
		t.Errorf("%d organizations in %d bytes, want 3 in %d", len(b.slots), b.bytes, sum)
	}
	tiny := New(r.load, exempel, Options{Bytes: 1})
	if found(t, tiny, "1", "anna") == 0 || len(tiny.slots) != 1 {
		t.Error("an index larger than the book isn't kept while it is the only one")
	}
}
