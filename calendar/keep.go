package calendar

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/telefonist/telefonist/name"
)

// Raw is an event as a driver decodes it, before anything is kept: the event's
// own facts in Event, beside them what only [Keep] may look at.
type Raw struct {
	Event
	Subject    string
	Place      string
	Categories []string
}

// PrivateAs says what is kept of private events.
type PrivateAs string

// The ways, by default StatusOnly.
const (
	Ignore     PrivateAs = "ignore"     // as if they were not there
	StatusOnly PrivateAs = "status"     // times, show-as and prefix, never the text
	Everything PrivateAs = "everything" // as any other
)

// Keep says what of an event may be kept.
type Keep struct {
	Words      []string // the organization's own, any case
	Categories []string
	// Prefixes are those that rules ask for. Of a private event no other is kept:
	// "Läkare: knä" has a prefix too.
	Prefixes []string
	Subject  bool // it is shared with somebody
	Place    bool
	Note     bool // what follows a prefix, never that of a private event
	Private  PrivateAs
}

// Event is what is kept of a decoded event, and whether it is kept at all.
// A private event's text is used for a prefix that rules ask for and nothing else,
// unless everything of private events is kept; of its words and categories none
// are looked for, because they are text too. Nothing that is kept holds on to the
// text it is a part of.
func (k Keep) Event(r Raw) (Event, bool) {
	e := r.Event
	e.Prefix, e.Mark, e.Words, e.Categories, e.Subject, e.Place, e.Note = "", "", nil, nil, "", "", ""
	if e.Private() && k.Private == Ignore {
		return Event{}, false
	}
	prefix, mark, rest := SplitPrefix(r.Subject)
	if !k.hides(e) || has(k.Prefixes, prefix) {
		e.Prefix, e.Mark = strings.Clone(prefix), mark
	}
	if k.hides(e) {
		return e, true
	}
	e.Words = occurring(k.Words, r.Subject)
	e.Categories = among(k.Categories, r.Categories)
	if k.Subject {
		e.Subject = strings.Clone(strings.TrimSpace(r.Subject))
	}
	if k.Place {
		e.Place = strings.Clone(strings.TrimSpace(r.Place))
	}
	if k.Note && prefix != "" && !e.Private() {
		e.Note = strings.Clone(rest)
	}
	return e, true
}

// hides is true for an event of whose text nothing may be used but its prefix.
func (k Keep) hides(e Event) bool { return e.Private() && k.Private != Everything }

// Beyond is what k keeps and old did not: mailboxes must be read again before what
// follows from it can be known.
func (k Keep) Beyond(old Keep) Keep {
	not := func(of []string) func(string) bool { return func(s string) bool { return has(of, s) } }
	more := Keep{
		Words:      slices.DeleteFunc(slices.Clone(k.Words), not(old.Words)),
		Categories: slices.DeleteFunc(slices.Clone(k.Categories), not(old.Categories)),
		Prefixes:   slices.DeleteFunc(slices.Clone(k.Prefixes), not(old.Prefixes)),
		Subject:    k.Subject && !old.Subject,
		Place:      k.Place && !old.Place,
		Note:       k.Note && !old.Note,
	}
	if k.Private.strictness() < old.Private.strictness() {
		more.Private = k.Private
	}
	return more
}

// Nothing is true where k keeps no more of an event than everybody does.
func (k Keep) Nothing() bool {
	return len(k.Words)+len(k.Categories)+len(k.Prefixes) == 0 && !k.Subject && !k.Place && !k.Note && k.Private == ""
}

// strictness is how much of private events is hidden; "" is as StatusOnly.
func (p PrivateAs) strictness() int {
	switch p {
	case Everything:
		return 0
	case Ignore:
		return 2
	}
	return 1
}

// Stricter is the stricter of two ways; "" has none of its own.
func (p PrivateAs) Stricter(q PrivateAs) PrivateAs {
	if p == "" || q != "" && q.strictness() > p.strictness() {
		return q
	}
	return p
}

// replies are what mail programs in the languages of our countries put before the
// subject of an answer and of what is passed on.
var replies = []string{"SV", "VB", "RE", "FW", "FWD", "ANTW", "DOORST", "AW", "WG", "VS"}

// SplitPrefix finds the prefix of a subject: 2 to 8 letters before the first ":"
// or ";", in upper case, after any number of "SV:" and the like. rest is what
// follows. All are "" where there is none.
func SplitPrefix(subject string) (prefix, mark, rest string) {
	for {
		i := strings.IndexAny(subject, ":;")
		if i < 0 {
			return "", "", ""
		}
		head, tail := word(subject[:i]), subject[i+1:]
		mark := ":" // not the one in the subject, which would stay in memory with it
		if subject[i] == ';' {
			mark = ";"
		}
		if head == "" {
			return "", "", ""
		}
		if mark != ":" || !slices.Contains(replies, head) {
			return head, mark, strings.TrimSpace(tail)
		}
		subject = tail
	}
}

// word is s in upper case where it is one word of 2 to 8 letters, else "". Letters
// with their accents apart, as macOS writes them, count as one.
func word(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 8*utf8.UTFMax*2 {
		return ""
	}
	s = norm.NFC.String(strings.ToUpper(s))
	n := 0
	for _, r := range s {
		if n++; !unicode.IsLetter(r) {
			return ""
		}
	}
	if n < 2 || n > 8 {
		return ""
	}
	return s
}

// occurring are the words that stand in text as whole words, in any case.
func occurring(words []string, text string) []string {
	if len(words) == 0 || text == "" {
		return nil
	}
	var found []string
	said := " " + strings.Join(name.Words(text), " ") + " "
	for _, w := range words {
		if f := wanting(w); f != "" && strings.Contains(said, f) {
			found = append(found, w)
		}
	}
	return found
}

// wanting is a word of the organization's as it is looked for: folded, with a
// space on either side; "" where it has no letter. It is remembered, since each
// of these few is looked for in every event.
func wanting(word string) string {
	if f, ok := folded.Load(word); ok {
		return f.(string)
	}
	f := strings.Join(name.Words(word), " ")
	if f != "" {
		f = " " + f + " "
	}
	folded.Store(word, f)
	return f
}

var folded sync.Map

func among(wanted, have []string) []string {
	var found []string
	for _, w := range wanted {
		if has(have, w) {
			found = append(found, w)
		}
	}
	return found
}

// has is true where s is one of all, in any case and with or without accents.
func has(all []string, s string) bool {
	return slices.ContainsFunc(all, func(a string) bool { return name.Fold(a) == name.Fold(s) })
}
