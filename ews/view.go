package ews

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"strings"
	"time"
)

// Bounds of reading a view of a calendar. A server hands out no more than 1000
// items at a time by default, and with fewer allowed it says that some are left.
const (
	maxEntries   = 1000
	shortestView = time.Minute
	mostCalls    = 100
)

// CalendarView reads what stands in a calendar and overlaps a window, with each
// series as its occurrences (operation FindItem with a CalendarView), and calls
// item for each, in no particular order. It takes the right to read that
// calendar.
//
// Where the server cuts its answer short, the window is halved until all is
// there; an item is told once however often it comes. What item was told counts
// only where the error is nil: a view is whole, or it is none.
func (c *Client) CalendarView(ctx context.Context, a Access, from, to time.Time, item func(*Item)) error {
	v := &viewReader{c: c, a: a, from: from, to: to, item: item, seen: map[uint64]struct{}{}}
	if !from.Before(to) {
		return &Error{Op: findItem, Code: "ErrorCalendarEndDateIsEarlierThanStartDate", Err: errors.New("an empty window")}
	}
	first, last := from.Truncate(time.Second), to.Truncate(time.Second)
	if last.Before(to) {
		last = last.Add(time.Second)
	}
	return v.view(ctx, first, last)
}

const findItem = "FindItem"

type viewReader struct {
	c        *Client
	a        Access
	from, to time.Time
	item     func(*Item)
	items    itemReader
	seen     map[uint64]struct{} // items told
	calls    int
	got      int  // items in this answer
	cut      bool // it isn't all there is
	found    bool // there was an answer at all
}

var idSeed = maphash.MakeSeed()

func (v *viewReader) view(ctx context.Context, from, to time.Time) error {
	v.got, v.cut, v.found = 0, false, false
	v.calls++
	err := v.c.do(ctx, findItem, v.request(from, to), v.read)
	var e *Error
	switch {
	case errors.As(err, &e) && e.tooMany():
	case err != nil:
		return err
	case !v.found:
		return &Error{Op: findItem, Err: fmt.Errorf("%w: no folder in it", ErrIncomplete)}
	case !v.cut && v.got < maxEntries:
		return nil
	}
	if to.Sub(from) < 2*shortestView || v.calls >= mostCalls {
		return &Error{Op: findItem, Err: fmt.Errorf("%w: the server always leaves some out", ErrIncomplete)}
	}
	middle := from.Add(to.Sub(from) / 2).Truncate(time.Second)
	if err := v.view(ctx, from, middle); err != nil {
		return err
	}
	return v.view(ctx, middle, to)
}

// tooMany is true for an answer that a shorter window would not get. Up to 2010 a
// server calls itself busy for it.
func (e *Error) tooMany() bool {
	switch e.Code {
	case "ErrorExceededFindCountLimit", "ErrorCalendarViewRangeTooBig":
		return true
	}
	return strings.Contains(e.Policy, "FindCount")
}

// fields are what is asked for of an item. All but the last are fields of 2007
// and, the sensitivity, the category and the zone aside, in the table that a
// server looks through without opening each item.
var fields = [...]string{"item:Subject", "item:Sensitivity", "item:Categories",
	"calendar:Start", "calendar:End", "calendar:IsAllDayEvent", "calendar:LegacyFreeBusyStatus", "calendar:Location",
	"calendar:IsMeeting", "calendar:IsCancelled", "calendar:IsRecurring", "calendar:CalendarItemType",
	"calendar:MyResponseType", "calendar:UID", "calendar:TimeZone"}

func (v *viewReader) request(from, to time.Time) *request {
	r := newRequest(v.a).raw(`<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>`)
	for _, f := range fields {
		r.raw(`<t:FieldURI FieldURI="`, f, `"/>`)
	}
	zone := "calendar:StartTimeZone"
	if v.a.Version < Exchange2010 {
		zone = "calendar:MeetingTimeZone"
	}
	r.raw(`<t:FieldURI FieldURI="`, zone, `"/></t:AdditionalProperties></m:ItemShape>`)
	r.raw(`<m:CalendarView MaxEntriesReturned="`).int(maxEntries).raw(`" StartDate="`).instant(from)
	r.raw(`" EndDate="`).instant(to).raw(`"/><m:ParentFolderIds>`).folder(FolderID{})
	return r.raw(`</m:ParentFolderIds></m:FindItem>`)
}

func (v *viewReader) read(a *answer) {
	if !a.is(messages, "FindItemResponse") {
		return
	}
	a.responses(func() {
		if !a.is(messages, "RootFolder") {
			return
		}
		v.found = true
		v.cut = a.attr("IncludesLastItemInRange") == "false"
		for d := a.depth(); a.child(d); {
			if !a.is(types, "Items") {
				continue
			}
			for d := a.depth(); a.child(d); {
				if a.is(types, "CalendarItem") {
					v.one(a)
				}
			}
		}
	})
}

func (v *viewReader) one(a *answer) {
	ok := v.items.read(a)
	if a.err != nil {
		return
	}
	i := &v.items.i
	if !ok || len(i.ID) == 0 {
		a.stop(fmt.Errorf("%w: an item without its times or id", ErrIncomplete))
		return
	}
	v.got++
	key := maphash.Bytes(idSeed, i.ID) ^ uint64(i.Start.Unix())
	if _, told := v.seen[key]; told {
		return
	}
	// A server also hands out what ends just when the window begins.
	if !i.Start.Before(v.to) || !i.End.After(v.from) && i.Start.Before(v.from) {
		return
	}
	v.seen[key] = struct{}{}
	v.item(i)
}
