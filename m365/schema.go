package m365

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// prop is one property of an entity as Graph names it.
type prop[T any] struct {
	name      string
	byDefault bool // returned without $select
	write     func(b []byte, v *T) []byte
}

// schema is the list of properties of one entity type.
type schema[T any] struct {
	set   string // the entity set, as in "users"
	odata string // the type, as in "#microsoft.graph.user"
	props []prop[T]
	index map[string]int // lower-cased name → place in props
}

func newSchema[T any](set, odata string, props []prop[T]) *schema[T] {
	s := &schema[T]{set: set, odata: odata, props: props, index: map[string]int{}}
	for i, p := range props {
		s.index[strings.ToLower(p.name)] = i
	}
	return s
}

// find is the place of the property called name, in any case.
func (s *schema[T]) find(name string) (int, bool) {
	i, ok := s.index[strings.ToLower(strings.TrimSpace(name))]
	return i, ok
}

// defaults are the places of the properties that come without $select.
func (s *schema[T]) defaults() []int {
	var out []int
	for i, p := range s.props {
		if p.byDefault {
			out = append(out, i)
		}
	}
	return out
}

// pick turns the names of a $select into places. Names that exist nowhere are
// passed over, as Graph does for most of them; id always comes.
func (s *schema[T]) pick(names []string) []int {
	out := []int{s.index["id"]}
	for _, name := range names {
		if i, ok := s.find(name); ok && !slices.Contains(out, i) {
			out = append(out, i)
		}
	}
	return out
}

// object appends v's picked properties as the inside of a JSON object.
func (s *schema[T]) object(b []byte, v *T, picked []int) []byte {
	for _, i := range picked {
		b = appendKey(b, s.props[i].name)
		b = s.props[i].write(b, v)
	}
	return b
}

func text[T any](name string, byDefault bool, field func(*T) *string) prop[T] {
	return prop[T]{name, byDefault, func(b []byte, v *T) []byte { return appendText(b, *field(v)) }}
}

func texts[T any](name string, byDefault bool, field func(*T) *[]string) prop[T] {
	return prop[T]{name, byDefault, func(b []byte, v *T) []byte { return appendTexts(b, *field(v)) }}
}

func flag[T any](name string, byDefault bool, field func(*T) *bool) prop[T] {
	return prop[T]{name, byDefault, func(b []byte, v *T) []byte { return strconv.AppendBool(b, *field(v)) }}
}

func optional[T any](name string, byDefault bool, field func(*T) **bool) prop[T] {
	return prop[T]{name, byDefault, func(b []byte, v *T) []byte {
		if f := *field(v); f != nil {
			return strconv.AppendBool(b, *f)
		}
		return append(b, "null"...)
	}}
}

func instant[T any](name string, byDefault bool, field func(*T) *time.Time) prop[T] {
	return prop[T]{name, byDefault, func(b []byte, v *T) []byte { return appendTime(b, *field(v)) }}
}

// constant is a property that Graph names and the simulated tenant never sets.
func constant[T any](name string, byDefault bool, json string) prop[T] {
	return prop[T]{name, byDefault, func(b []byte, _ *T) []byte { return append(b, json...) }}
}

// appendKey appends a property's name, after a comma unless it is the first.
func appendKey(b []byte, name string) []byte {
	if n := len(b); n > 0 && b[n-1] != '{' && b[n-1] != '[' && b[n-1] != ',' {
		b = append(b, ',')
	}
	b = append(b, '"')
	b = append(b, name...)
	return append(b, '"', ':')
}

// appendText appends s as a JSON string, or null when it is empty: Graph
// returns null for whatever was never filled in.
func appendText(b []byte, s string) []byte {
	if s == "" {
		return append(b, "null"...)
	}
	return appendQuoted(b, s)
}

const hexDigits = "0123456789abcdef"

// appendQuoted appends s as a JSON string. It stands in the way of every
// property of every person, which is why it is not encoding/json.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[start:i]...)
		start = i + 1
		if c == '"' || c == '\\' {
			b = append(b, '\\', c)
		} else {
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	b = append(b, s[start:]...)
	if !utf8.ValidString(s) {
		b = []byte(strings.ToValidUTF8(string(b), "\ufffd"))
	}
	return append(b, '"')
}

func appendTexts(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendQuoted(b, s)
	}
	return append(b, ']')
}

func appendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, "null"...)
	}
	b = append(b, '"')
	b = t.UTC().AppendFormat(b, "2006-01-02T15:04:05Z")
	return append(b, '"')
}
