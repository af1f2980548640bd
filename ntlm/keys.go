package ntlm

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/rc4"
	"strings"

	"golang.org/x/crypto/md4" //lint:ignore SA1019 NTLM's password hash is made of it
)

// ownerKey is NTOWFv2, [MS-NLMP] 3.3.2. The domain is not raised to capitals.
func ownerKey(user, domain, password string) []byte {
	h := md4.New()
	h.Write(utf16le(password))
	return hmacMD5(h.Sum(nil), utf16le(strings.ToUpper(user)+domain))
}

// respond returns the NTLMv2 response and the LMv2 response, [MS-NLMP] 3.3.2.
// The first 16 bytes of the former are NTProofStr.
func respond(ownerKey []byte, server, client, time [8]byte, target pairs) (nt, lm []byte) {
	blob := append([]byte{1, 1, 0, 0, 0, 0, 0, 0}, time[:]...)
	blob = append(blob, client[:]...)
	blob = append(blob, 0, 0, 0, 0)
	blob = append(blob, target.bytes()...)
	blob = append(blob, 0, 0, 0, 0)
	nt = append(hmacMD5(ownerKey, server[:], blob), blob...)
	lm = append(hmacMD5(ownerKey, server[:], client[:]), client[:]...)
	return nt, lm
}

// sessionKey is SessionBaseKey, which by NTLMv2 is KeyExchangeKey too.
func sessionKey(ownerKey, proof []byte) []byte { return hmacMD5(ownerKey, proof) }

func hmacMD5(key []byte, parts ...[]byte) []byte {
	h := hmac.New(md5.New, key)
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// rc4Once encrypts b by a key of 16 bytes.
func rc4Once(key, b []byte) []byte {
	c, err := rc4.NewCipher(key)
	if err != nil { // no key of 1 to 256 bytes is refused
		return nil
	}
	out := make([]byte, len(b))
	c.XORKeyStream(out, b)
	return out
}
