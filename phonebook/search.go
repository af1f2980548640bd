package phonebook

import (
	"bytes"
	"context"
	"slices"
	"sort"

	"github.com/telefonist/telefonist/pbx"
)

// Result is what a search found.
type Result struct {
	Entries []pbx.Subscriber // the best first, then by name in the Swedish alphabet
	Total   int              // how many there are in all
}

// What a search answers with when no or too large a limit is given.
const (
	defaultLimit = 20
	maxLimit     = 500
)

// Search finds the entries in which each word of query stands: as the beginning
// or a part of a word of the name, as extension, in a number, a mail address,
// department, title, company, office or city; accents and case don't matter.
// Those with whole words of the name, or the extension, come first, then
// beginnings of the name's words, then parts of them, then the rest. An empty
// query lists everybody by name. limit is at most 500, 0 is 20.
//
// The error is the loader's, or ctx's.
func (b *Book) Search(ctx context.Context, org, query string, who Audience, limit int) (Result, error) {
	x, err := b.get(ctx, org)
	if err != nil {
		return Result{}, err
	}
	if limit <= 0 {
		limit = defaultLimit
	}
	return x.search(query, who, min(limit, maxLimit)), nil
}

func (x *index) search(query string, who Audience, limit int) Result {
	all := terms(query, x.about.Country)
	if len(all) == 0 && query != "" {
		return Result{}
	}
	// Lines come in the order of names, so the first of each rank are its best.
	ranks := make([][]int, worst*len(all)+1)
	total := 0
	x.candidates(all, func(i int) {
		if x.lines[i].hidden && who < Administrator {
			return
		}
		rank, found := x.rank(i, all, who)
		if !found {
			return
		}
		total++
		if len(ranks[rank]) < limit {
			ranks[rank] = append(ranks[rank], i)
		}
	})
	r := Result{Total: total}
	for _, i := range slices.Concat(ranks...) {
		if len(r.Entries) == limit {
			break
		}
		r.Entries = append(r.Entries, x.entry(i, who))
	}
	return r
}

// candidates calls try once, in order, with each line that may match: those that
// hold the term that is probably the rarest.
func (x *index) candidates(all []term, try func(i int)) {
	if len(all) == 0 {
		for i := range x.lines {
			try(i)
		}
		return
	}
	rarest := slices.MaxFunc(all, func(a, b term) int { return len(a.common) - len(b.common) }).common
	for i, at := 0, 0; ; at = int(x.lines[i].end) {
		n := bytes.Index(x.text[at:], rarest)
		if n < 0 {
			return
		}
		i = x.lineAt(at+n, i)
		try(i)
	}
}

// lineAt is the line that holds the byte at, from line i on; it is probably near.
func (x *index) lineAt(at, i int) int {
	step := 1
	for i+step < len(x.lines) && int(x.lines[i+step].start) <= at {
		step *= 2
	}
	from := i + step/2
	until := min(i+step, len(x.lines))
	return from + sort.Search(until-from, func(k int) bool { return int(x.lines[from+k].start) > at }) - 1
}

// How well a term stands in a line; the ranks of a question's terms are added up.
const (
	wholeWord = iota // of the name, or the extension
	beginning        // of a word of the name, or of the extension
	part             // of them
	elsewhere        // a word's beginning, or a number's beginning or end
	worst            // anywhere
)

func (x *index) rank(i int, all []term, who Audience) (sum int, found bool) {
	head, rest := x.visible(i, who)
	for _, t := range all {
		best := worst + 1
		for _, s := range t.spellings {
			best = min(best, rankIn(head, s))
		}
		for _, s := range t.spellings {
			if best > elsewhere {
				best = min(best, rankAfter(rest, s, t.number))
			}
		}
		if best > worst {
			return 0, false
		}
		sum += best
	}
	return sum, true
}

// rankIn is the best rank of s among names, worst+1 where it isn't there.
func rankIn(head, s []byte) int {
	best := worst + 1
	for at := 0; best > wholeWord; at++ {
		n := bytes.Index(head[at:], s)
		if n < 0 {
			break
		}
		at += n
		end := at + len(s)
		switch begins := at == 0 || !letter(head[at-1]); {
		case begins && (end == len(head) || !letter(head[end])):
			best = wholeWord
		case begins:
			best = min(best, beginning)
		default:
			best = min(best, part)
		}
	}
	return best
}

// rankAfter is the best rank of s in what follows the names, worst+1 where it
// isn't there.
func rankAfter(rest, s []byte, number bool) int {
	best := worst + 1
	for at := 0; ; at++ {
		n := bytes.Index(rest[at:], s)
		if n < 0 {
			return best
		}
		at += n
		end := at + len(s)
		if at == 0 || !letter(rest[at-1]) || number && (end == len(rest) || !letter(rest[end])) {
			return elsewhere
		}
		best = worst
	}
}

// letter is true for the bytes of letters and digits, folded.
func letter(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b >= 0x80
}
