package store

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
)

// full is a house with a row in every table, and what its rows are called.
type full struct {
	house
	round, subscriber, credential, token, connect, mail string
	switchboard, personToken                            string
}

func furnish(h house) full {
	ctx := h.Context()
	f := full{house: h}
	h.ok(h.PutMember(ctx, organization.User{Email: "eva@example.se", Name: "Eva", Role: organization.Administrator}))
	f.token = must(h.AddToken(ctx, organization.Token{Name: "skript", Role: organization.Attendant}, "token hash"))(h).ID
	f.credential = must(h.AddCredential(ctx, h.source, organization.Credential{Kind: organization.Secret, Hint: "abc", Expires: begun}, []byte("sealed")))(h).ID
	h.ok(h.SetTenant(ctx, h.source, "tenant"))
	h.ok(h.PutSubscription(ctx, h.source, Subscription{Resource: "users", ID: "graph", ClientStateHash: "hash", Expires: begun}))
	h.fold(everybody("c", person("a", "displayName", "Anna", "mail", "anna@example.se"), person("b", "displayName", "Bo")))
	h.fold(groupsPage(true, []directory.Group{{ID: "g", Name: "Grupp"}}, directory.Edge{Group: "g", Member: "a"}))
	f.subscriber = must(h.AddSubscriber(ctx, pbx.Subscriber{Key: "key", Fields: pbx.Fields{pbx.DisplayName: "Anna", pbx.Extension: "100"}}))(h).ID
	freed := must(h.AddSubscriber(ctx, pbx.Subscriber{Fields: pbx.Fields{pbx.Extension: "101"}}))(h)
	h.ok(h.DeleteSubscriber(ctx, freed.ID))
	h.ok(h.PutLinks(ctx, []Link{
		{Register: "builtin", Subscriber: f.subscriber, Source: h.source, Person: "a", Replicator: h.replicator, State: Linked, Written: pbx.Fields{pbx.DisplayName: "Anna"}, Left: LeftDisabled, LeftAt: begun},
		{Register: "builtin", Subscriber: "new key", Source: h.source, Person: "b", Replicator: h.replicator, State: Creating, Key: "new key"}}))
	h.ok(h.Ignore(ctx, h.replicator, "b", "eva"))
	must(h.PutStandings(ctx, h.replicator, []Standing{{Person: "a", Name: "Anna", State: Tied, Problems: []pbx.Reason{{Code: "x"}}}}))(h)
	h.ok(h.Wake(ctx, h.replicator, begun, ByHand, "eva", true))
	f.round = must(h.StartRound(ctx, Round{Replicator: h.replicator, Cause: ByHand, Actor: "eva"}))(h).ID
	h.ok(h.PutChanges(ctx, f.round, []Change{
		{Position: 1, Change: pbx.Change{Kind: pbx.Update, Person: "a", Name: "Anna", Subscriber: f.subscriber, After: pbx.Fields{pbx.Title: "chef"}}},
		{Position: 2, State: Applied, At: begun, Change: pbx.Change{Kind: pbx.Remove, Person: "b", Name: "Bo", Subscriber: freed.ID, Before: pbx.Fields{pbx.Title: "x"}}}}))
	must(h.AddNotice(ctx, Notice{Kind: "round", Subject: f.round}))(h)
	h.ok(h.SetNoticesSeen(ctx, "eva@example.se", 1))
	h.ok(h.AddMails(ctx, []Mail{{ID: "mail", To: "eva@example.se"}}))
	f.mail = "mail"
	h.ok(h.AddEntry(ctx, Entry{Actor: "eva", Verb: "x"}))
	f.connect = must(h.AddConnectLink(ctx, ConnectLink{Colleague: "it@example.se", Expires: begun.Add(time.Hour)}, "link hash"))(h).ID
	h.ok(h.AddConsent(ctx, Consent{StateHash: "state", Step: "signin", Expires: begun.Add(-time.Hour)}))
	return furnishCalendar(f)
}

