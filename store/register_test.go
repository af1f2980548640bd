package store

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/telefonist/telefonist/pbx"
)

func TestTheRegister(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	made := must(h.AddSubscribers(ctx, entries(1203)))(t)
	list := byID(all(t, h.Subscribers(ctx)), func(s SubscriberRow) string { return s.ID })
	if d := cmp.Diff(byID(slices.Clone(made), func(s SubscriberRow) string { return s.ID }), list); d != "" {
		t.Error(d)
	}
	one := made[7]
	for how, got := range map[string]SubscriberRow{
		"id":        must(h.Subscriber(ctx, one.ID))(t),
		"key":       must(h.SubscriberByKey(ctx, "key7"))(t),
		"extension": must(h.SubscriberByExtension(ctx, "1007"))(t),
	} {
		if d := cmp.Diff(one, got); d != "" {
			t.Errorf("by %s: %s", how, d)
		}
	}
	if entries, subscribers, err := h.SubscriberCounts(ctx); err != nil || entries != 1203 || subscribers != 1203 {
		t.Errorf("counts: %d %d %v", entries, subscribers, err)
	}
	for _, s := range []pbx.Subscriber{{Key: "key7"}, {Fields: pbx.Fields{pbx.Extension: "1007"}}, {ID: one.ID}} {
		_, err := h.AddSubscriber(ctx, s)
		h.is(err, ErrExists)
	}
	for range 2 { // contacts have neither key nor extension
		must(h.AddSubscriber(ctx, pbx.Subscriber{Fields: pbx.Fields{pbx.DisplayName: "Växeln"}}))(t)
	}
	_, err := h.SubscriberByExtension(ctx, "")
	h.is(err, ErrNotFound)
}

func TestAnEntryIsChangedByItsGeneration(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	made := must(h.AddSubscribers(ctx, entries(3)))(t)
	h.clock.pass(time.Hour)
	made[0].Fields = pbx.Fields{pbx.DisplayName: "Ny"}
	h.ok(h.UpdateSubscriber(ctx, made[0]))
	h.is(h.UpdateSubscriber(ctx, made[0]), ErrConflict)
	got := must(h.Subscriber(ctx, made[0].ID))(t)
	if got.Generation != 2 || got.Name() != "Ny" || got.Created != begun || got.Changed != begun.Add(time.Hour) {
		t.Errorf("entry: %+v", got)
	}
	made[1].Fields = pbx.Fields{pbx.DisplayName: "x"}
	h.is(h.UpdateSubscribers(ctx, []SubscriberRow{made[1], made[0]}), ErrConflict)
	if got := must(h.Subscriber(ctx, made[1].ID))(t); got.Name() == "x" {
		t.Error("half of a transaction was kept")
	}
	made[2].Fields = pbx.Fields{pbx.Extension: "1001"}
	h.is(h.UpdateSubscriber(ctx, made[2]), ErrExists)
}

func TestAFreedExtensionRests(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	made := must(h.AddSubscribers(ctx, entries(3)))(t)
	h.ok(h.DeleteSubscriber(ctx, made[0].ID))
	h.is(h.DeleteSubscriber(ctx, made[0].ID), ErrNotFound)
	h.clock.pass(time.Hour)
	made[1].Fields = pbx.Fields{pbx.Extension: "2000"}
	h.ok(h.UpdateSubscriber(ctx, made[1]))
	resting := func(since time.Time) map[string]bool { return must(h.RestingExtensions(ctx, since))(t) }
	if d := cmp.Diff(map[string]bool{"1000": true, "1001": true}, resting(begun)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]bool{"1001": true}, resting(begun.Add(time.Minute))); d != "" {
		t.Error("since later:", d)
	}
	if d := cmp.Diff(map[string]bool{"1002": true, "2000": true}, must(h.ExtensionsInUse(ctx))(t)); d != "" {
		t.Error("in use:", d)
	}
	must(h.AddSubscriber(ctx, pbx.Subscriber{Fields: pbx.Fields{pbx.Extension: "1001"}}))(t)
	h.ok(h.ForgetExtensions(ctx, begun))
	if d := cmp.Diff(map[string]bool{"1000": true}, resting(begun)); d != "" {
		t.Error("after it was given again:", d)
	}
	h.ok(h.ForgetExtensions(ctx, begun.Add(time.Second)))
	if got := resting(begun); len(got) != 0 {
		t.Errorf("forgotten: %v", got)
	}
}

