// Package language holds every sentence that a person reads, in the languages
// Telefonist speaks, and writes dates, numbers and lists as their readers do.
//
// The rest of the product passes keys and facts and never a finished sentence;
// the faces turn them into one, in the reader's language:
//
//	p := language.Match(r.Header.Get("Accept-Language"))
//	p.T("people.count", language.Count("n", 1200)) // 1 200 personer
//	p.T("msg.linkused", language.Text("name", "Åsa"))
//
// The strings stand in strings/*.tsv, one file an area, one key a line, one
// column a language; "#" begins a comment and "\n" is a line break. A text names
// its facts in braces. Where a number decides the form, both forms stand in the
// cell, "|" between, one thing first: "{n} person|{n} personer". The key decides
// nothing else, so that a file can be sorted and divided freely.
//
// A new language is a new column in each file and a line in [Tags]. What callers
// are told is there in one more ([ForNotes]).
package language

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"
)

// The tags of the languages, BCP 47.
const (
	Swedish = "sv"
	English = "en"
)

// Tags lists the languages in the order in which a reader is offered them. The
// first is taken where a reader asks for none.
func Tags() []string { return []string{Swedish, English} }

// Printer writes in one language. It is safe for use by many at once.
type Printer struct {
	tag    string
	forms  map[string][]string // by key: the text, or its forms for one and for others
	format format
}

// For returns the printer of a language tag ("sv", "en-GB"), or of English where
// we do not have that language; "" gives the first of [Tags].
func For(tag string) *Printer {
	if tag == "" {
		return printers[Tags()[0]]
	}
	base, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(tag, "_", "-")), "-")
	if p := printers[base]; p != nil && slices.Contains(Tags(), base) {
		return p
	}
	return printers[English]
}

// Match returns the printer that suits a browser's Accept-Language best (RFC
// 9110 §12.5.4): English where none of ours is asked for, the first of [Tags]
// where nothing or anything ("*") is.
func Match(acceptLanguage string) *Printer {
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(wanted) == 0 || wanted[0] == anything {
		return For("")
	}
	_, i, confidence := matcher.Match(wanted...)
	if confidence == language.No {
		return For(English)
	}
	return For(Tags()[i])
}

var (
	strs, faults = read(files, Tags(), Dutch)
	printers     = makePrinters(strs)
	matcher      = language.NewMatcher(parsedTags())
	anything     = language.Make("mul") // what x/text makes of "*"
)

func makePrinters(strs map[string]map[string][]string) map[string]*Printer {
	all := make(map[string]*Printer)
	for _, tag := range NoteTags() {
		all[tag] = &Printer{tag: tag, forms: strs[tag], format: formats[tag]}
	}
	return all
}

func parsedTags() []language.Tag {
	var tags []language.Tag
	for _, tag := range Tags() {
		tags = append(tags, language.Make(tag))
	}
	return tags
}

// Tag is the printer's language, for the lang attribute of a page.
func (p *Printer) Tag() string { return p.tag }

// Has reports whether there is a text for key.
func (p *Printer) Has(key string) bool { return p.forms[key] != nil }

// T is the text of key with its facts filled in. The first count among args
// decides between the forms for one and for others. A key without a text comes
// back as "⟦key⟧", and a fact that was not given stands as its {name}, so that
// both are seen.
func (p *Printer) T(key string, args ...Arg) string {
	forms := p.forms[key]
	if forms == nil {
		return "⟦" + key + "⟧"
	}
	text := forms[0]
	if len(forms) > 1 && !one(args) {
		text = forms[1]
	}
	if len(args) == 0 || !strings.Contains(text, "{") {
		return text
	}
	pairs := make([]string, 0, 2*len(args))
	for _, a := range args {
		pairs = append(pairs, "{"+a.name+"}", a.write(p))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

func one(args []Arg) bool {
	for _, a := range args {
		if a.counts {
			return a.count == 1
		}
	}
	return false
}

// Arg is a fact to be filled into a text.
type Arg struct {
	name   string
	text   string
	count  int
	counts bool
}

// Text is a fact that is written as it is.
func Text(name, value string) Arg { return Arg{name: name, text: value} }

// Count is a number of things, written with the language's thousands separator.
func Count(name string, n int) Arg { return Arg{name: name, count: n, counts: true} }

// Facts makes arguments of facts that were kept as text: those called n, m,
// limit or days are counts where they are whole numbers, with n before the
// others; all else is text.
func Facts(facts map[string]string) []Arg {
	args := make([]Arg, 0, len(facts))
	for _, name := range []string{"n", "m", "limit", "days"} {
		if n, err := strconv.Atoi(facts[name]); err == nil {
			args = append(args, Count(name, n))
		}
	}
	for name, value := range facts {
		args = append(args, Text(name, value))
	}
	return args
}

func (a Arg) write(p *Printer) string {
	if a.counts {
		return p.Number(a.count)
	}
	return a.text
}