// furnishCalendar adds what the calendar flow keeps: of a, who has a telephone.
func furnishCalendar(f full) full {
	ctx := f.Context()
	f.ok(f.PutConnection(ctx, organization.Connection{Source: f.source}, 0))
	f.switchboard = must(f.PutSwitchboard(ctx, organization.Switchboard{Name: "SIP", Kind: "presence", Register: Builtin}, []byte("sealed"), 0))(f).ID
	f.ok(f.Enroll(ctx, f.source, []Enrolled{{Person: "a", EntraID: "a", Address: "anna@example.se", Name: "Anna"}}))
	f.ok(f.SaveChoice(ctx, ChoiceState{Person: "a", Choice: activity.Choice{Activity: activity.Lunch, At: begun}}, nil))
	f.ok(f.SavePreference(ctx, "a", organization.Person{Language: "en"}, 0))
	f.ok(f.PutSubscriptions(ctx, f.source, []Subscription{{Resource: "events/a", ID: "graph-a", Due: begun}}))
	var rows []ToldRow
	for _, t := range must(f.DueTellings(ctx, begun, Place{}, 9))(f) {
		t.Told, t.ToldAt, t.DueAt = activity.State{Key: activity.Lunch}, begun, begun.Add(time.Hour)
		rows = append(rows, ToldRow{t.TellingState, Changed})
	}
	must(f.SaveTold(ctx, rows))(f)
	f.personToken = must(f.AddPersonToken(ctx, PersonToken{Person: "a", Name: "knapp"}, "person token hash"))(f).ID
	must(f.AddPersonLink(ctx, PersonLink{Person: "a", Expires: begun.Add(time.Hour)}, "person link hash"))(f)
	return furnishCarried(f)
}

// dump is every row of an organization, table by table.
func dump(t *testing.T, s *Store, org organization.ID) map[string][]string {
	t.Helper()
	rowsOf := map[string][]string{}
	for table, columns := range schema(t) {
		if _, has := columns["organization"]; !has {
			continue
		}
		rows, err := s.reader.QueryContext(t.Context(), "SELECT * FROM "+table+" WHERE organization = $1", string(org))
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(any)
			}
			if err := rows.Scan(values...); err != nil {
				t.Fatal(err)
			}
			line := ""
			for _, v := range values {
				line += fmt.Sprintf("%s|", fmt.Sprint(*v.(*any)))
			}
			rowsOf[table] = append(rowsOf[table], line)
		}
	}
	return rowsOf
}

// result is what a method answered; a list of everything that is not an error.
type result struct {
	values []any
	err    error
}

func answer(values ...any) result {
	r := result{}
	if n := len(values) - 1; n >= 0 {
		if err, ok := values[n].(error); ok || values[n] == nil {
			r.err, values = err, values[:n]
		}
	}
	r.values = values
	return r
}

// nothing is true for an error and for an answer that holds nothing.
func (r result) nothing() bool {
	if r.err != nil {
		return true
	}
	for _, v := range r.values {
		rv := reflect.ValueOf(v)
		if k := rv.Kind(); (k == reflect.Slice || k == reflect.Map) && rv.Len() == 0 || !rv.IsValid() || rv.IsZero() {
			continue
		}
		return false
	}
	return true
}

// strangers calls each method of an Org with the ids of another organization's rows.
func strangers(ctx context.Context, t testing.TB, o Org, f full) map[string]func() result {
	calls := map[string]func() result{}
	for _, some := range []map[string]func() result{mirrorCalls(ctx, t, o, f), settingsCalls(ctx, o, f), roundCalls(ctx, t, o, f), registerCalls(ctx, t, o, f),
		calendarCalls(ctx, o, f), tellingCalls(ctx, o, f), localCalls(ctx, o)} {
		maps.Copy(calls, some)
	}
	return calls
}

// mirrorCalls asks of and writes to another's mirror.
func mirrorCalls(ctx context.Context, t testing.TB, o Org, f full) map[string]func() result {
	src := f.source
	at := begun.Add(24 * 365 * time.Hour)
	return map[string]func() result{
		"Mirror":         func() result { return answer(o.Mirror(ctx, src)) },
		"ResetMirror":    func() result { return answer(o.ResetMirror(ctx, src, nil)) },
		"Fold":           func() result { return answer(o.Fold(ctx, src, everybody("x", person("a")))) },
		"People":         func() result { return answer(all(t, o.People(ctx, src, 0))) },
		"PeopleByIDs":    func() result { return answer(o.PeopleByIDs(ctx, src, []string{"a"})) },
		"Person":         func() result { return answer(o.Person(ctx, src, "a")) },
		"SearchPeople":   func() result { return answer(o.SearchPeople(ctx, src, "", 9)) },
		"PeopleCount":    func() result { return answer(o.PeopleCount(ctx, src)) },
		"Memberships":    func() result { return answer(o.Memberships(ctx, src)) },
		"GroupsOfMember": func() result { return answer(o.GroupsOfMember(ctx, src, "a")) },
		"Groups":         func() result { return answer(o.Groups(ctx, src, "", 9)) },
		"Group":          func() result { return answer(o.Group(ctx, src, "g")) },
		"SetPurposes":    func() result { return answer(o.SetPurposes(ctx, src, map[string]string{"a": "room"})) },
		"PurgePeople":    func() result { return answer(o.PurgePeople(ctx, src, at)) },
	}
}

