package m365

import (
	"testing"
	"time"
)

// The red days of the Swedish almanac that fall on weekdays.
func TestRedDays(t *testing.T) {
	for year, names := range map[int]map[string]string{
		2026: {
			"01-01": "Nyårsdagen", "01-06": "Trettondedag jul", "04-03": "Långfredagen", "04-06": "Annandag påsk", "05-01": "Första maj",
			"05-14": "Kristi himmelsfärdsdag", "06-19": "Midsommarafton", "12-24": "Julafton", "12-25": "Juldagen", "12-31": "Nyårsafton",
		},
		2027: {
			"01-01": "Nyårsdagen", "01-06": "Trettondedag jul", "03-26": "Långfredagen", "03-29": "Annandag påsk",
			"05-06": "Kristi himmelsfärdsdag", "06-25": "Midsommarafton", "12-24": "Julafton", "12-31": "Nyårsafton",
		},
		2029: {
			"01-01": "Nyårsdagen", "03-30": "Långfredagen", "04-02": "Annandag påsk", "05-01": "Första maj", "05-10": "Kristi himmelsfärdsdag",
			"06-06": "Sveriges nationaldag", "06-22": "Midsommarafton", "12-24": "Julafton", "12-25": "Juldagen", "12-26": "Annandag jul",
			"12-31": "Nyårsafton",
		},
	} {
		for day := civil(year, 1, 1); day < civil(year+1, 1, 1); day++ {
			if got, want := redDay(day, true), names[dayName(day)[5:]]; got != want && !weekend(day) {
				t.Errorf("%s is %q, not %q", dayName(day), got, want)
			}
		}
	}
	for name, want := range map[string]bool{"2026-05-15": true, "2026-01-05": true, "2026-06-05": false, "2026-05-16": false, "2026-11-20": false} {
		day, err := parseDay(name)
		if err != nil || squeezed(day) != want {
			t.Errorf("%s is squeezed: %v, %v", name, !want, err)
		}
	}
	for _, day := range []int{civil(2026, 4, 2), civil(2026, 4, 30), civil(2026, 10, 30), civil(2026, 12, 23)} {
		if !halfDay(day) {
			t.Errorf("%s is no half day", dayName(day))
		}
	}
}

func TestDiceFallEvenly(t *testing.T) {
	faces := make([]int, 6)
	for i := range 60_000 {
		d := throw(uint64(i), 'x')
		faces[d.n(6)]++
	}
	for face, n := range faces {
		if n < 9_500 || n > 10_500 {
			t.Errorf("%d fell %d times of 60,000", face, n)
		}
	}
}

// When days are new in the calendars, subscriptions hear of every mailbox that
// has any, once, in the course of half a page.
func TestNewDaysAreTold(t *testing.T) {
	now := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	tenant := New(Options{People: 40, Seed: 1, Now: func() time.Time { return now }})
	o := tenant.OpenOffice(60)
	told := map[string]int{}
	tenant.notify = append(tenant.notify, func(c change) {
		if c.owner == "" || c.id == "" || c.set != "events" || c.kind != "created" {
			t.Errorf("told of %+v", c)
		}
		told[c.owner]++
	})
	page := time.Duration(o.lapse.page()) * o.lapse.length()
	sum := o.turn(0)
	if now = now.Add(page - time.Second); o.turn(sum) != 0 || len(told) != 0 {
		t.Fatalf("%d were told before anything was new", len(told))
	}
	now = now.Add(page/4 + time.Second)
	if sum = o.turn(sum); len(told) < 8 || len(told) > 25 {
		t.Errorf("halfway %d were told", len(told))
	}
	now = now.Add(page / 4)
	sum = o.turn(sum)
	again := o.turn(sum)
	full := len(told)
	if full < 30 || again != sum {
		t.Errorf("%d were told, and then %d more", full, again-sum)
	}
	for owner, n := range told {
		if n != 1 {
			t.Errorf("%s was told %d times", owner, n)
		}
	}
}
