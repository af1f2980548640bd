package desk

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/notify"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/store"
)

const (
	anna = "00000000-0000-0000-0000-00000000000a"
	bo   = "00000000-0000-0000-0000-00000000000b"
	cia  = "00000000-0000-0000-0000-00000000000c" // hidden
	dag  = "00000000-0000-0000-0000-00000000000d" // Anna's delegate
)

// TestSight is who sees how much of Anna.
func TestSight(t *testing.T) {
	in := func(kind ActorKind, role organization.Role, about string) Actor {
		return Actor{ID: "x", Kind: kind, About: about, Roles: map[organization.ID]organization.Role{home: role}}
	}
	for _, tc := range []struct {
		name  string
		actor Actor
		want  Sight
	}{
		{"the operator", AtSocket(), Whole},
		{"an administrator", in(User, organization.Administrator, ""), Whole},
		{"an administrator's token", in(Token, organization.Administrator, ""), Whole},
		{"an attendant", in(User, organization.Attendant, ""), Inward},
		{"an attendant's token", in(Token, organization.Attendant, ""), Outward},
		{"herself", in(Herself, organization.PersonRole, anna), Whole},
		{"her button", in(Token, organization.PersonRole, anna), Outward},
		{"her delegate", in(Herself, organization.PersonRole, dag), Whole},
		{"her delegate's button", in(Token, organization.PersonRole, dag), Unseen},
		{"a colleague", in(Herself, organization.PersonRole, bo), Unseen},
		{"a colleague's button", in(Token, organization.PersonRole, bo), Unseen},
		{"a person who is nobody", in(Herself, organization.PersonRole, ""), Unseen},
		{"a link", in(Link, organization.Link, ""), Unseen},
		{"Microsoft", AtNotification(), Unseen},
		{"a stranger", Actor{ID: "x"}, Unseen},
	} {
		v := (&Desk{}).As(tc.actor).In(home)
		if got := v.sight(anna, []string{dag, ""}); got != tc.want {
			t.Errorf("%s: got %d, want %d", tc.name, got, tc.want)
		}
	}
}

// TestSeen is what is seen of a meeting and of an illness, by whom, for each audience.
func TestSeen(t *testing.T) {
	set := activity.Nine()
	at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	state := func(k activity.Key) activity.State {
		return activity.State{Key: k, Since: at, Until: at.Add(time.Hour), Note: "not", Subject: "ämne", Place: "plats", Manual: true, By: "Karin", At: at}
	}
	type seen struct {
		Key                      activity.Key
		Note, Subject, Place, By string
	}
	for _, tc := range []struct {
		sight          Sight
		key            activity.Key
		subject, place organization.Audience
		want           seen
	}{
		{Whole, activity.Meeting, organization.Nobody, organization.Nobody, seen{activity.Meeting, "not", "ämne", "plats", "Karin"}},
		{Whole, activity.Sick, organization.Nobody, organization.Nobody, seen{activity.Sick, "not", "ämne", "plats", "Karin"}},
		{Inward, activity.Meeting, organization.Nobody, organization.Nobody, seen{activity.Meeting, "not", "", "", "Karin"}},
		{Inward, activity.Meeting, organization.Attendants, organization.Nobody, seen{activity.Meeting, "not", "ämne", "", "Karin"}},
		{Inward, activity.Meeting, organization.Nobody, organization.Colleagues, seen{activity.Meeting, "not", "", "plats", "Karin"}},
		{Inward, activity.Sick, organization.Colleagues, organization.Colleagues, seen{activity.Out, "", "", "", ""}},
		{Inward, activity.Home, organization.Nobody, organization.Nobody, seen{activity.Home, "not", "", "", "Karin"}},
		{Inward, "gone for good", organization.Colleagues, organization.Colleagues, seen{activity.Out, "", "", "", ""}},
		{Outward, activity.Meeting, organization.Colleagues, organization.Colleagues, seen{activity.Meeting, "not", "", "", ""}},
		{Outward, activity.Sick, organization.Colleagues, organization.Colleagues, seen{activity.Out, "", "", "", ""}},
	} {
		s := tc.sight.seen(state(tc.key), set, organization.Privacy{Subject: tc.subject, Place: tc.place})
		got := seen{s.Key, s.Note, s.Subject, s.Place, s.By}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("sight %d of %s for %s and %s (-want +got):\n%s", tc.sight, tc.key, tc.subject, tc.place, diff)
		}
		if s.Activity.Key != tc.want.Key || s.Activity.Sensitive != (tc.want.Key == activity.Sick) {
			t.Errorf("sight %d of %s: it is called %+v", tc.sight, tc.key, s.Activity)
		}
		if s.Public.Sensitive || s.Public.Key == activity.Sick {
			t.Errorf("sight %d of %s: callers know %+v", tc.sight, tc.key, s.Public)
		}
	}
	if s := Inward.seen(activity.State{}, set, organization.Privacy{}); s.Known() || s.Key != "" {
		t.Errorf("of nothing told: got %+v", s)
	}
}

