package console

import (
	"strconv"
	"strings"

	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/organization"
)

const noticesPage = 30

// notificationsView is what was told, who is told, and the mail as it would be.
type notificationsView struct {
	Page    desk.NoticePage
	Next    string
	Users   []organization.User
	Notify  organization.Notify
	Preview desk.MailText
	NoMail  bool // the server can't send any
	Mails   []desk.Mail
	Said    wrongs
}

func showNotifications(p *page) error {
	v := notificationsView{Notify: p.org.Settings.Notify}
	if err := p.readNotifications(&v); err != nil {
		return err
	}
	// What is on this page has been seen; the numbers on it are from before.
	if n := v.Page.Notices; len(n) > 0 && n[0].ID > v.Page.Seen {
		if err := p.visit.SeeNotices(p.ctx(), n[0].ID); err != nil {
			return err
		}
	}
	return p.ok(p.notificationsPage(v))
}

func (p *page) readNotifications(v *notificationsView) error {
	before, _ := strconv.ParseInt(p.form("before"), 10, 64)
	var err error
	if v.Page, err = p.visit.Notices(p.ctx(), before, noticesPage); err != nil {
		return err
	}
	if n := v.Page.Notices; len(n) == noticesPage {
		v.Next = p.query("notifications", "before", strconv.FormatInt(n[len(n)-1].ID, 10))
	}
	if v.Users, err = p.visit.Users(p.ctx()); err != nil {
		return err
	}
	if v.Mails, err = p.visit.Mails(p.ctx()); err != nil {
		return err
	}
	v.Mails = v.Mails[:min(len(v.Mails), 10)]
	if p.form("show") == "preview" {
		v.Preview, err = p.visit.PreviewMail(p.ctx())
		v.NoMail = notOffered(err)
		if v.NoMail || notFound(err) {
			err = nil
		}
	}
	return err
}

func saveNotifications(p *page) error {
	if p.form("do") == "test" {
		err := p.visit.TestMail(p.ctx(), p.form("to"))
		if notOffered(err) {
			p.say(bad, "notifications.noMail")
			return p.to(p.url("notifications"))
		}
		return p.after(err, "notifications#who", "notifications.tested", "to", p.form("to"))
	}
	s := p.org.Settings
	s.Notify = organization.Notify{Users: p.r.Form["user"], Every: p.form("every") != ""}
	s.Notify.Emails = strings.FieldsFunc(p.r.FormValue("emails"), func(r rune) bool { return strings.ContainsRune(" ,;\r\n\t", r) })
	_, err := p.visit.SaveOrganization(p.ctx(), p.org.Name, s, p.customer.Generation)
	if said, ok := p.refused(err); ok {
		v := notificationsView{Notify: s.Notify, Said: said}
		if err := p.readNotifications(&v); err != nil {
			return err
		}
		return p.again(p.notificationsPage(v))
	}
	return p.after(err, "notifications", "settings.saved")
}

// noticeText is what was told, in one sentence.
func (p *page) noticeText(n desk.Notice) string { return p.lang.Reason("notice.", n.Kind, n.Data) }

func (p *page) noticeLink(n desk.Notice) string {
	if n.Kind == "expiry" {
		return p.url("connect/" + n.Subject)
	}
	return p.url("rounds/" + n.Subject)
}

func noticeTone(kind string) tone {
	switch kind {
	case "failed":
		return bad
	case "held", "first", "expiry", "left":
		return warn
	}
	return good
}