// settingsCalls does so to users, tokens, sources and replicators.
func settingsCalls(ctx context.Context, o Org, f full) map[string]func() result {
	src := f.source
	rep := f.replicator
	at := begun.Add(24 * 365 * time.Hour)
	return map[string]func() result{
		"Member":           func() result { return answer(o.Member(ctx, "eva@example.se")) },
		"Members":          func() result { return answer(o.Members(ctx)) },
		"DeleteMember":     func() result { return answer(o.DeleteMember(ctx, "eva@example.se")) },
		"Tokens":           func() result { return answer(o.Tokens(ctx)) },
		"AddToken":         func() result { return answer(o.AddToken(ctx, organization.Token{}, "token hash")) },
		"TokenByHash":      func() result { return answer(o.TokenByHash(ctx, "token hash")) },
		"TouchToken":       func() result { return answer(o.TouchToken(ctx, f.token)) },
		"RevokeToken":      func() result { return answer(o.RevokeToken(ctx, f.token)) },
		"Sources":          func() result { return answer(o.Sources(ctx)) },
		"Source":           func() result { return answer(o.Source(ctx, src)) },
		"UpdateSource":     func() result { return answer(o.UpdateSource(ctx, organization.Source{ID: src}, 2)) },
		"SetTenant":        func() result { return answer(o.SetTenant(ctx, src, "x")) },
		"SetChecked":       func() result { return answer(o.SetChecked(ctx, src, "x")) },
		"DeleteSource":     func() result { return answer(o.DeleteSource(ctx, src)) },
		"AddCredential":    func() result { return answer(o.AddCredential(ctx, src, organization.Credential{}, nil)) },
		"Credentials":      func() result { return answer(o.Credentials(ctx, src)) },
		"SealedCredential": func() result { return answer(o.SealedCredential(ctx, src, f.credential)) },
		"DeleteCredential": func() result { return answer(o.DeleteCredential(ctx, src, f.credential)) },
		"SetWarned":        func() result { return answer(o.SetWarned(ctx, src, f.credential, 7)) },
		"SetExpiry":        func() result { return answer(o.SetExpiry(ctx, src, f.credential, at, true)) },
		"PutSubscription": func() result {
			return answer(o.PutSubscription(ctx, src, Subscription{Resource: "users", ID: "other"}))
		},
		"Subscriptions":      func() result { return answer(o.Subscriptions(ctx, src)) },
		"SubscriptionHeard":  func() result { return answer(o.SubscriptionHeard(ctx, src, "users")) },
		"DeleteSubscription": func() result { return answer(o.DeleteSubscription(ctx, src, "users")) },
		"EventSubscriptions": func() result { return answer(o.EventSubscriptions(ctx, src)) },
		"PutSubscriptions": func() result {
			return answer(o.PutSubscriptions(ctx, src, []Subscription{{Resource: "events/a", ID: "other"}}))
		},
		"DeleteSubscriptions": func() result { return answer(o.DeleteSubscriptions(ctx, src, []string{"events/a"})) },
		"AddReplicator":       func() result { return answer(o.AddReplicator(ctx, organization.Replicator{Source: src})) },
		"Replicators":         func() result { return answer(o.Replicators(ctx)) },
		"Replicator":          func() result { return answer(o.Replicator(ctx, rep)) },
		"UpdateReplicator":    func() result { return answer(o.UpdateReplicator(ctx, organization.Replicator{ID: rep}, 1)) },
		"PauseReplicator":     func() result { return answer(o.PauseReplicator(ctx, rep, true)) },
		"OrderReplicators":    func() result { return answer(o.OrderReplicators(ctx, []string{rep})) },
		"DeleteReplicator":    func() result { return answer(o.DeleteReplicator(ctx, rep)) },
		"Wake":                func() result { return answer(o.Wake(ctx, rep, begun, ByHand, "x", true)) },
		"Planned":             func() result { return answer(o.Planned(ctx, rep, 1, 1, true, begun)) },
		"SetFailures":         func() result { return answer(o.SetFailures(ctx, rep, 9)) },
		"Ignore":              func() result { return answer(o.Ignore(ctx, rep, "a", "x")) },
		"Unignore":            func() result { return answer(o.Unignore(ctx, rep, "b")) },
		"IgnoredOf":           func() result { return answer(o.IgnoredOf(ctx, rep)) },
	}
}

