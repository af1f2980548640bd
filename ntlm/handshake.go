package ntlm

import (
	"crypto/tls"
	"encoding/base64"
	"net"
)

// handshake is three messages on one connection.
type handshake struct {
	scheme  string
	ask     flags
	wrapped bool // in SPNEGO's messages

	first     []byte
	challenge *challenge
	conn      net.Conn             // on which the challenge came
	tls       *tls.ConnectionState // its own, nil without TLS
}

// open returns the Authorization header with the first message.
func (h *handshake) open() (string, error) {
	h.first = negotiation(h.ask)
	m := h.first
	if h.wrapped {
		var err error
		if m, err = wrapFirst(m); err != nil {
			return "", err
		}
	}
	return h.header(m), nil
}

// read takes the server's token with the second message. Who answers a plain
// message with a wrapped one wants wrapped ones.
func (h *handshake) read(token []byte) error {
	m, wrapped, err := unwrap(token)
	if err != nil {
		return err
	}
	h.wrapped = wrapped
	h.challenge, err = parseChallenge(m)
	return err
}

// last returns the Authorization header with the third message.
func (h *handshake) last(s signIn) (string, error) {
	m, session := s.authentication(h.first, h.ask, h.challenge)
	if h.wrapped {
		var err error
		if m, err = wrapLast(m, session); err != nil {
			return "", err
		}
	}
	return h.header(m), nil
}

func (h *handshake) header(m []byte) string {
	return h.scheme + " " + base64.StdEncoding.EncodeToString(m)
}
