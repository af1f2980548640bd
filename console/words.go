package console

import (
	"cmp"
	"maps"
	"strings"
	"time"

	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/phone"
)

// reason puts a fact into words: kind is the area of the texts, "problem",
// "hold", "standing". Numbers and moments are written as the reader does.
func (p *page) reason(kind string, r pbx.Reason) string {
	facts := maps.Clone(r.Args)
	for name, value := range facts {
		switch name {
		case "number":
			facts[name] = p.national(value)
		case "time":
			if t, err := time.Parse(time.RFC3339, value); err == nil {
				facts[name] = p.moment(t)
			}
		}
	}
	return p.lang.Reason(kind+".", r.Code, facts)
}

// told is reason for a code whose area is not known: the first that has a text
// for it, else the code itself, so that nothing is silently left out.
func (p *page) told(r pbx.Reason, areas ...string) string {
	if p.lang.Has(r.Code) {
		return p.reason("", r)
	}
	for _, area := range areas {
		if p.lang.Has(area + "." + r.Code) {
			return p.reason(area, r)
		}
	}
	return r.Code
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
		lines = append(lines, diffLine{Label: p.fieldName(string(f)), Before: p.value(f, c.Before[f]), After: p.value(f, after), Gone: c.Kind == pbx.Remove})
	}
	return lines
}

// fieldOrder is every field of a subscriber, as a form shows them.
func fieldOrder() []pbx.Field {
	all := append([]pbx.Field{pbx.Extension}, pbx.Writable()...)
	return append(all, pbx.ContactURL, pbx.Primary, pbx.Hidden, pbx.Protected)
}
