package desk

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"strings"
	"time"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// Credentials go in and never come out: what is read back is their hint, their
// thumbprint, the certificate without its key, and when they expire.

const (
	maxCredentials = 2 // side by side while one is changed
	keyBits        = 2048
	// certificateLasts is as long as the longest secret that Entra gives.
	certificateLasts = 24 * 30 * 24 * time.Hour
)

// AddSecret gives a source a client secret, or its account's password. expires is
// what the person read in Entra, zero where he doesn't know.
func (v *Visit) AddSecret(ctx context.Context, source, secret string, expires time.Time) (organization.Credential, error) {
	if err := v.may(ctx, "AddSecret"); err != nil {
		return organization.Credential{}, err
	}
	return v.addSecret(ctx, source, secret, expires)
}

func (v *Visit) addSecret(ctx context.Context, source, secret string, expires time.Time) (organization.Credential, error) {
	have, err := v.source(ctx, source)
	if err != nil {
		return organization.Credential{}, err
	}
	if !have.Directory() {
		return v.setPassword(ctx, have, secret)
	}
	secret = strings.TrimSpace(secret)
	var bad faults
	bad.secret("secret", secret)
	bad.when(!expires.IsZero() && !expires.After(v.desk.Now()), "expires", "past")
	if err := bad.err(); err != nil {
		return organization.Credential{}, err
	}
	return v.addCredential(ctx, source, organization.Credential{
		Kind: organization.Secret, Hint: secret[:3], Expires: expires,
	}, []byte(secret))
}

// secret recognises what cannot be a client secret's value: most often it is the
// secret's ID that was pasted.
func (f *faults) secret(field, s string) {
	f.when(s == "", field, "required")
	f.when(isGUID(s), field, "secretId")
	f.when(s != "" && !isGUID(s) && len(s) < 8, field, "tooShort")
	f.text(field, s, 500)
	f.when(strings.ContainsAny(s, " \t\n\r"), field, "text")
}

// MakeCertificate makes a key and a certificate for a source. The certificate is
// in the answer, to be uploaded in Entra; the key stays here, sealed.
func (v *Visit) MakeCertificate(ctx context.Context, source string) (organization.Credential, error) {
	if err := v.may(ctx, "MakeCertificate"); err != nil {
		return organization.Credential{}, err
	}
	return v.makeCertificate(ctx, source)
}

func (v *Visit) makeCertificate(ctx context.Context, source string) (organization.Credential, error) {
	text, leaf, err := newCertificate("Telefonist "+source, v.desk.Now())
	if err != nil {
		return organization.Credential{}, err
	}
	return v.addCredential(ctx, source, certificateCredential(leaf), text)
}

// AddCertificate gives a source a certificate with its private key, both PEM.
func (v *Visit) AddCertificate(ctx context.Context, source, pemText string) (organization.Credential, error) {
	if err := v.may(ctx, "AddCertificate"); err != nil {
		return organization.Credential{}, err
	}
	return v.addCertificate(ctx, source, pemText)
}

func (v *Visit) addCertificate(ctx context.Context, source, pemText string) (organization.Credential, error) {
	text, leaf, err := readCertificate([]byte(pemText), v.desk.Now())
	if err != nil {
		return organization.Credential{}, err
	}
	return v.addCredential(ctx, source, certificateCredential(leaf), text)
}

// DeleteCredential takes one of a source's credentials away.
func (v *Visit) DeleteCredential(ctx context.Context, source, id string) error {
	if err := v.may(ctx, "DeleteCredential"); err != nil {
		return err
	}
	return v.deleteCredential(ctx, source, id)
}

func (v *Visit) deleteCredential(ctx context.Context, source, id string) error {
	return v.write(ctx, "credential.delete", source, map[string]string{"credential": id}, func(o store.Org) error {
		return o.DeleteCredential(ctx, source, id)
	})
}

