package presence

import (
	"fmt"
	"slices"
	"strings"

	"github.com/telefonist/telefonist/pbx"
)

// SettingError says which setting is wrong, and why: "address" with "scheme"
// (neither sip: nor sips:), "brace" (one without its other), "field" (that there
// is not), "same" (one for all people), "host" or "tls" (sips: without it); "ca" with "certificate".
type SettingError struct {
	Setting, Code string
}

// Error names both.
func (e *SettingError) Error() string { return "presence: setting " + e.Setting + ": " + e.Code }

// CheckAddress says what is wrong with a template of addresses, nil if nothing
// is.
func CheckAddress(text string) error {
	_, err := parseTemplate(text)
	return err
}

// template makes an address of a subscriber's fields: text, field, text, field …, text.
type template struct {
	texts  []string
	fields []pbx.Field
}

func parseTemplate(text string) (template, error) {
	wrong := func(code string) (template, error) { return template{}, &SettingError{"address", code} }
	if !strings.HasPrefix(text, "sip:") && !strings.HasPrefix(text, "sips:") {
		return wrong("scheme")
	}
	known := append(pbx.Writable(), pbx.Extension)
	var t template
	for rest := text; ; {
		before, after, found := strings.Cut(rest, "{")
		if strings.Contains(before, "}") {
			return wrong("brace")
		}
		t.texts = append(t.texts, before)
		if !found {
			break
		}
		name, following, closed := strings.Cut(after, "}")
		switch {
		case !closed:
			return wrong("brace")
		case !slices.Contains(known, pbx.Field(name)):
			return wrong("field")
		}
		t.fields, rest = append(t.fields, pbx.Field(name)), following
	}
	if len(t.fields) == 0 {
		return wrong("same")
	}
	if !t.hasHost() {
		return wrong("host")
	}
	return t, nil
}

// hasHost says whether the template writes user and host itself, with the user
// from fields; or is one field, the mail address, which has both.
func (t template) hasHost() bool {
	if slices.Equal(t.fields, []pbx.Field{pbx.Mail}) && strings.HasSuffix(t.texts[0], ":") && t.texts[1] == "" {
		return true
	}
	user, host, found := strings.Cut(strings.Join(t.texts, "\x00"), "@") // NUL stands for a field
	return found && strings.Contains(user, "\x00") && host != "" && strings.IndexFunc(host, notHost) < 0
}

// secured says whether the addresses want TLS all the way.
func (t template) secured() bool { return strings.HasPrefix(t.texts[0], "sips:") }

func notHost(r rune) bool {
	return !(r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z' || strings.ContainsRune(".-:[];=", r))
}

// of is a subscriber's address.
func (t template) of(s pbx.Subscriber) (string, error) {
	var b strings.Builder
	for i, text := range t.texts {
		b.WriteString(text)
		if i == len(t.fields) {
			break
		}
		value := strings.TrimSpace(s.Get(t.fields[i]))
		if value == "" {
			return "", &pbx.Refusal{Code: "addressField", Args: map[string]string{"field": string(t.fields[i])}}
		}
		if user, host, found := strings.Cut(value, "@"); found && t.fields[i] == pbx.Mail && !strings.Contains(strings.Join(t.texts, ""), "@") {
			if user == "" || host == "" || strings.ContainsAny(host, ":[];=") || strings.IndexFunc(host, notHost) >= 0 {
				return "", &pbx.Refusal{Code: "address", Args: map[string]string{"value": value}}
			}
			b.WriteString(escapeUser(user) + "@" + host)
			continue
		}
		b.WriteString(escapeUser(value))
	}
	address := b.String()
	if !strings.Contains(address, "@") {
		return "", &pbx.Refusal{Code: "address", Args: map[string]string{"value": address}}
	}
	return address, nil
}

// escapeUser writes text as the user part of a SIP URI (RFC 3261 25.1).
func escapeUser(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		if c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || strings.IndexByte("-_.!~*'()&=+$;/", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
