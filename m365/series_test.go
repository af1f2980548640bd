package m365_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/telefonist/telefonist/m365"
)

// Each kind of series, and what its occurrences are: local times, with the
// offset to show on which side of a change of clocks they lie.
func TestSeries(t *testing.T) {
	cases := map[string]struct {
		zone, start, end string // where Zone is one
		recurrence       m365.Recurrence
		from, to         string
		want             []string
	}{
		"daily": {
			"Europe/Stockholm", "2026-11-23 09:00", "2026-11-23 09:15", m365.Recurrence{Type: "daily"},
			"2026-11-25 00:00", "2026-11-27 00:00", []string{"Wed 11-25 09:00+01–09:15+01", "Thu 11-26 09:00+01–09:15+01"},
		},
		"every other day, three times": {
			"Europe/Stockholm", "2026-11-23 09:00", "2026-11-23 09:15", m365.Recurrence{Type: "daily", Interval: 2, Count: 3},
			"2026-11-01 00:00", "2027-11-27 00:00", []string{"Mon 11-23 09:00+01–09:15+01", "Wed 11-25 09:00+01–09:15+01", "Fri 11-27 09:00+01–09:15+01"},
		},
		"weekly on several days": {
			"Europe/Stockholm", "2026-11-24 09:00", "2026-11-24 10:00", m365.Recurrence{Type: "weekly", Days: []string{"monday", "tuesday", "friday"}, Until: "2026-12-01"},
			"2026-11-01 00:00", "2027-01-01 00:00", []string{"Tue 11-24 09:00+01–10:00+01", "Fri 11-27 09:00+01–10:00+01", "Mon 11-30 09:00+01–10:00+01", "Tue 12-01 09:00+01–10:00+01"},
		},
		"every other week, from sunday": { // the week of Sunday 22 November counts, the next does not
			"Europe/Stockholm", "2026-11-23 09:00", "2026-11-23 10:00", m365.Recurrence{Type: "weekly", Interval: 2, Days: []string{"sunday", "monday"}, Count: 4},
			"2026-11-01 00:00", "2027-01-01 00:00", []string{"Mon 11-23 09:00+01–10:00+01", "Sun 12-06 09:00+01–10:00+01", "Mon 12-07 09:00+01–10:00+01", "Sun 12-20 09:00+01–10:00+01"},
		},
		"every other week, from monday": {
			"Europe/Stockholm", "2026-11-23 09:00", "2026-11-23 10:00", m365.Recurrence{Type: "weekly", Interval: 2, Days: []string{"sunday", "monday"}, FirstDay: "monday", Count: 4},
			"2026-11-01 00:00", "2027-01-01 00:00", []string{"Mon 11-23 09:00+01–10:00+01", "Sun 11-29 09:00+01–10:00+01", "Mon 12-07 09:00+01–10:00+01", "Sun 12-13 09:00+01–10:00+01"},
		},
		"the first day does not fit the pattern": {
			"Europe/Stockholm", "2026-11-23 09:00", "2026-11-23 10:00", m365.Recurrence{Type: "weekly", Days: []string{"friday"}, Count: 1},
			"2026-11-01 00:00", "2027-01-01 00:00", []string{"Fri 11-27 09:00+01–10:00+01"},
		},
		"the 31st": {
			"Europe/Stockholm", "2026-12-31 09:00", "2026-12-31 10:00", m365.Recurrence{Type: "absoluteMonthly", Count: 3},
			"2026-11-01 00:00", "2028-01-01 00:00", []string{"Thu 12-31 09:00+01–10:00+01", "Sun 01-31 09:00+01–10:00+01", "Sun 02-28 09:00+01–10:00+01"},
		},
		"the last weekday of each second month": {
			"Europe/Stockholm", "2026-11-30 09:00", "2026-11-30 10:00",
			m365.Recurrence{Type: "relativeMonthly", Interval: 2, Index: "last", Days: []string{"monday", "tuesday", "wednesday", "thursday", "friday"}, Count: 3},
			"2026-11-01 00:00", "2028-01-01 00:00", []string{"Mon 11-30 09:00+01–10:00+01", "Fri 01-29 09:00+01–10:00+01", "Wed 03-31 09:00+02–10:00+02"},
		},
		"the second tuesday": {
			"Europe/Stockholm", "2026-11-10 09:00", "2026-11-10 10:00", m365.Recurrence{Type: "relativeMonthly", Index: "second", Days: []string{"tuesday"}, Count: 2},
			"2026-11-01 00:00", "2028-01-01 00:00", []string{"Tue 11-10 09:00+01–10:00+01", "Tue 12-08 09:00+01–10:00+01"},
		},
		"29 February": {
			"Europe/Stockholm", "2024-02-29 09:00", "2024-02-29 10:00", m365.Recurrence{Type: "absoluteYearly"},
			"2026-01-01 00:00", "2029-01-01 00:00", []string{"Sat 02-28 09:00+01–10:00+01", "Sun 02-28 09:00+01–10:00+01", "Tue 02-29 09:00+01–10:00+01"},
		},
		"the last sunday of march, each year": {
			"Europe/Stockholm", "2026-03-29 09:00", "2026-03-29 10:00", m365.Recurrence{Type: "relativeYearly", Index: "last", Days: []string{"sunday"}, Month: 3, Count: 2},
			"2026-01-01 00:00", "2029-01-01 00:00", []string{"Sun 03-29 09:00+02–10:00+02", "Sun 03-28 09:00+02–10:00+02"},
		},
		"Stockholm into winter": {
			"Europe/Stockholm", "2026-10-23 09:00", "2026-10-23 10:00", m365.Recurrence{Type: "daily"},
			"2026-10-24 00:00", "2026-10-27 00:00", []string{"Sat 10-24 09:00+02–10:00+02", "Sun 10-25 09:00+01–10:00+01", "Mon 10-26 09:00+01–10:00+01"},
		},
		"Stockholm into summer": {
			"Europe/Stockholm", "2026-03-27 09:00", "2026-03-27 10:00", m365.Recurrence{Type: "daily"},
			"2026-03-28 00:00", "2026-03-31 00:00", []string{"Sat 03-28 09:00+01–10:00+01", "Sun 03-29 09:00+02–10:00+02", "Mon 03-30 09:00+02–10:00+02"},
		},
		"a night in Amsterdam that has 25 hours": {
			"Europe/Amsterdam", "2026-10-23 22:00", "2026-10-24 06:00", m365.Recurrence{Type: "daily"},
			"2026-10-24 12:00", "2026-10-25 12:00", []string{"Sat 10-24 22:00+02–06:00+01"},
		},
		"a night in Amsterdam that has 23 hours": {
			"Europe/Amsterdam", "2026-03-27 22:00", "2026-03-28 06:00", m365.Recurrence{Type: "daily"},
			"2026-03-28 12:00", "2026-03-29 12:00", []string{"Sat 03-28 22:00+01–06:00+02"},
		},
		"New York into winter": {
			"America/New_York", "2026-10-30 09:00", "2026-10-30 10:00", m365.Recurrence{Type: "weekly", Days: []string{"friday", "monday"}},
			"2026-10-30 00:00", "2026-11-03 00:00", []string{"Fri 10-30 09:00-04–10:00-04", "Mon 11-02 09:00-05–10:00-05"},
		},
		"New York into summer": {
			"America/New_York", "2026-03-06 09:00", "2026-03-06 10:00", m365.Recurrence{Type: "weekly", Days: []string{"friday", "monday"}},
			"2026-03-06 00:00", "2026-03-10 00:00", []string{"Fri 03-06 09:00-05–10:00-05", "Mon 03-09 09:00-04–10:00-04"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			tenant := m365.New(m365.Options{People: 20, Seed: 1})
			p := staff(tenant)[0]
			if _, err := tenant.AddEvent(p.ID, m365.Event{
				Zone: c.zone, Start: at(t, c.zone, c.start), End: at(t, c.zone, c.end), Recurrence: &c.recurrence,
			}); err != nil {
				t.Fatal(err)
			}
			list, err := tenant.Events(p.ID, at(t, c.zone, c.from), at(t, c.zone, c.to))
			if err != nil {
				t.Fatal(err)
			}
			loc, err := time.LoadLocation(c.zone)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range list {
				got = append(got, e.Start.In(loc).Format("Mon 01-02 15:04-07")+"–"+e.End.In(loc).Format("15:04-07"))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %v\nwant %v", got, c.want)
			}
		})
	}
}

