package phonebook

import (
	"context"
	"errors"
	"strings"

	"github.com/telefonist/telefonist/name"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/phone"
)

// What Lookup answers where it finds nobody.
var (
	ErrUnreadable = errors.New("phonebook: not a telephone number")
	ErrNobody     = errors.New("phonebook: nobody has the number")
)

// Hit says who has a number.
type Hit struct {
	Number phone.Number
	Name   string         // the person's; the company's where several people share the number
	Shared bool           // several people do
	Entry  pbx.Subscriber // the person's entry, the first by name of several; zero where Shared
}

// Lookup finds who has a number, in any spelling, as somebody in the
// organization's country would mean it, or as a "sip:" address. A number with an
// extension is found by both, else by the number alone; the number alone finds
// somebody behind it only where nobody has just that. Where several people share
// it, the answer is the company they all have, else the organization's name.
//
// The error is [ErrUnreadable], [ErrNobody], or as Search's.
func (b *Book) Lookup(ctx context.Context, org, raw string, who Audience) (Hit, error) {
	x, err := b.get(ctx, org)
	if err != nil {
		return Hit{}, err
	}
	return x.lookup(raw, who)
}

func (x *index) lookup(raw string, who Audience) (Hit, error) {
	ext, err := phone.ParseExtension(raw)
	if err == nil {
		if hit, found := x.answer(ext, phone.Number(ext), who); found {
			return hit, nil
		}
	}
	n, ok := phone.Lookup(raw, x.about.Country)
	if !ok && err != nil {
		return Hit{}, ErrUnreadable
	}
	for _, key := range append(n.Keys(), withExtension(n)) {
		if key == ";" || n.Extension() != "" && key == withExtension(n) {
			continue // somebody else's extension
		}
		if hit, found := x.answer(key, n, who); found {
			return hit, nil
		}
	}
	return Hit{}, ErrNobody
}

// fewest is how many entries are asked for their company before it is believed.
const fewest = 100

// answer is whom the audience may know to have the number.
func (x *index) answer(key string, n phone.Number, who Audience) (Hit, bool) {
	holders := x.several[key]
	if h, found := x.one[key]; found {
		holders = []holder{h}
	}
	hit := Hit{Number: n}
	person, company, asked := "", "", 0
	for _, h := range holders {
		if x.lines[h.entry()].hidden && who < Administrator || h.attendantOnly() && who < Attendant {
			continue
		}
		s := x.entry(h.entry(), who)
		if asked++; asked == 1 {
			hit.Name, hit.Entry = s.Name(), s
			person, company = personOf(s), s.Get(pbx.Company)
			continue
		}
		hit.Shared = hit.Shared || personOf(s) != person
		if s.Get(pbx.Company) != company {
			company = ""
		}
		if asked == fewest || hit.Shared && company == "" {
			break
		}
	}
	if hit.Shared {
		hit.Entry, hit.Name = pbx.Subscriber{}, company
		if company == "" {
			hit.Name = x.about.Name
		}
	}
	return hit, asked > 0
}

// personOf tells people apart; one may have several entries, a desk telephone
// and a cordless one.
func personOf(s pbx.Subscriber) string {
	return name.Match(s.Name()) + "\n" + strings.ToLower(s.Get(pbx.Mail))
}