// roundCalls does so to links, standings and rounds.
func roundCalls(ctx context.Context, t testing.TB, o Org, f full) map[string]func() result {
	src := f.source
	rep := f.replicator
	at := begun.Add(24 * 365 * time.Hour)
	link := Link{Register: "builtin", Subscriber: f.subscriber, Source: src, Person: "a", Replicator: rep, Left: LeftScope, Written: pbx.Fields{"x": "y"}}
	change := Change{Position: 1, State: Applied}
	return map[string]func() result{
		"Links":               func() result { return answer(all(t, o.Links(ctx, "builtin"))) },
		"LinkOfSubscriber":    func() result { return answer(o.LinkOfSubscriber(ctx, "builtin", f.subscriber)) },
		"LinksOfPerson":       func() result { return answer(o.LinksOfPerson(ctx, src, "a")) },
		"LinksByPersons":      func() result { return answer(o.LinksByPersons(ctx, src, []string{"a"})) },
		"LinksOfReplicator":   func() result { return answer(o.LinksOfReplicator(ctx, rep)) },
		"LeftLinks":           func() result { return answer(o.LeftLinks(ctx, rep)) },
		"CreatingLinks":       func() result { return answer(o.CreatingLinks(ctx, rep)) },
		"LinkCounts":          func() result { return answer(o.LinkCounts(ctx, rep)) },
		"FinishLink":          func() result { return answer(o.FinishLink(ctx, "builtin", "new key", "x", nil)) },
		"SetLedger":           func() result { return answer(o.SetLedger(ctx, []Link{link})) },
		"SetLeft":             func() result { return answer(o.SetLeft(ctx, []Link{link})) },
		"DeleteLink":          func() result { return answer(o.DeleteLink(ctx, "builtin", f.subscriber)) },
		"PutStandings":        func() result { return answer(o.PutStandings(ctx, rep, []Standing{{Person: "a"}})) },
		"MoveStandings":       func() result { return answer(o.MoveStandings(ctx, rep, []Standing{{Person: "a"}})) },
		"KeepStandings":       func() result { return answer(o.KeepStandings(ctx, rep, func(string) bool { return false })) },
		"DeleteStandings":     func() result { return answer(o.DeleteStandings(ctx, rep, []string{"a"})) },
		"Standings":           func() result { return answer(o.Standings(ctx, rep, "", "", "", 9)) },
		"Standing":            func() result { return answer(o.Standing(ctx, rep, "a")) },
		"StandingCounts":      func() result { return answer(o.StandingCounts(ctx, rep)) },
		"StartRound":          func() result { _, err := o.StartRound(ctx, Round{Replicator: rep}); return answer(err) },
		"Round":               func() result { return answer(o.Round(ctx, f.round)) },
		"OpenRounds":          func() result { return answer(o.OpenRounds(ctx, rep)) },
		"Rounds":              func() result { return answer(o.Rounds(ctx, RoundFilter{}, 0, 9)) },
		"SetRound":            func() result { return answer(o.SetRound(ctx, Round{ID: f.round, State: Done}, Reading)) },
		"SetProgress":         func() result { return answer(o.SetProgress(ctx, f.round, 1, 1)) },
		"SetUndone":           func() result { return answer(o.SetUndone(ctx, f.round, "x")) },
		"Undue":               func() result { return answer(o.Undue(ctx, rep)) },
		"DeleteRound":         func() result { return answer(o.DeleteRound(ctx, f.round)) },
		"DeleteRounds":        func() result { return answer(o.DeleteRounds(ctx, at)) },
		"PutChanges":          func() result { return answer(o.PutChanges(ctx, f.round, []Change{change})) },
		"DropChanges":         func() result { return answer(o.DropChanges(ctx, f.round)) },
		"FinishChanges":       func() result { return answer(o.FinishChanges(ctx, f.round, []Change{change})) },
		"Changes":             func() result { return answer(o.Changes(ctx, f.round, ChangeFilter{}, 0, 9)) },
		"PendingChanges":      func() result { return answer(o.PendingChanges(ctx, f.round, 0, 9)) },
		"Change":              func() result { return answer(o.Change(ctx, f.round, 1)) },
		"ChangeCounts":        func() result { return answer(o.ChangeCounts(ctx, f.round)) },
		"ChangesOfPerson":     func() result { return answer(o.ChangesOfPerson(ctx, "a", 9)) },
		"ChangesOfSubscriber": func() result { return answer(o.ChangesOfSubscriber(ctx, f.subscriber, 9)) },
		"BlankRemoved":        func() result { return answer(o.BlankRemoved(ctx, at)) },
	}
}

