//go:build peers

package exchangelib_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/telefonist/telefonist/m365"
)

// curl is a third hand's NTLM. It knows nothing of channel bindings, and of
// passwords no letters but ASCII's.
func curl(t *testing.T, f *office, account string) string {
	t.Helper()
	args := []string{"--silent", "--http1.1", "--ntlm", "--user", account, "--data", "<x/>", "--output", os.DevNull, "--write-out", "%{http_code} %{num_connects}"}
	if ca := f.CA(); ca != nil {
		file := filepath.Join(t.TempDir(), "ca.pem")
		must(t, os.WriteFile(file, ca, 0o600))
		args = append(args, "--cacert", file)
	}
	out, err := exec.CommandContext(t.Context(), "curl", append(args, f.URL())...).Output()
	if err != nil {
		t.Fatalf("curl: %v", err)
	}
	return string(out)
}

func TestCurlSignsIn(t *testing.T) {
	const in, refused = "500 1", "401 1" // a fault, as what is sent is no envelope; all on one connection
	for _, c := range []struct {
		protection string
		way        m365.ExchangeTLS
		want       string
	}{
		{"off", m365.NoTLS, in},
		{"off", m365.ModernTLS, in},
		{"allow", m365.NoTLS, in},
		{"allow", m365.ModernTLS, in},
		{"require", m365.ModernTLS, refused},
	} {
		f := open(t, m365.ExchangeOptions{NTLM: true, Protection: c.protection}, c.way)
		for _, name := range []string{`EXEMPEL\anna`, f.anna, "anna"} {
			if got := curl(t, f, name+":"+plain); got != c.want {
				t.Errorf("%s, TLS %q, as %s: %s, want %s", c.protection, c.way, name, got, c.want)
			}
		}
		for _, account := range []string{"anna:fel", `ANNAT\anna:` + plain, "ingen:" + plain} {
			if got := curl(t, f, account); got != refused {
				t.Errorf("%s, TLS %q, as %s: %s, want %s", c.protection, c.way, account, got, refused)
			}
		}
	}
}