// office is a desk with four people.
type office struct {
	*testing.T
	desk *Desk
	org  organization.ID
	now  time.Time
}

func newOffice(t *testing.T) *office {
	t.Helper()
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	o := &office{T: t, now: time.Date(2026, 11, 23, 9, 12, 0, 0, time.UTC)}
	now := func() time.Time { return o.now }
	st, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "t.db"), store.Options{Log: quiet, Now: now})
	o.must(err)
	t.Cleanup(func() { st.Close() })
	o.desk = &Desk{Store: st, Log: quiet, Now: now, Reconcile: &reconcile.Reconciler{Store: st, Log: quiet, Now: now}, PublicURL: "https://t.example"}
	made, err := st.AddOrganization(t.Context(), organization.Organization{Name: "Kontoret", Settings: organization.DefaultSettings()})
	o.must(err)
	o.org = made.ID
	in := st.In(o.org)
	src, err := in.AddSource(t.Context(), organization.Source{ID: store.NewID(), Name: "Entra", Kind: "entra"})
	o.must(err)
	o.must(in.PutConnection(t.Context(), organization.Connection{Source: src.ID}, 0))
	var people []store.Enrolled
	for i, p := range []string{anna, bo, cia, dag} {
		id := store.NewID()
		fields := pbx.Fields{pbx.DisplayName: []string{"Anna Ek", "Bo Ek", "Cia Ek", "Dag Ek"}[i], pbx.Extension: "20" + string(rune('1'+i))}
		if p == cia {
			fields[pbx.Protected] = "true"
		}
		_, err := in.AddSubscribers(t.Context(), []pbx.Subscriber{{ID: id, Fields: fields}})
		o.must(err)
		o.must(in.PutLinks(t.Context(), []store.Link{{Register: store.Builtin, Subscriber: id, Source: src.ID, Person: p, State: store.Linked, LinkedAt: o.now}}))
		people = append(people, store.Enrolled{Person: p, EntraID: p, Name: fields[pbx.DisplayName], Address: p[35:] + "@example.se"})
	}
	o.must(in.Enroll(t.Context(), src.ID, people))
	o.must(in.SavePreference(t.Context(), anna, organization.Person{Delegates: []string{dag}}, 0))
	o.must((reconcile.Days{Reconciler: o.desk.Reconcile}).Run(t.Context()))
	return o
}

func (o *office) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

func (o *office) as(kind ActorKind, role organization.Role, about string) *Visit {
	return o.desk.As(Actor{ID: "x", Name: "Karin", Kind: kind, About: about, Roles: map[organization.ID]organization.Role{o.org: role}}).In(o.org)
}