// registerCalls does so to the register, notices, mails and connecting.
func registerCalls(ctx context.Context, t testing.TB, o Org, f full) map[string]func() result {
	src := f.source
	at := begun.Add(24 * 365 * time.Hour)
	return map[string]func() result{
		"Subscribers":           func() result { return answer(all(t, o.Subscribers(ctx))) },
		"Subscriber":            func() result { return answer(o.Subscriber(ctx, f.subscriber)) },
		"SubscriberByKey":       func() result { return answer(o.SubscriberByKey(ctx, "key")) },
		"SubscriberByExtension": func() result { return answer(o.SubscriberByExtension(ctx, "100")) },
		"SubscribersOf":         func() result { return answer(o.SubscribersOf(ctx, []string{f.subscriber})) },
		"SubscriberPage":        func() result { return answer(o.SubscriberPage(ctx, "", "", 9)) },
		"SubscriberCounts":      func() result { return answer(o.SubscriberCounts(ctx)) },
		"UpdateSubscriber": func() result {
			return answer(o.UpdateSubscriber(ctx, SubscriberRow{Subscriber: pbx.Subscriber{ID: f.subscriber}, Generation: 1}))
		},
		"UpdateSubscribers": func() result {
			return answer(o.UpdateSubscribers(ctx, []SubscriberRow{{Subscriber: pbx.Subscriber{ID: f.subscriber}, Generation: 1}}))
		},
		"DeleteSubscriber":  func() result { return answer(o.DeleteSubscriber(ctx, f.subscriber)) },
		"ExtensionsInUse":   func() result { return answer(o.ExtensionsInUse(ctx)) },
		"RestingExtensions": func() result { return answer(o.RestingExtensions(ctx, time.Time{})) },
		"ForgetExtensions":  func() result { return answer(o.ForgetExtensions(ctx, at)) },
		"Notices":           func() result { return answer(o.Notices(ctx, 0, 9)) },
		"UnseenNotices":     func() result { return answer(o.UnseenNotices(ctx, "nobody@example.se")) },
		"SeenUpTo":          func() result { return answer(o.SeenUpTo(ctx, "eva@example.se")) },
		"PurgeNotices":      func() result { return answer(o.PurgeNotices(ctx, at)) },
		"Mails":             func() result { return answer(o.Mails(ctx, 9)) },
		"MailTried":         func() result { return answer(o.MailTried(ctx, f.mail, "x", begun)) },
		"Entries":           func() result { return answer(o.Entries(ctx, "", 0, 9)) },
		"ConnectLinks":      func() result { return answer(o.ConnectLinks(ctx)) },
		"ConnectLinkByHash": func() result { return answer(o.ConnectLinkByHash(ctx, "link hash")) },
		"UseConnectLink":    func() result { return answer(o.UseConnectLink(ctx, f.connect, "x")) },
		"RevokeConnectLink": func() result { return answer(o.RevokeConnectLink(ctx, f.connect)) },
		"Consent":           func() result { return answer(o.Consent(ctx, "state")) },
		"Consents":          func() result { return answer(o.Consents(ctx, "signin")) },
		"AdvanceConsent": func() result {
			return answer(o.AdvanceConsent(ctx, Consent{StateHash: "state", Step: "done"}, "signin"))
		},
		"DeleteConsent": func() result { return answer(o.DeleteConsent(ctx, "state")) },
		"PurgeConsents": func() result { return answer(o.PurgeConsents(ctx)) },
		"ExportPerson":  func() result { _, err := o.ExportPerson(ctx, src, "a"); return answer(err) },
	}
}

