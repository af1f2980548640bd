package plan

import (
	"errors"
	"maps"
	"net/url"
	"strings"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/phone"
)

// Wanted returns what the directory wants a person's entry to hold: each mapped
// field with its value, "" where it is to be cleared. A number that can't be
// read is left out and told as a problem, so that it never overwrites a good one.
func Wanted(p directory.Person, s directory.Settings, manager string) (pbx.Fields, []pbx.Reason) {
	fields := make(pbx.Fields, len(s.Mapping)+2)
	var problems []pbx.Reason
	for _, rule := range s.Mapping {
		to := pbx.Field(rule.To)
		if rule.When == directory.Never {
			continue
		}
		raw := strings.TrimSpace(p.Get(rule.From))
		if rule.From == directory.Manager {
			raw = manager
		}
		value := raw
		if to.IsNumber() && raw != "" {
			n, err := phone.Parse(raw, Country(p, s))
			if err != nil {
				problems = append(problems, unreadable(to, raw, err))
				continue
			}
			value = string(n)
		}
		fields[to] = value
	}
	fields[pbx.Hidden] = ""
	if p.Hidden() {
		fields[pbx.Hidden] = "true"
	}
	if s.ContactURL != "" {
		fields[pbx.ContactURL] = contactURL(s.ContactURL, p)
	}
	return fields, problems
}

// Country is the country in whose habits p's numbers are read: the replicator's,
// else the person's own.
func Country(p directory.Person, s directory.Settings) string {
	if s.Country != "" {
		return s.Country
	}
	return p.Get(directory.UsageLocation)
}

func unreadable(to pbx.Field, raw string, err error) pbx.Reason {
	why := "unreadable"
	var bad *phone.ParseError
	if errors.As(err, &bad) {
		why = string(bad.Reason)
	}
	return pbx.Reason{Code: "number", Args: map[string]string{"field": string(to), "raw": raw, "why": why}}
}

// contactURL fills a template for a caller's page; {number} is left for the
// switchboard, which knows it only when somebody calls.
func contactURL(template string, p directory.Person) string {
	return strings.NewReplacer(
		"{mail}", url.QueryEscape(p.Get(directory.Mail)),
		"{name}", url.QueryEscape(p.Name()),
		"{id}", url.QueryEscape(p.ID),
	).Replace(template)
}

// extension finds the extension a rule gives a person, "" for none.
func extension(p directory.Person, s directory.Settings, wanted pbx.Fields) (string, []pbx.Reason) {
	rule := s.Extension
	switch rule.From {
	case directory.FromField:
		raw := strings.TrimSpace(p.Get(rule.Field))
		if raw == "" {
			return "", nil
		}
		ext, err := phone.ParseExtension(raw)
		if err != nil {
			return "", []pbx.Reason{unreadable(pbx.Extension, raw, err)}
		}
		return ext, nil
	case directory.FromNumber:
		n, ok := readAlready(rule.Field, s.Mapping, wanted)
		if !ok {
			n, _ = phone.Parse(p.Get(rule.Field), Country(p, s)) // harmless where it can't be read: nothing else hangs on it
		}
		return phone.LastDigits(n, rule.Digits), nil
	}
	return "", nil
}

// readAlready finds the number of a property among what is wanted where the
// mapping names it, "" where it could not be read.
func readAlready(from directory.Field, m directory.Mapping, wanted pbx.Fields) (n phone.Number, ok bool) {
	for _, rule := range m {
		if to := pbx.Field(rule.To); rule.From == from && rule.When != directory.Never && to.IsNumber() {
			return phone.Number(wanted[to]), true
		}
	}
	return "", false
}

// difference lays what is wanted beside what is held and what we last wrote.
// before and after hold the fields to write. behind is true where nothing needs
// to be written to a field but the ledger does not say so yet; ledger is then
// what it should say.
func difference(wanted, held, written pbx.Fields, when map[pbx.Field]directory.When) (before, after, ledger pbx.Fields, behind bool) {
	for f, want := range wanted {
		have := held[f]
		switch {
		case want == have:
			if written[f] != want {
				if !behind {
					behind, ledger = true, maps.Clone(written)
				}
				if ledger == nil {
					ledger = pbx.Fields{}
				}
				ledger[f] = want
			}
		case when[f] == directory.WhenEmpty && (have != "" || want == ""):
		default:
			if after == nil {
				before, after = pbx.Fields{}, pbx.Fields{}
			}
			before[f], after[f] = have, want
		}
	}
	return before, after, ledger, behind
}

// policies maps each subscriber field to when it is written.
func policies(m directory.Mapping) map[pbx.Field]directory.When {
	when := make(map[pbx.Field]directory.When, len(m))
	for _, rule := range m {
		when[pbx.Field(rule.To)] = rule.When
	}
	return when
}

// filled is the fields that have a value.
func filled(f pbx.Fields) pbx.Fields {
	n := 0
	for _, v := range f {
		if v != "" {
			n++
		}
	}
	out := make(pbx.Fields, n)
	for k, v := range f {
		if v != "" {
			out[k] = v
		}
	}
	return out
}

// Tie is the change that links a person to an entry an administrator chose.
func Tie(p directory.Person, s pbx.Subscriber, settings directory.Settings, manager string) pbx.Change {
	wanted, _ := Wanted(p, settings, manager)
	before, after, _, _ := difference(wanted, s.Fields, nil, policies(settings.Mapping))
	return pbx.Change{Kind: pbx.Link, Person: p.ID, Name: p.Name(), Subscriber: s.ID,
		Reason: pbx.Reason{Code: "byHand"}, Before: before, After: after}
}
