package client

import (
	"bufio"
	"context"
	"iter"
	"net/http"
	"strings"
	"time"
)

// Notice is something told in the console.
type Notice struct {
	ID      int64             `json:"id"`
	At      time.Time         `json:"at"`
	Kind    string            `json:"kind"`
	Subject string            `json:"subject,omitempty"`
	Data    map[string]string `json:"data,omitempty"`
}

// Notices is a page of them, the newest first.
type Notices struct {
	Notices []Notice `json:"notices"`
	Seen    int64    `json:"seen"` // the newest one that was seen
	Unseen  int64    `json:"unseen"`
}

// Seen is the newest notice that was seen.
type Seen struct {
	UpTo int64 `json:"upTo"`
}

// MailText is an e-mail as it would be sent.
type MailText struct {
	Subject string `json:"subject"`
	Body    string `json:"body"`
}

// Mail is an e-mail that was sent or waits to be.
type Mail struct {
	ID      string    `json:"id"`
	To      string    `json:"to"`
	Subject string    `json:"subject"`
	Due     time.Time `json:"due,omitzero"` // zero: sent, or given up
	Tries   int       `json:"tries"`
	Answer  string    `json:"answer,omitempty"`
	Created time.Time `json:"created"`
}

// TestMail is to whom a test mail goes.
type TestMail struct {
	To string `json:"to"`
}

// Notices reads a page of notices; before is the id of the last one of the page
// before, 0 at first.
func (o *Organization) Notices(ctx context.Context, before int64, limit int) (Notices, error) {
	return get[Notices](ctx, o.c, o.path+"/notices", values("before", number(before), "limit", number(int64(limit))))
}

// SeeNotices notes that everything up to a notice was seen.
func (o *Organization) SeeNotices(ctx context.Context, upTo int64) error {
	_, err := send[nothing](ctx, o.c, http.MethodPost, o.path+"/notices/seen", Seen{upTo})
	return err
}

// Mails lists what was sent by e-mail or waits to be.
func (o *Organization) Mails(ctx context.Context) ([]Mail, error) {
	return list[Mail](ctx, o.c, o.path+"/mails", nil)
}

// PreviewMail is the digest as it would be sent.
func (o *Organization) PreviewMail(ctx context.Context) (MailText, error) {
	return get[MailText](ctx, o.c, o.path+"/mails/preview", nil)
}

// TestMail sends a mail now.
func (o *Organization) TestMail(ctx context.Context, to string) error {
	_, err := send[nothing](ctx, o.c, http.MethodPost, o.path+"/mails/test", TestMail{to})
	return err
}

// Events tells what kind of thing changes from now on ("round", "standing",
// "subscriber" …), until ctx ends or the connection breaks; whoever hears it reads
// again.
func (o *Organization) Events(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		body, err := o.c.open(ctx, request{method: http.MethodGet, path: o.path + "/events"})
		if err != nil {
			yield("", err)
			return
		}
		defer body.Close()
		lines := bufio.NewScanner(body)
		for lines.Scan() {
			if kind, ok := strings.CutPrefix(lines.Text(), "data: "); ok && !yield(kind, nil) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield("", err)
		}
	}
}
