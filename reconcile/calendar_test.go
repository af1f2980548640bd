package reconcile_test

import (
	"testing"

	"github.com/telefonist/telefonist/calendar"
)

func TestAMeetingIsToldAtItsSecondAndUntilItEnds(t *testing.T) {
	w := newWorkplace(t, 2, nil)
	anna, bo := w.people[0], w.people[1]
	w.meeting(anna, "10:00", "11:00")
	w.live()
	w.wantsHealth(anna, calendar.Fine)
	w.wantsTold(anna, "available")
	w.at("09:59")
	w.wantsTold(anna, "available")
	w.at("10:00")
	w.wantsTold(anna, "meeting until 11:00")
	w.wantsTold(bo, "available")
	w.at("11:00")
	w.wantsTold(anna, "available")
}
