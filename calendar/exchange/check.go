package exchange

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/ews"
	"github.com/telefonist/telefonist/ntlm"
)

// Finding is one thing that was tried at a server.
//
//	dns            tried.dns (host, addresses)
//	tls            tried.tls, tried.oldTLS (version, suite), tried.noTLS
//	certificate    tried.certificate, tried.certificateEnds, tried.certificatePinned, tried.certificateWeak
//	               (issuer, end, days, fingerprint)
//	signin         tried.signin (scheme, offered), tried.basic (offered)
//	version        tried.version (name, schema), tried.versionUnknown (schema)
//	clock          tried.clock, tried.clockOff (seconds: how far the server is ahead)
//	impersonation  tried.impersonation, tried.noImpersonation (mailbox, text)
//	delegate       tried.fullAccess, tried.reviewer, tried.noDelegate (mailbox, text)
//	availability   tried.details, tried.times, tried.noAvailability, tried.noMailbox (mailbox, text)
//	mailbox        tried.nobody: there is no mailbox to try with
//	throttling     tried.calm, tried.throttled (text, seconds)
type Finding struct {
	Subject string
	Outcome Outcome
	Code    string
	Args    map[string]string
	Err     error // in place of a code: what hindered all that would have come after
}

// Outcome is how a thing came out that was tried.
type Outcome int

// A warning is something to mend though calendars can be read; after a failure
// none can.
const (
	Fine Outcome = iota
	Warned
	Failed
)

// The last days of a certificate, and how far a clock may be off before that is
// worth a word.
const (
	endsSoon = 30 * 24 * time.Hour
	clockOff = 2 * time.Minute
	stepTime = 20 * time.Second
)

// Check tries a server out step by step, with connections of its own, so that also
// a password is tried again that was refused before. What can be read of the
// mailboxes, which are addresses, is tried by every way.
func Check(ctx context.Context, s Settings, o Options, mailboxes []string) []Finding {
	source, err := Open(s, o)
	if err != nil {
		return []Finding{{Subject: "signin", Outcome: Failed, Err: err}}
	}
	defer source.Close()
	c := &check{ctx: ctx, source: source, settings: s}
	if c.reach() && c.enter() {
		for _, m := range mailboxes {
			c.mailbox(m)
		}
		if len(mailboxes) == 0 {
			c.add("mailbox", Warned, "tried.nobody")
		}
		c.throttling()
	}
	return c.found
}

type check struct {
	ctx      context.Context
	source   *Source
	settings Settings
	found    []Finding
}

// add notes a finding; args are names and values in turn.
func (c *check) add(subject string, o Outcome, code string, args ...string) {
	f := Finding{Subject: subject, Outcome: o, Code: code}
	for i := 0; i+1 < len(args); i += 2 {
		if f.Args == nil {
			f.Args = map[string]string{}
		}
		f.Args[args[i]] = args[i+1]
	}
	c.found = append(c.found, f)
}

func (c *check) fail(subject string, err error) bool {
	if t := c.source.troubleOf(err); t != nil {
		err = t
	}
	c.found = append(c.found, Finding{Subject: subject, Outcome: Failed, Err: err})
	return false
}

// reach goes as far as the server's certificate.
func (c *check) reach() bool {
	u, err := url.Parse(c.settings.URL)
	if err != nil {
		return c.fail("dns", err)
	}
	ctx, cancel := context.WithTimeout(c.ctx, stepTime)
	defer cancel()
	host, port := u.Hostname(), u.Port()
	if _, err := netip.ParseAddr(host); err != nil {
		addresses, err := net.DefaultResolver.LookupHost(ctx, host)
		if err != nil {
			return c.fail("dns", err)
		}
		c.add("dns", Fine, "tried.dns", "host", host, "addresses", strings.Join(addresses[:min(len(addresses), 4)], ", "))
	}
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	dial := c.source.options.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: dialTimeout}).DialContext
	}
	conn, err := dial(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return c.fail("tls", err)
	}
	defer conn.Close()
	if u.Scheme == "http" {
		c.add("tls", Warned, "tried.noTLS")
		return true
	}
	config, err := c.settings.tls()
	if err != nil {
		return c.fail("tls", err)
	}
	return c.handshake(ctx, conn, config, host)
}

// handshake looks at what TLS is spoken, and at the certificate, whatever it is.
func (c *check) handshake(ctx context.Context, conn net.Conn, config *tls.Config, host string) bool {
	look := config.Clone()
	look.ServerName, look.InsecureSkipVerify, look.VerifyConnection = host, true, nil
	t := tls.Client(conn, look)
	if err := t.HandshakeContext(ctx); err != nil {
		return c.fail("tls", err)
	}
	state := t.ConnectionState()
	code, outcome := "tried.tls", Fine
	if state.Version < tls.VersionTLS12 {
		code, outcome = "tried.oldTLS", Warned
	}
	c.add("tls", outcome, code, "version", tls.VersionName(state.Version), "suite", tls.CipherSuiteName(state.CipherSuite))
	return c.certificate(state, config, host)
}

