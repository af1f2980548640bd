package calendar

import (
	"slices"
	"strings"
	"sync"
	"unicode"

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
	Subject    bool // it is shared with somebody
	Place      bool
	Note       bool // what follows a prefix
	Private    PrivateAs
}

// Event is what is kept of a decoded event, and whether it is kept at all.
// A private event's text is used for its prefix and nothing else, unless
// everything of private events is kept; of its words and categories none are
// looked for, because they are text too.
func (k Keep) Event(r Raw) (Event, bool) {
	e := r.Event
	hide := e.Private() && k.Private != Everything
	if e.Private() && k.Private == Ignore {
		return Event{}, false
	}
	prefix, mark, rest := SplitPrefix(r.Subject)
	e.Prefix, e.Mark = strings.Clone(prefix), strings.Clone(mark) // or all of the subject stayed in memory with them
	e.Words, e.Categories, e.Subject, e.Place, e.Note = nil, nil, "", "", ""
	if hide {
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
	if k.Note && prefix != "" {
		e.Note = strings.Clone(rest)
	}
	return e, true
}

// replies are what mail programs put before a subject.
var replies = []string{"SV", "VB", "RE", "FW", "FWD", "ANTW", "DOORST"}

// SplitPrefix finds the prefix of a subject: 2 to 8 letters before the first ":"
// or ";", in upper case, after any number of "SV:" and the like. rest is what
// follows. All are "" where there is none.
func SplitPrefix(subject string) (prefix, mark, rest string) {
	for {
		head, tail, m := cutMark(subject)
		if m == "" {
			return "", "", ""
		}
		head = strings.ToUpper(strings.TrimSpace(head))
		if m == ":" && slices.Contains(replies, head) {
			subject = tail
			continue
		}
		n := 0
		for _, r := range head {
			if n++; !unicode.IsLetter(r) {
				return "", "", ""
			}
		}
		if n < 2 || n > 8 {
			return "", "", ""
		}
		return head, m, strings.TrimSpace(tail)
	}
}

func cutMark(s string) (head, tail, mark string) {
	i := strings.IndexAny(s, ":;")
	if i < 0 {
		return s, "", ""
	}
	return s[:i], s[i+1:], s[i : i+1]
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
		if slices.ContainsFunc(have, func(h string) bool { return name.Fold(w) == name.Fold(h) }) {
			found = append(found, w)
		}
	}
	return found
}
