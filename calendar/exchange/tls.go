package exchange

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"github.com/telefonist/telefonist/ews"
)

// tls is what connections to the server keep to.
func (s Settings) tls() (*tls.Config, error) {
	config, err := ews.TLS(ews.TLSOptions{CA: []byte(s.CA), Fingerprint: plainHex.Replace(strings.TrimSpace(s.Fingerprint)), OldTLS: s.OldTLS})
	if err != nil {
		return nil, fmt.Errorf("open Exchange: %w", err)
	}
	return config, nil
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
		other     *ews.FingerprintError
		name      x509.HostnameError
		authority x509.UnknownAuthorityError
		invalid   x509.CertificateInvalidError
		insecure  x509.InsecureAlgorithmError
		record    tls.RecordHeaderError
		alert     tls.AlertError
	)
	switch {
	case err == nil:
		return "", nil
	case errors.As(err, &other):
		return "fingerprint", map[string]string{"fingerprint": other.Got}
	case errors.As(err, &authority) && authority.Cert != nil && weak(authority.Cert.SignatureAlgorithm):
		return "sha1", issuer(authority.Cert)
	case errors.As(err, &insecure), strings.Contains(err.Error(), "insecure algorithm"):
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
	case errors.As(err, &alert), strings.Contains(err.Error(), "tls: "):
		return "tls", nil
	}
	return "", nil
}

func issuer(c *x509.Certificate) map[string]string {
	if c == nil {
		return nil
	}
	return map[string]string{"issuer": c.Issuer.String(), "fingerprint": ews.Fingerprint(c)}
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