// TestWhoMayDoWhatForWhom calls what is about a person as each kind of actor.
func TestWhoMayDoWhatForWhom(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	until := o.now.Add(time.Hour)
	operations := map[string]func(v *Visit, person string) error{
		"see": func(v *Visit, p string) error { _, err := v.Day(ctx, p, o.now, until); return err },
		"why": func(v *Visit, p string) error { _, err := v.Reasons(ctx, p, o.now); return err },
		"set": func(v *Visit, p string) error {
			_, err := v.Choose(ctx, p, NewChoice{Activity: activity.Lunch, Lasts: OpenEnded})
			return err
		},
		"back":       func(v *Visit, p string) error { _, err := v.Back(ctx, p); return err },
		"preference": func(v *Visit, p string) error { _, err := v.Preference(ctx, p); return err },
		"tokens":     func(v *Visit, p string) error { _, err := v.PersonTokens(ctx, p); return err },
	}
	all := []string{"see", "why", "set", "back", "preference", "tokens"}
	for _, tc := range []struct {
		name      string
		v         *Visit
		person    string
		may       []string
		otherwise error
	}{
		{"an administrator", o.as(User, organization.Administrator, ""), anna, all, nil},
		{"an administrator of one hidden", o.as(User, organization.Administrator, ""), cia, all, nil},
		{"an attendant", o.as(User, organization.Attendant, ""), anna, []string{"see", "why", "set", "back"}, ErrForbidden},
		{"herself", o.as(Herself, organization.PersonRole, anna), anna, all, nil},
		{"herself, hidden", o.as(Herself, organization.PersonRole, cia), cia, all, nil},
		{"her delegate", o.as(Herself, organization.PersonRole, dag), anna, []string{"see", "why", "set", "back"}, ErrForbidden},
		{"whose delegate she is not", o.as(Herself, organization.PersonRole, anna), dag, nil, ErrNotFound},
		{"a colleague", o.as(Herself, organization.PersonRole, bo), anna, nil, ErrNotFound},
		{"an attendant of one hidden", o.as(User, organization.Attendant, ""), cia, nil, ErrNotFound},
		{"her button", o.as(Token, organization.PersonRole, anna), anna, []string{"set", "back"}, ErrForbidden},
		{"an administrator elsewhere", o.desk.As(Actor{ID: "x", Roles: map[organization.ID]organization.Role{"other": organization.Administrator}}).In(o.org), anna, nil, ErrNotFound},
	} {
		for op, call := range operations {
			err := call(tc.v, tc.person)
			if may := slices.Contains(tc.may, op); may && err != nil {
				t.Errorf("%s, %s: %v", tc.name, op, err)
			} else if !may && !errors.Is(err, tc.otherwise) && !errors.Is(err, ErrForbidden) {
				t.Errorf("%s, %s: got %v, want %v", tc.name, op, err, tc.otherwise)
			}
		}
	}
}

// TestAnAttendantLearnsNoIllness goes through what an attendant may read of one.
func TestAnAttendantLearnsNoIllness(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	admin, attendant := o.as(User, organization.Administrator, ""), o.as(User, organization.Attendant, "")
	_, err := admin.Choose(ctx, anna, NewChoice{Activity: activity.Sick, Lasts: RestOfDay, Note: "feber"})
	o.must(err)
	d, err := attendant.Day(ctx, anna, o.now.Add(-time.Hour), o.now.Add(time.Hour))
	o.must(err)
	r, err := attendant.Reasons(ctx, anna, o.now)
	o.must(err)
	names, err := attendant.ActivityNames(ctx)
	o.must(err)
	for _, s := range d.Spans {
		if s.Seen.Key == activity.Sick || s.Seen.Note != "" {
			t.Errorf("day: %+v", s)
		}
	}
	if d.Choice == nil || d.Choice.Activity != activity.Out || d.Choice.Note != "" {
		t.Errorf("choice: %+v", d.Choice)
	}
	if r.Span.Seen.Key != activity.Out || r.Rule != nil || r.Beaten != nil || r.Choice.Activity != activity.Out {
		t.Errorf("why: %+v", r)
	}
	if _, ok := names.Find(activity.Sick); ok {
		t.Error("it is among the names")
	}
	herself, err := o.as(Herself, organization.PersonRole, anna).Reasons(ctx, anna, o.now)
	o.must(err)
	if herself.Span.Seen.Key != activity.Sick || herself.Choice.By != "Karin" {
		t.Errorf("she herself: %+v", herself.Span)
	}
	entries, err := admin.Audit(ctx, "", 0, 50)
	o.must(err)
	for _, e := range entries {
		if e.Detail["activity"] == string(activity.Sick) {
			t.Errorf("the audit log says it: %+v", e)
		}
	}
}

