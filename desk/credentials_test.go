package desk

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestCertificates(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	text, leaf, err := newCertificate("Telefonist", now)
	if err != nil {
		t.Fatal(err)
	}
	if !leaf.NotAfter.After(now.AddDate(0, 23, 0)) || leaf.NotAfter.After(now.AddDate(2, 0, 0)) {
		t.Errorf("it lasts until %v", leaf.NotAfter)
	}
	kept, again, err := readCertificate(text, now)
	if err != nil || !bytes.Equal(kept, text) || !again.Equal(leaf) {
		t.Errorf("our own, uploaded: %v", err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Raw})
	key := text[len(cert):]
	other, _, err := newCertificate("Other", now)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(curve)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, text, code string
		now              time.Time
	}{
		{"nothing", "", "pem", now},
		{"no PEM", "hello", "pem", now},
		{"no key", string(cert), "noKey", now},
		{"no certificate", string(key), "noCertificate", now},
		{"another's key", string(cert) + string(other[bytes.Index(other, []byte("-----BEGIN PRIVATE")):]), "pair", now},
		{"encrypted", string(cert) + "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", "encrypted", now},
		{"a key of another sort", string(cert) + string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), "pair", now},
		{"expired", string(text), "expired", now.AddDate(3, 0, 0)},
		{"too long", strings.Repeat("x", 70_000), "tooLong", now},
	} {
		_, _, err := readCertificate([]byte(tc.text), tc.now)
		var bad *Invalid
		if !errors.As(err, &bad) || bad.Fields[0].Code != tc.code {
			t.Errorf("%s: got %v, want %s", tc.name, err, tc.code)
		}
	}
}

func TestSecretsThatCannotBe(t *testing.T) {
	for _, tc := range []struct{ secret, code string }{
		{"", "required"},
		{"11111111-2222-3333-4444-555555555555", "secretId"},
		{"short", "tooShort"},
		{"with a space in it", "text"},
		{strings.Repeat("x", 600), "tooLong"},
		{"abc8Q~abcdefghijklmnopqrstuvwxyz0123456", ""},
	} {
		var bad faults
		bad.secret("secret", tc.secret)
		got := ""
		if len(bad) > 0 {
			got = bad[0].Code
		}
		if got != tc.code {
			t.Errorf("%q: got %q, want %q", tc.secret, got, tc.code)
		}
	}
}
