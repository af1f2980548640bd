package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestNotices(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	var ids []int64
	for _, kind := range []string{"round", "held", "left"} {
		n := must(h.AddNotice(ctx, Notice{Kind: kind, Subject: "x", Data: map[string]string{"count": "3"}}))(t)
		ids = append(ids, n.ID)
	}
	unseen := func(email string) int64 { return must(h.UnseenNotices(ctx, email))(t) }
	if unseen("eva@example.se") != 3 {
		t.Errorf("%d unseen", unseen("eva@example.se"))
	}
	h.ok(h.SetNoticesSeen(ctx, "Eva@example.se", ids[1]))
	h.ok(h.SetNoticesSeen(ctx, "eva@example.se", ids[0])) // an older page is closed later
	if unseen("eva@example.se") != 1 || unseen("bo@example.se") != 3 {
		t.Errorf("unseen: %d and %d", unseen("eva@example.se"), unseen("bo@example.se"))
	}
	if upTo := must(h.SeenUpTo(ctx, "EVA@example.se"))(t); upTo != ids[1] {
		t.Errorf("seen up to %d", upTo)
	}
	page := must(h.Notices(ctx, ids[2], 9))(t)
	want := []Notice{{ids[1], begun, "held", "x", map[string]string{"count": "3"}}, {ids[0], begun, "round", "x", map[string]string{"count": "3"}}}
	if d := cmp.Diff(want, page); d != "" {
		t.Error(d)
	}
	h.ok(h.PurgeNotices(ctx, begun.Add(time.Second)))
	if left := must(h.Notices(ctx, 0, 9))(t); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestMailsWaitUntilTheyAreSent(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	h.ok(h.AddMails(ctx, []Mail{{ID: "a", To: "eva@example.se", Subject: "Körning", Body: "…"}, {ID: "b", To: "bo@example.se", Due: begun.Add(time.Hour)}}))
	due := must(h.DueMails(ctx, begun, 9))(t)
	if d := cmp.Diff([]Mail{{Organization: h.ID(), ID: "a", To: "eva@example.se", Subject: "Körning", Body: "…", Due: begun, Created: begun}}, due); d != "" {
		t.Error(d)
	}
	h.ok(h.MailTried(ctx, "a", "451 later", begun.Add(2*time.Hour)))
	if next := must(h.NextMailDue(ctx))(t); next != begun.Add(time.Hour) {
		t.Errorf("next: %v", next)
	}
	h.ok(h.MailTried(ctx, "a", "250 ok", time.Time{}))
	h.ok(h.MailTried(ctx, "b", "250 ok", time.Time{}))
	if next := must(h.NextMailDue(ctx))(t); !next.IsZero() {
		t.Errorf("next: %v", next)
	}
	for _, m := range must(h.Mails(ctx, 9))(t) {
		if want := map[string]int{"a": 2, "b": 1}[m.ID]; m.Tries != want || m.Answer != "250 ok" {
			t.Errorf("mail: %+v", m)
		}
	}
	h.is(h.MailTried(ctx, "c", "", begun), ErrNotFound)
	h.ok(h.PurgeNotices(ctx, begun.Add(time.Second)))
	if left := must(h.Mails(ctx, 9))(t); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestAConnectLinkIsUsedOnce(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	add := func(hash string, expires time.Time) ConnectLink {
		return must(h.AddConnectLink(ctx, ConnectLink{Colleague: "it@example.se", Language: "sv", By: "eva", Expires: expires}, hash))(t)
	}
	good, late, revoked := add("1", begun.Add(time.Hour)), add("2", begun), add("3", begun.Add(time.Hour))
	h.ok(h.RevokeConnectLink(ctx, revoked.ID))
	h.is(h.RevokeConnectLink(ctx, revoked.ID), ErrNotFound)
	org, got, err := h.FindConnectLink(ctx, "1")
	if err != nil || org != h.ID() || got != good {
		t.Errorf("%v %+v %v", org, got, err)
	}
	h.ok(h.UseConnectLink(ctx, good.ID, h.source))
	for _, l := range []ConnectLink{good, late, revoked} {
		h.is(h.UseConnectLink(ctx, l.ID, h.source), ErrConflict)
	}
	if got := must(h.ConnectLinkByHash(ctx, "1"))(t); got.Used != begun || got.Source != h.source {
		t.Errorf("used: %+v", got)
	}
	if got := must(h.ConnectLinks(ctx))(t); len(got) != 3 {
		t.Errorf("links: %v", got)
	}
}

func TestAConsentGoesStepByStep(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	c := Consent{StateHash: "state", Link: "link", SessionHash: "session", Cloud: "global", Sealed: []byte{1}, Step: "signin", Expires: begun.Add(time.Hour)}
	h.ok(h.AddConsent(ctx, c))
	h.is(h.AddConsent(ctx, c), ErrExists)
	c.Step, c.Tenant = "confirm", "tid"
	h.ok(h.AdvanceConsent(ctx, c, "signin"))
	h.is(h.AdvanceConsent(ctx, c, "signin"), ErrConflict)
	if d := cmp.Diff(c, must(h.Consent(ctx, "state"))(t)); d != "" {
		t.Error(d)
	}
	if org, got, err := h.FindConsent(ctx, "state"); err != nil || org != h.ID() || got.Tenant != "tid" {
		t.Errorf("%v %+v %v", org, got, err)
	}
	if got := must(h.Consents(ctx, "confirm"))(t); len(got) != 1 {
		t.Errorf("at the step: %v", got)
	}
	h.ok(h.PurgeConsents(ctx))
	h.ok(h.DeleteConsent(ctx, "state"))
	h.is(h.DeleteConsent(ctx, "state"), ErrNotFound)
}
