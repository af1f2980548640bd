package ntlm

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestOffered(t *testing.T) {
	for _, try := range []struct {
		lines []string
		want  []string
		best  string // where Basic is allowed
	}{
		{nil, nil, ""},
		{[]string{""}, nil, ""},
		{[]string{"Negotiate", "NTLM"}, []string{"Negotiate", "NTLM"}, NTLM},
		{[]string{`Negotiate, Basic realm="x"`}, []string{"Negotiate", "Basic"}, Negotiate},
		{[]string{`Basic realm="of NTLM, and others"`}, []string{"Basic"}, Basic},
		{[]string{`Basic realm="\", NTLM", charset="UTF-8",ntlm`}, []string{"Basic", "ntlm"}, NTLM},
		{[]string{`Bearer client_id="1", trusted_issuers="a@*", token_types="app"`, "NTLM"}, []string{"Bearer", "NTLM"}, NTLM},
		{[]string{"NTLM", "NTLM"}, []string{"NTLM"}, NTLM},
		{[]string{"Digest", "Bearer"}, []string{"Digest", "Bearer"}, ""},
		{slices.Repeat([]string{"A,B,C"}, 100), []string{"A", "B", "C"}, ""},
	} {
		h := http.Header{"Www-Authenticate": try.lines}
		got := offered(h)
		if !slices.Equal(got, try.want) {
			t.Errorf("%q offers %q, want %q", try.lines, got, try.want)
		}
		if best := choose(got, true); best != try.best {
			t.Errorf("of %q %q is best, want %q", got, best, try.best)
		}
		if best := choose(got, false); best == Basic {
			t.Errorf("of %q Basic is chosen where it isn't allowed", got)
		}
	}
}

func TestToken(t *testing.T) {
	for _, try := range []struct{ line, want string }{
		{"NTLM", ""},
		{"NTLM YWJj", "abc"},
		{"Negotiate eHl6, ntlm  YWI=", "ab"},
		{"Negotiate eHl6", ""},
		{"NTLM !", ""},
		{"NTLM " + strings.Repeat("A", 1<<20), ""},
	} {
		if got := string(token(http.Header{"Www-Authenticate": {try.line}}, NTLM)); got != try.want {
			t.Errorf("%.40q has the token %q, want %q", try.line, got, try.want)
		}
	}
}

func TestSplit(t *testing.T) {
	for _, try := range []struct{ user, wantUser, wantDomain string }{
		{`EXAMPLE\anna`, "anna", "EXAMPLE"},
		{`example.se\anna@home`, "anna@home", "example.se"},
		{"anna@example.se", "anna@example.se", ""},
		{"anna", "anna", ""},
		{`.\anna`, "anna", "."},
	} {
		if user, domain := (Credential{User: try.user}).split(); user != try.wantUser || domain != try.wantDomain {
			t.Errorf("%q is %q of %q, want %q of %q", try.user, user, domain, try.wantUser, try.wantDomain)
		}
	}
}
