package ews_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/telefonist/telefonist/ews"
)

// certificate makes one for mail.example.com and 127.0.0.1, signed by parent or
// by itself.
func certificate(t *testing.T, key crypto.Signer, algorithm x509.SignatureAlgorithm, until time.Time, parent *tls.Certificate) tls.Certificate {
	t.Helper()
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: serial.String()}, SignatureAlgorithm: algorithm,
		NotBefore: until.Add(-48 * time.Hour), NotAfter: until, DNSNames: []string{"mail.example.com"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment | x509.KeyUsageCertSign, BasicConstraintsValid: true, IsCA: parent == nil,
	}
	issuer, signer := template, key
	if parent != nil {
		issuer, signer = parent.Leaf, parent.PrivateKey.(crypto.Signer)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// call makes a request to a server of this configuration.
func call(t *testing.T, server *tls.Config, o ews.TLSOptions) error {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(file(t, "msdocs-how-to-get-appointments-and-meetings-02-resp.xml"))
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that fail, as they should
	s.TLS = server
	s.StartTLS()
	defer s.Close()
	config, err := ews.TLS(o)
	if err != nil {
		t.Fatal(err)
	}
	config.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	transport := &http.Transport{TLSClientConfig: config}
	defer transport.CloseIdleConnections()
	c, err := ews.New(ews.Config{URL: s.URL, HTTP: &http.Client{Transport: transport}})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second may resume the first's session
		if _, err = c.Folder(t.Context(), ews.Access{}); err != nil {
			return err
		}
		transport.CloseIdleConnections()
	}
	return nil
}

func TestTLS(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(24 * time.Hour)
	authority := certificate(t, ecKey, x509.ECDSAWithSHA256, later, nil)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Certificate[0]})
	rsaAuthority := certificate(t, rsaKey, x509.SHA256WithRSA, later, nil)
	rsaCA := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: rsaAuthority.Certificate[0]})

	signed := certificate(t, rsaKey, x509.ECDSAWithSHA256, later, &authority)
	sha1 := certificate(t, rsaKey, x509.SHA1WithRSA, later, &rsaAuthority)
	expired := certificate(t, rsaKey, x509.ECDSAWithSHA256, time.Now().Add(-time.Hour), &authority)
	self := certificate(t, rsaKey, x509.SHA256WithRSA, later, nil)
	pin := func(c tls.Certificate) string { return ews.Fingerprint(c.Leaf) }
	only := func(version uint16, suites ...uint16) func(tls.Certificate) *tls.Config {
		return func(c tls.Certificate) *tls.Config {
			return &tls.Config{Certificates: []tls.Certificate{c}, MinVersion: tls.VersionTLS10, MaxVersion: version, CipherSuites: suites}
		}
	}
	now := only(tls.VersionTLS13)
	for name, c := range map[string]struct {
		server *tls.Config
		o      ews.TLSOptions
		ok     bool
	}{
		"an unknown authority":                 {now(signed), ews.TLSOptions{}, false},
		"our own":                              {now(signed), ews.TLSOptions{CA: ca}, true},
		"another's":                            {now(signed), ews.TLSOptions{CA: rsaCA}, false},
		"expired":                              {now(expired), ews.TLSOptions{CA: ca}, false},
		"SHA-1 by our own":                     {now(sha1), ews.TLSOptions{CA: rsaCA}, false},
		"SHA-1 by our own, old":                {now(sha1), ews.TLSOptions{CA: rsaCA, OldTLS: true}, false},
		"SHA-1, pinned":                        {now(sha1), ews.TLSOptions{Fingerprint: pin(sha1)}, true},
		"pinned, TLS 1.2":                      {only(tls.VersionTLS12)(sha1), ews.TLSOptions{Fingerprint: pin(sha1)}, true},
		"self-signed, pinned":                  {now(self), ews.TLSOptions{Fingerprint: strings.ToLower(strings.ReplaceAll(pin(self), ":", ""))}, true},
		"expired, pinned":                      {now(expired), ews.TLSOptions{Fingerprint: pin(expired)}, true},
		"another than pinned":                  {now(signed), ews.TLSOptions{Fingerprint: pin(self)}, false},
		"another than pinned, by our own":      {now(signed), ews.TLSOptions{Fingerprint: pin(self), CA: ca}, false},
		"TLS 1.0":                              {only(tls.VersionTLS10)(signed), ews.TLSOptions{CA: ca}, false},
		"TLS 1.0, allowed":                     {only(tls.VersionTLS10)(signed), ews.TLSOptions{CA: ca, OldTLS: true}, true},
		"TLS 1.0, allowed, unknown":            {only(tls.VersionTLS10)(signed), ews.TLSOptions{OldTLS: true}, false},
		"TLS 1.0, 3DES, pinned":                {only(tls.VersionTLS10, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA)(sha1), ews.TLSOptions{Fingerprint: pin(sha1), OldTLS: true}, true},
		"TLS 1.0, 3DES, another":               {only(tls.VersionTLS10, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA)(self), ews.TLSOptions{Fingerprint: pin(sha1), OldTLS: true}, false},
		"TLS 1.1, RSA and CBC":                 {only(tls.VersionTLS11, tls.TLS_RSA_WITH_AES_256_CBC_SHA)(signed), ews.TLSOptions{CA: ca, OldTLS: true}, true},
		"TLS 1.2, RSA and CBC, not allowed":    {only(tls.VersionTLS12, tls.TLS_RSA_WITH_AES_128_CBC_SHA)(signed), ews.TLSOptions{CA: ca}, false},
		"TLS 1.2, RSA and CBC":                 {only(tls.VersionTLS12, tls.TLS_RSA_WITH_AES_128_CBC_SHA)(signed), ews.TLSOptions{CA: ca, OldTLS: true}, true},
		"a server of today, old allowed":       {now(signed), ews.TLSOptions{CA: ca, OldTLS: true}, true},
		"TLS 1.2, with ECDHE, nothing allowed": {only(tls.VersionTLS12, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)(signed), ews.TLSOptions{CA: ca}, true},
	} {
		if err := call(t, c.server, c.o); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}

	var wrong *ews.FingerprintError
	var e *ews.Error
	err = call(t, now(signed), ews.TLSOptions{Fingerprint: pin(self)})
	if !errors.As(err, &wrong) || wrong.Got != pin(signed) || !errors.As(err, &e) || !e.Ours() {
		t.Errorf("another certificate: %v", err)
	}
	if err := call(t, now(signed), ews.TLSOptions{}); !errors.As(err, &e) || !e.Ours() {
		t.Errorf("an unknown authority: %v", err)
	}
}

func TestTLSOptions(t *testing.T) {
	for _, o := range []ews.TLSOptions{{CA: []byte("mail.example.com")}, {Fingerprint: "AB:CD"}, {Fingerprint: strings.Repeat("x", 64)}, {Fingerprint: strings.Repeat("a", 40)}} {
		if c, err := ews.TLS(o); err == nil {
			t.Errorf("%+v: %+v", o, c)
		}
	}
	c, err := ews.TLS(ews.TLSOptions{})
	if err != nil || c.MinVersion != tls.VersionTLS12 || c.CipherSuites != nil || c.InsecureSkipVerify || c.VerifyConnection != nil {
		t.Errorf("by default %+v, %v", c, err)
	}
}
