//go:build peers

package office

import (
	"testing"
	"time"
)

// A meeting is made in Outlook, read, understood, told to a real presence server at
// its second, and shown by a real telephone; and so is all that becomes of it.
func TestTelephoneShowsMeetings(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.shows(o.nothing)

	// In test mode the board says it, and no telephone.
	end := minute(2 * time.Hour)
	meeting := o.meet("Ledningsgrupp", time.Now().Add(-time.Minute), end, o.erik)
	until(t, "the board says that Anna is in a meeting", func() bool { return o.board().State.Activity == "meeting" })
	if o.board().Live {
		t.Error("she is in service before anybody put her there")
	}
	for _, s := range o.telephone.Seen() {
		if s != o.nothing(time.Now()) {
			t.Errorf("in test mode the telephone shows %+v", s)
		}
	}

	// In service it is shown; back in test mode it is withdrawn; moved, it is followed.
	o.live(true)
	o.shows(o.says("meeting", "Möte", end))
	o.live(false)
	o.shows(o.nothing)
	o.live(true)
	o.shows(o.says("meeting", "Möte", end))
	end = end.Add(15 * time.Minute)
	o.press("longer", meeting)
	o.shows(o.says("meeting", "Möte", end))
	o.press("later", meeting)
	o.shows(o.nothing)
	o.press("delete", meeting)

	// It begins at its second, and ends at it.
	begin := second(5 * time.Second)
	end = minute(time.Hour)
	meeting = o.meet("Kundmöte", begin, end, o.erik)
	o.shows(o.says("meeting", "Möte", end))
	if early := time.Until(begin); early > 0 {
		t.Errorf("the meeting is shown %v before it begins", early)
	}
	end = second(5 * time.Second)
	o.press("save", meeting, append(times(begin, end), "subject", "Kundmöte", "showas", "busy", "invite", o.erik)...)
	o.shows(o.nothing)
	if early := time.Until(end); early > 0 {
		t.Errorf("the meeting is gone %v before it ends", early)
	}

	// Nobody who telephones learns that somebody is ill.
	end = minute(3 * time.Hour)
	ill := o.meet("SJU: feber", time.Now().Add(-time.Minute), end)
	o.shows(o.says("away", "Ej på kontoret", end))
	o.press("delete", ill)
	o.shows(o.nothing)
}

// The program is killed while a meeting stands, which changes meanwhile; the
// presence server forgets everything; and the telephone is right again.
func TestTelephoneIsRightAgain(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.live(true)
	end := minute(2 * time.Hour)
	meeting := o.meet("Styrelsemöte", time.Now().Add(-time.Minute), end, o.erik)
	o.shows(o.says("meeting", "Möte", end))

	o.kill()
	end = end.Add(15 * time.Minute)
	o.press("longer", meeting)
	o.start()
	o.shows(o.says("meeting", "Möte", end))

	must(t, o.presence.Restart(t.Context()))
	o.watch() // who watched is forgotten, too
	o.shows(o.says("meeting", "Möte", end))

	o.kill()
	o.press("end", meeting)
	o.start()
	o.shows(o.nothing)
}

// minute is a full minute so long from now: telephones show no seconds.
func minute(ahead time.Duration) time.Time { return time.Now().Add(ahead).Truncate(time.Minute) }

// second is a full second.
func second(ahead time.Duration) time.Time { return time.Now().Add(ahead).Truncate(time.Second) }