// calendarCalls does so to mailboxes, choices and days.
func calendarCalls(ctx context.Context, o Org, f full) map[string]func() result {
	src, who, at := f.source, []string{"a"}, begun.Add(24*time.Hour)
	return map[string]func() result{
		"Connections":      func() result { return answer(o.Connections(ctx)) },
		"Connection":       func() result { return answer(o.Connection(ctx, src)) },
		"PutConnection":    func() result { return answer(o.PutConnection(ctx, organization.Connection{Source: src}, 0)) },
		"SetPermissions":   func() result { return answer(o.SetPermissions(ctx, src, "{}")) },
		"SetSettingsDue":   func() result { return answer(o.SetSettingsDue(ctx, src, at)) },
		"SetThrottled":     func() result { return answer(o.SetThrottled(ctx, src, at)) },
		"DeleteConnection": func() result { return answer(o.DeleteConnection(ctx, src)) },
		"Enroll":           func() result { return answer(o.Enroll(ctx, src, []Enrolled{{Person: "a", EntraID: "x"}})) },
		"Mailbox":          func() result { return answer(o.Mailbox(ctx, "a")) },
		"MailboxesOf":      func() result { return answer(o.MailboxesOf(ctx, who)) },
		"Subjects":         func() result { return answer(o.Subjects(ctx, who, true)) },
		"Mailboxes":        func() result { _, next, err := o.Mailboxes(ctx, MailboxFilter{}, "", 1); return answer(next, err) },
		"MailboxCounts":    func() result { return answer(o.MailboxCounts(ctx)) },
		"SaveReadings": func() result {
			lost, err := o.SaveReadings(ctx, []ReadingRow{{Person: "a", Generation: 1, Hash: []byte("x"), ReadAt: at}})
			return answer(len(lost)-1, err)
		},
		"SaveSettings":   func() result { return answer(o.SaveSettings(ctx, []SettingsRow{{Person: "a", Zone: "UTC"}})) },
		"WakeMailboxes":  func() result { return answer(o.WakeMailboxes(ctx, who, begun.Add(-time.Hour), "x")) },
		"WakeSource":     func() result { return answer(o.WakeSource(ctx, src, begun.Add(-time.Hour), "x")) },
		"HeardMailboxes": func() result { return answer(o.HeardMailboxes(ctx, who, begun.Add(-time.Hour))) },
		"Choice":         func() result { c, err := o.Choice(ctx, "a"); return answer(c.Choice, c.Generation, err) },
		"Choices":        func() result { return answer(o.Choices(ctx)) },
		"OpenChoices":    func() result { return answer(o.OpenChoices(ctx, at, 9)) },
		"SetAsked":       func() result { return answer(o.SetAsked(ctx, "a", 1)) },
		"SaveChoice":     func() result { return answer(o.SaveChoice(ctx, ChoiceState{Person: "a", Generation: 1}, nil)) },
		"Preference":     func() result { p, err := o.Preference(ctx, "a"); return answer(p.Person, p.Generation, err) },
		"Preferences":    func() result { return answer(o.Preferences(ctx)) },
		"SavePreference": func() result { return answer(o.SavePreference(ctx, "a", organization.Person{}, 1)) },
		"Day":            func() result { return answer(o.Day(ctx, "a")) },
		"SaveDays":       func() result { return answer(o.SaveDays(ctx, []DayRow{{Person: "a", Generation: 1}})) },
		"StaleDays":      func() result { return answer(o.StaleDays(ctx, who)) },
	}
}

