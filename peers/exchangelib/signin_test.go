//go:build peers

package exchangelib_test

import (
	"testing"

	"github.com/telefonist/telefonist/m365"
)

// exchangelib signs in by requests_ntlm, which sends channel bindings.
func TestExchangelibSignsIn(t *testing.T) {
	t.Parallel()
	f := open(t, m365.ExchangeOptions{NTLM: true, Basic: true, Protection: "require", Lockout: 10}, m365.ModernTLS)
	behind, ca := terminator(t, f)
	for _, c := range []struct {
		what, auth, name, password, want string
		behind                           bool
	}{
		{"NTLM", "NTLM", `EXEMPEL\` + user, password, "", false},
		{"NTLM by another name", "NTLM", user + "@" + domain, password, "", false},
		{"a wrong password", "NTLM", `EXEMPEL\` + user, "fel", "UnauthorizedError", false},
		{"bindings of another certificate", "NTLM", `EXEMPEL\` + user, password, "UnauthorizedError", true},
		{"Basic", "basic", user + "@" + domain, password, "", false},
		{"a wrong password by Basic", "basic", user, "fel", "UnauthorizedError", false},
	} {
		j := f.job("version")
		j.Auth, j.User, j.Password = c.auth, c.name, c.password
		if c.behind {
			j.URL, j.CA = behind, ca
		}
		seen := read(t, j)
		if seen.Error != c.want || (seen.Version != "") != (c.want == "") {
			t.Errorf("%s: %s (%s) %q, want %q", c.what, seen.Error, seen.Text, seen.Version, c.want)
		}
	}
}
