package ews

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// TLSOptions say which server is the right one, and how old it may be. The zero
// value is what any other server on the internet is held to.
type TLSOptions struct {
	// CA are certificates in PEM of authorities of one's own. Where there are any
	// no others are trusted.
	CA []byte
	// Fingerprint is the SHA-256 of the server's certificate in hexadecimal, with
	// or without colons. Where it is set it alone decides: the server that shows
	// exactly this certificate is the right one, whoever signed it, for whatever
	// name and for however long. It is the only way to a server whose certificate
	// is signed with SHA-1, which Go takes from no authority.
	Fingerprint string
	// OldTLS also takes TLS 1.0 and 1.1 and the ciphers that went with them, which
	// is all that Exchange 2007 and 2010 on Windows Server 2008 can do until they
	// are taught better. They no longer keep out somebody who is in between and
	// makes an effort: tell whoever turns it on.
	OldTLS bool
}

// oldSuites are Go's own ciphers for TLS 1.2, and behind them those without
// forward secrecy (RSA key exchange), with CBC, and 3DES.
var oldSuites = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
	tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
	tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
	tls.TLS_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_RSA_WITH_AES_128_CBC_SHA,
	tls.TLS_RSA_WITH_AES_256_CBC_SHA,
	tls.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA,
	tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA,
}

// TLS makes the configuration for a transport. It is an error where the PEM holds
// no certificate, or the fingerprint isn't one.
func TLS(o TLSOptions) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.OldTLS {
		c.MinVersion, c.CipherSuites = tls.VersionTLS10, oldSuites
	}
	if len(o.CA) > 0 {
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(o.CA) {
			return nil, errors.New("ews: there is no certificate in PEM in the authority's file")
		}
	}
	if o.Fingerprint == "" {
		return c, nil
	}
	want, err := hex.DecodeString(strings.NewReplacer(":", "", " ", "").Replace(o.Fingerprint))
	if err != nil || len(want) != sha256.Size {
		return nil, errors.New("ews: the fingerprint must be the SHA-256 of a certificate, 64 hexadecimal digits")
	}
	c.InsecureSkipVerify = true // VerifyConnection below is stricter, also where a session is resumed
	c.VerifyConnection = func(s tls.ConnectionState) error {
		if len(s.PeerCertificates) == 0 {
			return errors.New("ews: the server showed no certificate")
		}
		got := sha256.Sum256(s.PeerCertificates[0].Raw)
		if subtle.ConstantTimeCompare(got[:], want) != 1 {
			return &FingerprintError{Got: Fingerprint(s.PeerCertificates[0])}
		}
		return nil
	}
	return c, nil
}

// FingerprintError is a server that showed another certificate than the one
// whose fingerprint was given. Nothing was sent to it.
type FingerprintError struct {
	Got string // the fingerprint of what it showed
}

func (e *FingerprintError) Error() string {
	return fmt.Sprintf("ews: the server showed another certificate, with the fingerprint %s", e.Got)
}

// Fingerprint is the SHA-256 of a certificate as browsers and openssl show it,
// "9F:86:D0:…".
func Fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return strings.ReplaceAll(fmt.Sprintf("% X", sum[:]), " ", ":")
}
