package desk

import "context"

// PreviewMail is the digest that would be sent now, from the newest round.
func (v *Visit) PreviewMail(ctx context.Context) (MailText, error) {
	if err := v.may(ctx, "PreviewMail"); err != nil {
		return MailText{}, err
	}
	if v.desk.Notify == nil {
		return MailText{}, ErrNotOffered
	}
	m, err := v.desk.Notify.Preview(ctx, v.org)
	return m, answer(err, "preview mail")
}

// TestMail sends a mail to one address now, so that it can be seen whether mails
// arrive.
func (v *Visit) TestMail(ctx context.Context, to string) error {
	if err := v.may(ctx, "TestMail"); err != nil {
		return err
	}
	var bad faults
	to = bad.email("to", to)
	if err := bad.err(); err != nil {
		return err
	}
	if v.desk.Notify == nil || v.desk.Notify.Send == nil {
		return ErrNotOffered
	}
	v.desk.prepare()
	now := v.desk.Now()
	if v.desk.mails.spent(string(v.org), now) {
		return ErrTooMany
	}
	v.desk.mails.take(string(v.org), now)
	if err := v.desk.Notify.TestMail(ctx, v.org, to); err != nil {
		return answer(err, "send test mail")
	}
	return v.audit(ctx, "mail.test", to, nil)
}
