package api_test

import (
	"bufio"
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/store"
)

// staff are people whose calendars are read, at an office where time stands still.
type staff struct {
	*place
	org      *client.Organization // as an administrator
	in       store.Org
	source   string
	clock    *reconcile.Clock
	days     reconcile.Days
	now      time.Time
	admin    string
	attended string // an attendant's token
	people   []string
}

func newStaff(t *testing.T, names ...string) *staff {
	t.Helper()
	ctx := t.Context()
	s := &staff{place: open(t), now: time.Now().Add(time.Hour).Truncate(time.Second)}
	now := func() time.Time { return s.now }
	r := s.rounds.Reconciler
	s.desk.Now, r.Now = now, now
	s.clock, s.days = &reconcile.Clock{Reconciler: r}, reconcile.Days{Reconciler: r}
	s.org, _ = s.customer(t, "1", "administrator")
	s.admin, s.attended = s.token(t, "1", "administrator"), s.token(t, "1", "attendant")
	s.source = s.connect(t, s.org).ID
	s.in = s.store.In(organization.ID(must[client.Customer](t)(s.org.Get(ctx)).ID))
	must[client.Connection](t)(s.org.AddConnection(ctx, client.NewConnection{Source: s.source}))
	var enrolled []store.Enrolled
	for i, name := range names {
		id := "00000000-0000-0000-0000-00000000000" + string(rune('1'+i))
		entry := must[client.Subscriber](t)(s.org.AddSubscriber(ctx, map[string]string{"displayName": name, "extension": "20" + string(rune('1'+i))}))
		if err := s.in.PutLinks(ctx, []store.Link{{
			Register: store.Builtin, Subscriber: entry.ID, Source: s.source, Person: id, State: store.Linked, LinkedAt: s.now, Written: pbx.Fields{},
		}}); err != nil {
			t.Fatal(err)
		}
		s.people = append(s.people, id)
		enrolled = append(enrolled, store.Enrolled{Person: id, EntraID: id, Name: name, Address: "p" + string(rune('1'+i)) + "@example.se", Live: true})
	}
	if err := s.in.Enroll(ctx, s.source, enrolled); err != nil {
		t.Fatal(err)
	}
	s.tell(t)
	return s
}

