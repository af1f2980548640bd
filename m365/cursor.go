package m365

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"
)

// cursor is what a skip or delta token says. To callers it is opaque; it is
// signed, so a token of another tenant or one cut short is refused.
type cursor struct {
	Set    string   `json:"s"`           // users, groups; or a list's name
	Select []string `json:"f,omitempty"` // baked in, as $select can't be repeated
	IDs    []string `json:"i,omitempty"` // $filter by object id
	Since  uint64   `json:"a,omitempty"` // changes after this; 0 = everything
	Round  uint64   `json:"r,omitempty"` // last change before the round began
	At     int      `json:"p,omitempty"` // next place in items or log
	Group  string   `json:"g,omitempty"` // the group at At that is not wholly told
	Off    int      `json:"o,omitempty"` // next of its memberships
	Made   int64    `json:"t"`           // Unix seconds
	Epoch  int      `json:"e,omitempty"` // of the tenant's tokens, see Expire
	Salt   int      `json:"n,omitempty"` // tells apart tokens of one place
}

var errToken = errors.New("token not ours")

func (t *Tenant) seal(c cursor) string {
	c.Epoch = t.epoch
	plain, err := json.Marshal(c)
	if err != nil { // strings and numbers: cannot happen
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(append(t.mac(plain), plain...))
}

func (t *Tenant) mac(plain []byte) []byte {
	h := hmac.New(sha256.New, t.key[:])
	h.Write(plain)
	return h.Sum(nil)[:16]
}

func (t *Tenant) open(token string) (cursor, error) {
	var c cursor
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) < 16 || !hmac.Equal(raw[:16], t.mac(raw[16:])) {
		return c, errToken
	}
	return c, json.Unmarshal(raw[16:], &c)
}

// tokenLife is how long a delta token of a directory object lives.
const tokenLife = 7 * 24 * time.Hour

// Expire makes every delta and skip token issued so far run out: the next use
// is answered 410 with a Location to begin anew.
func (t *Tenant) Expire() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.epoch++
}
