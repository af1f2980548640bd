package notify

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// postbox is a mail server that keeps what it is given.
type postbox struct {
	mu       sync.Mutex
	to       []string
	messages []string
}

func (p *postbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &delivery{postbox: p}, nil }

type delivery struct{ *postbox }

func (d *delivery) Mail(string, *smtp.MailOptions) error { return nil }
func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.to = append(d.to, to)
	return nil
}
func (d *delivery) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.messages = append(d.messages, string(text))
	return err
}
func (d *delivery) Reset()        {}
func (d *delivery) Logout() error { return nil }

// open starts the server with STARTTLS offered and returns how to reach it.
func (p *postbox) open(t *testing.T, withTLS bool) SMTP {
	t.Helper()
	server := smtp.NewServer(p)
	server.Domain = "localhost"
	var ca []byte
	if withTLS {
		var pair tls.Certificate
		pair, ca = certificate(t)
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{pair}}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	_, port, _ := net.SplitHostPort(l.Addr().String())
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return SMTP{Host: "127.0.0.1", Port: n, From: "telefonist@example.se", Security: "starttls", CA: ca}
}

func certificate(t *testing.T) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func TestMailArrivesOverTLS(t *testing.T) {
	p := &postbox{}
	server := p.open(t, true)
	if err := server.Send(t.Context(), "asa@example.se", "Körning 3: ändringar", "Hej Åsa,\nallt är klart.\n"); err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	text := p.messages[len(p.messages)-1]
	if !strings.Contains(text, "Auto-Submitted: auto-generated") || !strings.Contains(text, "To: <asa@example.se>") {
		t.Errorf("headers:\n%s", text)
	}
	if !strings.Contains(text, "UTF-8") {
		t.Errorf("not marked as UTF-8:\n%s", text)
	}
}

func TestMailNeverGoesInTheClear(t *testing.T) {
	p := &postbox{}
	server := p.open(t, false)
	if err := server.Send(t.Context(), "asa@example.se", "Hej", "Hej"); err == nil {
		t.Error("sent without TLS though it is required")
	}
	if len(p.messages) != 0 {
		t.Errorf("the server got %d messages", len(p.messages))
	}
}

func TestNoHeaderCanBeSmuggledIn(t *testing.T) {
	p := &postbox{}
	server := p.open(t, true)
	err := server.Send(t.Context(), "asa@example.se", "Hej\r\nBcc: annan@example.se", "Hej")
	if err == nil && len(p.to) != 1 {
		t.Errorf("recipients = %v", p.to)
	}
	for _, m := range p.messages {
		if head, _, _ := bytes.Cut([]byte(m), []byte("\r\n\r\n")); bytes.Contains(head, []byte("\r\nBcc:")) {
			t.Errorf("a header was smuggled in:\n%s", head)
		}
	}
}
