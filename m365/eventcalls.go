package m365

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// eventReads are the permissions any of which reads events.
var eventReads = []string{"Calendars.Read", "Calendars.ReadWrite", "Calendars.ReadBasic.All", "Calendars.ReadBasic"}

func eventRoutes() []route {
	reads := eventReads
	const write = "Calendars.ReadWrite"
	var all []route
	for _, of := range []string{"", "calendar/", "calendars/{}/"} {
		all = append(all,
			get("users/{}/"+of+"calendarView", 1, (*call).calendarView, reads...),
			get("users/{}/"+of+"events", 1, (*call).listEvents, reads...),
			post("users/{}/"+of+"events", 1, (*call).createEvent, write),
			get("users/{}/"+of+"events/{}", 1, (*call).getEvent, reads...),
			get("users/{}/"+of+"events/{}/instances", 1, (*call).instances, reads...),
			on(http.MethodPatch, "users/{}/"+of+"events/{}", 1, (*call).patchEvent, write),
			on(http.MethodDelete, "users/{}/"+of+"events/{}", 1, (*call).removeEvent, write),
			post("users/{}/"+of+"events/{}/cancel", 1, (*call).cancelEvent, write),
			post("users/{}/"+of+"events/{}/accept", 1, func(c *call) response { return c.respond(Accepted) }, write),
			post("users/{}/"+of+"events/{}/decline", 1, func(c *call) response { return c.respond(Declined) }, write),
			post("users/{}/"+of+"events/{}/tentativelyAccept", 1, func(c *call) response { return c.respond(TentativelyAccepted) }, write),
		)
	}
	return outlook(append(all,
		get("users/{}/calendar", 1, (*call).calendar, reads...),
		get("users/{}/calendars", 1, (*call).calendarList, reads...),
		get("users/{}/calendars/{}", 1, (*call).calendar, reads...),
	)...)
}

// lens reads what the caller prefers; applied is Preference-Applied.
func (c *call) lens() (l lens, applied string, failed *response) {
	l = lens{t: c.t, owner: &c.person, mailbox: &c.mailbox, loc: time.UTC, zone: "UTC"}
	var honoured []string
	if name := c.preference("outlook.timezone"); name != "" {
		loc, ok := zone(name)
		if !ok {
			r := c.fail(http.StatusBadRequest, "TimeZoneNotSupportedException",
				fmt.Sprintf("A valid TimeZone value must be specified. The following TimeZone value is not supported: '%s'.", clip(name)))
			return l, "", &r
		}
		l.loc, l.zone = loc, name
		honoured = append(honoured, `outlook.timezone="`+name+`"`)
	}
	if kind := c.preference("outlook.body-content-type"); kind != "" {
		l.plain = strings.EqualFold(kind, "text")
		honoured = append(honoured, `outlook.body-content-type="`+kind+`"`)
	}
	if strings.EqualFold(c.preference("IdType"), "ImmutableId") {
		l.immutable = true
		honoured = append(honoured, `IdType="ImmutableId"`)
	}
	return l, strings.Join(honoured, ", "), nil
}

// eventProps are the properties that the call gets, by $select and by what the
// app may see.
func (c *call) eventProps() []int {
	picked := events.defaults()
	if selects := list(c.query.Get("$select")); len(selects) > 0 {
		if slices.Contains(selects, "location") {
			selects = append(selects, "locations") // comes along, as the examples of event-get.md show
		}
		picked = events.pick(selects)
	}
	if slices.Contains(c.allowed, "Calendars.Read") || slices.Contains(c.allowed, "Calendars.ReadWrite") {
		return picked
	}
	return slices.DeleteFunc(picked, func(i int) bool { return slices.Contains(bodyProps, events.props[i].name) })
}

// window reads startDateTime and endDateTime: with their own offset, or UTC.
func (c *call) window() (from, to time.Time, failed *response) {
	refuse := func(code, message string) (time.Time, time.Time, *response) {
		r := c.fail(http.StatusBadRequest, code, message)
		return from, to, &r
	}
	first, last := c.query.Get("startDateTime"), c.query.Get("endDateTime")
	if first == "" || last == "" {
		return refuse("ErrorInvalidParameter", "This request requires a time window specified by the query string parameters StartDateTime and EndDateTime.")
	}
	from, err := bound(first)
	if err != nil {
		return refuse("ErrorInvalidParameter", "The value '"+clip(first)+"' of parameter 'StartDateTime' is invalid.")
	}
	to, err = bound(last)
	switch {
	case err != nil:
		return refuse("ErrorInvalidParameter", "The value '"+clip(last)+"' of parameter 'EndDateTime' is invalid.")
	case to.Before(from):
		return refuse("ErrorInvalidRequest", "Your request can't be completed. The end of the range is before its start.")
	case to.Sub(from) > viewMax:
		return refuse("ErrorCalendarViewRangeTooBig", fmt.Sprintf("The specified view range exceeds the maximum range of %d days.", int(viewMax.Hours()/24)))
	}
	return from, to, nil
}

