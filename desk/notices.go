package desk

import (
	"context"
	"slices"

	"github.com/telefonist/telefonist/store"
)

// NoticePage is what was told in the console, the newest first.
type NoticePage struct {
	Notices []Notice
	Seen    int64 // the newest one this user has seen
	Unseen  int64
}

// Notices reads what was told in the console; before is the id of the last one of
// the page before, 0 at first.
func (v *Visit) Notices(ctx context.Context, before int64, limit int) (NoticePage, error) {
	if err := v.may(ctx, "Notices"); err != nil {
		return NoticePage{}, err
	}
	list, err := v.store().Notices(ctx, before, pageSize(limit))
	if err != nil {
		return NoticePage{}, step("list notices", err)
	}
	unseen, err := v.unseen(ctx)
	if err != nil {
		return NoticePage{}, step("count notices", err)
	}
	seen, err := v.store().SeenUpTo(ctx, v.actor.ID)
	return NoticePage{Notices: list, Seen: seen, Unseen: unseen}, step("read seen", err)
}

// unseen counts the notices that the caller is told of and has not seen. Where the
// organization has chosen who is told, the others may read them but are not told.
func (v *Visit) unseen(ctx context.Context) (int64, error) {
	o, err := v.organization(ctx)
	if err != nil {
		return 0, err
	}
	if told := o.Settings.Notify.Users; len(told) > 0 && !slices.Contains(told, v.actor.ID) {
		return 0, nil
	}
	return v.store().UnseenNotices(ctx, v.actor.ID)
}

// SeeNotices notes that the user has seen everything up to a notice.
func (v *Visit) SeeNotices(ctx context.Context, upto int64) error {
	if err := v.may(ctx, "SeeNotices"); err != nil {
		return err
	}
	return answer(v.store().SetNoticesSeen(ctx, v.actor.ID, upto), "note seen")
}

// Mails lists what was sent by e-mail or waits to be, the newest first.
func (v *Visit) Mails(ctx context.Context) ([]store.Mail, error) {
	if err := v.may(ctx, "Mails"); err != nil {
		return nil, err
	}
	mails, err := v.store().Mails(ctx, maxPage)
	return mails, step("list mails", err)
}
