package sip

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
	"strings"
	"sync/atomic"
)

// challenge is what a server asks credentials for (RFC 7616, RFC 8760).
type challenge struct {
	realm, nonce, opaque string
	algorithm            string // as the server spells it, "" where it does not say
	strength             int    // of the algorithm; 0 where it is not done here
	qop                  string // the one chosen: "auth", "auth-int", or "" for the old way
	stale                bool

	uses atomic.Uint32 // how often the nonce was used
}

type algorithm struct {
	name string
	sum  func() hash.Hash
}

// algorithms in rising strength.
var algorithms = []algorithm{{"MD5", md5.New}, {"SHA-256", sha256.New}, {"SHA-512-256", sha512.New512_256}}

// strongest returns that of the offered challenges which can be answered best,
// or nil.
func strongest(offered []string) *challenge {
	var best *challenge
	for _, header := range offered {
		c := parseChallenge(header)
		if c != nil && (best == nil || c.strength > best.strength) {
			best = c
		}
	}
	return best
}

// parseChallenge reads a WWW-Authenticate or Proxy-Authenticate header; nil
// where it is not Digest or can't be answered.
func parseChallenge(header string) *challenge {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(header), " ")
	if !strings.EqualFold(scheme, "Digest") {
		return nil
	}
	c := &challenge{strength: 1}
	qops, offersQOP := []string(nil), false
	for name, value := range parameters(rest) {
		switch name {
		case "realm":
			c.realm = value
		case "nonce":
			c.nonce = value
		case "opaque":
			c.opaque = value
		case "stale":
			c.stale = strings.EqualFold(value, "true")
		case "algorithm":
			c.algorithm = value
			c.strength = 1 + slices.IndexFunc(algorithms, func(a algorithm) bool { return strings.EqualFold(a.name, value) })
		case "qop":
			offersQOP = true
			for q := range strings.SplitSeq(value, ",") {
				qops = append(qops, strings.ToLower(strings.TrimSpace(q)))
			}
		}
	}
	switch {
	case slices.Contains(qops, "auth"):
		c.qop = "auth"
	case slices.Contains(qops, "auth-int"):
		c.qop = "auth-int"
	case offersQOP:
		return nil
	}
	if c.nonce == "" || c.strength == 0 {
		return nil
	}
	return c
}

// parameters walks name=value, name="value" …; names come in lower case.
func parameters(text string) func(yield func(name, value string) bool) {
	return func(yield func(name, value string) bool) {
		for {
			text = strings.TrimLeft(text, " \t,")
			name, rest, found := strings.Cut(text, "=")
			if !found {
				return
			}
			var value string
			if rest = strings.TrimLeft(rest, " \t"); strings.HasPrefix(rest, `"`) {
				value, text = unquote(rest[1:])
			} else {
				value, text, _ = strings.Cut(rest, ",")
				value = strings.TrimSpace(value)
			}
			if !yield(strings.ToLower(strings.TrimSpace(name)), value) {
				return
			}
		}
	}
}

// unquote reads up to the closing quotation mark and returns what follows it.
func unquote(text string) (value, rest string) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return b.String(), text[i+1:]
		case c == '\\' && i+1 < len(text):
			i++
			b.WriteByte(text[i])
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), ""
}

var quotes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

func quote(value string) string { return `"` + quotes.Replace(value) + `"` }

// credentials answers the challenge for one request, and counts the use.
func (c *challenge) credentials(username, password, method, uri string, body []byte) string {
	sum := algorithms[c.strength-1].sum
	a2 := method + ":" + uri
	if c.qop == "auth-int" {
		a2 += ":" + hexSum(sum, string(body))
	}
	count := fmt.Sprintf("%08x", c.uses.Add(1))
	secret, client := hexSum(sum, username+":"+c.realm+":"+password), rand.Text()
	out := fmt.Sprintf("Digest username=%s, realm=%s, nonce=%s, uri=%s", quote(username), quote(c.realm), quote(c.nonce), quote(uri))
	if c.qop == "" {
		out += `, response="` + hexSum(sum, secret+":"+c.nonce+":"+hexSum(sum, a2)) + `"`
	} else {
		proof := hexSum(sum, strings.Join([]string{secret, c.nonce, count, client, c.qop, hexSum(sum, a2)}, ":"))
		out += fmt.Sprintf(`, response="%s", qop=%s, nc=%s, cnonce="%s"`, proof, c.qop, count, client)
	}
	if c.algorithm != "" {
		out += ", algorithm=" + c.algorithm
	}
	if c.opaque != "" {
		out += ", opaque=" + quote(c.opaque)
	}
	return out
}

func hexSum(sum func() hash.Hash, text string) string {
	h := sum()
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}