// viewMax is how long a calendarView may be.
const viewMax = 1825 * 24 * time.Hour

// bound is one end of a window. A "+" that was not escaped arrives as a space.
func bound(text string) (time.Time, error) {
	text = strings.ReplaceAll(text, " ", "+")
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("m365: no time: %q", clip(text))
}

func (c *call) calendarView() response {
	from, to, failed := c.window()
	if failed != nil {
		return *failed
	}
	return c.eventPage(c.t.view(&c.person, &c.mailbox, from, to), "calendarView")
}

// instances are the occurrences of a series in a window.
func (c *call) instances() response {
	from, to, failed := c.window()
	if failed != nil {
		return *failed
	}
	e, err := c.t.event(&c.person, &c.mailbox, c.eventID())
	if err != nil || e.Recurrence == nil {
		return c.noEvent()
	}
	s, err := seriesOf(&e, &c.mailbox)
	if err != nil {
		return c.noEvent()
	}
	found := s.within(from, to)
	slices.SortFunc(found, func(a, b Event) int { return a.Start.Compare(b.Start) })
	return c.eventPage(found, "events('"+c.eventID()+"')/instances")
}

// eventID is the id in the path: the last of its placeholders.
func (c *call) eventID() string { return c.args[len(c.args)-1] }

// listed is how far from now everyday's events are when /events lists them:
// the list has neither beginning nor end.
const listedBehind, listedAhead = 90, 365

// listEvents answers with single events and series, not with occurrences.
func (c *call) listEvents() response {
	found := c.t.stored(&c.person, c.now.AddDate(0, 0, -listedBehind), c.now.AddDate(0, 0, listedAhead))
	slices.SortFunc(found, func(a, b Event) int { return strings.Compare(a.ID, b.ID) })
	return c.eventPage(found, "events")
}

// eventOptions are the query options of lists of events.
func (c *call) eventOptions() (top, skip int, failed *response) {
	refuse := func(message string) (int, int, *response) {
		r := c.fail(http.StatusBadRequest, "ErrorInvalidUrlQuery", "The query specified in the URI is not valid. "+message)
		return 0, 0, &r
	}
	top, skip = eventsPage, 0
	for _, text := range []string{c.preference("odata.maxpagesize"), c.query.Get("$top")} {
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > eventsMax {
			return refuse(fmt.Sprintf("The limit of '%d' for Top query has been exceeded. The value from the incoming request is '%s'.", eventsMax, clip(text)))
		}
		top = n
	}
	if text := c.query.Get("$skip"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return refuse("Invalid value '" + clip(text) + "' for $skip query option found.")
		}
		skip = n
	}
	for name := range c.query {
		if strings.HasPrefix(name, "$") && !slices.Contains([]string{"$top", "$skip", "$select", "$orderby", "$count"}, name) {
			return refuse("The query parameter '" + clip(name) + "' is not supported here.")
		}
	}
	return top, skip, nil
}

// The size of a page of events: where none is asked, and at most.
const (
	eventsPage = 10
	eventsMax  = 1000
)

// eventPage answers one page of a list of events.
func (c *call) eventPage(found []Event, set string) response {
	top, skip, failed := c.eventOptions()
	if failed != nil {
		return *failed
	}
	l, applied, failed := c.lens()
	if failed != nil {
		return *failed
	}
	if by, down := strings.CutSuffix(strings.TrimSpace(c.query.Get("$orderby")), " desc"); strings.HasPrefix(by, "start") && down {
		slices.Reverse(found)
	}
	if c.hit(EmptyDirectory) {
		found = nil
	}
	total := len(found)
	found, next := c.cut(found, top, skip)
	b := []byte(`{"@odata.context":`)
	b = appendQuoted(b, c.context("users('"+c.person.ID+"')/"+set, list(c.query.Get("$select"))))
	if strings.EqualFold(c.query.Get("$count"), "true") {
		b = strconv.AppendInt(append(b, `,"@odata.count":`...), int64(total), 10)
	}
	b = append(b, `,"value":[`...)
	b = c.appendEvents(b, found, &l)
	b = append(b, ']')
	if next < total {
		b = append(b, `,"@odata.nextLink":`...)
		b = appendQuoted(b, c.nextEvents(next))
	}
	return c.applied(ok(append(b, '}')), applied)
}

