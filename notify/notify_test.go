package notify

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/telefonist/telefonist/language"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store"
)

// office is a customer whose notifications go to two addresses.
type office struct {
	*testing.T
	notifier   *Notifier
	store      *store.Store
	org        store.Org
	replicator string
	source     string
	now        time.Time
	sent       []string // recipient and subject
	refuse     error
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{T: t, now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}
	now := func() time.Time { return o.now }
	ctx := t.Context()
	s, err := store.Open(ctx, "", store.Options{Now: now, Log: slog.New(slog.DiscardHandler)})
	o.must(err)
	t.Cleanup(func() { s.Close() })
	settings := organization.DefaultSettings()
	settings.Notify.Emails = []string{"it@kontoret.se", "chef@kontoret.se"}
	org, err := s.AddOrganization(ctx, organization.Organization{Name: "Kontoret AB", Settings: settings})
	o.must(err)
	o.store, o.org = s, s.In(org.ID)
	source, err := o.org.AddSource(ctx, organization.Source{Name: "Entra", Kind: "entra"})
	o.must(err)
	r, err := o.org.AddReplicator(ctx, organization.Replicator{Name: "Personal", Kind: "MicrosoftEntra", Source: source.ID, Register: "builtin"})
	o.must(err)
	o.source, o.replicator = source.ID, r.ID
	o.notifier = &Notifier{Store: s, Log: slog.New(slog.DiscardHandler), Now: now, Base: "https://tf.example.se",
		Send: func(_ context.Context, to, subject, body string) error {
			if o.refuse == nil {
				o.sent = append(o.sent, to+" "+subject)
			}
			return o.refuse
		}}
	return o
}

func (o *office) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

// round makes a round with changes in a state.
func (o *office) round(state store.RoundState, counts map[string]int64, changes ...store.Change) store.Round {
	o.Helper()
	ctx := o.Context()
	r, err := o.org.StartRound(ctx, store.Round{Replicator: o.replicator, Cause: store.Nightly})
	o.must(err)
	for i := range changes {
		changes[i].Position = int64(i + 1)
	}
	o.must(o.org.PutChanges(ctx, r.ID, changes))
	r.State, r.Counts = state, counts
	o.must(o.org.SetRound(ctx, r, store.Reading))
	return r
}

func (o *office) notices() []store.Notice {
	o.Helper()
	all, err := o.org.Notices(o.Context(), 0, 100)
	o.must(err)
	return all
}

func (o *office) mails() []store.Mail {
	o.Helper()
	all, err := o.org.Mails(o.Context(), 100)
	o.must(err)
	return all
}

func TestOneDigestARound(t *testing.T) {
	o := newOffice(t)
	r := o.round(store.Done, map[string]int64{"changes": 1, "left": 1, "done": 2},
		store.Change{Change: pbx.Change{Kind: pbx.Update, Name: "Anna Öberg", Reason: pbx.Reason{Code: "changed"}, After: pbx.Fields{"mobile": "+46701234567"}}},
		store.Change{Change: pbx.Change{Kind: "leave", Name: "Bo Ek", Reason: pbx.Reason{Code: "disabled"}}})
	o.notifier.Round(t.Context(), o.org.ID(), r)
	if n := o.notices(); len(n) != 1 || n[0].Kind != KindRound || n[0].Subject != r.ID {
		t.Errorf("notices = %+v", n)
	}
	mails := o.mails()
	if len(mails) != 2 {
		t.Fatalf("%d mails, want one for each address", len(mails))
	}
	for _, want := range []string{"Anna Öberg", "Bo Ek: Kontot är inaktiverat", "https://tf.example.se/o/" + string(o.org.ID()) + "/rounds/" + r.ID} {
		if !strings.Contains(mails[0].Body, want) {
			t.Errorf("the mail lacks %q:\n%s", want, mails[0].Body)
		}
	}
	if strings.Contains(mails[0].Body, "⟦") || strings.Contains(mails[0].Subject, "⟦") {
		t.Errorf("a string is missing:\n%s\n%s", mails[0].Subject, mails[0].Body)
	}
}

func TestWhatIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		state  store.RoundState
		cause  store.Cause
		counts map[string]int64
		kind   string
	}{
		"held":              {store.Held, store.Nightly, nil, KindHeld},
		"first":             {store.Waiting, store.ByHand, nil, KindFirst},
		"failed":            {store.Failed, store.Nightly, nil, KindFailed},
		"changes":           {store.Done, store.OnChange, map[string]int64{"changes": 1}, KindRound},
		"nothing happened":  {store.Done, store.Nightly, nil, ""},
		"a person's own":    {store.Done, store.Decision, map[string]int64{"changes": 1}, ""},
		"a plan thrown out": {store.Dropped, store.ByHand, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			r := o.round(c.state, c.counts)
			r.Cause = c.cause
			o.notifier.Round(t.Context(), o.org.ID(), r)
			got := ""
			if n := o.notices(); len(n) == 1 {
				got = n[0].Kind
			}
			if got != c.kind {
				t.Errorf("told %q, want %q", got, c.kind)
			}
		})
	}
}

