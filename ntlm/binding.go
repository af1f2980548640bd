package ntlm

import (
	"crypto"
	"crypto/md5"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
)

// channelBinding returns what a sign-in over this TLS connection is bound to:
// the server's certificate. Nil without TLS.
func channelBinding(state *tls.ConnectionState) []byte {
	if state == nil || len(state.PeerCertificates) == 0 {
		return nil
	}
	return bindingTo(endPoint(state.PeerCertificates[0]))
}

// bindingTo returns the MD5 sum of the gss_channel_bindings_struct (RFC 2744
// §3.11, [MS-NLMP] 2.2.2.1) of a certificate that has this sum.
func bindingTo(endPoint []byte) []byte {
	data := append([]byte("tls-server-end-point:"), endPoint...)
	b := make([]byte, 16, 20+len(data)) // no addresses
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	sum := md5.Sum(append(b, data...))
	return sum[:]
}

// endPoint is the certificate's sum by the hash of its own signature, but
// never by MD5 or SHA-1 (RFC 5929 §4.1). Of signatures without a hash, as
// Ed25519's, nothing is said there: SHA-256, as others do.
func endPoint(c *x509.Certificate) []byte {
	hash := crypto.SHA256
	switch c.SignatureAlgorithm {
	case x509.SHA384WithRSA, x509.SHA384WithRSAPSS, x509.ECDSAWithSHA384:
		hash = crypto.SHA384
	case x509.SHA512WithRSA, x509.SHA512WithRSAPSS, x509.ECDSAWithSHA512:
		hash = crypto.SHA512
	}
	h := hash.New()
	h.Write(c.Raw)
	return h.Sum(nil)
}
