package ntlm

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"strings"
)

// attempts is how often one request may begin anew, for whatever reason:
// connections that the server closes in the midst of a handshake, a scheme
// that must be learnt first, passwords that are tried again.
const attempts = 8

// maxHeader is the largest header of an answer, where the settings say nothing.
const maxHeader = 256 << 10

// slot is one connection at a time: the next is opened when the last is gone.
// One request at a time uses it.
type slot struct {
	t      *Transport
	base   *http.Transport
	signed net.Conn // the one that is signed in, nil when none is
}

func newSlot(t *Transport) *slot {
	base := t.options.Transport().Clone()
	base.MaxConnsPerHost, base.MaxIdleConnsPerHost, base.MaxIdleConns = 1, 1, 1
	base.DisableKeepAlives, base.ForceAttemptHTTP2 = false, false
	base.Protocols = new(http.Protocols)
	base.Protocols.SetHTTP1(true)    // HTTP/2 has many requests on a connection
	if base.TLSClientConfig != nil { // Clone has copied it
		base.TLSClientConfig.NextProtos = nil // those of settings that were used before name HTTP/2
	}
	if base.MaxResponseHeaderBytes == 0 {
		base.MaxResponseHeaderBytes = maxHeader
	}
	if proxy := base.Proxy; proxy != nil {
		base.Proxy = func(r *http.Request) (*url.URL, error) {
			if r.URL.Scheme == "http" {
				return nil, nil // it would mix our requests with others' on its connections
			}
			return proxy(r)
		}
	}
	return &slot{t: t, base: base}
}

// roundTrip sends d until the server has decided about it.
func (s *slot) roundTrip(d *delivery) (*http.Response, error) {
	var last error
	for range attempts {
		resp, err := s.once(d)
		if !errors.Is(err, errAgain) {
			return resp, err
		}
		last = err
	}
	return nil, fmt.Errorf("%w: %d times: %w", ErrHandshake, attempts, last)
}

func (s *slot) once(d *delivery) (*http.Response, error) {
	switch scheme := s.t.chosen(); {
	case scheme == Basic:
		return s.basic(d)
	case s.signed != nil:
		return s.warm(d)
	case scheme == "":
		return s.ask(d)
	case scheme == NTLM, scheme == Negotiate:
		return s.handshake(d, scheme)
	default:
		return nil, fmt.Errorf("%w: %q isn't known", ErrScheme, scheme)
	}
}

// ask finds out what the server offers.
func (s *slot) ask(d *delivery) (*http.Response, error) {
	resp, _, err := s.send(d, false, "")
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusUnauthorized {
		return s.open(d, resp)
	}
	drain(resp)
	if err := s.t.learn(resp.Header); err != nil {
		return nil, err
	}
	return nil, errAgain
}

// open goes on after an answer that wants no credential, to a request of
// which the body was left out.
func (s *slot) open(d *delivery, resp *http.Response) (*http.Response, error) {
	if d.body == nil || resp.StatusCode > http.StatusInternalServerError {
		return resp, nil // the whole of it, or a server that isn't at work
	}
	drain(resp)
	resp, _, err := s.send(d, true, "")
	if err == nil && resp.StatusCode == http.StatusUnauthorized {
		drain(resp)
		if err = s.t.learn(resp.Header); err == nil {
			err = errAgain
		}
	}
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// warm sends d on the connection that is signed in. If that is gone, and what
// took its place isn't, nobody has looked at d.
func (s *slot) warm(d *delivery) (*http.Response, error) {
	resp, conn, err := s.send(d, true, "")
	same := conn == s.signed
	if err != nil {
		s.signed = nil
		if conn != nil && !same && d.r.Context().Err() == nil {
			return nil, fmt.Errorf("%w: %w", errAgain, err)
		}
		return nil, err
	}
	if resp.StatusCode != http.StatusUnauthorized {
		return resp, nil
	}
	s.signed = nil
	drain(resp)
	if same {
		s.base.CloseIdleConnections() // it has forgotten us
	}
	return nil, errAgain
}

// handshake signs a connection in; its last message carries d.
func (s *slot) handshake(d *delivery, scheme string) (*http.Response, error) {
	if err := s.t.trial.enter(d.r.Context(), false); err != nil {
		return nil, err
	}
	h := &handshake{scheme: scheme, ask: asked}
	if scheme == Negotiate {
		h.ask, h.wrapped = askedNegotiate, s.t.wraps()
	}
	if resp, err := s.challenge(d, h); resp != nil || err != nil {
		_, _ = s.t.trial.leave(unknown, scheme, false)
		return resp, err
	}
	signIn := s.t.signIn(d.r)
	if !s.t.options.Unbound {
		signIn.binding = channelBinding(h.tls)
	}
	last, err := h.last(signIn)
	if err != nil {
		_, _ = s.t.trial.leave(unknown, scheme, false)
		return nil, err
	}
	resp, conn, err := s.send(d, true, last)
	if conn != nil && conn != h.conn { // the server can't have looked at it
		return s.void(d, scheme, resp, err)
	}
	if resp, err = s.verdict(d, scheme, signIn.binding != nil, resp, err); err != nil {
		return nil, err
	}
	if resp.Header.Get("Persistent-Auth") != "false" {
		s.signed = conn
	}
	return resp, nil
}

// challenge sends the first message and puts the second into h. When nothing
// comes of it, it returns what once is to return instead.
func (s *slot) challenge(d *delivery, h *handshake) (*http.Response, error) {
	first, err := h.open()
	if err != nil {
		return nil, err
	}
	resp, conn, err := s.send(d, false, first)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusUnauthorized {
		return s.open(d, resp)
	}
	drain(resp)
	second := token(resp.Header, h.scheme)
	if second == nil {
		return nil, s.unchallenged(resp, h)
	}
	h.conn, h.tls = conn, resp.TLS
	if err := h.read(second); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrHandshake, err)
	}
	s.t.met(h.challenge)
	return nil, nil
}

