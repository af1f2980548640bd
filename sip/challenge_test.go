package sip

import (
	"testing"

	"github.com/icholy/digest"
)

// The challenges of RFC 7616 3.9.1 and RFC 2617 3.5, and odd ones; another's
// implementation says what the credentials must be.
func TestCredentials(t *testing.T) {
	for _, header := range []string{
		`Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`,
		`Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`,
		`digest Realm = "testrealm@host.com" ,QOP=auth,  NONCE="dcd98b7102dd2f0e8b11d0f600bfb0c093" , x_y=z, opaque="5ccc069c403ebaf9f0171e9517f40e41",,`,
		`Digest realm="a\"b\\c", nonce="n", algorithm=md5, stale=TRUE`,
	} {
		c := parseChallenge(header)
		if c == nil {
			t.Fatalf("%s is not understood", header)
		}
		line := c.credentials(`Mu"fasa`, "Circle of Life", "GET", "/dir/index.html", nil)
		given, err := digest.ParseCredentials(line)
		if err != nil {
			t.Fatal(err)
		}
		asked := digest.Challenge{Realm: c.realm, Nonce: c.nonce, Algorithm: c.algorithm, Opaque: c.opaque}
		if c.qop != "" {
			asked.QOP = []string{c.qop}
		}
		want, err := digest.Digest(&asked, digest.Options{Method: "GET", URI: "/dir/index.html", Count: 1, Cnonce: given.Cnonce,
			Username: `Mu"fasa`, Password: "Circle of Life"})
		if err != nil || given.String() != want.String() {
			t.Errorf("%s:\n%+v\nwant %+v, %v", header, given, want, err)
		}
	}
}

func TestChallengesThatCannotBeAnswered(t *testing.T) {
	for _, header := range []string{"", "Digest", `Basic realm="x"`, `Digest realm="x"`, `Digest nonce="n", algorithm=MD5-sess`, `Digest nonce=n, qop=""`, `NTLM nonce="n"`} {
		if c := parseChallenge(header); c != nil {
			t.Errorf("%q: %+v", header, c)
		}
	}
	if c := strongest([]string{`Digest nonce="old"`, `Digest nonce="new", algorithm=sha-256`, `Digest nonce="other", algorithm=SHA-256`}); c == nil || c.nonce != "new" || c.algorithm != "sha-256" {
		t.Errorf("%+v", c)
	}
}