// TestPreferencesAreNarrowerAlone.
func TestPreferencesAreNarrowerAlone(t *testing.T) {
	all := organization.DefaultCalendar()
	all.Privacy.Subject = organization.Attendants
	for _, tc := range []struct {
		p    organization.Person
		want string
	}{
		{organization.Person{}, ""},
		{organization.Person{Subject: organization.Nobody, Private: calendar.Ignore, Language: "nl", Delegates: []string{bo}}, ""},
		{organization.Person{Subject: organization.Colleagues}, "subject: wider"},
		{organization.Person{Place: organization.Attendants}, "place: wider"},
		{organization.Person{Private: calendar.Everything}, "private: wider"},
		{organization.Person{Delegates: []string{anna}}, "delegates[0]: yourself"},
		{organization.Person{Delegates: []string{bo, bo}}, "delegates[1]: twice"},
		{organization.Person{Delegates: []string{"bo"}}, "delegates[0]: objectId"},
		{organization.Person{Language: "fi"}, "language: option"},
		{organization.Person{Hours: &activity.Hours{Week: [7][]activity.Shift{{{From: 480, To: 400}}}}}, "hours.week[0][0].to: ends"},
	} {
		var bad faults
		bad.preference(tc.p, all, anna)
		if got := strings.TrimPrefix(errorText(bad.err()), "invalid: "); got != tc.want {
			t.Errorf("%+v: got %q, want %q", tc.p, got, tc.want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestPersonSignsInByAMailedLink: once, within fifteen minutes, and nobody learns who
// has an address.
func TestPersonSignsInByAMailedLink(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	sent := make(chan string, 10)
	o.desk.Notify = &notify.Notifier{Store: o.desk.Store, Now: o.desk.Now, Send: func(_ context.Context, to, _, body string) error {
		sent <- to + " " + body
		return nil
	}}
	o.must(o.desk.MailPersonLink(ctx, "A@example.se ", "192.0.2.1"))
	o.must(o.desk.MailPersonLink(ctx, "nobody@example.se", "192.0.2.1"))
	mail := <-sent
	if !strings.HasPrefix(mail, "a@example.se ") {
		t.Fatalf("sent %s", mail)
	}
	text := regexp.MustCompile(`/person/(\S+)`).FindStringSubmatch(mail)[1]
	if _, _, err := o.desk.ActorOfPersonLink(ctx, text+"x", "192.0.2.2"); !errors.Is(err, ErrWrong) {
		t.Errorf("another text: %v", err)
	}
	actor, org, err := o.desk.ActorOfPersonLink(ctx, text, "192.0.2.2")
	if err != nil || org != o.org || actor.About != anna || actor.Role(org) != organization.PersonRole || actor.Kind != Herself {
		t.Fatalf("got %+v in %s, %v", actor, org, err)
	}
	if _, _, err := o.desk.ActorOfPersonLink(ctx, text, "192.0.2.2"); !errors.Is(err, ErrWrong) {
		t.Errorf("used twice: %v", err)
	}
	if _, err := o.desk.ActorOfPerson(ctx, org, anna, actor.Stamp); err != nil {
		t.Errorf("the session: %v", err)
	}
	if _, err := o.desk.ActorOfPerson(ctx, org, anna, "another"); !errors.Is(err, ErrWrong) {
		t.Errorf("another stamp: %v", err)
	}
	mine, err := o.desk.As(actor).In(org).Mine(ctx)
	if err != nil || len(mine) != 1 || mine[0].Person != anna {
		t.Errorf("hers: %+v, %v", mine, err)
	}
	his, err := o.as(Herself, organization.PersonRole, dag).Mine(ctx)
	if err != nil || len(his) != 2 || his[0].Person != dag || his[1].Person != anna {
		t.Errorf("the delegate's: %+v, %v", his, err)
	}
	o.must(o.desk.MailPersonLink(ctx, "b@example.se", "192.0.2.1"))
	late := regexp.MustCompile(`/person/(\S+)`).FindStringSubmatch(<-sent)[1]
	o.now = o.now.Add(16 * time.Minute)
	if _, _, err := o.desk.ActorOfPersonLink(ctx, late, "192.0.2.2"); !errors.Is(err, ErrWrong) {
		t.Errorf("too late: %v", err)
	}
}

// TestNotificationsWaitInBoundedMemory.
func TestNotificationsWaitInBoundedMemory(t *testing.T) {
	var a arrivals
	first, err := a.add([]Notification{{Subscription: "a"}, {Subscription: "a"}, {Subscription: "b"}})
	if err != nil || first == nil || len(a.waiting) != 2 {
		t.Fatalf("got %d waiting, %v", len(a.waiting), err)
	}
	if !a.begin() || a.begin() {
		t.Error("there must be one writer")
	}
	all, written := a.take()
	if len(all) != 2 || (<-chan struct{})(written) != first {
		t.Errorf("took %d", len(all))
	}
	if rest, _ := a.take(); rest != nil || !a.begin() {
		t.Error("with nothing left the writer ends, and another may begin")
	}
	if _, err := a.add(make([]Notification, maxWaiting+1)); !errors.Is(err, ErrFull) {
		t.Errorf("too many: %v", err)
	}
}