func (v *Visit) addCredential(ctx context.Context, source string, c organization.Credential, plain []byte) (organization.Credential, error) {
	have, err := v.source(ctx, source)
	if err != nil {
		return organization.Credential{}, err
	}
	if !have.Directory() {
		return organization.Credential{}, invalid("certificate", "unknown")
	}
	if len(have.Credentials) >= maxCredentials {
		return organization.Credential{}, invalid("credential", "tooMany")
	}
	if v.desk.Seal == nil {
		return organization.Credential{}, ErrNotOffered
	}
	c.ID = store.NewID()
	sealed, err := v.desk.Seal(plain, organization.Sealed(v.org, source, string(c.Kind)))
	if err != nil {
		return organization.Credential{}, step("seal credential", err)
	}
	detail := map[string]string{"credential": c.ID, "kind": string(c.Kind)}
	err = v.write(ctx, "credential.add", source, detail, func(o store.Org) (err error) {
		c, err = o.AddCredential(ctx, source, c, sealed)
		return err
	})
	return c, err
}

func certificateCredential(leaf *x509.Certificate) organization.Credential {
	return organization.Credential{
		Kind:       organization.Certificate,
		Hint:       thumbprint(leaf),
		PublicPEM:  string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Raw})),
		Expires:    leaf.NotAfter.UTC(),
		ExpiryRead: true,
	}
}

// thumbprint is what Entra shows beside a certificate: SHA-1, upper-case hex.
func thumbprint(c *x509.Certificate) string {
	sum := sha1.Sum(c.Raw)
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// newCertificate makes an RSA key and a self-signed certificate; RSA because
// Entra's client assertions are RS256 and PS256.
func newCertificate(name string, now time.Time) (text []byte, leaf *x509.Certificate, err error) {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, nil, step("make key", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, nil, step("make serial", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    now.Add(-time.Hour).UTC().Truncate(time.Second),
		NotAfter:     now.Add(certificateLasts).UTC().Truncate(time.Second),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, nil, step("make certificate", err)
	}
	if leaf, err = x509.ParseCertificate(der); err != nil {
		return nil, nil, step("read certificate", err)
	}
	text, err = certificateText(leaf, key)
	return text, leaf, err
}

// readCertificate checks an uploaded certificate and key. Nothing of the key
// stands in its errors.
func readCertificate(text []byte, now time.Time) ([]byte, *x509.Certificate, error) {
	if len(text) > 64<<10 {
		return nil, nil, invalid("certificate", "tooLong")
	}
	pair, err := tls.X509KeyPair(text, text)
	if err != nil {
		return nil, nil, invalid("certificate", certificateFault(text))
	}
	leaf := pair.Leaf
	var bad faults
	switch key := pair.PrivateKey.(type) {
	case *rsa.PrivateKey:
		bad.when(key.N.BitLen() < keyBits, "certificate", "weak")
	case *ecdsa.PrivateKey:
		bad.add("certificate", "notRSA")
	default:
		bad.add("certificate", "notRSA")
	}
	bad.when(!leaf.NotAfter.After(now), "certificate", "expired")
	if err := bad.err(); err != nil {
		return nil, nil, err
	}
	kept, err := certificateText(leaf, pair.PrivateKey)
	return kept, leaf, err
}

func certificateFault(text []byte) string {
	kinds := ""
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		kinds += block.Type + " "
		if strings.Contains(block.Type, "ENCRYPTED") || block.Headers["DEK-Info"] != "" {
			return "encrypted"
		}
	}
	switch {
	case kinds == "":
		return "pem"
	case !strings.Contains(kinds, "PRIVATE KEY"):
		return "noKey"
	case !strings.Contains(kinds, "CERTIFICATE"):
		return "noCertificate"
	}
	return "pair"
}

// certificateText is what is sealed: certificate and PKCS #8 key, PEM.
func certificateText(leaf *x509.Certificate, key crypto.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, step("write key", err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Raw})
	return append(text, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})...), nil
}
