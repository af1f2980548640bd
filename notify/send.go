package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/telefonist/telefonist/store"
)

// SMTP is the server that mail leaves by.
type SMTP struct {
	Host               string
	Port               int
	Username, Password string
	From               string
	Security           string // "starttls", "tls" or "none"
	CA                 []byte // PEM of the only authorities to trust; nil trusts the system's
}

// Send hands one message over.
func (s SMTP) Send(ctx context.Context, to, subject, body string) error {
	m := mail.NewMsg()
	if err := m.From(s.From); err != nil {
		return fmt.Errorf("write mail: %w", err)
	}
	if err := m.To(to); err != nil {
		return fmt.Errorf("write mail: %w", err)
	}
	m.Subject(subject)
	m.SetDate()
	m.SetMessageID()
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: nobody's absence answers it
	m.SetBodyString(mail.TypeTextPlain, body)
	client, err := s.client()
	if err != nil {
		return fmt.Errorf("send mail: %w", err)
	}
	if err := client.DialAndSendWithContext(ctx, m); err != nil {
		return fmt.Errorf("send mail: %w", err)
	}
	return nil
}

func (s SMTP) client() (*mail.Client, error) {
	config := &tls.Config{ServerName: s.Host, MinVersion: tls.VersionTLS12}
	if s.CA != nil {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(s.CA) {
			return nil, errors.New("smtp.ca: no certificate in the file")
		}
	}
	options := []mail.Option{mail.WithPort(s.Port), mail.WithTLSConfig(config), mail.WithTimeout(20 * time.Second)}
	switch s.Security {
	case "tls":
		options = append(options, mail.WithSSL())
	case "none":
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if s.Username != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(s.Username), mail.WithPassword(s.Password))
	}
	return mail.NewClient(s.Host, options...)
}

// tries is how often a message is tried before it is given up: for two days.
const tries = 12

// SendDue sends the mails that are due. What can't be sent now is tried again,
// ever more rarely.
func (n *Notifier) SendDue(ctx context.Context) error {
	due, err := n.Store.DueMails(ctx, n.Now(), 50)
	if err != nil {
		return fmt.Errorf("find due mail: %w", err)
	}
	for _, m := range due {
		m.Tries++
		if err := n.Send(ctx, m.To, m.Subject, m.Body); err == nil {
			m.Due, m.Answer = time.Time{}, ""
		} else {
			n.Log.Warn("mail not sent", "organization", m.Organization, "tries", m.Tries, "error", err)
			m.Due, m.Answer = n.Now().Add(min(time.Minute<<min(m.Tries, 10), 6*time.Hour)), reason(err)
			if m.Tries >= tries {
				m.Due = time.Time{}
			}
		}
		if err := n.keep(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// reason is what the mail server said, without addresses.
func reason(err error) string {
	var send *mail.SendError
	if errors.As(err, &send) {
		return fmt.Sprintf("%s (%d)", send.Reason, send.ErrorCode())
	}
	return "unreachable"
}

func (n *Notifier) keep(ctx context.Context, m store.Mail) error {
	if err := n.Store.In(m.Organization).MailTried(ctx, m.ID, m.Answer, m.Due); err != nil {
		return fmt.Errorf("keep mail: %w", err)
	}
	return nil
}
