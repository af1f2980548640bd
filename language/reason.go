package language

import (
	"strings"
	"time"
)

// Reason is the sentence for a fact with its code, such as a pbx.Reason or a
// line of a check: the text of family+code ("problem.", "hold.", "standing.",
// "change.", "failure." …), or of code alone where it names its own family, as
// "signin.wrong-secret" does. Of a permission its own text is preferred.
//
// Facts that are keys themselves are put into words: a field by its name, why and reason as
// the reason of package phone, operator as a comparison, and date, until and
// since as dates where they are RFC 3339 or YYYY-MM-DD.
func (p *Printer) Reason(family, code string, facts map[string]string) string {
	told := make(map[string]string, len(facts))
	for name, value := range facts {
		told[name] = p.inWords(family, name, value)
	}
	return p.T(p.reasonKey(family, code, facts["permission"]), Facts(told)...)
}

func (p *Printer) reasonKey(family, code, permission string) string {
	if verdict, ok := strings.CutPrefix(code, "permission."); ok {
		if own := "permission." + permission + "." + verdict; p.Has(own) {
			return own
		}
	}
	if strings.Contains(code, ".") {
		return code
	}
	return family + code
}

func (p *Printer) inWords(family, name, value string) string {
	switch name {
	case "field":
		if family == "standing." && p.Has("person."+value) {
			return p.T("person." + value)
		}
		return p.first(value, "subscriber."+value, "person."+value)
	case "why", "reason":
		return p.first(value, "number."+value)
	case "operator":
		return p.first(value, "operator."+value)
	case "date", "until", "since":
		for _, layout := range []string{time.RFC3339, time.DateOnly} {
			if t, err := time.Parse(layout, value); err == nil {
				return p.Date(t)
			}
		}
	}
	return value
}

// first is the text of the first key that has one, else otherwise.
func (p *Printer) first(otherwise string, keys ...string) string {
	for _, key := range keys {
		if p.Has(key) {
			return p.T(key)
		}
	}
	return otherwise
}
