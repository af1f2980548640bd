package m365

import (
	"bytes"
	"context"
	"crypto"
	"crypto/md5"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"net"
	"net/http"
	"strings"
	"sync"
)

// exchangeConn is what is known of a connection: how far it has come with
// signing in, and as whom it did.
type exchangeConn struct {
	mu                   sync.Mutex
	at                   *Exchange // whose account it is
	account              *ExchangeAccount
	negotiate, challenge []byte
}

type exchangeConnKey struct{}

// ExchangeConn is the http.Server's ConnContext of whoever serves an Exchange
// that offers NTLM: it signs in connections, not requests. Server does so
// itself. Without it NTLM is answered 500.
func ExchangeConn(ctx context.Context, _ net.Conn) context.Context {
	return context.WithValue(ctx, exchangeConnKey{}, &exchangeConn{})
}

// signedIn is who has signed in on the connection of r, nil for nobody yet.
func (x *Exchange) signedIn(r *http.Request) *ExchangeAccount {
	c, ok := r.Context().Value(exchangeConnKey{}).(*exchangeConn)
	if !ok {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at != x {
		return nil
	}
	return c.account
}

// handshake takes one step of NTLM with a token of scheme. It returns who has
// signed in by it, or the challenge to answer, or, where the token is refused,
// neither.
func (x *Exchange) handshake(c *exchangeConn, r *http.Request, token string) (*ExchangeAccount, string) {
	message, err := base64.StdEncoding.DecodeString(strings.TrimSpace(token))
	if err != nil {
		return nil, ""
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch ntlmType(message) {
	case 1:
		var nonce [8]byte
		_, _ = rand.Read(nonce[:])
		server := ntlmServer{domain: x.logins.netbios, dns: x.logins.dns, host: "EXCH01", untimed: x.untimed()}
		c.at, c.account, c.negotiate, c.challenge = x, nil, message, server.challenge(message, nonce, x.t.now())
		return nil, base64.StdEncoding.EncodeToString(c.challenge)
	case 3:
		negotiate, challenge := c.negotiate, c.challenge
		c.negotiate, c.challenge = nil, nil // a challenge is good for one answer
		proof, err := readProof(message)
		if err != nil || challenge == nil || c.at != x {
			return nil, ""
		}
		if off := x.t.now().Sub(proof.sent).Abs(); off > ntlmLifetime && !x.untimed() {
			return nil, ""
		}
		account := x.logins.prove(proof.domain, proof.user, func(password string) bool { return proof.knows(password, negotiate, challenge) })
		if account == nil || !x.protects(proof, r) {
			return nil, ""
		}
		c.account = account
		return account, ""
	}
	return nil, ""
}

// untimed says whether x tells clients no time, and can't hold them to it.
func (x *Exchange) untimed() bool { return x.opts.Version == Exchange2007SP1 }

// protects says whether Extended Protection lets a proof pass that came with r:
// over TLS the channel bindings must be of our certificate, without TLS the
// service asked for must be ours. Where "allow" is set, who sends neither passes.
func (x *Exchange) protects(p *ntlmProof, r *http.Request) bool {
	if x.opts.Protection != "allow" && x.opts.Protection != "require" {
		return true
	}
	if r.TLS == nil {
		target := fromUTF16LE(p.pairs[avTargetName])
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		return strings.EqualFold(target, "HTTP/"+host) || target == "" && x.opts.Protection == "allow"
	}
	sent := p.bindings()
	if sent == nil {
		return x.opts.Protection == "allow"
	}
	certificate := servedCertificate(r)
	return certificate != nil && bytes.Equal(sent, channelBindings(certificate))
}

// servedCertificate is the one that the server of r shows, nil where that
// can't be told.
func servedCertificate(r *http.Request) *x509.Certificate {
	server, ok := r.Context().Value(http.ServerContextKey).(*http.Server)
	if !ok || server.TLSConfig == nil {
		return nil
	}
	var chain *tls.Certificate
	switch config := server.TLSConfig; {
	case config.GetCertificate != nil:
		chain, _ = config.GetCertificate(&tls.ClientHelloInfo{ServerName: r.TLS.ServerName})
	case len(config.Certificates) > 0:
		chain = &config.Certificates[0]
	}
	if chain == nil || len(chain.Certificate) == 0 {
		return nil
	}
	certificate, err := x509.ParseCertificate(chain.Certificate[0])
	if err != nil {
		return nil
	}
	return certificate
}

// channelBindings are those of type tls-server-end-point (RFC 5929 §4.1), as
// NTLM carries them: the MD5 of a gss_channel_bindings_struct (RFC 2744 §3.11)
// that has application data alone.
func channelBindings(certificate *x509.Certificate) []byte {
	hash := crypto.SHA256 // also where the signature's is MD5 or SHA-1
	switch certificate.SignatureAlgorithm {
	case x509.SHA384WithRSA, x509.SHA384WithRSAPSS, x509.ECDSAWithSHA384:
		hash = crypto.SHA384
	case x509.SHA512WithRSA, x509.SHA512WithRSAPSS, x509.ECDSAWithSHA512:
		hash = crypto.SHA512
	}
	sum := hash.New()
	sum.Write(certificate.Raw)
	data := sum.Sum([]byte("tls-server-end-point:"))
	bindings := md5.Sum(append(binary.LittleEndian.AppendUint32(make([]byte, 16), uint32(len(data))), data...))
	return bindings[:]
}
