package ews_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/ews"
)

// found is an answer to FindItem.
func found(last string, items ...string) string {
	return soapHead + `<m:FindItemResponse` + spaces + `><m:ResponseMessages><m:FindItemResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>` +
		`<m:RootFolder TotalItemsInView="` + fmt.Sprint(len(items)) + `"` + last + `><t:Items>` + strings.Join(items, "") +
		`</t:Items></m:RootFolder></m:FindItemResponseMessage></m:ResponseMessages></m:FindItemResponse>` + soapTail
}

func item(id, start, end, more string) string {
	return `<t:CalendarItem><t:ItemId Id="` + id + `" ChangeKey="x"/><t:Start>` + start + `</t:Start><t:End>` + end + `</t:End>` + more + `</t:CalendarItem>`
}

// shelf is a calendar behind a server that hands out a few items at a time.
type shelf struct {
	starts, ends []time.Time
	most         int
	says         bool // IncludesLastItemInRange
	refuses      string
	calls        int
}

var viewAttributes = regexp.MustCompile(`MaxEntriesReturned="(\d+)" StartDate="(.*?)" EndDate="(.*?)"`)

func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.calls++
	b, _ := io.ReadAll(r.Body)
	m := viewAttributes.FindStringSubmatch(string(b))
	from, to := at(m[2]), at(m[3])
	var items []string
	for i, start := range s.starts { // both ends taken into the window
		if !s.ends[i].Before(from) && start.Before(to) {
			items = append(items, item(fmt.Sprint("id", i), start.Format(time.RFC3339), s.ends[i].Format(time.RFC3339), ""))
		}
	}
	cut := len(items) > s.most
	if cut && s.refuses != "" {
		w.WriteHeader(500)
		_, _ = io.WriteString(w, s.refuses)
		return
	}
	last := ""
	if s.says {
		last = fmt.Sprintf(` IncludesLastItemInRange="%v"`, !cut)
	}
	_, _ = io.WriteString(w, found(last, items[:min(len(items), s.most)]...))
}

