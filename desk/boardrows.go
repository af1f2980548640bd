package desk

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store"
)

// view is how the actor sees people's activities.
type view struct {
	sight   Sight
	set     activity.Set
	privacy organization.Privacy
	groups  []organization.Group
	behind  int // days that are kept of what has been
	zone    *time.Location
}

func (v *Visit) view(ctx context.Context, s Sight) (view, error) {
	o, err := v.organization(ctx)
	if err != nil {
		return view{}, err
	}
	c := o.Settings.Calendar
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		zone = time.UTC
	}
	return view{sight: s, set: c.Set(), privacy: c.Privacy, groups: c.Groups, behind: c.Reading.Behind, zone: zone}, nil
}

func (w view) seen(inside activity.State) Seen {
	s := w.sight.seen(inside, w.set, w.privacy)
	s.Zone = w.zone
	return s
}

// row is a row of the board as it may be seen, false where it may not be. hidden
// lets one see hidden people.
func (w view) row(b store.BoardRow, hidden bool) (BoardRow, bool) {
	if b.Subscriber.Hidden() && !hidden || w.sight == Outward && (!b.Live || b.Told.Key == "") {
		return BoardRow{}, false
	}
	inside := b.Inside
	if inside.Key == "" {
		inside = b.Told
	}
	return BoardRow{
		Person: b.Person, Subscriber: b.Subscriber.ID, Name: b.Subscriber.Name(), Extension: b.Subscriber.Get(pbx.Extension),
		Number: number(b.Subscriber), Department: b.Subscriber.Get(pbx.Department), Seen: w.seen(inside), Since: b.ToldAt, Live: b.Live,
		Hidden: b.Subscriber.Hidden(), Health: b.Health, ReadAt: b.ReadAt,
	}, true
}

// number is the one that a caller would dial.
func number(s pbx.Subscriber) string {
	if n := s.Get(pbx.Field(s.Get(pbx.Primary))); n != "" && pbx.Field(s.Get(pbx.Primary)).IsNumber() {
		return n
	}
	for _, f := range pbx.Numbers() {
		if f != pbx.Attendant && f != pbx.Fax && s.Get(f) != "" {
			return s.Get(f)
		}
	}
	return ""
}

func (v *Visit) board(ctx context.Context, f BoardFilter) (BoardPage, error) {
	w, err := v.view(ctx, v.sight("", nil))
	if err != nil {
		return BoardPage{}, err
	}
	if _, ok := w.names()[f.Activity]; f.Activity != "" && !ok {
		return BoardPage{}, invalid("activity", "activity")
	}
	f.Search = strings.TrimSpace(f.Search)
	var page BoardPage
	if f.Search != "" && v.desk.Book != nil {
		page.Rows, err = v.searchBoard(ctx, w, f)
	} else {
		page.Rows, page.Next, err = v.listBoard(ctx, w, f)
	}
	if err != nil || w.sight == Outward {
		return page, err
	}
	if err := v.markForgotten(ctx, page.Rows); err != nil {
		return page, err
	}
	if page.Counts, err = v.store().BoardCounts(ctx); err != nil {
		return page, step("count board", err)
	}
	tellings, err := v.store().TellingCounts(ctx)
	page.Test = tellings[store.Builtin].Tellings - tellings[store.Builtin].Live
	return page, step("count tellings", err)
}

// markForgotten marks the rows that were set by hand without an end and have stood
// for a working day of the person's.
func (v *Visit) markForgotten(ctx context.Context, rows []BoardRow) error {
	now := v.desk.Now()
	at := map[string]int{}
	for i, r := range rows {
		if s := r.Seen; s.Manual && s.Until.IsZero() && !s.At.IsZero() && now.Sub(s.At) >= workingDay && !s.Outward {
			at[r.Person] = i
		}
	}
	if len(at) == 0 {
		return nil
	}
	people, err := v.desk.Reconcile.People(ctx, v.org, slices.Collect(maps.Keys(at)))
	if err != nil {
		return answer(err, "read people")
	}
	for _, k := range people {
		row := &rows[at[k.Person]]
		row.Forgotten = forgotten(activity.Choice{At: row.Seen.At}, k.Input(now, now), now)
	}
	return nil
}

// names are the keys that may be asked for with this sight.
func (w view) names() map[activity.Key]bool {
	known := map[activity.Key]bool{}
	for _, a := range w.activities() {
		known[a.Key] = true
	}
	return known
}

// activities are those that may be known of with this sight.
func (w view) activities() activity.Set {
	if w.sight == Whole {
		return w.set
	}
	return slices.DeleteFunc(slices.Clone(w.set), func(a activity.Activity) bool { return a.Sensitive })
}

