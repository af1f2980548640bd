package ntlm

import (
	"bytes"
	"crypto/md5"
	"encoding/asn1"
	"encoding/binary"
	"fmt"
)

// By Negotiate the messages go as they are, which is what Windows' clients
// send where there is no Kerberos and what its servers take. Servers of
// others may want them within SPNEGO's (RFC 4178); a client that speaks it
// says what it signs the list of mechanisms by.

var (
	oidSPNEGO = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 2}
	oidNTLM   = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 2, 2, 10}
)

// tokenInit is NegTokenInit within the frame of RFC 2743 §3.1.
type tokenInit struct {
	Mechanism asn1.ObjectIdentifier
	Init      struct {
		Mechanisms []asn1.ObjectIdentifier `asn1:"explicit,tag:0"`
		Token      []byte                  `asn1:"explicit,optional,tag:2"`
	} `asn1:"explicit,tag:0"`
}

// tokenResp is NegTokenResp.
type tokenResp struct {
	State     asn1.Enumerated       `asn1:"explicit,optional,tag:0"`
	Mechanism asn1.ObjectIdentifier `asn1:"explicit,optional,tag:1"`
	Token     []byte                `asn1:"explicit,optional,tag:2"`
	MIC       []byte                `asn1:"explicit,optional,tag:3"`
}

// incomplete says that more is to come.
const incomplete asn1.Enumerated = 1

// wrapFirst puts the first message into a NegTokenInit.
func wrapFirst(m []byte) ([]byte, error) {
	t := tokenInit{Mechanism: oidSPNEGO}
	t.Init.Mechanisms, t.Init.Token = []asn1.ObjectIdentifier{oidNTLM}, m
	return asn1.MarshalWithParams(t, "application,tag:0")
}

// wrapLast puts the third message into a NegTokenResp, with the signature by
// the session's key over the list of mechanisms that wrapFirst sent.
func wrapLast(m, session []byte) ([]byte, error) {
	list, err := asn1.Marshal([]asn1.ObjectIdentifier{oidNTLM})
	if err != nil {
		return nil, err
	}
	return asn1.MarshalWithParams(tokenResp{State: incomplete, Token: m, MIC: signed(session, list)}, "explicit,tag:1")
}

// unwrap returns the message within a server's token.
func unwrap(token []byte) (m []byte, wrapped bool, err error) {
	if bytes.HasPrefix(token, []byte(signature)) {
		return token, false, nil
	}
	var t tokenResp
	rest, err := asn1.UnmarshalWithParams(token, &t, "explicit,tag:1")
	if err != nil {
		return nil, false, fmt.Errorf("neither NTLM nor SPNEGO: %w", err)
	}
	if len(rest) > 0 {
		return nil, false, errMessage
	}
	return t.Token, true, nil
}

// The session's keys of the client, [MS-NLMP] 3.4.5.2 and 3.4.5.3.
const (
	signingMagic = "session key to client-to-server signing key magic constant\x00"
	sealingMagic = "session key to client-to-server sealing key magic constant\x00"
)

func derived(session []byte, magic string) []byte {
	sum := md5.Sum(append(bytes.Clone(session), magic...))
	return sum[:]
}

// signed is the client's first signature in a session, over m, [MS-NLMP]
// 3.4.4.2: with a key of 128 bits that was exchanged.
func signed(session, m []byte) []byte {
	number := make([]byte, 4)
	sum := hmacMD5(derived(session, signingMagic), number, m)[:8]
	out := binary.LittleEndian.AppendUint32(nil, 1)
	out = append(out, rc4Once(derived(session, sealingMagic), sum)...)
	return append(out, number...)
}