// TestViewIsWhole however the server says that it left some out, with no item
// twice.
func TestViewIsWhole(t *testing.T) {
	from, to := at("2026-06-01T00:00:00Z"), at("2026-07-01T00:00:00Z")
	fill := func(s shelf, n int, every time.Duration) *shelf {
		for i := range n {
			start := from.Add(time.Duration(i)*every - time.Hour)
			s.starts, s.ends = append(s.starts, start), append(s.ends, start.Add(2*time.Hour))
		}
		return &s
	}
	for name, s := range map[string]*shelf{
		"it says so":            fill(shelf{most: 100, says: true}, 700, time.Hour),
		"a full answer":         fill(shelf{most: 1000}, 2500, 17*time.Minute),
		"too many":              fill(shelf{most: 250, refuses: fault("ErrorExceededFindCountLimit")}, 700, time.Hour),
		"busy, as 2010 says it": fill(shelf{most: 250, refuses: fault("ErrorServerBusy", "Policy", "EWSFindCountLimit")}, 700, time.Hour),
		"too long":              fill(shelf{most: 250, refuses: fault("ErrorCalendarViewRangeTooBig")}, 700, time.Hour),
		"whole at once":         fill(shelf{most: 1000, says: true}, 10, time.Hour),
	} {
		c := client(t, s.ServeHTTP)
		var got []string
		err := c.CalendarView(t.Context(), ews.Access{}, from, to, func(i *ews.Item) { got = append(got, string(i.ID)) })
		var want []string
		for i, start := range s.starts {
			if start.Before(to) && s.ends[i].After(from) {
				want = append(want, fmt.Sprint("id", i))
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
		if (s.calls == 1) != (name == "whole at once") {
			t.Errorf("%s took %d calls", name, s.calls)
		}
	}
}

// TestViewIsNone where the server always leaves some out, and where a half fails.
func TestViewIsNone(t *testing.T) {
	from, to := at("2026-06-01T00:00:00Z"), at("2026-07-01T00:00:00Z")
	s := &shelf{most: 1, says: true}
	for range 5 {
		s.starts, s.ends = append(s.starts, from.Add(time.Hour)), append(s.ends, from.Add(2*time.Hour))
	}
	if err := client(t, s.ServeHTTP).CalendarView(t.Context(), ews.Access{}, from, to, func(*ews.Item) {}); !errors.Is(err, ews.ErrIncomplete) || s.calls > 100 {
		t.Errorf("after %d calls: %v", s.calls, err)
	}
	calls := 0
	err := client(t, func(w http.ResponseWriter, _ *http.Request) {
		if calls++; calls == 3 {
			w.WriteHeader(500)
			_, _ = io.WriteString(w, fault("ErrorServerBusy"))
			return
		}
		last := ` IncludesLastItemInRange="true"`
		if calls == 1 {
			last = ` IncludesLastItemInRange="false"`
		}
		_, _ = io.WriteString(w, found(last))
	}).CalendarView(t.Context(), ews.Access{}, from, to, func(*ews.Item) {})
	var e *ews.Error
	if !errors.As(err, &e) || e.Code != ews.ServerBusy {
		t.Errorf("a half failed: %v", err)
	}
	for name, body := range map[string]string{
		"no folder":  soapHead + `<m:FindItemResponse` + spaces + `/>` + soapTail,
		"no times":   found("", `<t:CalendarItem><t:ItemId Id="a"/></t:CalendarItem>`),
		"no id":      found("", item("", "2026-06-19T08:00:00Z", "2026-06-19T09:00:00Z", "")),
		"wrong time": found("", item("a", "2026-06-19T08:00:00Z", "i morgon", "")),
		"backwards":  found("", item("a", "2026-06-19T08:00:00Z", "2026-06-19T07:00:00Z", "")),
	} {
		if err := serve(t, 200, []byte(body)).CalendarView(t.Context(), ews.Access{}, from, to, func(*ews.Item) {}); !errors.Is(err, ews.ErrIncomplete) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := serve(t, 200, nil).CalendarView(t.Context(), ews.Access{}, to, from, func(*ews.Item) {}); err == nil {
		t.Error("an empty window was asked for")
	}
}

func TestItem(t *testing.T) {
	body := found("", item("AAMk&amp;1", "2026-06-18T22:00:00Z", "2026-06-19T22:00:00Z",
		`<t:Subject>SEM: fjällen &#x1f;&amp;</t:Subject><t:Sensitivity>Private</t:Sensitivity><t:Categories><t:String>Resa</t:String><t:String>Grön</t:String></t:Categories>`+
			`<t:UID>040</t:UID><t:IsAllDayEvent>true</t:IsAllDayEvent><t:LegacyFreeBusyStatus>OOF</t:LegacyFreeBusyStatus><t:Location>Åre</t:Location>`+
			`<t:IsMeeting>true</t:IsMeeting><t:IsCancelled>true</t:IsCancelled><t:IsRecurring>true</t:IsRecurring><t:CalendarItemType>Exception</t:CalendarItemType>`+
			`<t:MyResponseType>Decline</t:MyResponseType><t:TimeZone>(UTC+01:00) Amsterdam, Berlin</t:TimeZone><t:StartTimeZone Name="x" Id="W. Europe Standard Time"/>`),
		`<t:Message><t:Subject>no event</t:Subject></t:Message>`,
		item("2", "2026-06-19T08:00:00Z", "2026-06-19T08:00:00Z", `<t:LegacyFreeBusyStatus>Dreaming</t:LegacyFreeBusyStatus><t:Start2/>`))
	var got []string
	err := serve(t, 200, []byte(body)).CalendarView(t.Context(), ews.Access{}, at("2026-06-19T00:00:00Z"), at("2026-06-20T00:00:00Z"), func(i *ews.Item) {
		got = append(got, fmt.Sprintf("%s %s %q %q %q %s–%s %v %s %s %s %s %v %v %v %q %q", i.ID, i.UID, i.Subject, i.Location, i.Categories,
			i.Start.Format(time.RFC3339), i.End.Format(time.RFC3339), i.AllDay, i.Show, i.Sensitivity, i.Response, i.Type, i.Recurring, i.Cancelled, i.Meeting, i.Zone, i.ZoneText))
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{
		`AAMk&1 040 "SEM: fjällen �&" "Åre" ["Resa" "Grön"] 2026-06-18T22:00:00Z–2026-06-19T22:00:00Z true OOF Private Decline Exception true true true "W. Europe Standard Time" "(UTC+01:00) Amsterdam, Berlin"`,
		`2  "" "" [] 2026-06-19T08:00:00Z–2026-06-19T08:00:00Z false Dreaming Normal   false false false "" ""`,
	}, got); diff != "" {
		t.Error(diff)
	}
}

// TestDates of all-day events, which are midnights in the zone of whoever made
// them.
func TestDates(t *testing.T) {
	meeting := `<t:MeetingTimeZone TimeZoneName="Eastern"><t:BaseOffset>PT5H</t:BaseOffset></t:MeetingTimeZone>`
	for name, c := range map[string]struct {
		start, end, more string
		zone             string
		want             string
	}{
		"made here":                 {"2026-06-18T22:00:00Z", "2026-06-19T22:00:00Z", "", "Europe/Stockholm", "19–20"},
		"in winter":                 {"2026-01-18T23:00:00Z", "2026-01-20T23:00:00Z", "", "Europe/Stockholm", "19–21"},
		"over a change of clocks":   {"2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "", "Europe/Stockholm", "29–30"},
		"made in New York":          {"2026-06-19T04:00:00Z", "2026-06-20T04:00:00Z", "", "America/New_York", "19–20"},
		"by its text, summer":       {"2026-06-19T04:00:00Z", "2026-06-20T04:00:00Z", "<t:TimeZone>(UTC-05:00) Eastern</t:TimeZone>", "", "19–20"},
		"by its text, winter":       {"2026-01-19T05:00:00Z", "2026-01-20T05:00:00Z", "<t:TimeZone>(GMT-05:00) Eastern</t:TimeZone>", "", "19–20"},
		"by its text, Auckland":     {"2026-06-18T12:00:00Z", "2026-06-19T12:00:00Z", "<t:TimeZone>(UTC+12:00) Auckland</t:TimeZone>", "", "19–20"},
		"summer in Auckland":        {"2026-01-18T11:00:00Z", "2026-01-19T11:00:00Z", "<t:TimeZone>(UTC+12:00) Auckland</t:TimeZone>", "", "19–20"},
		"as 2007 has it":            {"2026-06-19T04:00:00Z", "2026-06-20T04:00:00Z", meeting, "", "19–20"},
		"another zone than is said": {"2026-06-19T04:00:00Z", "2026-06-20T04:00:00Z", "", "Europe/Stockholm", "19–20"},
		"no zone at all":            {"2026-06-18T22:00:00Z", "2026-06-19T22:00:00Z", "", "", "19–20"},
		"UTC":                       {"2026-06-19T00:00:00Z", "2026-06-20T00:00:00Z", "<t:TimeZone>(UTC) Coordinated</t:TimeZone>", "", "19–20"},
		"a text without an offset":  {"2026-06-18T22:00:00Z", "2026-06-19T22:00:00Z", "<t:TimeZone>(UTC+1) ?</t:TimeZone>", "", "19–20"},
		"no length":                 {"2026-06-18T22:00:00Z", "2026-06-18T22:00:00Z", "", "Europe/Stockholm", "19–20"},
	} {
		var loc *time.Location
		if c.zone != "" {
			loc = zone(t, c.zone)
		}
		got := ""
		err := serve(t, 200, []byte(found("", item("1", c.start, c.end, c.more)))).CalendarView(t.Context(), ews.Access{},
			at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"), func(i *ews.Item) {
				first, after := i.Dates(loc)
				got = first.Format("2") + "–" + after.Format("2")
				if first.Location() != time.UTC || first.Hour() != 0 {
					t.Errorf("%s: %v", name, first)
				}
			})
		if got != c.want || err != nil {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}

// TestMicrosoftsCalendars are those in the examples, the first of which is cut
// short.
func TestMicrosoftsCalendars(t *testing.T) {
	calls := 0
	var subjects []string
	err := client(t, func(w http.ResponseWriter, _ *http.Request) {
		if calls++; calls == 1 {
			_, _ = w.Write(file(t, "msdocs-how-to-get-appointments-and-meetings-04-resp.xml"))
			return
		}
		_, _ = io.WriteString(w, found(` IncludesLastItemInRange="true"`, item("AAMk", "2013-08-21T19:30:00Z", "2013-08-21T20:00:00Z", "")))
	}).CalendarView(t.Context(), ews.Access{}, at("2013-08-21T17:30:24.127Z"), at("2013-09-20T17:30:24.127Z"), func(i *ews.Item) {
		subjects = append(subjects, string(i.Subject))
	})
	if diff := cmp.Diff([]string{"Contoso devs team meeting", "Daily status meeting", "Lunch with sales team", "Tennis at the club", "Online training webcast"}, subjects); diff != "" || err != nil || calls != 3 {
		t.Errorf("%d calls, %v\n%s", calls, err, diff)
	}
	err = serve(t, 200, file(t, "msdocs-finditem-operation-03-resp.xml")).CalendarView(t.Context(), ews.Access{}, at("2013-08-21T00:00:00Z"), at("2013-08-22T00:00:00Z"), func(*ews.Item) {})
	var e *ews.Error
	if !errors.As(err, &e) || e.Code != "ErrorInvalidIdMalformed" || e.Server.Product() != "Exchange 2007" {
		t.Errorf("a malformed id: %v", err)
	}
}