// tell computes the days that are due and tells what follows.
func (s *staff) tell(t *testing.T) {
	t.Helper()
	for range 100 {
		if err := s.days.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := s.clock.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.clock.Idle()
		due, err := s.store.NextDayDue(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		at, err := s.store.NextTellingDue(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if (due.IsZero() || due.After(s.now)) && (at.IsZero() || at.After(s.now)) {
			return
		}
		s.clock.Wake()
	}
	t.Fatal("something is due for ever")
}

func (s *staff) choose(t *testing.T, person, key string) {
	t.Helper()
	choice := client.Choice{Activity: key, Lasts: "day"}
	if key == "sick" {
		choice.Note = "feber" // which nobody is to read
	}
	must[client.PersonActivity](t)(s.org.Choose(t.Context(), person, choice))
	s.tell(t)
}

func (s *staff) get(t *testing.T, token, path string, headers ...string) answered {
	t.Helper()
	return ask(t, "GET", s.url+"/api/v1"+path, token, "", "", headers...)
}

// TestSickIsOutByteForByte compares everything that an attendant's token gets of one
// who is sick with that of one who is out.
func TestSickIsOutByteForByte(t *testing.T) {
	s := newStaff(t, "Anna Ek", "Anna Ek")
	sick, out := s.people[0], s.people[1]
	s.choose(t, sick, "sick")
	s.choose(t, out, "out")
	alike := strings.NewReplacer(sick, out, "201", "202")
	from, to := s.now.Add(-time.Hour).UTC().Format(time.RFC3339), s.now.Add(time.Hour).UTC().Format(time.RFC3339)
	entries := must[client.Subscribers](t)(s.org.Subscribers(t.Context(), client.SubscriberQuery{})).Subscribers
	same := func(text string) string {
		for _, e := range entries {
			text = strings.ReplaceAll(text, e.ID, "subscriber")
		}
		return alike.Replace(text)
	}
	for _, path := range []string{"/activity", "/explain", "/day", "/day?from=" + from + "&to=" + to, "/told?from=" + from + "&to=" + to} {
		a, b := s.get(t, s.attended, "/organizations/1/people/"+sick+path), s.get(t, s.attended, "/organizations/1/people/"+out+path)
		if a.status != 200 || same(a.body) != same(b.body) {
			t.Errorf("%s: a sick person is seen:\n%d %s\n%d %s", path, a.status, a.body, b.status, b.body)
		}
		a.header.Del("Date")
		b.header.Del("Date")
		if !maps.EqualFunc(a.header, b.header, slices.Equal) {
			t.Errorf("%s: headers differ: %v, %v", path, a.header, b.header)
		}
	}
	// In lists they are the same, too: a person who was out and is sick changes nothing.
	before := s.get(t, s.attended, "/organizations/1/activities")
	s.choose(t, sick, "out")
	after := s.get(t, s.attended, "/organizations/1/activities")
	if before.header.Get("ETag") == "" || before.header.Get("ETag") != after.header.Get("ETag") || before.body != after.body {
		t.Errorf("the list tells them apart:\n%s\n%s", before.body, after.body)
	}
	s.choose(t, sick, "sick")
	for _, path := range []string{"/board", "/activities", "/activity-names", "/people/" + sick + "/activity"} {
		got := s.get(t, s.attended, "/organizations/1"+path)
		if got.status != 200 || strings.Contains(strings.ToLower(got.body), "sick") || strings.Contains(got.body, "Sjuk") || strings.Contains(got.body, "feber") {
			t.Errorf("%s tells an attendant's token: %d %s", path, got.status, got.body)
		}
	}
	if got := s.get(t, s.attended, "/organizations/1/board?activity=sick"); got.status != 422 {
		t.Errorf("who is sick may be asked for: %d %s", got.status, got.body)
	}
	if got := s.get(t, s.admin, "/organizations/1/board?activity=sick"); !strings.Contains(got.body, "Sjuk / VAB") || strings.Contains(got.body, out) {
		t.Errorf("an administrator: %s", got.body)
	}
	own := must[client.PersonToken](t)(s.org.AddPersonToken(t.Context(), sick, "Knappen"))
	mine := s.get(t, own.Text, "/me/activity")
	if mine.status != 200 || !strings.Contains(mine.body, `"activity":"out"`) || strings.Contains(mine.body, "Sjuk") {
		t.Errorf("his own button: %d %s", mine.status, mine.body)
	}
}

// TestShapeOfAnActivity is what a voice system reads.
func TestShapeOfAnActivity(t *testing.T) {
	s := newStaff(t, "Anna Ek")
	until := s.now.Add(30 * time.Minute)
	choice := client.Choice{Activity: "lunch", Lasts: "until", Until: until, Forward: &client.Forward{Kind: "voicemail"}}
	must[client.PersonActivity](t)(s.org.Choose(t.Context(), s.people[0], choice))
	s.tell(t)
	c := client.New(s.url, s.attended).In("1")
	got := must[client.PersonActivity](t)(c.Activity(t.Context(), s.people[0]))
	if got.State == nil {
		t.Fatalf("nothing stands: %+v", got)
	}
	if st := got.State; st.Activity != "lunch" || st.Names["sv"] != "Lunch" || st.Names["nl"] != "Lunch" || st.Open || !st.Until.Equal(until) ||
		st.Back == nil || st.Back.Kind == "" || !st.Manual || st.By != "" || st.Forward == nil || st.Forward.Kind != "voicemail" {
		t.Errorf("got %+v", *st)
	}
	if got.Extension != "201" || got.Name != "Anna Ek" || !got.Live {
		t.Errorf("got %+v", got)
	}
	all := must[[]client.PersonActivity](t)(c.Activities(t.Context()))
	if len(all) != 1 || all[0].State.Activity != "lunch" {
		t.Errorf("all: got %+v", all)
	}
	first := s.get(t, s.attended, "/organizations/1/activities")
	again := s.get(t, s.attended, "/organizations/1/activities", "If-None-Match", `"x", W/`+first.header.Get("ETag"))
	if again.status != http.StatusNotModified || again.body != "" {
		t.Errorf("asked again: %d %s", again.status, again.body)
	}
	back := must[client.PersonActivity](t)(s.org.Back(t.Context(), s.people[0]))
	s.tell(t)
	if back.State.Activity != "available" {
		t.Errorf("back: got %+v", back.State)
	}
	if changed := s.get(t, s.attended, "/organizations/1/activities", "If-None-Match", first.header.Get("ETag")); changed.status != 200 {
		t.Errorf("after a change: %d", changed.status)
	}
}

// TestWhoIsInTestModeIsToldToNobody: programs do not hear of him, people see the mode.
func TestWhoIsInTestModeIsToldToNobody(t *testing.T) {
	s := newStaff(t, "Anna Ek", "Bo Ek")
	if err := s.in.SetLive(t.Context(), s.people[:1], false); err != nil {
		t.Fatal(err)
	}
	s.choose(t, s.people[0], "meeting")
	if got := s.get(t, s.attended, "/organizations/1/people/"+s.people[0]+"/activity"); got.status != 404 {
		t.Errorf("a program sees him: %d %s", got.status, got.body)
	}
	if got := s.get(t, s.attended, "/organizations/1/activities"); strings.Contains(got.body, s.people[0]) || !strings.Contains(got.body, s.people[1]) {
		t.Errorf("the list: %s", got.body)
	}
	if got := must[client.PersonActivity](t)(s.org.Activity(t.Context(), s.people[0])); got.Live || got.State.Activity != "meeting" {
		t.Errorf("an administrator: got %+v", got)
	}
}

// TestActivitiesAreStreamed reads what stands and then one change.
func TestActivitiesAreStreamed(t *testing.T) {
	s := newStaff(t, "Anna Ek", "Bo Ek")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req := must[*http.Request](t)(http.NewRequestWithContext(ctx, "GET", s.url+"/api/v1/organizations/1/activities", nil))
	req.Header.Set("Authorization", "Bearer "+s.attended)
	req.Header.Set("Accept", "text/event-stream")
	resp := must[*http.Response](t)(http.DefaultClient.Do(req))
	defer resp.Body.Close()
	if got := resp.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Fatalf("content type %q", got)
	}
	lines := bufio.NewScanner(resp.Body)
	next := func() string {
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				return data
			}
		}
		t.Fatal("the stream ended")
		return ""
	}
	if first := next(); strings.Count(first, `"id"`) != 2 {
		t.Errorf("first: %s", first)
	}
	s.choose(t, s.people[1], "lunch")
	if news := next(); strings.Count(news, `"id"`) != 1 || !strings.Contains(news, `"activity":"lunch"`) || !strings.Contains(news, s.people[1]) {
		t.Errorf("news: %s", news)
	}
}

