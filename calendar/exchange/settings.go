package exchange

import (
	"crypto/x509"
	"encoding/hex"
	"net"
	"net/url"
	"strings"
)

// Settings say where a server is and who signs in to it.
type Settings struct {
	URL      string // https://mail.foretag.se/EWS/Exchange.asmx
	User     string // DOMAIN\user, user@domain or user
	Password string
	SignIn   string // "" takes the best that is offered, "ntlm" or "basic" that alone

	CA          string // PEM of authorities to believe in besides the system's
	Fingerprint string // SHA-256 of the server's certificate, in hex: that one is believed and no other
	OldTLS      bool   // TLS 1.0 and its suites are let in, for Windows Server 2008 and older
}

// The ways to sign in.
const (
	NTLM  = "ntlm"
	Basic = "basic"
)

// SettingError says which setting is wrong and why, as the key of a string.
type SettingError struct{ Setting, Code string }

func (e *SettingError) Error() string { return e.Setting + ": " + e.Code }

// online are the names under which Microsoft's own Exchange is found.
var online = []string{
	"office365.com", "outlook.com", "office.com", "exchangelabs.com", "live.com", "hotmail.com",
	"office365.us", "outlook.cn", "office365.cn", "microsoftonline.com", "outlook.de",
}

// Online is true for the address of Exchange Online, which takes no user with a
// password any more, whatever rights he has: Basic authentication went in 2022,
// and EWS as such goes in 2026 and 2027. Calendars there are read through Graph.
func Online(address string) bool {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return false
	}
	host := u.Hostname()
	if host == "" { // written without its scheme
		host, _, _ = strings.Cut(u.Path, "/")
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	for _, o := range online {
		if host == o || strings.HasSuffix(host, "."+o) {
			return true
		}
	}
	return false
}

// CheckURL says in a [*SettingError] what is wrong with the address of a server:
// "online" for Microsoft's, "url" for what is none, "https" for one without TLS,
// which goes to this machine alone, "path" for one that doesn't end as Exchange's
// does, with /EWS/Exchange.asmx.
func CheckURL(address string) error {
	wrong := func(code string) error { return &SettingError{"url", code} }
	u, err := url.Parse(address)
	switch {
	case Online(address):
		return wrong("online")
	case err != nil, u.Hostname() == "", u.User != nil, u.Fragment != "", u.RawQuery != "", u.Opaque != "":
		return wrong("url")
	case u.Scheme == "http" && !local(u.Hostname()), u.Scheme != "http" && u.Scheme != "https":
		return wrong("https")
	case !strings.HasSuffix(strings.ToLower(u.Path), "/exchange.asmx"):
		return wrong("path")
	}
	return nil
}

// local is true for a name of this machine.
func local(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// CheckUser says in a [*SettingError] what is wrong with a user's name.
func CheckUser(user string) error {
	domain, name, split := strings.Cut(user, `\`)
	if split && (domain == "" || name == "" || strings.Contains(name, `\`)) || strings.ContainsAny(user, "\r\n\t:") {
		return &SettingError{"user", "user"}
	}
	return nil
}

// CheckCA wants certificates in PEM.
func CheckCA(pem string) error {
	if !x509.NewCertPool().AppendCertsFromPEM([]byte(pem)) {
		return &SettingError{"ca", "certificate"}
	}
	return nil
}

// CheckFingerprint wants the SHA-256 of a certificate, in hex with or without
// colons and spaces; Windows shows its SHA-1, which is "sha1" here.
func CheckFingerprint(text string) error {
	sum, err := hex.DecodeString(plainHex.Replace(strings.TrimSpace(text)))
	switch {
	case err == nil && len(sum) == 20:
		return &SettingError{"fingerprint", "sha1"}
	case err != nil || len(sum) != 32:
		return &SettingError{"fingerprint", "fingerprint"}
	}
	return nil
}

// plainHex drops what stands between digits, and what Windows puts before what is
// copied from it.
var plainHex = strings.NewReplacer(":", "", " ", "", "\u200e", "")

// check is what is wrong with the settings, the first of it.
func (s Settings) check() error {
	if err := CheckURL(s.URL); err != nil {
		return err
	}
	if s.User == "" {
		return &SettingError{"user", "required"}
	}
	if err := CheckUser(s.User); err != nil {
		return err
	}
	if s.CA != "" {
		if err := CheckCA(s.CA); err != nil {
			return err
		}
	}
	if s.Fingerprint != "" {
		return CheckFingerprint(s.Fingerprint)
	}
	return nil
}