// tellingCalls does so to switchboards and what they were told, and to people's
// own tokens and links.
func tellingCalls(ctx context.Context, o Org, f full) map[string]func() result {
	who, at := []string{"a"}, begun.Add(24*365*time.Hour)
	return map[string]func() result{
		"AlignTellings":     func() result { return answer(o.AlignTellings(ctx, who)) },
		"SetLive":           func() result { return answer(o.SetLive(ctx, who, true)) },
		"Tellings":          func() result { return answer(o.Tellings(ctx, "a")) },
		"TellingsOf":        func() result { _, next, err := o.TellingsOf(ctx, Builtin, false, 0, 1); return answer(next, err) },
		"TellingCounts":     func() result { return answer(o.TellingCounts(ctx)) },
		"Retell":            func() result { return answer(o.Retell(ctx, f.switchboard, true)) },
		"ToldAt":            func() result { return answer(o.ToldAt(ctx, "a", at)) },
		"ToldBetween":       func() result { return answer(o.ToldBetween(ctx, "a", time.Time{}, at, 9)) },
		"PurgeTold":         func() result { return answer(o.PurgeTold(ctx, at)) },
		"Board":             func() result { _, next, err := o.Board(ctx, BoardFilter{}, "", 1); return answer(next, err) },
		"BoardSince":        func() result { return answer(o.BoardSince(ctx, time.Unix(0, 0))) },
		"BoardOf":           func() result { return answer(o.BoardOf(ctx, []string{f.subscriber})) },
		"BoardCounts":       func() result { return answer(o.BoardCounts(ctx)) },
		"Switchboards":      func() result { return answer(o.Switchboards(ctx)) },
		"Switchboard":       func() result { return answer(o.Switchboard(ctx, f.switchboard)) },
		"SealedSwitchboard": func() result { return answer(o.SealedSwitchboard(ctx, f.switchboard)) },
		"PutSwitchboard": func() result {
			_, err := o.PutSwitchboard(ctx, organization.Switchboard{ID: f.switchboard}, nil, 1)
			return answer(err)
		},
		"DeleteSwitchboard": func() result { return answer(o.DeleteSwitchboard(ctx, f.switchboard)) },
		"PersonTokens":      func() result { return answer(o.PersonTokens(ctx, "a")) },
		"TouchPersonToken":  func() result { return answer(o.TouchPersonToken(ctx, f.personToken)) },
		"RevokePersonToken": func() result { return answer(o.RevokePersonToken(ctx, "a", f.personToken)) },
		"UsePersonLink":     func() result { return answer(o.UsePersonLink(ctx, "person link hash")) },
		"PurgePersonLinks":  func() result { return answer(o.PurgePersonLinks(ctx, at)) },
	}
}

// own are the methods that add or change rows of their own organization whatever
// the ids they are given, or that answer with it.
var own = map[string]bool{"ID": true, "Tx": true, "Organization": true, "SetOrganization": true, "PutMember": true, "AddSource": true,
	"PutLinks": true, "AddSubscriber": true, "AddSubscribers": true, "AddNotice": true, "SetNoticesSeen": true, "AddMails": true,
	"AddEntry": true, "AddConnectLink": true, "AddConsent": true,
	"AddPersonToken": true, "AddPersonLink": true}

func TestNobodyReachesAnotherOrganizationsRows(t *testing.T) {
	rich := furnish(newHouse(t))
	other := must(rich.AddOrganization(t.Context(), organization.Organization{Name: "Granne"}))(t)
	poor := rich.In(other.ID)
	before := dump(t, rich.Store, rich.ID())
	for table, columns := range schema(t) {
		if _, has := columns["organization"]; has && len(before[table]) == 0 {
			t.Errorf("table %s holds nothing that could be reached", table)
		}
	}
	calls := strangers(t.Context(), t, poor, rich)
	methods := reflect.TypeFor[Org]()
	for i := range methods.NumMethod() {
		name := methods.Method(i).Name
		call := calls[name]
		if call == nil {
			if !own[name] {
				t.Errorf("no call is listed for %s", name)
			}
			continue
		}
		if r := call(); !r.nothing() {
			t.Errorf("%s answered %v", name, r.values)
		}
	}
	if d := cmp.Diff(before, dump(t, rich.Store, rich.ID())); d != "" {
		t.Error("the other organization's rows have changed:", d)
	}
	after := dump(t, rich.Store, other.ID)
	delete(after, "organization")
	if len(after) > 0 {
		t.Errorf("rows were made: %v", after)
	}
}

func TestDeletingACustomerErasesEverythingOfItAlone(t *testing.T) {
	first := furnish(newHouse(t))
	second := settled(t, first.Store, first.clock, "Granne", "18")
	before := dump(t, first.Store, second.ID())
	h := first.house
	h.ok(h.DeleteOrganization(t.Context(), h.ID()))
	if left := dump(t, h.Store, h.ID()); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if d := cmp.Diff(before, dump(t, h.Store, second.ID())); d != "" {
		t.Error("the neighbour's rows have changed:", d)
	}
	h.is(h.DeleteOrganization(t.Context(), h.ID()), ErrNotFound)
}