// unchallenged says what to do about a server that turns the first message
// away, which says nothing of the password yet.
func (s *slot) unchallenged(resp *http.Response, h *handshake) error {
	if err := s.t.learn(resp.Header); err != nil {
		return err
	}
	if s.t.chosen() != h.scheme {
		return errAgain
	}
	if h.scheme == Negotiate && !h.wrapped {
		s.t.wrap()
		return errAgain
	}
	return fmt.Errorf("%w: the server sends no challenge", ErrHandshake)
}

// void ends a handshake of which the last message went another way.
func (s *slot) void(d *delivery, scheme string, resp *http.Response, err error) (*http.Response, error) {
	_, _ = s.t.trial.leave(unknown, scheme, false)
	switch {
	case err != nil && d.r.Context().Err() != nil:
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%w: %w", errAgain, err)
	case resp.StatusCode != http.StatusUnauthorized:
		return resp, nil // it wants no credential any more
	}
	drain(resp)
	return nil, errAgain
}

// verdict takes the answer to a request that carried the password.
func (s *slot) verdict(d *delivery, scheme string, bound bool, resp *http.Response, err error) (*http.Response, error) {
	switch {
	case err != nil:
		_, _ = s.t.trial.leave(unknown, scheme, bound)
		return nil, err
	case resp.StatusCode == http.StatusUnauthorized:
		drain(resp)
		s.base.CloseIdleConnections()
		wait, err := s.t.trial.leave(bad, scheme, bound)
		if err == nil {
			err = s.t.pause(d.r.Context(), wait)
		}
		if err == nil {
			err = errAgain
		}
		return nil, err
	case resp.StatusCode > http.StatusInternalServerError, resp.StatusCode == http.StatusProxyAuthRequired:
		_, _ = s.t.trial.leave(unknown, scheme, bound) // one before the server may have said it
	default:
		_, _ = s.t.trial.leave(good, scheme, bound)
	}
	return resp, nil
}

// basic sends d with the password.
func (s *slot) basic(d *delivery) (*http.Response, error) {
	user, password := s.t.credential.User, s.t.credential.Password
	if d.r.URL.Scheme != "https" && !loopback(d.r.URL.Hostname()) {
		return nil, ErrPlaintext
	}
	if strings.Contains(user, ":") {
		return nil, fmt.Errorf("%w: by Basic no user name has a colon", ErrScheme)
	}
	if err := s.t.trial.enter(d.r.Context(), true); err != nil {
		return nil, err
	}
	resp, _, err := s.send(d, true, "Basic "+base64.StdEncoding.EncodeToString([]byte(user+":"+password)))
	if err == nil && resp.StatusCode == http.StatusUnauthorized {
		if errLearn := s.t.learn(resp.Header); errLearn != nil {
			drain(resp)
			_, _ = s.t.trial.leave(unknown, Basic, false)
			return nil, errLearn
		}
	}
	return s.verdict(d, Basic, false, resp, err)
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// send sends d, whole or without its body, and tells on which connection. Nil
// is one that hasn't been opened.
func (s *slot) send(d *delivery, whole bool, authorization string) (*http.Response, net.Conn, error) {
	var conn net.Conn
	ctx := httptrace.WithClientTrace(d.r.Context(), &httptrace.ClientTrace{
		GotConn: func(i httptrace.GotConnInfo) { conn = i.Conn },
	})
	r, err := d.request(ctx, whole)
	if err != nil {
		return nil, nil, err
	}
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	resp, err := s.base.RoundTrip(r)
	return resp, conn, err
}

// drain reads what little an answer says beside its header, so that the
// connection can be used again.
func drain(resp *http.Response) {
	_, _ = io.CopyN(io.Discard, resp.Body, 1<<20)
	_ = resp.Body.Close()
}