// Whole days begin and end at midnight where the mailbox is, also on the days
// that have 23 and 25 hours.
func TestWholeDaysOverAChangeOfClocks(t *testing.T) {
	for zone, days := range map[string]map[string]int{
		"Europe/Stockholm": {"2026-03-29": 23, "2026-10-25": 25, "2026-11-23": 24},
		"Europe/Amsterdam": {"2026-03-29": 23, "2026-10-25": 25},
		"America/New_York": {"2026-03-08": 23, "2026-11-01": 25},
	} {
		tenant := m365.New(m365.Options{People: 20, Seed: 1})
		p := staff(tenant)[0]
		start := at(t, zone, "2026-01-05 00:00")
		if _, err := tenant.AddEvent(p.ID, m365.Event{
			Subject: "SEM:", AllDay: true, Zone: zone, Start: start, End: start.AddDate(0, 0, 1), Recurrence: &m365.Recurrence{Type: "daily"},
		}); err != nil {
			t.Fatal(err)
		}
		for day, hours := range days {
			noon := at(t, zone, day+" 12:00")
			list, err := tenant.Events(p.ID, noon, noon.Add(time.Minute))
			if err != nil || len(list) != 1 || list[0].End.Sub(list[0].Start) != time.Duration(hours)*time.Hour || !list[0].Start.Equal(at(t, zone, day+" 00:00")) {
				t.Errorf("%s in %s: %v, %v", day, zone, list, err)
			}
			if list[0].ShowAs != "free" {
				t.Errorf("whole days show as %s", list[0].ShowAs)
			}
		}
	}
}

