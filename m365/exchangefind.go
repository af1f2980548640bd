package m365

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// What a folder's items are found among when no window is asked for: an
// everyday calendar has no end.
const (
	itemsBefore = 30 * 24 * time.Hour
	itemsAfter  = 60 * 24 * time.Hour
)

// items are what is stored in a folder, series as one item, in the order of
// their ids.
func (x *Exchange) items(f *folder) []Event {
	if f.name != calendarFolder {
		return nil
	}
	now := x.t.now()
	list := x.t.stored(f.p, now.Add(-itemsBefore), now.Add(itemsAfter))
	slices.SortFunc(list, func(a, b Event) int { return strings.Compare(a.ID, b.ID) })
	return list
}

// visible takes out what a reader is not shown at all.
func (c *ewsCall) visible(list []Event, right ExchangeRight) []Event {
	if c.x.private() != privateHidden {
		return list
	}
	return slices.DeleteFunc(list, func(e Event) bool { return c.hides(&e, right) })
}

// findItem answers FindItem: with CalendarView what a calendar shows in a
// window, without it what is stored in a folder.
func (c *ewsCall) findItem() error {
	wanted, refused, err := c.shape("ItemShape")
	if err != nil {
		return err
	}
	if c.op.attr("Traversal") != "Shallow" {
		return &ewsFault{code: "ErrorUnsupportedTraversal", text: "The traversal is not supported here."}
	}
	view := c.op.child("CalendarView")
	if c.op.child("Restriction") != nil || c.op.child("SortOrder") != nil || view != nil && c.op.child("IndexedPageItemView") != nil {
		return &ewsFault{code: "ErrorInvalidRequest", text: "The request is invalid."}
	}
	w, err := c.window(view)
	if err != nil {
		return err
	}
	folders := c.op.child("ParentFolderIds").all()
	if len(folders) == 0 {
		return c.invalid("The element 'ParentFolderIds' has incomplete content.")
	}
	return c.each(folders, func(e *element) (func(), error) {
		if refused != nil {
			return nil, refused
		}
		f, err := c.reading(e)
		if err != nil {
			return nil, err
		}
		if view == nil {
			return c.paged(f, &wanted), nil
		}
		return c.viewed(f, w, &wanted)
	})
}

// calendarView is the window of FindItem.
type calendarView struct {
	from, to time.Time
	most     int // MaxEntriesReturned; 0 = it was not given
}

// window reads CalendarView.
// https://learn.microsoft.com/exchange/client-developer/web-service-reference/calendarview
func (c *ewsCall) window(e *element) (calendarView, error) {
	var w calendarView
	if e == nil {
		return w, nil
	}
	loc := time.UTC
	if c.zone != nil {
		loc = c.zone
	}
	for name, to := range map[string]*time.Time{"StartDate": &w.from, "EndDate": &w.to} {
		at, err := ewsTime(e.attr(name), loc)
		if err != nil {
			return w, c.invalid("The '" + name + "' attribute is invalid.")
		}
		*to = at
	}
	if text := e.attr("MaxEntriesReturned"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return w, c.invalid("The 'MaxEntriesReturned' attribute is invalid.")
		}
		w.most = n
	}
	return w, nil
}

// viewed is what a calendar shows in a window. What lies beyond the limit of
// one answer can't be asked for but by a smaller window.
func (c *ewsCall) viewed(f *folder, w calendarView, wanted *shapeWanted) (func(), error) {
	switch {
	case f.name != calendarFolder:
		return nil, &ewsError{code: "ErrorCalendarFolderIsInvalidForCalendarView", text: "The specified folder type is not valid for a calendar view."}
	case w.to.Before(w.from):
		return nil, &ewsError{code: "ErrorCalendarEndDateIsEarlierThanStartDate", text: "EndDate is earlier than StartDate."}
	case w.to.After(w.from.AddDate(2, 0, 0)):
		return nil, &ewsError{code: "ErrorCalendarViewRangeTooBig", text: "The specified view range exceeds the maximum range of two years."}
	}
	box := c.x.t.mailbox(f.p)
	from := w.from
	if c.x.release.touching {
		from = from.Add(-1) // what ends at the very beginning is in
	}
	list := c.visible(c.x.t.view(f.p, &box, from, w.to), f.right)
	total, most := len(list), c.x.release.findLimit(c.x.opts.FindLimit)
	if w.most > 0 && w.most <= most {
		most = w.most
	} else if total > most && c.schema <= schema2010 {
		return nil, &ewsFault{code: "ErrorServerBusy", text: busyText, values: [][2]string{{"Policy", "EWSFindCountLimit"}, {"FindCountLimit", strconv.Itoa(most)}}}
	}
	list = list[:min(total, most)]
	return func() {
		c.out.open("m:RootFolder", "TotalItemsInView", strconv.Itoa(len(list)), "IncludesLastItemInRange", strconv.FormatBool(len(list) == total))
		c.list(f, &box, list, wanted)
		c.out.close("m:RootFolder")
	}, nil
}

