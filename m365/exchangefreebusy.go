package m365

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"
)

// views are what GetUserAvailability can be asked for, each more than the one
// before it.
var views = []string{"None", "MergedOnly", "FreeBusy", "FreeBusyMerged", "Detailed", "DetailedMerged"}

// freeBusy is a call of GetUserAvailability.
type freeBusy struct {
	*ewsCall
	loc      *time.Location
	from, to time.Time
	view     int // among views: the most that is wanted
	interval time.Duration
}

const mostMailboxes = 100 // of one call, and of a distribution list

// availability answers GetUserAvailability. Each mailbox that is asked for
// gets its answer, in this order.
// https://learn.microsoft.com/exchange/client-developer/web-service-reference/getuseravailability-operation
func (c *ewsCall) availability() error {
	f := &freeBusy{ewsCall: c}
	if err := f.read(); err != nil {
		return err
	}
	asked := c.op.child("MailboxDataArray").all()
	switch {
	case len(asked) == 0:
		return c.invalid("The element 'MailboxDataArray' has incomplete content.")
	case len(asked) > mostMailboxes:
		return &ewsFault{code: "ErrorMailboxDataArrayTooBig", text: fmt.Sprintf("There are too many target users in the MailboxDataArray. The allowed size = %d; the actual size = %d.", mostMailboxes, len(asked))}
	}
	m := &c.out
	m.open("GetUserAvailabilityResponse", "xmlns", messagesSpace)
	m.open("FreeBusyResponseArray")
	for _, one := range asked {
		if err := f.one(one.value("Email", "Address")); err != nil {
			return err
		}
	}
	m.close("FreeBusyResponseArray")
	m.close("GetUserAvailabilityResponse")
	return nil
}

// read takes zone, window and view from the request.
func (f *freeBusy) read() error {
	zone, given := readBiasZone(f.op.child("TimeZone"))
	switch loc, err := zone.location(); {
	case given && err == nil:
		f.loc = loc
	case f.zone != nil:
		f.loc = f.zone
	default:
		return &ewsFault{code: "ErrorTimeZone", text: "The time zone is missing or not valid."}
	}
	options := f.op.child("FreeBusyViewOptions")
	if options == nil {
		return &ewsFault{code: "ErrorInvalidFreeBusyViewType", text: "The requested view is not valid."}
	}
	f.view = slices.Index(views, options.value("RequestedView"))
	if options.value("RequestedView") == "" {
		f.view = slices.Index(views, "FreeBusy")
	}
	if f.view < 1 {
		return f.invalid("The 'RequestedView' element is invalid.")
	}
	interval := options.number(30, "MergedFreeBusyIntervalInMinutes")
	if interval < 5 || interval > 1440 {
		return &ewsFault{code: "ErrorInvalidMergedFreeBusyInterval", text: "The requested MergedFreeBusyIntervalInMinutes is not valid."}
	}
	f.interval = time.Duration(interval) * time.Minute
	return f.window(options.child("TimeWindow"))
}

func (f *freeBusy) window(e *element) error {
	for name, to := range map[string]*time.Time{"StartTime": &f.from, "EndTime": &f.to} {
		at, err := ewsTime(e.value(name), f.loc)
		if err != nil {
			return f.invalid("The '" + name + "' element is invalid.")
		}
		*to = at
	}
	longest := f.x.opts.WindowDays
	switch days := f.to.Sub(f.from).Hours() / 24; {
	case !f.to.After(f.from):
		return &ewsFault{code: "ErrorInvalidTimeInterval", text: "The requested time interval is not valid: it must end after it begins."}
	case days > float64(longest)+0.05: // a night of 25 hours is no fault of the caller's
		return &ewsFault{code: "ErrorTimeIntervalTooBig", text: fmt.Sprintf("The requested time duration specified for FreeBusyViewOptions.TimeWindow is too long. The allowed limit = %d days; the actual limit = %d days.", longest, int(days+0.5))}
	}
	return nil
}

// ewsTime reads a time with its own offset, or without one where loc is.
func ewsTime(text string, loc *time.Location) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return at, nil
	}
	at, err := time.ParseInLocation("2006-01-02T15:04:05.999999999", text, loc)
	if err != nil {
		at, err = time.ParseInLocation(time.DateOnly, text, loc)
	}
	return at, err
}

// one answers for one address. The error is a fault of the whole call.
func (f *freeBusy) one(address string) error {
	f.asks(address)
	f.out.open("FreeBusyResponse")
	p, err := f.mailboxOf(address)
	var refused *ewsError
	switch members, isList := f.members(err, address); {
	case err == nil:
		f.ofPerson(p)
	case isList:
		f.ofList(members)
	case errors.As(err, &refused):
		f.refuse(refused)
	default:
		return err
	}
	f.out.close("FreeBusyResponse")
	return nil
}

// members are those of the distribution list that an address was found to be
// after it was found to be no mailbox.
func (f *freeBusy) members(err error, address string) ([]string, bool) {
	if err == nil {
		return nil, false
	}
	return f.x.list(address)
}

