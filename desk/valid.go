package desk

import (
	"fmt"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/phone"
)

// What a form may hold at most. More is a mistake or an attack.
const (
	maxName       = 200
	maxText       = 2000
	maxGroups     = 500
	maxConditions = 50
	maxRules      = 100
)

// name returns a name trimmed, and a fault where it is none.
func (f *faults) name(field, s string) string {
	s = strings.TrimSpace(s)
	f.when(s == "", field, "required")
	f.text(field, s, maxName)
	return s
}

// text refuses what the store cannot hold and no person types. Lines may end as
// browsers and Windows end them.
func (f *faults) text(field, s string, longest int) {
	f.when(utf8.RuneCountInString(s) > longest, field, "tooLong")
	f.when(!utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\r\n\t", r) }), field, "text")
}

// email returns a mail address in lower case, and a fault where it is none.
func (f *faults) email(field, s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	a, err := mail.ParseAddress(s)
	f.when(s == "", field, "required")
	f.when(s != "" && (err != nil || a.Address != s || len(s) > 254 || !strings.Contains(s, "@")), field, "email")
	return s
}

func (f *faults) language(field, s string, mayBeEmpty bool) {
	f.when(s != "sv" && s != "en" && (s != "" || !mayBeEmpty), field, "option")
}

func (f *faults) country(field, s string, mayBeEmpty bool) {
	f.when(!phone.KnownCountry(s) && (s != "" || !mayBeEmpty), field, "country")
}

func (f *faults) between(field string, n, low, high int) {
	f.when(n < low || n > high, field, "range")
}

func option[T ~string](f *faults, field string, v T, options ...T) {
	f.when(!slices.Contains(options, v), field, "option")
}

// schedule checks when a replicator runs.
func (f *faults) schedule(field string, s organization.Schedule) {
	option(f, field+".mode", s.Mode, organization.ByHand, organization.Nightly, organization.Soon)
	f.between(field+".from", s.From, 0, 24*60-1)
	f.between(field+".to", s.To, 0, 24*60-1)
	if s.Zone != "" || s.Mode != organization.ByHand {
		_, err := time.LoadLocation(s.Zone)
		f.when(err != nil || s.Zone == "" || s.Zone == "Local", field+".zone", "zone")
	}
}

func (f *faults) limits(field string, l directory.Limits) {
	for _, one := range []struct {
		name  string
		limit directory.Limit
	}{{"left", l.Left}, {"changed", l.Changed}} {
		f.between(field+"."+one.name+".count", one.limit.Count, 0, 1_000_000)
		f.between(field+"."+one.name+".percent", one.limit.Percent, 0, 100)
	}
}

// organizationSettings checks a whole organization's settings.
func (f *faults) organizationSettings(s organization.Settings) {
	f.language("settings.language", s.Language, false)
	f.country("settings.country", s.Country, false)
	f.between("settings.retention.rounds", s.Retention.Rounds, 1, 3650)
	f.between("settings.retention.removed", s.Retention.Removed, 0, s.Retention.Rounds)
	f.schedule("settings.template.schedule", s.Template.Schedule)
	f.limits("settings.template.limits", s.Template.Limits)
	var wrong faults
	wrong.calendar(s.Calendar)
	for _, w := range wrong {
		f.add("settings.calendar."+w.Field, w.Code)
	}
	f.when(len(s.Notify.Users)+len(s.Notify.Emails) > 100, "settings.notify", "tooMany")
	for i, e := range s.Notify.Users {
		s.Notify.Users[i] = f.email("settings.notify.users", e)
	}
	for i, e := range s.Notify.Emails {
		s.Notify.Emails[i] = f.email("settings.notify.emails", e)
	}
}

// replicatorSettings checks everything an administrator can choose for a
// replicator. A setting that means nothing beside the others is no fault.
func (f *faults) replicatorSettings(s directory.Settings) {
	f.scope(s.Scope)
	f.mapping(s.Mapping)
	f.country("settings.country", s.Country, true)
	f.contactURL(s.ContactURL)
	f.extension(s.Extension)
	option(f, "settings.new", s.New, directory.Offer, directory.Create)
	f.limits("settings.limits", s.Limits)
}

func (f *faults) scope(s directory.Scope) {
	f.when(!s.Everybody && len(s.Groups) == 0, "settings.scope.groups", "required")
	f.when(len(s.Groups) > maxGroups, "settings.scope.groups", "tooMany")
	f.when(len(s.Exclude) > maxGroups, "settings.scope.exclude", "tooMany")
	for _, id := range s.Groups {
		f.when(!isGUID(id), "settings.scope.groups", "objectId")
	}
	for _, id := range s.Exclude {
		f.when(!isGUID(id), "settings.scope.exclude", "objectId")
		f.when(slices.Contains(s.Groups, id), "settings.scope.exclude", "both")
	}
	f.when(len(s.Conditions) > maxConditions, "settings.scope.conditions", "tooMany")
	known := append(append(directory.Mappable(), directory.AlwaysRead()...), directory.Purpose)
	for i, c := range s.Conditions {
		at := fmt.Sprintf("settings.scope.conditions[%d]", i)
		f.when(!slices.Contains(known, c.Field), at+".field", "option")
		option(f, at+".operator", c.Operator, directory.Operators()...)
		needs := c.Operator != directory.Empty && c.Operator != directory.NotEmpty
		f.when(needs && c.Value == "", at+".value", "required")
		f.text(at+".value", c.Value, maxName)
	}
	for _, k := range s.LetIn {
		option(f, "settings.scope.letIn", k, directory.Kinds()...)
	}
}

func (f *faults) mapping(m directory.Mapping) {
	f.when(len(m) > maxRules, "settings.mapping", "tooMany")
	taken := map[string]bool{}
	for i, r := range m {
		at := fmt.Sprintf("settings.mapping[%d]", i)
		option(f, at+".from", r.From, directory.Mappable()...)
		f.when(!slices.Contains(pbx.Writable(), pbx.Field(r.To)), at+".to", "option")
		option(f, at+".when", r.When, directory.Always, directory.WhenEmpty, directory.Never)
		f.when(taken[r.To], at+".to", "twice")
		taken[r.To] = true
	}
}

// contactURL checks the template of a caller's page: an absolute http(s) address
// with no other placeholders than the four.
func (f *faults) contactURL(s string) {
	if s == "" {
		return
	}
	f.text("settings.contactUrl", s, maxText)
	filled := strings.NewReplacer("{number}", "46", "{mail}", "a", "{name}", "a", "{id}", "a").Replace(s)
	u, err := url.Parse(filled)
	f.when(err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https", "settings.contactUrl", "url")
	f.when(strings.ContainsAny(filled, "{}"), "settings.contactUrl", "placeholder")
}

func (f *faults) extension(e directory.ExtensionRule) {
	option(f, "settings.extension.from", e.From, directory.NoExtension, directory.FromField, directory.FromNumber, directory.NextFree)
	switch e.From {
	case directory.FromField:
		option(f, "settings.extension.field", e.Field, directory.Mappable()...)
	case directory.FromNumber:
		option(f, "settings.extension.field", e.Field, directory.MobilePhone, directory.BusinessPhones)
		f.between("settings.extension.digits", e.Digits, 2, 7)
	case directory.NextFree:
		f.between("settings.extension.start", e.Start, 1, 9_999_999)
	}
}

// isGUID is true for an object id as Entra writes it.
func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, r := range s {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (r == '-') || !dash && !strings.ContainsRune("0123456789abcdefABCDEF", r) {
			return false
		}
	}
	return true
}

// isPerson is true for what can be a person's id: an object id, or that of an entry
// of the built-in register.
func isPerson(s string) bool {
	entry := len(s) == 16 && strings.Trim(s, "0123456789abcdefghijklmnopqrstuv") == ""
	return entry || isGUID(s)
}

// subscriberFields checks what is typed or imported for an entry and returns it
// as the register keeps it: numbers in canonical text, no unknown fields. Empty
// values stay, as what is to be cleared.
func (f *faults) subscriberFields(fields map[string]string, country string) pbx.Fields {
	known := append(pbx.Writable(), pbx.Extension, pbx.ContactURL, pbx.Primary, pbx.Hidden, pbx.Protected)
	clean := pbx.Fields{}
	for key, v := range fields {
		field, v := pbx.Field(key), strings.TrimSpace(v)
		if !slices.Contains(known, field) {
			f.add("fields", "unknown")
			continue
		}
		f.text(key, v, maxText)
		if v != "" {
			v = f.subscriberValue(field, v, country)
		}
		clean[field] = v
	}
	return clean
}

func (f *faults) subscriberValue(field pbx.Field, v, country string) string {
	switch {
	case field.IsNumber():
		n, err := phone.Parse(v, country)
		f.when(err != nil, string(field), "number")
		return string(n)
	case field == pbx.Extension:
		digits, err := phone.ParseExtension(v)
		f.when(err != nil, string(field), "extension")
		return digits
	case field == pbx.Mail:
		return f.email(string(field), v)
	case field == pbx.Primary:
		option(f, string(field), pbx.Field(v), append(pbx.Numbers(), pbx.Extension)...)
	case field == pbx.Hidden || field == pbx.Protected:
		f.when(v != "true", string(field), "option")
	case field == pbx.ContactURL:
		u, err := url.Parse(v)
		f.when(err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https", string(field), "url")
	}
	return v
}
