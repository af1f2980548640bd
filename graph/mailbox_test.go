package graph

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMailboxSettings(t *testing.T) {
	b := newBatches(func(address string, n int) string {
		switch user, _ := userOf(address); user {
		case "anna":
			return `"status":200,"body":{"timeZone":"W. Europe Standard Time","userPurpose":{"value":"user"},"automaticRepliesSetting":{
				"status":"Scheduled","internalReplyMessage":"<p>SECRET</p>","externalReplyMessage":"SECRET",
				"scheduledStartDateTime":{"dateTime":"2026-12-23T16:00:00.0000000","timeZone":"UTC"},"scheduledEndDateTime":{"dateTime":"2027-01-04T07:00:00.0000000","timeZone":"UTC"}},
				"workingHours":{"daysOfWeek":["monday","Tuesday","someday"],"startTime":"07:30:00.0000000","endTime":"16:00:00.0000000","timeZone":{"name":"Europe/Stockholm"}}}`
		case "pacific":
			return `"status":200,"body":{"userPurpose":"shared","workingHours":{"daysOfWeek":null,"startTime":"x","timeZone":{"@odata.type":"#microsoft.graph.customTimeZone",
				"bias":480,"name":"Customized Time Zone","standardOffset":{"time":"02:00:00.0000000","dayOccurrence":1,"dayOfWeek":"sunday","month":11,"year":0},
				"daylightOffset":{"daylightBias":-60,"time":"02:00:00.0000000","dayOccurrence":2,"dayOfWeek":"sunday","month":3,"year":0}}}}`
		case "bo":
			if n == 1 {
				return `"status":429`
			}
			return `"status":200,"body":{"timeZone":null,"workingHours":null,"automaticRepliesSetting":{"status":"disabled"}}`
		case "none":
			return `"status":404,"body":{"error":{"code":"MailboxNotEnabledForRESTAPI"}}`
		}
		return `"status":403,"body":{"error":{"code":"ErrorAccessDenied"}}`
	})
	f := newFake(t, b.ServeHTTP)
	got := f.client(t).MailboxSettings(t.Context(), []string{"anna", "pacific", "bo", "none", "denied"})
	for _, i := range []int{3, 4} {
		e, ok := got[i].Err.(*Error)
		if !ok || e.NoMailbox() != (i == 3) || e.Denied() != (i == 4) {
			t.Errorf("%s: %v", got[i].User, got[i].Err)
		}
	}
	want := []MailboxSettings{
		{User: "anna", Zone: "W. Europe Standard Time", Purpose: "user",
			Hours: WorkingHours{Days: []time.Weekday{1, 2}, Start: 7*time.Hour + 30*time.Minute, End: 16 * time.Hour, Zone: "Europe/Stockholm"},
			Replies: AutomaticReplies{Status: "scheduled", Start: DateTime{time.Date(2026, 12, 23, 16, 0, 0, 0, time.UTC), "UTC"},
				End: DateTime{time.Date(2027, 1, 4, 7, 0, 0, 0, time.UTC), "UTC"}}},
		{User: "pacific", Purpose: "shared", Hours: WorkingHours{Zone: "Customized Time Zone", Custom: &CustomZone{Offset: -8 * time.Hour, Daylight: time.Hour,
			ToStandard: ZoneChange{11, 1, 0, 2 * time.Hour}, ToDaylight: ZoneChange{3, 2, 0, 2 * time.Hour}}}},
		{User: "bo", Replies: AutomaticReplies{Status: "disabled"}},
	}
	if d := cmp.Diff(want, got[:3]); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if strings.Contains(fmt.Sprintf("%+v", got), "SECRET") {
		t.Error("the text of an automatic reply was kept")
	}
}