// mailboxOf is whose mailbox has an address, if the caller may know when he is
// free.
func (f *freeBusy) mailboxOf(address string) (*Person, error) {
	if _, err := mail.ParseAddress(address); err != nil {
		return nil, &ewsError{code: "ErrorInvalidSmtpAddress", text: "E-mail address <>SMTP:" + clip(address) + " is not a valid SMTP address."}
	}
	p, found := f.x.recipient(address)
	if !found || f.x.state(&p) == elsewhere {
		return nil, &ewsError{code: "ErrorMailRecipientNotFound", text: "Unable to resolve e-mail address <>SMTP:" + clip(address) + " to an Active Directory object."}
	}
	if !f.right(&p).atLeast(RightTimes) {
		return nil, &ewsError{code: "ErrorNoFreeBusyAccess", text: "The caller does not have free/busy access to the mailbox."}
	}
	return &p, f.reach(&p)
}

// exceptionCodes are the numbers of the availability service's exceptions.
var exceptionCodes = map[string][2]string{
	"ErrorInvalidSmtpAddress":           {"InvalidSmtpAddressException", "5035"},
	"ErrorMailRecipientNotFound":        {"MailRecipientNotFoundException", "5009"},
	"ErrorNoFreeBusyAccess":             {"NoFreeBusyAccessException", "5037"},
	"ErrorProxyRequestProcessingFailed": {"ProxyWebRequestProcessingException", "5016"},
}

// refuse is the answer for a mailbox that can't be read.
func (f *freeBusy) refuse(err *ewsError) {
	if f.code == "" {
		f.code = err.code
	}
	m := &f.out
	m.open("ResponseMessage", "ResponseClass", "Error")
	m.text("MessageText", err.text)
	m.text("ResponseCode", err.code)
	m.text("DescriptiveLinkKey", "0")
	exception, known := exceptionCodes[err.code]
	if !known {
		exception = [2]string{strings.TrimPrefix(err.code, "Error") + "Exception", "5000"}
	}
	m.open("MessageXml")
	m.text("ExceptionType", "Microsoft.Exchange.InfoWorker.Common.Availability."+exception[0], "xmlns", errorsSpace)
	m.text("ExceptionCode", exception[1], "xmlns", errorsSpace)
	m.text("ExceptionServerName", "EXCHANGE1", "xmlns", errorsSpace)
	for _, v := range err.values {
		m.text("Value", v[1], "Name", v[0], "xmlns", typesSpace)
	}
	m.close("MessageXml")
	m.close("ResponseMessage")
	m.open("FreeBusyView")
	m.text("FreeBusyViewType", "None", "xmlns", typesSpace)
	m.close("FreeBusyView")
}

// allowed is the view that a right gives of what is wanted.
func (f *freeBusy) allowed(right ExchangeRight) string {
	view := views[f.view]
	if !right.atLeast(RightLimitedDetails) {
		view = strings.Replace(view, "Detailed", "FreeBusy", 1)
	}
	return view
}

func (f *freeBusy) ofPerson(p *Person) {
	box := f.x.t.mailbox(p)
	events := f.x.t.view(p, &box, f.from, f.to)
	view := f.allowed(f.right(p))
	m := &f.out
	m.open("ResponseMessage", "ResponseClass", "Success")
	m.text("ResponseCode", "NoError")
	m.close("ResponseMessage")
	m.open("FreeBusyView")
	m.text("FreeBusyViewType", view, "xmlns", typesSpace)
	if strings.Contains(view, "Merged") {
		m.text("MergedFreeBusy", f.digits(events), "xmlns", typesSpace)
	}
	if view != "MergedOnly" {
		f.events(events, strings.HasPrefix(view, "Detailed"))
		m.open("WorkingHours", "xmlns", typesSpace)
		f.workingHours(&box)
		m.close("WorkingHours")
	}
	m.close("FreeBusyView")
}

// events writes the CalendarEventArray. Without events it is an empty element
// on some servers and none on others.
func (f *freeBusy) events(events []Event, details bool) {
	m := &f.out
	if len(events) == 0 {
		if f.x.release.soap == "soap" {
			m.empty("CalendarEventArray", "xmlns", typesSpace)
		}
		return
	}
	m.open("CalendarEventArray", "xmlns", typesSpace)
	for i := range events {
		e := &events[i]
		m.open("CalendarEvent")
		m.text("StartTime", f.time(e.Start))
		m.text("EndTime", f.time(e.End))
		m.text("BusyType", f.busyType(e.ShowAs))
		if details {
			f.details(e)
		}
		m.close("CalendarEvent")
	}
	m.close("CalendarEventArray")
}

func (f *freeBusy) time(t time.Time) string {
	if f.x.release.offsets {
		return t.In(f.loc).Format("2006-01-02T15:04:05-07:00")
	}
	return t.In(f.loc).Format("2006-01-02T15:04:05")
}