// cut takes a page out of a list, as faults will have it, and says where the
// next one begins.
func (c *call) cut(found []Event, top, skip int) (page []Event, next int) {
	page = found[min(skip, len(found)):]
	page = page[:min(top, len(page))]
	next = skip + len(page)
	if c.hit(EmptyPage) {
		page, next = nil, skip
	}
	if c.hit(Duplicate) && len(page) > 0 {
		page = append(slices.Clone(page), page[0])
	}
	if c.hit(RepeatPage) {
		next = skip
	}
	return page, next
}

func (c *call) appendEvents(b []byte, found []Event, l *lens) []byte {
	c.t.mu.RLock() // for the names of people
	defer c.t.mu.RUnlock()
	picked := c.eventProps()
	for i := range found {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"@odata.etag":`...)
		b = appendQuoted(b, found[i].etag())
		b = append(events.object(b, &sight{&found[i], l}, picked), '}')
	}
	return b
}

func (c *call) applied(r response, preferences string) response {
	if preferences == "" {
		return r
	}
	return r.with("Preference-Applied", preferences)
}

// nextEvents is the call's own address from the n-th event on.
func (c *call) nextEvents(n int) string {
	query := url.Values{}
	for name, values := range c.query {
		query[name] = values
	}
	query.Set("$skip", strconv.Itoa(n))
	parts := make([]string, len(c.path))
	for i, part := range c.path {
		parts[i] = url.PathEscape(part)
	}
	return c.base + "/v1.0/" + strings.Join(parts, "/") + "?" + strings.ReplaceAll(query.Encode(), "%24", "$")
}

func (c *call) noEvent() response {
	return c.fail(http.StatusNotFound, "ErrorItemNotFound", "The specified object was not found in the store.")
}

func (c *call) getEvent() response {
	e, err := c.t.event(&c.person, &c.mailbox, c.eventID())
	if err != nil {
		return c.noEvent()
	}
	return c.oneEvent(http.StatusOK, &e)
}

// oneEvent answers with one event.
func (c *call) oneEvent(status int, e *Event) response {
	l, applied, failed := c.lens()
	if failed != nil {
		return *failed
	}
	b := []byte(`{"@odata.context":`)
	b = appendQuoted(b, c.context("users('"+c.person.ID+"')/events", list(c.query.Get("$select")))+"/$entity")
	b = append(b, ',')
	one := c.appendEvents(nil, []Event{*e}, &l)
	answer := ok(append(b, one[1:]...))
	answer.status = status
	return c.applied(answer, applied)
}

type emailAddress struct {
	Name    string `json:"name"`
	Address string `json:"address"`
}

// graphCalendar is Graph's calendar.
type graphCalendar struct {
	ID        string       `json:"id"`
	Name      string       `json:"name"`
	Color     string       `json:"color"`
	HexColor  string       `json:"hexColor"`
	Group     *string      `json:"groupClassId,omitempty"`
	IsDefault bool         `json:"isDefaultCalendar"`
	ChangeKey string       `json:"changeKey"`
	CanShare  bool         `json:"canShare"`
	CanView   bool         `json:"canViewPrivateItems"`
	CanEdit   bool         `json:"canEdit"`
	Providers []string     `json:"allowedOnlineMeetingProviders"`
	Provider  string       `json:"defaultOnlineMeetingProvider"`
	Tallying  bool         `json:"isTallyingResponses"`
	Removable bool         `json:"isRemovable"`
	Owner     emailAddress `json:"owner"`
}

// folder is the one calendar that a mailbox has, called as its owner's Outlook
// calls it.
func (c *call) folder() graphCalendar {
	name := "Kalender"
	switch lang, _, _ := strings.Cut(c.person.PreferredLanguage, "-"); lang {
	case "en":
		name = "Calendar"
	case "nl":
		name = "Agenda"
	}
	return graphCalendar{
		ID: eventID{box: hash64(c.person.ID)}.String(), Name: name, Color: "auto", IsDefault: true, ChangeKey: (&Event{ID: c.person.ID}).changeKey(),
		CanShare: true, CanView: true, CanEdit: true, Providers: []string{"teamsForBusiness"}, Provider: "teamsForBusiness", Tallying: true,
		Owner: emailAddress{c.person.DisplayName, c.person.address()},
	}
}

func (c *call) calendar() response {
	return c.json("users('"+c.person.ID+"')/calendar", c.folder())
}

func (c *call) calendarList() response {
	return c.json("users('"+c.person.ID+"')/calendars", []graphCalendar{c.folder()})
}