func TestFailureIsToldOnceUntilItWorksAgain(t *testing.T) {
	o := newOffice(t)
	for failures := int64(1); failures <= 3; failures++ {
		r := o.round(store.Failed, nil)
		o.must(o.org.SetFailures(t.Context(), o.replicator, failures))
		o.notifier.Round(t.Context(), o.org.ID(), r)
	}
	if n := len(o.notices()); n != 1 {
		t.Errorf("told %d times, want once", n)
	}
}

func TestMailThatCannotBeSentIsTriedAgain(t *testing.T) {
	o := newOffice(t)
	o.refuse = errors.New("connection refused")
	o.must(o.org.AddMails(t.Context(), []store.Mail{{To: "it@kontoret.se", Subject: "Hej", Due: o.now, Created: o.now}}))
	o.must(o.notifier.SendDue(t.Context()))
	m := o.mails()[0]
	if m.Tries != 1 || !m.Due.After(o.now) || m.Answer == "" {
		t.Fatalf("after a refusal: %+v", m)
	}
	o.now, o.refuse = m.Due, nil
	o.must(o.notifier.SendDue(t.Context()))
	if len(o.sent) != 1 || !o.mails()[0].Due.IsZero() {
		t.Errorf("sent %v, %+v", o.sent, o.mails()[0])
	}
	o.must(o.notifier.SendDue(t.Context()))
	if len(o.sent) != 1 {
		t.Errorf("sent twice: %v", o.sent)
	}
}

func TestMailIsGivenUpInTheEnd(t *testing.T) {
	o := newOffice(t)
	o.refuse = errors.New("no such user")
	o.must(o.org.AddMails(t.Context(), []store.Mail{{To: "borta@kontoret.se", Due: o.now, Created: o.now}}))
	for range tries {
		o.must(o.notifier.SendDue(t.Context()))
		o.now = o.now.Add(7 * time.Hour)
	}
	if m := o.mails()[0]; !m.Due.IsZero() || m.Tries != tries {
		t.Errorf("after %d tries: %+v", tries, m)
	}
}

func TestWarnsBeforeACredentialEnds(t *testing.T) {
	o := newOffice(t)
	end := o.now.AddDate(0, 0, 70)
	_, err := o.org.AddCredential(t.Context(), o.source, organization.Credential{Kind: organization.Secret, Expires: end}, []byte("sealed"))
	o.must(err)
	var told []string
	for day := 0; day <= 71; day++ {
		before := len(o.notices())
		for range 3 { // however often upkeep runs
			o.must(o.notifier.Expiring(t.Context()))
		}
		if all := o.notices(); len(all) > before {
			if len(all) != before+1 {
				t.Fatalf("day %d: told %d times", day, len(all)-before)
			}
			told = append(told, all[0].Data["n"])
		}
		o.now = o.now.Add(24 * time.Hour)
	}
	if got, want := strings.Join(told, " "), "60 30 14 7 1 0"; got != want {
		t.Errorf("told with %s days left, want %s", got, want)
	}
}

func TestMessagesAreWholeInEachLanguage(t *testing.T) {
	for _, tag := range language.Tags() {
		p := language.For(tag)
		messages := []Message{Test(p, "Kontoret AB")}
		for _, state := range []store.RoundState{store.Done, store.Held, store.Waiting, store.Failed} {
			d := Digest{Organization: "Kontoret AB", Replicator: "Personal", Link: "https://tf.example.se/", Round: store.Round{
				Number: 3, State: state, Held: []pbx.Reason{{Code: "left", Args: map[string]string{"n": "9", "limit": "5", "linked": "100"}}, {Code: "empty"}},
				Failure: pbx.Reason{Code: "throttled"}}}
			for range shown + 5 {
				d.Left = append(d.Left, Line{"Bo Ek", "left.", pbx.Reason{Code: "softdeleted", Args: map[string]string{"date": "2026-12-21"}}})
			}
			messages = append(messages, d.Write(p))
		}
		for _, days := range []int{60, 1, 0} {
			messages = append(messages, Expiry{"Kontoret AB", "Entra", days, time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), ""}.Write(p))
		}
		for _, m := range messages {
			if text := m.Subject + "\n" + m.Body; strings.ContainsAny(text, "⟦{}") || m.Subject == "" {
				t.Errorf("%s: not whole:\n%s", tag, text)
			}
		}
	}
}