// listBoard reads rows by name until a page is full: some are left out that may
// not be seen, or that only look from outside like those that are asked for.
func (v *Visit) listBoard(ctx context.Context, w view, f BoardFilter) (rows []BoardRow, next string, err error) {
	told := store.BoardFilter{Text: f.Search}
	if f.Activity != "" {
		told.Activity = w.set.Public(f.Activity).Key
	}
	limit := pageSize(f.Limit)
	for next = f.After; ; {
		var page []store.BoardRow
		page, next, err = v.store().Board(ctx, told, next, limit-len(rows))
		if err != nil {
			return nil, "", answer(err, "read board")
		}
		for _, b := range page {
			if row, ok := w.row(b, v.seesHidden()); ok && (f.Activity == "" || row.Seen.Key == f.Activity) {
				rows = append(rows, row)
			}
		}
		if next == "" || len(rows) >= limit {
			return rows, next, nil
		}
	}
}

// searchBoard finds people as the phone book does, the best first.
func (v *Visit) searchBoard(ctx context.Context, w view, f BoardFilter) ([]BoardRow, error) {
	found, err := v.desk.Book.Search(ctx, string(v.org), f.Search, v.audience(), maxPage)
	if err != nil {
		return nil, answer(err, "search")
	}
	ids := make([]string, len(found.Entries))
	for i, s := range found.Entries {
		ids[i] = s.ID
	}
	page, err := v.store().BoardOf(ctx, ids)
	if err != nil {
		return nil, step("read board", err)
	}
	slices.SortFunc(page, func(a, b store.BoardRow) int {
		return slices.Index(ids, a.Subscriber.ID) - slices.Index(ids, b.Subscriber.ID)
	})
	var rows []BoardRow
	for _, b := range page {
		row, ok := w.row(b, v.seesHidden())
		if ok && (f.Activity == "" || row.Seen.Key == f.Activity) && len(rows) < pageSize(f.Limit) {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

func (v *Visit) activityNames(ctx context.Context) (activity.Set, error) {
	sight := v.sight("", nil)
	if v.Role() == organization.PersonRole {
		sight = Whole // what there is to choose from
	}
	w, err := v.view(ctx, sight)
	if err != nil {
		return nil, err
	}
	return w.activities(), nil
}

func (v *Visit) boardRow(ctx context.Context, person string) (BoardRow, error) {
	h, err := v.person(ctx, person)
	if err != nil {
		return BoardRow{}, err
	}
	return v.boardRowOf(ctx, h)
}

func (v *Visit) boardRowOf(ctx context.Context, h PersonHead) (BoardRow, error) {
	w, err := v.view(ctx, h.Sight)
	if err != nil {
		return BoardRow{}, err
	}
	none := BoardRow{Person: h.Person, Name: h.Name, Live: h.Live, Hidden: h.Hidden}
	if h.Subscriber != "" {
		all, err := v.store().BoardOf(ctx, []string{h.Subscriber})
		if err != nil {
			return BoardRow{}, step("read board", err)
		}
		for _, b := range all {
			if row, ok := w.row(b, true); ok {
				one := []BoardRow{row}
				err := v.markForgotten(ctx, one)
				return one[0], err
			}
		}
	}
	if h.Sight == Outward {
		return BoardRow{}, ErrNotFound // nothing is told of him yet
	}
	return none, nil
}

func (v *Visit) mine(ctx context.Context) ([]BoardRow, error) {
	if v.actor.Kind == Token {
		return nil, ErrForbidden
	}
	me := v.actor.About
	all, err := v.store().Preferences(ctx)
	if err != nil {
		return nil, step("list preferences", err)
	}
	people := []string{me}
	for _, p := range all {
		if p.ID != me && contains(p.Delegates, me) {
			people = append(people, p.ID)
		}
	}
	var rows []BoardRow
	for _, person := range people {
		row, err := v.boardRow(ctx, person)
		if errors.Is(err, ErrNotFound) {
			continue // has left since
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	if len(rows) > 1 {
		slices.SortFunc(rows[1:], func(a, b BoardRow) int { return strings.Compare(a.Name, b.Name) })
	}
	return rows, nil
}

// watchEvery is the shortest time between two signals.
const watchEvery = time.Second

func (v *Visit) watchActivities(ctx context.Context) (<-chan struct{}, error) {
	events, cancel := v.desk.Store.Listen()
	out := make(chan struct{}, 1)
	go func() {
		defer close(out)
		defer cancel()
		pause := time.NewTimer(0)
		defer pause.Stop()
		ready, changed := false, false
		for {
			if ready && changed {
				select {
				case out <- struct{}{}:
				default: // it has not yet looked since the last
				}
				ready, changed = false, false
				pause.Reset(watchEvery)
			}
			select {
			case <-ctx.Done():
				return
			case <-pause.C:
				ready = true
			case e, ok := <-events:
				if !ok {
					return
				}
				changed = changed || e.Organization == v.org && (e.Kind == store.Activities || e.Kind == store.Subscribers)
			}
		}
	}()
	return out, nil
}

func (v *Visit) boardSince(ctx context.Context, since time.Time) ([]BoardRow, error) {
	w, err := v.view(ctx, v.sight("", nil))
	if err != nil {
		return nil, err
	}
	told, err := v.store().BoardSince(ctx, since)
	if err != nil {
		return nil, step("read board", err)
	}
	var rows []BoardRow
	for _, b := range told {
		if row, ok := w.row(b, v.seesHidden()); ok {
			rows = append(rows, row)
		}
	}
	return rows, nil
}
