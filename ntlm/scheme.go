package ntlm

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
)

// The schemes that are spoken.
const (
	NTLM      = "NTLM"
	Negotiate = "Negotiate"
	Basic     = "Basic"
)

// offer is one scheme of a WWW-Authenticate header, and what follows it.
type offer struct{ scheme, rest string }

// offers reads all WWW-Authenticate headers, of which each may hold several
// schemes (RFC 9110 §11.6.1). At most 16 are read.
func offers(h http.Header) []offer {
	var out []offer
	for _, line := range h.Values("WWW-Authenticate") {
		for _, part := range commas(line) {
			scheme, rest, _ := strings.Cut(strings.TrimSpace(part), " ")
			if scheme == "" || strings.Contains(scheme, "=") || len(out) == 16 {
				continue // a parameter of the scheme before
			}
			out = append(out, offer{scheme, strings.TrimSpace(rest)})
		}
	}
	return out
}

// commas cuts where a comma stands outside of quotes.
func commas(line string) []string {
	var out []string
	quoted, from := false, 0
	for i := 0; i < len(line); i++ {
		switch {
		case quoted && line[i] == '\\':
			i++
		case line[i] == '"':
			quoted = !quoted
		case line[i] == ',' && !quoted:
			out, from = append(out, line[from:i]), i+1
		}
	}
	return append(out, line[from:])
}

// offered are the names of the schemes, each once, in the server's order.
func offered(h http.Header) []string {
	var out []string
	for _, o := range offers(h) {
		if !slices.Contains(out, o.scheme) {
			out = append(out, o.scheme)
		}
	}
	return out
}

// token returns what the server sends with a scheme, nil when it sends nothing.
func token(h http.Header, scheme string) []byte {
	for _, o := range offers(h) {
		if strings.EqualFold(o.scheme, scheme) && o.rest != "" && len(o.rest) <= base64.StdEncoding.EncodedLen(maxMessage) {
			if b, err := base64.StdEncoding.DecodeString(o.rest); err == nil {
				return b
			}
		}
	}
	return nil
}

// choose returns the best scheme of those offered, "" when there is none. NTLM
// comes before Negotiate, within which the server would rather have Kerberos.
func choose(offered []string, basic bool) string {
	for _, s := range []string{NTLM, Negotiate, Basic} {
		has := slices.ContainsFunc(offered, func(o string) bool { return strings.EqualFold(o, s) })
		if has && (s != Basic || basic) {
			return s
		}
	}
	return ""
}