func (c *check) certificate(state tls.ConnectionState, config *tls.Config, host string) bool {
	leaf := state.PeerCertificates[0]
	left := leaf.NotAfter.Sub(c.source.options.Now())
	args := []string{
		"issuer", leaf.Issuer.String(), "end", leaf.NotAfter.UTC().Format(time.DateOnly),
		"days", strconv.Itoa(int(left / (24 * time.Hour))), "fingerprint", ews.Fingerprint(leaf),
	}
	if config.VerifyConnection != nil { // a fingerprint, which alone counts
		if err := config.VerifyConnection(state); err != nil {
			return c.fail("certificate", err)
		}
		if weak(leaf.SignatureAlgorithm) {
			c.add("certificate", Warned, "tried.certificateWeak", args...)
		} else {
			c.add("certificate", Fine, "tried.certificatePinned", args...)
		}
		return true
	}
	between := x509.NewCertPool()
	for _, cert := range state.PeerCertificates[1:] {
		between.AddCert(cert)
	}
	_, err := leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: config.RootCAs, Intermediates: between, CurrentTime: c.source.options.Now()})
	switch {
	case err != nil && weak(leaf.SignatureAlgorithm):
		c.found = append(c.found, Finding{Subject: "certificate", Outcome: Failed, Err: &Trouble{Code: "sha1", Args: issuer(leaf), Err: err}})
		return false
	case err != nil:
		return c.fail("certificate", err)
	case left < endsSoon:
		c.add("certificate", Warned, "tried.certificateEnds", args...)
	default:
		c.add("certificate", Fine, "tried.certificate", args...)
	}
	return true
}

// enter signs in, and looks at what it is that answers.
func (c *check) enter() bool {
	server, err := c.source.answering(c.ctx)
	if err != nil {
		return c.fail("signin", err)
	}
	offered := c.source.signIn.Offered()
	scheme := strings.Join(offered, ", ")
	if onlyBasic(offered) || c.settings.SignIn == Basic {
		c.add("signin", Warned, "tried.basic", "offered", scheme)
	} else {
		c.add("signin", Fine, "tried.signin", "offered", scheme)
	}
	if server.name == "" {
		c.add("version", Warned, "tried.versionUnknown", "schema", server.version.String())
	} else {
		c.add("version", Fine, "tried.version", "name", server.name, "schema", server.version.String())
	}
	if s := c.source.skew.Load(); s != nil {
		seconds := strconv.Itoa(int(s.ahead / time.Second))
		if s.ahead.Abs() > clockOff {
			c.add("clock", Warned, "tried.clockOff", "seconds", seconds)
		} else {
			c.add("clock", Fine, "tried.clock", "seconds", seconds)
		}
	}
	return true
}

func onlyBasic(offered []string) bool {
	for _, o := range offered {
		if strings.EqualFold(o, ntlm.NTLM) || strings.EqualFold(o, ntlm.Negotiate) {
			return false
		}
	}
	return len(offered) > 0
}

// mailbox tries every way to one.
func (c *check) mailbox(address string) {
	now := c.source.options.Now()
	r := c.source.reading(c.ctx, []calendar.Mailbox{{Address: address}}, calendar.Window{From: now, To: now.Add(24 * time.Hour)})
	r.server, _ = c.source.answering(c.ctx)
	rungs, more := r.rungs(), false

	_, err := r.rights(rungs[0].access(address), &r.climbs[0])
	if err == nil {
		more = true
		c.add("impersonation", Fine, "tried.impersonation", "mailbox", address)
	} else {
		c.add("impersonation", Fine, "tried.noImpersonation", "mailbox", address, "text", c.said(err))
	}
	if kind, err := r.rights(rungs[1].access(address), &r.climbs[0]); err == nil {
		more = true
		c.add("delegate", Fine, "tried."+string(kind), "mailbox", address)
	} else {
		c.add("delegate", Fine, "tried.noDelegate", "mailbox", address, "text", c.said(err))
	}
	r.availability([]int{0})
	least := Warned
	if more {
		least = Fine
	}
	switch o := r.out[0]; {
	case o.Health.State == calendar.Fine && o.Way.Kind == calendar.Details:
		c.add("availability", Fine, "tried.details", "mailbox", address)
	case o.Health.State == calendar.Fine:
		c.add("availability", least, "tried.times", "mailbox", address)
	case o.Health.State == calendar.NoMailbox || o.Health.State == calendar.OnServer:
		c.add("availability", least, "tried.noMailbox", "mailbox", address, "text", o.Health.Sentence)
	case more:
		c.add("availability", Fine, "tried.noAvailability", "mailbox", address, "text", o.Health.Sentence)
	default:
		c.add("availability", Failed, "tried.noAvailability", "mailbox", address, "text", o.Health.Sentence)
	}
	if t := r.stopped(); t != nil && t.Code == "busy" {
		c.source.hold(t)
	}
}

// said is what the server said, and keeps it where that was to wait.
func (c *check) said(err error) string {
	if t := c.source.troubleOf(err); t != nil && t.Code == "busy" {
		c.source.hold(t)
	}
	var e *ews.Error
	if errors.As(err, &e) {
		return sentence(e)
	}
	return err.Error()
}

func (c *check) throttling() {
	if t := c.source.held(); t != nil {
		c.add("throttling", Warned, "tried.throttled", "text", t.Args["text"], "seconds", strconv.Itoa(int(t.Wait/time.Second)))
		return
	}
	c.add("throttling", Fine, "tried.calm")
}