// details are what a reader of the calendar is told of an event.
func (f *freeBusy) details(e *Event) {
	m := &f.out
	hidden := e.Sensitivity == "private"
	m.open("CalendarEventDetails")
	if !hidden {
		m.text("ID", entryID(e.ID))
		m.text("Subject", e.Subject)
		m.text("Location", e.Location)
	}
	m.flag("IsMeeting", !hidden && (len(e.Attendees) > 0 || e.invited()))
	m.flag("IsRecurring", !hidden && e.Type == occurrence)
	m.flag("IsException", !hidden && e.Type == exception)
	m.flag("IsReminderSet", !hidden)
	m.flag("IsPrivate", hidden)
	m.close("CalendarEventDetails")
}

// entryID is an event's id as MAPI has it, which no other operation takes.
func entryID(id string) string {
	b, err := base64.URLEncoding.DecodeString(id)
	if err != nil {
		return ""
	}
	return strings.ToUpper(hex.EncodeToString(b))
}

// busyType is the status of an event as the schema of the call has it.
func (c *ewsCall) busyType(showAs string) string {
	switch showAs {
	case "free":
		return "Free"
	case "tentative":
		return "Tentative"
	case "busy":
		return "Busy"
	case "oof":
		return "OOF"
	case "workingElsewhere":
		switch {
		case c.schema >= schema2013:
			return "WorkingElsewhere"
		case c.x.release.elsewhere:
			return "Free"
		}
	}
	return "NoData"
}

// digits is MergedFreeBusy: of every interval the highest digit of the events
// in it. 4 was NoData before there was WorkingElsewhere.
func (f *freeBusy) digits(lists ...[]Event) string {
	slots := make([]byte, int((f.to.Sub(f.from)+f.interval-1)/f.interval))
	for i := range slots {
		slots[i] = '0'
	}
	for _, events := range lists {
		for i := range events {
			digit := f.digit(events[i].ShowAs)
			first := max(0, int(events[i].Start.Sub(f.from)/f.interval))
			for slot := first; slot < len(slots) && f.from.Add(time.Duration(slot)*f.interval).Before(events[i].End); slot++ {
				slots[slot] = max(slots[slot], digit)
			}
		}
	}
	return string(slots)
}

func (f *freeBusy) digit(showAs string) byte {
	known := slices.Index([]string{"free", "tentative", "busy", "oof"}, showAs)
	switch {
	case known >= 0:
		return '0' + byte(known)
	case showAs == "workingElsewhere" || !f.x.release.elsewhere:
		return '4'
	}
	return '5'
}

// workingHours writes the mailbox's, in the zone it works in.
func (f *freeBusy) workingHours(box *Mailbox) {
	var z biasZone
	if box.Hours.Custom != nil {
		z = box.Hours.Custom.biasZone()
	} else if loc, ok := box.place(box.Hours.Zone); ok {
		z = biasZoneOf(loc, f.now)
	}
	m := &f.out
	z.write(m)
	m.open("WorkingPeriodArray")
	if len(box.Hours.Days) > 0 {
		m.open("WorkingPeriod")
		var days []string
		for _, day := range box.Hours.Days {
			if i := weekdayIndex(day); i >= 0 {
				days = append(days, weekdayNames[i])
			}
		}
		m.text("DayOfWeek", strings.Join(days, " "))
		m.text("StartTimeInMinutes", strconv.Itoa(minutes(box.Hours.Start)))
		m.text("EndTimeInMinutes", strconv.Itoa(minutes(box.Hours.End)))
		m.close("WorkingPeriod")
	}
	m.close("WorkingPeriodArray")
}

// list are the members of the distribution list with an address.
func (x *Exchange) list(address string) ([]string, bool) {
	x.t.mu.RLock()
	defer x.t.mu.RUnlock()
	for _, r := range x.t.groups.items {
		g := &r.value
		if r.state != live || g.Mail == "" || !strings.EqualFold(g.Mail, address) {
			continue
		}
		var members []string
		for _, m := range g.members.list {
			if !m.gone && !m.group {
				members = append(members, m.id)
			}
		}
		return members, true
	}
	return nil, false
}

// ofList answers for a distribution list: when any of its members is what.
func (f *freeBusy) ofList(members []string) {
	if len(members) > mostMailboxes {
		f.refuse(&ewsError{code: "ErrorIndividualMailboxLimitReached", text: "The limit of mailboxes that a distribution list may expand to is reached."})
		return
	}
	var lists [][]Event
	for _, id := range members {
		if p, err := f.x.t.livePerson(id); err == nil && f.x.state(&p) != elsewhere && f.right(&p).atLeast(RightTimes) {
			box := f.x.t.mailbox(&p)
			lists = append(lists, f.x.t.view(&p, &box, f.from, f.to))
		}
	}
	m := &f.out
	m.open("ResponseMessage", "ResponseClass", "Success")
	m.text("ResponseCode", "NoError")
	m.close("ResponseMessage")
	m.open("FreeBusyView")
	m.text("FreeBusyViewType", "MergedOnly", "xmlns", typesSpace)
	m.text("MergedFreeBusy", f.digits(lists...), "xmlns", typesSpace)
	m.close("FreeBusyView")
}