func (c *ewsCall) list(f *folder, box *Mailbox, list []Event, wanted *shapeWanted) {
	if len(list) == 0 {
		c.out.empty("t:Items")
		return
	}
	c.out.open("t:Items")
	for i := range list {
		c.item(shownItem{p: f.p, box: box, right: f.right, e: &list[i]}, wanted)
	}
	c.out.close("t:Items")
}

// paged is a page of what is stored in a folder.
func (c *ewsCall) paged(f *folder, wanted *shapeWanted) func() {
	box := c.x.t.mailbox(f.p)
	list := c.visible(c.x.items(f), f.right)
	page, total := c.op.child("IndexedPageItemView"), len(list)
	offset, _ := strconv.Atoi(page.attr("Offset"))
	most, _ := strconv.Atoi(page.attr("MaxEntriesReturned"))
	if page.attr("BasePoint") == "End" {
		offset = total - offset
	}
	offset = max(0, min(offset, total))
	end := min(total, offset+c.x.opts.FindLimit)
	if most > 0 {
		end = min(end, offset+most)
	}
	return func() {
		attrs := []string{"TotalItemsInView", strconv.Itoa(total), "IncludesLastItemInRange", strconv.FormatBool(end == total)}
		if page != nil {
			attrs = append(attrs, "IndexedPagingOffset", strconv.Itoa(end))
		}
		c.out.open("m:RootFolder", attrs...)
		c.list(f, &box, list[offset:end], wanted)
		c.out.close("m:RootFolder")
	}
}

// getItem answers GetItem.
func (c *ewsCall) getItem() error {
	wanted, refused, err := c.shape("ItemShape")
	if err != nil {
		return err
	}
	ids := c.op.child("ItemIds").all()
	if len(ids) == 0 {
		return c.invalid("The element 'ItemIds' has incomplete content.")
	}
	return c.each(ids, func(e *element) (func(), error) {
		if refused != nil {
			return nil, refused
		}
		s, err := c.known(e)
		return func() {
			c.out.open("m:Items")
			c.item(s, &wanted)
			c.out.close("m:Items")
		}, err
	})
}

var noItem = &ewsError{code: "ErrorItemNotFound", text: "The specified object was not found in the store."}

// known finds the item that an element of ItemIds means.
func (c *ewsCall) known(e *element) (shownItem, error) {
	id := e.attr("Id")
	if e.name == "RecurringMasterItemId" {
		id = e.attr("OccurrenceId")
	}
	person, event, ok := eventOf(id)
	if !ok {
		return shownItem{}, &ewsError{code: "ErrorInvalidIdMalformed", text: "Id is malformed."}
	}
	p, err := c.x.t.livePerson(person)
	if err != nil {
		return shownItem{}, noItem
	}
	f := &folder{p: &p, name: calendarFolder}
	if err := c.may(f); err != nil {
		return shownItem{}, err
	}
	if !f.right.atLeast(RightReviewer) {
		return shownItem{}, denied
	}
	box := c.x.t.mailbox(&p)
	found, err := c.x.t.event(&p, &box, event)
	if parsed, dated := parseEventID(event); err == nil && dated && e.name == "RecurringMasterItemId" {
		found, err = c.x.t.event(&p, &box, parsed.master())
	}
	if err != nil || c.hides(&found, f.right) && c.x.private() == privateHidden {
		return shownItem{}, noItem
	}
	return shownItem{p: &p, box: &box, right: f.right, e: &found, whole: true}, nil
}