func TestNamesArePagedInSwedishOrder(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	names := []string{"Zetterberg", "Åberg", "Öberg", "Andersson", "andersson", "Ek", "Ärlig", "Andersson"}
	var list []pbx.Subscriber
	for i, n := range names {
		list = append(list, pbx.Subscriber{ID: fmt.Sprint(i), Fields: pbx.Fields{pbx.DisplayName: n, pbx.Department: "Försäljning"}})
	}
	must(h.AddSubscribers(ctx, list))(t)
	var got []string
	for next, first := "", true; first || next != ""; first = false {
		var page []SubscriberRow
		var err error
		page, next, err = h.SubscriberPage(ctx, "FORSALJ", next, 3)
		h.ok(err)
		for _, s := range page {
			got = append(got, s.Name())
		}
	}
	want := []string{"andersson", "Andersson", "Andersson", "Ek", "Zetterberg", "Åberg", "Ärlig", "Öberg"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for text, want := range map[string]int{"oberg": 1, "ERSSON": 3, "xyz": 0, "": 8} {
		page, _, err := h.SubscriberPage(ctx, text, "", 100)
		if h.ok(err); len(page) != want {
			t.Errorf("search %q: %d, want %d", text, len(page), want)
		}
	}
	if got := pattern(`50%_\`); got != "%50___%" {
		t.Errorf("a search can ask for wildcards: %q", got)
	}
	if page, _, err := h.SubscriberPage(ctx, "", "not a place", 100); err != nil || len(page) != 8 {
		t.Errorf("an unknown place: %d %v", len(page), err)
	}
}

func TestLinks(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	link := func(subscriber, person string) Link {
		return Link{Register: "builtin", Subscriber: subscriber, Source: h.source, Person: person, Replicator: h.replicator,
			State: Linked, Written: pbx.Fields{pbx.Mail: person + "@example.se"}, LinkedAt: begun, LinkedBy: "eva"}
	}
	made := link("key", "c")
	made.State, made.Key = Creating, "key"
	links := []Link{link("1", "a"), link("2", "a"), link("3", "b"), made}
	h.ok(h.PutLinks(ctx, links))
	h.ok(h.PutLinks(ctx, links))
	if d := cmp.Diff(links, byID(all(t, h.Links(ctx, "builtin")), func(l Link) string { return l.Subscriber })); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]Link{made}, must(h.CreatingLinks(ctx, h.replicator))(t)); d != "" {
		t.Error("creating:", d)
	}
	h.is(h.FinishLink(ctx, "builtin", "key", "3", nil), ErrExists)
	h.ok(h.FinishLink(ctx, "builtin", "key", "4", pbx.Fields{pbx.Title: "chef"}))
	h.is(h.FinishLink(ctx, "builtin", "key", "4", nil), ErrNotFound)
	got := must(h.LinkOfSubscriber(ctx, "builtin", "4"))(t)
	if got.State != Linked || got.Key != "key" || got.Written[pbx.Title] != "chef" {
		t.Errorf("finished: %+v", got)
	}
	if got := must(h.LinksOfPerson(ctx, h.source, "a"))(t); len(got) != 2 {
		t.Errorf("of a person: %v", got)
	}
	if got := must(h.LinksByPersons(ctx, h.source, []string{"a", "b", "x"}))(t); len(got) != 3 {
		t.Errorf("of people: %v", got)
	}
	h.ok(h.DeleteLink(ctx, "builtin", "2"))
	h.is(h.DeleteLink(ctx, "builtin", "2"), ErrNotFound)
	links[0].Written, links[1].Written = pbx.Fields{pbx.Note: "ny"}, pbx.Fields{}
	h.ok(h.SetLedger(ctx, links[:2]))
	links[2].Left, links[2].LeftAt = LeftScope, begun
	h.ok(h.SetLeft(ctx, links[1:3]))
	if d := cmp.Diff(links[2:3], must(h.LeftLinks(ctx, h.replicator))(t)); d != "" {
		t.Error("left:", d)
	}
	if got := must(h.LinksOfReplicator(ctx, h.replicator))(t); len(got) != 3 {
		t.Errorf("an untied link came back: %v", got)
	}
	if n, left, err := h.LinkCounts(ctx, h.replicator); err != nil || n != 3 || left != 1 {
		t.Errorf("counts: %d %d %v", n, left, err)
	}
	if got := must(h.LinkOfSubscriber(ctx, "builtin", "1"))(t); got.Written[pbx.Note] != "ny" {
		t.Errorf("ledger: %v", got.Written)
	}
}

func TestStandings(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	list := []Standing{
		{Person: "a", Name: "Åsa", State: Offered, Suggestions: []Suggestion{{Subscriber: "s", Name: "Åsa", Reason: pbx.Reason{Code: "mail"}, Sure: true}}},
		{Person: "b", Name: "Bo", State: Outside, Why: pbx.Reason{Code: "condition", Args: map[string]string{"field": "city"}}},
		{Person: "c", Name: "Bo", State: Offered, Problems: []pbx.Reason{{Code: "number", Args: map[string]string{"text": "ankn"}}}},
		{Person: "d", Name: "Östen", State: Ignored},
	}
	if n := must(h.PutStandings(ctx, h.replicator, list))(t); n != 4 {
		t.Errorf("%d were new", n)
	}
	changed := slices.Clone(list)
	changed[3].State = Tied
	if n := must(h.PutStandings(ctx, h.replicator, changed))(t); n != 1 {
		t.Errorf("%d differed, want 1", n)
	}
	page := func(state StandingState, text string) (got []string) {
		next := ""
		for first := true; first || next != ""; first = false {
			rows, after, err := h.Standings(ctx, h.replicator, state, text, next, 1)
			h.ok(err)
			for _, s := range rows {
				got = append(got, s.Person)
			}
			next = after
		}
		return got
	}
	for _, c := range []struct {
		state StandingState
		text  string
		want  []string
	}{{"", "", []string{"b", "c", "a", "d"}}, {Offered, "", []string{"c", "a"}}, {"", "bo", []string{"b", "c"}}, {Problems, "", []string{"c"}}, {Offered, "asa", []string{"a"}}, {Leaving, "", nil}} {
		if got := page(c.state, c.text); !slices.Equal(got, c.want) {
			t.Errorf("%s %q: %v, want %v", c.state, c.text, got, c.want)
		}
	}
	for i := range changed {
		if d := cmp.Diff(changed[i], must(h.Standing(ctx, h.replicator, changed[i].Person))(t), cmpopts.EquateEmpty()); d != "" {
			t.Error(d)
		}
	}
	if d := cmp.Diff(map[StandingState]int64{Offered: 2, Outside: 1, Tied: 1, Problems: 1}, must(h.StandingCounts(ctx, h.replicator))(t)); d != "" {
		t.Error(d)
	}
	h.ok(h.KeepStandings(ctx, h.replicator, func(p string) bool { return p == "c" || p == "a" }))
	if got := page("", ""); !slices.Equal(got, []string{"c", "a"}) {
		t.Errorf("kept: %v", got)
	}
	h.ok(h.Ignore(ctx, h.replicator, "a", "eva"))
	h.ok(h.Ignore(ctx, h.replicator, "a", "eva"))
	if got := must(h.IgnoredOf(ctx, h.replicator))(t); !got["a"] || len(got) != 1 {
		t.Errorf("ignored: %v", got)
	}
	h.ok(h.Unignore(ctx, h.replicator, "a"))
	h.is(h.Unignore(ctx, h.replicator, "a"), ErrNotFound)
}
