//go:build peers

package office

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/telefonist/telefonist/client"
)

// A newcomer sees the board turn by itself, asks why, moves a meeting in the
// simulated Outlook and sees it followed, and changes a rule after trying it.
func TestDemonstration(t *testing.T) {
	t.Parallel()
	d := openDemonstration(t)
	d.turnsByItself()

	anna := d.somebody()
	meeting := d.meetNow(anna, "SEM: Fjällen")
	d.becomes(anna, "holiday")
	d.press(anna, "later", meeting)
	until(t, "her holiday has not begun yet", func() bool { return d.state(anna) != "holiday" })

	// Tried, the rule differs for her and for nothing but her holiday; it holds once
	// it is saved.
	settings := d.calendar()
	settings.Settings.Rules = []client.ActivityRule{{ID: "fjall", If: client.RuleCondition{Prefix: "SEM"}, Then: "home"}}
	trial, err := d.org.TryCalendar(t.Context(), client.Trying{Settings: settings.Settings, People: []string{anna.ID}})
	must(t, err)
	if trial.Differ != 1 || len(trial.People) != 1 {
		t.Fatalf("the rule would differ for %d people: %+v", trial.Differ, trial.People)
	}
	for _, differs := range trial.People[0].Differences {
		if differs.Before.Activity != "holiday" || differs.After.Activity == "holiday" {
			t.Errorf("the rule would make %+v of %+v", differs.After, differs.Before)
		}
	}
	d.press(anna, "earlier", meeting)
	d.becomes(anna, "holiday")
	_, err = d.org.SaveCalendar(t.Context(), settings.Settings, settings.Generation)
	must(t, err)
	d.becomes(anna, "home")
	why, err := d.org.Reasons(t.Context(), anna.ID, time.Now())
	must(t, err)
	if why.Rule == nil || why.Rule.ID != "fjall" || why.Rule.Of != "organization" || why.Event == nil || why.Event.Prefix != "SEM" {
		t.Errorf("the reason is %+v", why)
	}
}

// demonstration is the program as a newcomer starts it, with an office that lives
// fast and in which nothing happens but what stands in its calendars.
type demonstration struct {
	*process
	outlook string // where its pages are
}

var outlookAt = regexp.MustCompile(`http://\S+/outlook/\S+`)

func openDemonstration(t *testing.T) *demonstration {
	t.Helper()
	d := &demonstration{process: newProcess(t, "demo", "demo", "--people", "60", "--speed", "120", "--every", "1h", "--listen", freeAddress(t))}
	d.outlook = outlookAt.FindString(d.run("Ctrl-C"))
	d.approve()
	until(t, "every calendar has been read", func() bool {
		rows := d.board()
		return len(rows) > 0 && !slices.ContainsFunc(rows, func(p client.PersonActivity) bool { return p.State == nil || p.Health == "never" })
	})
	return d
}

// board is all of it.
func (d *demonstration) board() (rows []client.PersonActivity) {
	d.Helper()
	for q := (client.BoardQuery{Limit: 500}); ; {
		page, err := d.org.Board(d.Context(), q)
		must(d.T, err)
		rows = append(rows, page.Items...)
		if q.After = page.Next; q.After == "" {
			return rows
		}
	}
}

// turnsByItself waits until people's activities have changed with nobody touching
// anything, and holds what was told of them against their calendars.
func (d *demonstration) turnsByItself() {
	d.Helper()
	began := time.Now()
	before := map[string]string{}
	for _, p := range d.board() {
		before[p.ID] = p.State.Activity
	}
	turned := map[string]bool{}
	until(d.T, "the board turns", func() bool {
		for _, p := range d.board() {
			if p.State.Activity != before[p.ID] {
				turned[p.ID] = true
			}
		}
		return len(turned) >= 5
	})
	for id := range turned {
		told, err := d.org.Told(d.Context(), id, began, time.Now())
		must(d.T, err)
		for _, line := range told {
			d.isRight(id, line)
		}
	}
}

// isRight holds what was told of somebody against what follows from the calendar,
// and wants a reason for it. Callers are told less than colleagues may see.
func (d *demonstration) isRight(person string, told client.Told) {
	d.Helper()
	day, err := d.org.Day(d.Context(), person, told.At.Add(-time.Hour), told.At.Add(time.Hour))
	must(d.T, err)
	at := slices.IndexFunc(day.Spans, func(s client.Span) bool { return !told.At.Before(s.From) && told.At.Before(s.To) })
	if at < 0 {
		d.Fatalf("at %v was told %q, a time of which the day says nothing", told.At, told.State.Text)
	}
	span := day.Spans[at]
	if want := span.State; told.State.Names["sv"] != want.Outside["sv"] || told.State.Open != want.Open {
		d.Errorf("at %v was told %q, and it should have been %q", told.At, told.State.Text, want.Text)
	}
	why, err := d.org.Reasons(d.Context(), person, told.At)
	must(d.T, err)
	if !why.Known || why.Text == "" || why.Span == nil || why.Span.State.Activity != span.State.Activity {
		d.Errorf("at %v the reason for %q is %+v", told.At, span.State.Text, why)
	}
	if span.Layer == "calendar" && (why.Event == nil || why.Rule == nil) {
		d.Errorf("at %v %q stands for an event and a rule, not for %+v", told.At, span.State.Text, why)
	}
}

// somebody is a person with a calendar who is there.
func (d *demonstration) somebody() client.PersonActivity {
	d.Helper()
	rows := d.board()
	at := slices.IndexFunc(rows, func(p client.PersonActivity) bool { return p.Health == "fine" && p.State.Activity == "available" })
	if at < 0 {
		d.Fatal("nobody is available")
	}
	return rows[at]
}

func (d *demonstration) state(p client.PersonActivity) string {
	d.Helper()
	now, err := d.org.Activity(d.Context(), p.ID)
	must(d.T, err)
	return now.State.Activity
}

func (d *demonstration) becomes(p client.PersonActivity, activity string) {
	d.Helper()
	until(d.T, "an activity becomes "+activity, func() bool { return d.state(p) == activity })
}

func (d *demonstration) calendar() client.Calendar {
	d.Helper()
	c, err := d.org.Calendar(d.Context())
	must(d.T, err)
	return c
}

// meetNow makes an appointment that begins now, and returns its id.
func (d *demonstration) meetNow(p client.PersonActivity, subject string) string {
	d.Helper()
	page := d.outlook + "/" + p.ID
	fill(d.T, page+"/now", "subject", subject, "for", "30m")
	res, err := http.Get(page)
	must(d.T, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	must(d.T, err)
	before, _, found := strings.Cut(string(text), ">"+html.EscapeString(subject)+"</a>")
	link := before[strings.LastIndex(before, `href="`)+len(`href="`):]
	at, err := url.Parse(html.UnescapeString(strings.TrimSuffix(link, `"`)))
	if !found || err != nil || at.Query().Get("id") == "" {
		d.Fatalf("Outlook has not made the appointment: %q, %v", link, err)
	}
	return at.Query().Get("id")
}

func (d *demonstration) press(p client.PersonActivity, button, id string) {
	d.Helper()
	fill(d.T, d.outlook+"/"+p.ID+"/event", "do", button, "id", id)
}
