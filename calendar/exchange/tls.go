package exchange

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// FingerprintError is a server that shows another certificate than the one its
// settings name.
type FingerprintError struct {
	Got string // the SHA-256 of what it shows, in hex
}

func (e *FingerprintError) Error() string {
	return "the server's certificate has another fingerprint: " + e.Got
}

// Fingerprint is how a certificate is named in [Settings]: its SHA-256, in hex.
func Fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

// tls is what connections to the server keep to. Where a fingerprint is named it
// alone counts: neither name, nor end, nor who signed it and how. That is the only
// way to a certificate signed with SHA-1, which crypto/x509 takes from nobody.
func (s Settings) tls() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.OldTLS {
		config.MinVersion, config.CipherSuites = tls.VersionTLS10, oldSuites()
	}
	if s.CA != "" {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM([]byte(s.CA)) {
			return nil, &SettingError{"ca", "certificate"}
		}
		config.RootCAs = pool
	}
	if s.Fingerprint == "" {
		return config, nil
	}
	want, err := fingerprint(s.Fingerprint)
	if err != nil {
		return nil, err
	}
	config.InsecureSkipVerify = true // VerifyConnection is stricter
	config.VerifyConnection = func(state tls.ConnectionState) error {
		if len(state.PeerCertificates) == 0 {
			return errors.New("the server shows no certificate")
		}
		if sum := sha256.Sum256(state.PeerCertificates[0].Raw); !bytes.Equal(sum[:], want) {
			return &FingerprintError{hex.EncodeToString(sum[:])}
		}
		return nil
	}
	return config, nil
}

// oldSuites are all suites of TLS 1.0 to 1.2, also those that Go has put aside:
// keys exchanged by RSA, CBC and 3DES, and RC4 for Windows Server 2003.
func oldSuites() []uint16 {
	var ids []uint16
	for _, suites := range [][]*tls.CipherSuite{tls.CipherSuites(), tls.InsecureCipherSuites()} {
		for _, s := range suites {
			if s.SupportedVersions[0] < tls.VersionTLS13 {
				ids = append(ids, s.ID)
			}
		}
	}
	return ids
}

// weak is true for a certificate that is signed with an algorithm nobody trusts
// any more.
func weak(a x509.SignatureAlgorithm) bool {
	switch a {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
		return true
	}
	return false
}

// tlsTrouble names what was wrong with a server's certificate or handshake, "" for
// what is neither.
func tlsTrouble(err error) (code string, args map[string]string) {
	var (
		print     *FingerprintError
		name      x509.HostnameError
		authority x509.UnknownAuthorityError
		invalid   x509.CertificateInvalidError
		insecure  x509.InsecureAlgorithmError
		record    tls.RecordHeaderError
		alert     tls.AlertError
	)
	text := fmt.Sprint(err)
	switch {
	case errors.As(err, &print):
		return "fingerprint", map[string]string{"fingerprint": print.Got}
	case errors.As(err, &insecure), strings.Contains(text, "insecure algorithm"):
		return "sha1", nil
	case errors.As(err, &name):
		return "name", map[string]string{"host": name.Host, "names": names(name.Certificate)}
	case errors.As(err, &authority):
		return "authority", issuer(authority.Cert)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "expired", map[string]string{"end": invalid.Cert.NotAfter.UTC().Format("2006-01-02")}
	case errors.As(err, &invalid):
		return "authority", issuer(invalid.Cert)
	case errors.As(err, &record):
		return "plain", nil
	case errors.As(err, &alert), strings.Contains(text, "tls: "):
		return "tls", nil
	}
	return "", nil
}

func issuer(c *x509.Certificate) map[string]string {
	if c == nil {
		return nil
	}
	return map[string]string{"issuer": c.Issuer.String(), "fingerprint": Fingerprint(c)}
}

// names are those that a certificate is for, the first few.
func names(c *x509.Certificate) string {
	if c == nil {
		return ""
	}
	all := c.DNSNames
	if len(all) == 0 {
		all = []string{c.Subject.CommonName}
	}
	const most = 6
	if len(all) > most {
		all = append(all[:most:most], "…")
	}
	return strings.Join(all, ", ")
}
