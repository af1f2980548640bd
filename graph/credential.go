package graph

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// Credential proves the application's identity: a secret (the portal's
// "Value") or a certificate whose public part was uploaded. Exactly one is
// set. It shows neither when printed or logged.
type Credential struct {
	Secret      string
	Certificate Certificate
}

// String says which kind it is.
func (c Credential) String() string {
	if c.Secret != "" {
		return "secret"
	}
	return "certificate"
}

// GoString says which kind it is.
func (c Credential) GoString() string { return c.String() }

// LogValue says which kind it is.
func (c Credential) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Certificate is an X.509 certificate with its RSA key, in PEM.
type Certificate struct {
	Cert []byte // what is uploaded to the app registration; further ones are its chain
	Key  []byte // PKCS #8; stays here
}

// Facts of a certificate, for a page and for warnings before it ends.
type Facts struct {
	Subject    string
	NotBefore  time.Time
	NotAfter   time.Time
	Thumbprint string // SHA-1 in upper-case hex, as the portal shows it
	SHA256     string // base64url, the x5t#S256 of assertions
}

// keyBits is what Entra takes everywhere and every client can check fast.
const keyBits = 2048

// NewCertificate makes a self-signed certificate and key, with which Entra
// takes an assertion signed PS256.
func NewCertificate(subject string, notBefore, notAfter time.Time) (Certificate, error) {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return Certificate{}, fmt.Errorf("graph: make key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return Certificate{}, fmt.Errorf("graph: make serial number: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: subject},
		NotBefore: notBefore, NotAfter: notAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return Certificate{}, fmt.Errorf("graph: make certificate: %w", err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return Certificate{}, fmt.Errorf("graph: write key: %w", err)
	}
	return Certificate{
		Cert: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		Key:  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}),
	}, nil
}

// ParseCertificate reads an uploaded certificate with its key: PEM with both,
// or PKCS #12 (.pfx), whose password may be "".
func ParseCertificate(data []byte, password string) (Certificate, error) {
	var pass []byte
	if password != "" {
		pass = []byte(password)
	}
	chain, key, err := azidentity.ParseCertificates(data, pass)
	if err != nil {
		return Certificate{}, fmt.Errorf("graph: read certificate: %w", err)
	}
	if _, ok := key.(*rsa.PrivateKey); !ok {
		return Certificate{}, errors.New("graph: read certificate: the key isn't RSA")
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return Certificate{}, fmt.Errorf("graph: read certificate: %w", err)
	}
	c := Certificate{Key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})}
	for _, x := range chain {
		c.Cert = append(c.Cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: x.Raw})...)
	}
	return c, nil
}

// Facts reads a certificate's names and dates.
func (c Certificate) Facts() (Facts, error) {
	block, _ := pem.Decode(c.Cert)
	if block == nil {
		return Facts{}, errors.New("graph: no certificate in PEM")
	}
	x, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return Facts{}, fmt.Errorf("graph: read certificate: %w", err)
	}
	old, sum := sha1.Sum(x.Raw), sha256.Sum256(x.Raw)
	return Facts{
		Subject: x.Subject.CommonName, NotBefore: x.NotBefore, NotAfter: x.NotAfter,
		Thumbprint: strings.ToUpper(hex.EncodeToString(old[:])),
		SHA256:     base64.RawURLEncoding.EncodeToString(sum[:]),
	}, nil
}

// String hides the key.
func (c Certificate) String() string { return "certificate" }

// GoString hides the key.
func (c Certificate) GoString() string { return "certificate" }

// LogValue hides the key.
func (c Certificate) LogValue() slog.Value { return slog.StringValue("certificate") }

func (c Certificate) chain() ([]*x509.Certificate, crypto.PrivateKey, error) {
	if len(c.Cert) == 0 || len(c.Key) == 0 {
		return nil, nil, errors.New("neither secret nor certificate with key")
	}
	all := make([]byte, 0, len(c.Cert)+len(c.Key)+1)
	all = append(append(append(all, c.Cert...), '\n'), c.Key...)
	return azidentity.ParseCertificates(all, nil)
}
