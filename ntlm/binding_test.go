package ntlm

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"hash"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// certificate makes one for 127.0.0.1 that is signed by itself in this way.
func certificate(t *testing.T, key crypto.Signer, how x509.SignatureAlgorithm) tls.Certificate {
	t.Helper()
	about := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail"}, SignatureAlgorithm: how,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// bindingOf is the channel's, made in the way of RFC 5929 with this hash.
func bindingOf(c tls.Certificate, h hash.Hash) []byte {
	h.Write(c.Certificate[0])
	data := append([]byte("tls-server-end-point:"), h.Sum(nil)...)
	sum := md5.Sum(append(append(make([]byte, 16), byte(len(data)), 0, 0, 0), data...))
	return sum[:]
}

// secured serves a by TLS with c, and returns what trusts it.
func secured(t *testing.T, a *acceptor, c tls.Certificate) (*httptest.Server, func() *http.Transport) {
	t.Helper()
	s := a.serve(t, func(s *httptest.Server) {
		s.TLS = &tls.Config{Certificates: []tls.Certificate{c}}
		s.StartTLS()
	})
	return s, func() *http.Transport {
		return &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} // any of the test's own, SHA-1 too
	}
}

func TestChannelBinding(t *testing.T) {
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, try := range []struct {
		key  crypto.Signer
		how  x509.SignatureAlgorithm
		hash hash.Hash
	}{
		{long, x509.SHA1WithRSA, sha256.New()},
		{long, x509.SHA256WithRSA, sha256.New()},
		{long, x509.SHA384WithRSA, sha512.New384()},
		{long, x509.SHA512WithRSA, sha512.New()},
		{long, x509.SHA256WithRSAPSS, sha256.New()},
		{long, x509.SHA384WithRSAPSS, sha512.New384()},
		{long, x509.SHA512WithRSAPSS, sha512.New()},
		{curve, x509.ECDSAWithSHA1, sha256.New()},
		{curve, x509.ECDSAWithSHA256, sha256.New()},
		{curve, x509.ECDSAWithSHA384, sha512.New384()},
		{curve, x509.ECDSAWithSHA512, sha512.New()},
		{edwards, x509.PureEd25519, sha256.New()},
	} {
		c := certificate(t, try.key, try.how)
		a := &acceptor{protect: "require", binding: bindingOf(c, try.hash)}
		s, trusting := secured(t, a, c)
		wantEcho(t, quick(user, Options{Transport: trusting}), s.URL, "<x/>")
		if !a.last.bound || !a.last.integrity {
			t.Errorf("%v: %+v, want a sign-in that is bound and has an integrity code", try.how, a.last)
		}
	}
}

// The example of "NTLM and Channel Binding Hash (aka Extended Protection for
// Authentication)", which Microsoft's open specifications team published.
func TestChannelBindingVector(t *testing.T) {
	got := bindingTo(unhex(t, "ea05fefecc6b0bd571dbbc5baa3ed45386d0446835f7b74c85621b9983475f95"))
	if want := unhex(t, "6586e99d81c2fc984e47172fd4dd0310"); !bytes.Equal(got, want) {
		t.Errorf("the binding is %x, want %x", got, want)
	}
	for _, without := range []*tls.ConnectionState{nil, {}} {
		if got := channelBinding(without); got != nil {
			t.Errorf("a binding to nothing: %x", got)
		}
	}
}

func TestExtendedProtection(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	own, proxys := certificate(t, key, x509.ECDSAWithSHA256), certificate(t, key, x509.ECDSAWithSHA256)
	for _, try := range []struct {
		protect        string
		proxy, unbound bool
		good           bool
	}{
		{"", false, false, true},
		{"", true, false, true},
		{"allow", false, false, true},
		{"allow", false, true, true},
		{"allow", true, false, false}, // where TLS ends at a proxy
		{"allow", true, true, true},
		{"require", false, false, true},
		{"require", false, true, false},
		{"require", true, false, false},
		{"require", true, true, false},
	} {
		for _, scheme := range []string{NTLM, Negotiate} {
			a := &acceptor{schemes: []string{scheme}, protect: try.protect, binding: bindingOf(own, sha256.New())}
			shown := own
			if try.proxy {
				shown = proxys
			}
			s, trusting := secured(t, a, shown)
			_, _, err := post(t, quick(user, Options{Transport: trusting, Unbound: try.unbound}), s.URL, "<x/>")
			var refusal *Refusal
			if errors.As(err, &refusal) == try.good || refusal != nil && refusal.Bound == try.unbound {
				t.Errorf("%+v by %s: %v, %+v", try, scheme, err, refusal)
			}
		}
	}
}