// TestAPersonsTokenOpensHisActivityAlone.
func TestAPersonsTokenOpensHisActivityAlone(t *testing.T) {
	s := newStaff(t, "Anna Ek", "Bo Ek")
	own := must[client.PersonToken](t)(s.org.AddPersonToken(t.Context(), s.people[0], "Telefonen"))
	c := client.New(s.url, own.Text)
	if got, err := c.ChooseMine(t.Context(), client.Choice{Activity: "sick", Lasts: "day"}); err != nil || got.State.Activity != "out" {
		t.Errorf("set: got %+v, %v", got.State, err)
	}
	if got, err := c.BackMine(t.Context()); err != nil || got.State.Activity != "available" {
		t.Errorf("back: got %+v, %v", got.State, err)
	}
	mine, his := "/organizations/1/people/"+s.people[0], "/organizations/1/people/"+s.people[1]
	for path, want := range map[string]int{
		mine + "/activity": 200, mine + "/preference": 403, mine + "/tokens": 403, mine + "/explain": 403, his + "/activity": 404, his + "/preference": 403,
		"/organizations/1/board": 403, "/organizations/1/activities": 403, "/organizations/1/people?search=bo": 403, "/organizations/1/calendar": 403,
	} {
		if got := s.get(t, own.Text, path); got.status != want {
			t.Errorf("%s: got %d %s, want %d", path, got.status, got.body, want)
		}
	}
	if err := s.org.RevokePersonToken(t.Context(), s.people[0], own.ID); err != nil {
		t.Fatal(err)
	}
	if got := s.get(t, own.Text, "/me/activity"); got.status != 401 {
		t.Errorf("a revoked one: %d", got.status)
	}
}

// TestCalendarSettingsAreRefusedWhereTheyAreWrong.
func TestCalendarSettingsAreRefusedWhereTheyAreWrong(t *testing.T) {
	s := newStaff(t)
	have := must[client.Calendar](t)(s.org.Calendar(t.Context()))
	if have.Settings.Preset != string(activity.ByBoth) || len(have.Preset) == 0 || len(have.Activities) != 9 {
		t.Errorf("defaults: got %+v", have)
	}
	bad := have.Settings
	bad.Zone = "Mars"
	bad.Rules = []client.ActivityRule{{ID: "a", If: client.RuleCondition{Word: "jour"}, Then: "dancing"}}
	_, err := s.org.SaveCalendar(t.Context(), bad, have.Generation)
	if err == nil || !strings.Contains(err.Error(), "body.zone") || !strings.Contains(err.Error(), "body.rules[0].then") {
		t.Errorf("got %v", err)
	}
	good := have.Settings
	good.Rules = []client.ActivityRule{{ID: "a", If: client.RuleCondition{Word: "jour"}, Then: "busy"}}
	saved, err := s.org.SaveCalendar(t.Context(), good, have.Generation)
	if err != nil || saved.Generation != have.Generation+1 {
		t.Errorf("got %d, %v", saved.Generation, err)
	}
	_, err = s.org.SaveCalendar(t.Context(), good, have.Generation)
	wantStatus(t, "an old generation", err, 412)
	// Saving the organization's other settings leaves these alone.
	o := must[client.Customer](t)(s.org.Get(t.Context()))
	if _, err := s.org.Save(t.Context(), "Nytt", o.Settings, o.Generation); err != nil {
		t.Fatal(err)
	}
	if got := must[client.Calendar](t)(s.org.Calendar(t.Context())); len(got.Settings.Rules) != 1 {
		t.Errorf("the rules are gone: %+v", got.Settings)
	}
}