// A zone that has only a name stands for the mailbox's own.
func TestACustomZoneIsTheMailboxsOwn(t *testing.T) {
	tenant := m365.New(m365.Options{People: 20, Seed: 1})
	p := staff(tenant)[0]
	if err := tenant.ChangeMailbox(p.ID, func(m *m365.Mailbox) { m.Zone = "America/New_York" }); err != nil {
		t.Fatal(err)
	}
	if _, err := tenant.AddEvent(p.ID, m365.Event{
		Zone: "tzone://Microsoft/Custom", Start: at(t, "America/New_York", "2026-10-30 09:00"), End: at(t, "America/New_York", "2026-10-30 10:00"),
		Recurrence: &m365.Recurrence{Type: "daily"},
	}); err != nil {
		t.Fatal(err)
	}
	noon := at(t, "America/New_York", "2026-11-02 00:00")
	list, err := tenant.Events(p.ID, noon, noon.Add(24*time.Hour))
	if err != nil || len(list) != 1 || !list[0].Start.Equal(at(t, "America/New_York", "2026-11-02 09:00")) || list[0].Zone != "tzone://Microsoft/Custom" {
		t.Errorf("%v, %v", list, err)
	}
}

func TestWhatCannotBeInACalendar(t *testing.T) {
	tenant := m365.New(m365.Options{People: 20, Seed: 1})
	p := staff(tenant)[0]
	good := m365.Event{Start: at(t, "UTC", "2026-11-23 09:00"), End: at(t, "UTC", "2026-11-23 10:00")}
	series := func(r m365.Recurrence) m365.Event {
		e := good
		e.Recurrence = &r
		return e
	}
	for name, e := range map[string]m365.Event{
		"no times":             {},
		"it ends too early":    {Start: good.End, End: good.Start},
		"half a day":           {Start: good.Start, End: good.End, AllDay: true},
		"midnight elsewhere":   {Start: at(t, "UTC", "2026-11-23 00:00"), End: at(t, "UTC", "2026-11-24 00:00"), AllDay: true},
		"a zone on Mars":       {Start: good.Start, End: good.End, Zone: "Mars"},
		"a kind of series":     series(m365.Recurrence{Type: "hourly"}),
		"an eighth day":        series(m365.Recurrence{Type: "weekly", Days: []string{"octoday"}}),
		"a fifth such":         series(m365.Recurrence{Type: "relativeMonthly", Index: "fifth"}),
		"over before it began": series(m365.Recurrence{Type: "daily", Until: "2026-11-22"}),
		"an end that is none":  series(m365.Recurrence{Type: "daily", Until: "soon"}),
		"too rarely":           series(m365.Recurrence{Type: "daily", Interval: 1 << 62}),
		"the 32nd":             series(m365.Recurrence{Type: "absoluteMonthly", DayOfMonth: 32}),
	} {
		if id, err := tenant.AddEvent(p.ID, e); err == nil || id != "" {
			t.Errorf("%s: taken", name)
		}
	}
	list, err := tenant.Events(p.ID, good.Start.AddDate(-1, 0, 0), good.End.AddDate(1, 0, 0))
	if len(list) != 0 || err != nil {
		t.Errorf("the calendar holds %v, %v", list, err)
	}
	if err := tenant.ChangeEvent(p.ID, "nothing", func(*m365.Event) {}); fmt.Sprint(err) == "<nil>" {
		t.Error("an event that is not there was changed")
	}
}
