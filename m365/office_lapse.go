package m365

import (
	"fmt"
	"slices"
	"time"
)

// timelapse makes working days follow each other faster than they do. Day k is
// the k-th ordinary working day after today, from seven to six, and takes
// dayLength/speed; the next begins where it ends.
type timelapse struct {
	begin time.Time
	speed float64
	days  []int // the days that are lived, again and again
}

const (
	lapseFrom  = 7 * 60
	lapseTo    = 18 * 60
	dayLength  = (lapseTo - lapseFrom) * time.Minute
	pageLength = time.Hour // days are written into calendars for about so long ahead
	pageMost   = 12        // … and at most so many at a time
)

// newTimelapse begins at now.
func newTimelapse(now time.Time, speed float64) *timelapse {
	l := &timelapse{begin: now.Truncate(time.Second), speed: speed}
	for day := dayOf(now, time.UTC); len(l.days) < 200; day++ {
		if workday(day, true) && bustle(day) >= 700 {
			l.days = append(l.days, day)
		}
	}
	return l
}

func (l *timelapse) length() time.Duration { return time.Duration(float64(dayLength) / l.speed) }

// date is the day that day k is like.
func (l *timelapse) date(k int) int { return l.days[k%len(l.days)] }

// page is how many days are written at a time.
func (l *timelapse) page() int {
	return max(1, min(pageMost, int((pageLength+l.length()-1)/l.length())))
}

// shown are the days that stand in calendars: the page that is lived, the one
// before and the one after.
func (l *timelapse) shown(now time.Time) (first, end int) {
	page := l.pageAt(now)
	return max(0, page-1) * l.page(), (page + 2) * l.page()
}

// pageAt is the page that is lived.
func (l *timelapse) pageAt(now time.Time) int {
	return max(0, int(now.Sub(l.begin)/l.length())) / l.page()
}

// start is when day k begins.
func (l *timelapse) start(k int) time.Time {
	return l.begin.Add(time.Duration(float64(k) * float64(dayLength) / l.speed)).Truncate(time.Second)
}

// within are the days shown now that touch from … to.
func (l *timelapse) within(now, from, to time.Time) []int {
	var out []int
	first, end := l.shown(now)
	for k := first; k < end; k++ {
		if l.start(k).Before(to) && l.start(k+1).After(from) {
			out = append(out, k)
		}
	}
	return out
}

// clock is the clock of day k, whose minutes are shorter, for the people of a
// crew: so that not all the office turns at once, each has an offset of its
// own within the quarter of an hour, another one each day. It knows no other zones, and nothing
// before seven and after six.
func (l *timelapse) clock(k, crew int) clock {
	d := throw(uint64(crew), 'l', uint64(k))
	offset := d.n(15 * 60)
	return func(_, minute int, _ *time.Location) time.Time {
		seconds := float64(min(max(minute, lapseFrom), lapseTo)-lapseFrom) * 60
		if seconds > 0 {
			seconds = min(seconds+float64(offset), dayLength.Seconds())
		}
		return l.start(k).Add(time.Duration(seconds / l.speed * float64(time.Second))).Truncate(time.Second)
	}
}

// day is what stands in a worker's calendar on day k: routines, meetings and
// appointments, and whole days from its beginning to its end.
func (l *timelapse) day(w *worker, k int) []Event {
	number := 0
	if w.crew != nil {
		number = w.crew.number
	}
	date, at := l.date(k), l.clock(k, number)
	out := w.singles(date, at)
	for _, r := range w.routines() {
		if !r.falls(date) {
			continue
		}
		if e, there := r.occurrence(w.o.seed, date, at); there {
			e.ID = r.key
			out = append(out, l.whole(e, k))
		}
	}
	if a, away := w.away(date); away {
		out = append(out, l.whole(w.absent(a, at), k))
	}
	for i := range out {
		l.stamp(&out[i], k)
	}
	return out
}

// whole lets an event of whole days last through day k.
func (l *timelapse) whole(e Event, k int) Event {
	if e.AllDay {
		e.AllDay, e.Start, e.End = false, l.start(k), l.start(k+1)
	}
	return e
}

// stamp makes an event one of day k and no other. What is so short that a
// second is too long for it lasts a second.
func (l *timelapse) stamp(e *Event, k int) {
	if e.UID != "" {
		e.UID = fmt.Sprintf("%s@%d", e.UID, l.start(k).Unix())
	}
	if e.End.Sub(e.Start) < time.Second {
		e.End = e.Start.Add(time.Second)
	}
}

// clear takes out of the ordinary calendar what lies in the days lived faster.
func (l *timelapse) clear(events []Event, w *worker) []Event {
	_, end := l.shown(w.o.t.now())
	from, to := l.begin, l.start(end)
	events = slices.DeleteFunc(events, func(e Event) bool { return e.Recurrence == nil && e.overlaps(from, to) })
	first, last := dayOf(from, w.loc), dayOf(to, w.loc)
	for i := range events {
		if events[i].Recurrence == nil {
			continue
		}
		for day := first; day <= last; day++ {
			events[i].except(day, nil)
		}
	}
	return events
}
