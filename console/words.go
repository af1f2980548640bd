package console

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/telefonist/telefonist/language"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/phone"
)

// reason puts a fact into words: kind is the area of the texts, "problem",
// "hold", "standing"; what the fact names by key is named in words too. A code
// without a text stands as it is, so that nothing is silently left out.
func (p *page) reason(kind string, r pbx.Reason) string {
	key := kind + "." + r.Code
	if !p.lang.Has(key) {
		return joinNonEmpty(" ", r.Code, strings.Join(slices.Sorted(maps.Values(r.Args)), " "))
	}
	return p.lang.T(key, language.Facts(p.facts(r.Args))...)
}

// facts are a fact's words: fields, comparisons and causes by their names, dates
// and numbers as the reader writes them.
func (p *page) facts(args map[string]string) map[string]string {
	said := maps.Clone(args)
	for name, value := range said {
		switch name {
		case "field":
			said[name] = p.fieldName(value)
		case "operator":
			said[name] = p.orText("operator."+value, value)
		case "why":
			said[name] = p.orText("number."+value, value)
		case "date", "until", "since":
			said[name] = p.timeText(value, p.date)
		case "time":
			said[name] = p.timeText(value, p.moment)
		case "number":
			said[name] = p.national(value)
		}
	}
	return said
}

func (p *page) timeText(value string, write func(time.Time) string) string {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, value); err == nil {
			return write(t)
		}
	}
	return value
}

// orText is the text of key, else the other as it is.
func (p *page) orText(key, other string) string {
	if p.lang.Has(key) {
		return p.T(key)
	}
	return other
}

// fieldName is what a field is called, of a subscriber or of a person.
func (p *page) fieldName(field string) string {
	if p.lang.Has("subscriber." + field) {
		return p.T("subscriber." + field)
	}
	return p.orText("person."+field, field)
}

// national is a number as people at home write it, with the extension in words.
func (p *page) national(number string) string {
	text := phone.Number(number).National(cmp.Or(p.org.Settings.Country, "SE"))
	if main, ext, ok := strings.Cut(text, " x"); ok {
		return p.T("number.withExtension", "number", main, "extension", ext)
	}
	return text
}

// value is what a field holds, as the reader writes it.
func (p *page) value(f pbx.Field, v string) string {
	switch {
	case v == "":
		return ""
	case f.IsNumber():
		return p.national(v)
	case f == pbx.Hidden || f == pbx.Protected:
		return p.T("word.yes")
	case f == pbx.Primary:
		return p.fieldName(v)
	}
	return strings.ReplaceAll(v, "\n", ", ")
}

// changed lists what a change does to each field, in the order of a form.
func (p *page) changed(c pbx.Change) []diffLine {
	var lines []diffLine
	for _, f := range fieldOrder() {
		after, ok := c.After[f]
		if !ok {
			continue
		}
		lines = append(lines, diffLine{Label: p.fieldName(string(f)), Before: p.value(f, c.Before[f]), After: p.value(f, after)})
	}
	return lines
}

// fieldOrder is every field of a subscriber, as a form shows them.
func fieldOrder() []pbx.Field {
	all := append([]pbx.Field{pbx.Extension}, pbx.Writable()...)
	return append(all, pbx.ContactURL, pbx.Primary, pbx.Hidden, pbx.Protected)
}
