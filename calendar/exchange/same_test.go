package exchange_test

import (
	"testing"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/m365"
)

// TestWhatHasntChangedIsntReadAgain: a full calendar that nobody tells us of is
// asked what has happened, and read where something has.
func TestWhatHasntChangedIsntReadAgain(t *testing.T) {
	for _, v := range []m365.ExchangeVersion{m365.Exchange2007SP1, m365.Exchange2019} {
		w := newWorld(t, 30, m365.ExchangeOptions{Version: v})
		right, kind := m365.RightReviewer, calendar.Reviewer
		if v == m365.Exchange2007SP1 {
			right, kind = m365.RightFullAccess, calendar.FullAccess
		}
		w.do(w.x.Grant("monitor", right))
		w.now = day(22, 12, 0)
		for i := range 50 {
			w.add(0, m365.Event{Subject: "Möte", Start: day(23, 9, i), End: day(23, 10, i)})
		}
		list := w.mailboxes(2)
		reads := func(step string, same bool, events int) {
			t.Helper()
			w.asked()
			r := w.read(list)[0]
			if r.Same != same || r.Health.State != calendar.Fine || r.Way.Kind != kind || len(r.Events) != events {
				t.Errorf("%s, %s: same %v, %d events, %+v", v, step, r.Same, len(r.Events), r.Health)
			}
			if n := w.asked()["FindItem"]; same && n != 1 { // the other calendar, which is empty
				t.Errorf("%s, %s: asked %d views", v, step, n)
			}
			w.pass(time.Minute)
		}
		reads("first", false, 50)
		reads("with a state", false, 50)
		reads("nothing happened", true, 0)
		reads("nothing happened", true, 0)
		w.add(0, m365.Event{Subject: "Nytt", Start: day(24, 9, 0), End: day(24, 10, 0)})
		reads("something new", false, 51)
		reads("nothing more", true, 0)

		// What was told and not kept is told again, and so are other days.
		list[0].Way.Mark = ""
		reads("not kept", false, 51)
		reads("kept", true, 0)
		was := window
		window = calendar.Window{From: window.From.AddDate(0, 0, 1), To: window.To.AddDate(0, 0, 1)}
		reads("another day", false, 51)
		window = was
		reads("and back", false, 51)
		w.x.ForgetSyncStates()
		reads("the server has forgotten", false, 51)
		reads("a new state", false, 51)
		reads("nothing since", true, 0)
	}
}
