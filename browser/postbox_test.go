//go:build browser

package browser

import (
	"fmt"
	"io"
	"mime/quotedprintable"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// postbox is a mail server that keeps what it is given.
type postbox struct {
	mu    sync.Mutex
	mails []string
	port  int
}

func openPostbox(t *testing.T) *postbox {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	box := &postbox{port: l.Addr().(*net.TCPAddr).Port}
	server := smtp.NewServer(box)
	server.Domain = "localhost"
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	return box
}

// settings have the program send its mail here.
func (b *postbox) settings() string {
	return fmt.Sprintf("smtp: {host: 127.0.0.1, port: %d, from: telefonist@example.se, security: none}\n", b.port)
}

// NewSession is a [smtp.Backend]'s.
func (b *postbox) NewSession(*smtp.Conn) (smtp.Session, error) { return delivery{b}, nil }

// delivery is one connection.
type delivery struct{ box *postbox }

func (d delivery) Mail(string, *smtp.MailOptions) error { return nil }
func (d delivery) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (d delivery) Reset()                               {}
func (d delivery) Logout() error                        { return nil }

func (d delivery) Data(r io.Reader) error {
	text, err := io.ReadAll(quotedprintable.NewReader(r))
	d.box.mu.Lock()
	defer d.box.mu.Unlock()
	d.box.mails = append(d.box.mails, string(text))
	return err
}

// link waits for a mail with an address that begins so, and returns the address.
func (b *postbox) link(t *testing.T, begins string) string {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		b.mu.Lock()
		all := strings.Join(b.mails, "\n")
		b.mu.Unlock()
		if _, rest, found := strings.Cut(all, begins); found {
			return begins + strings.FieldsFunc(rest, func(r rune) bool { return strings.ContainsRune(" \r\n\"<>", r) })[0]
		}
	}
	t.Fatalf("no mail has a link %s…", begins)
	return ""
}
