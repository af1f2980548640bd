package m365

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// filter decides whether an object is meant, given the values of a property:
// none for null, several for a collection, "true" and "false" for booleans.
type filter func(values func(property string) []string) bool

// filterParser reads the part of OData's $filter that Graph documents for
// users and groups: eq ne ge le in startswith endswith not and or any().
type filterParser struct {
	tokens   []string
	advanced bool   // something in it needs an advanced query
	prefix   string // inside any(x: …), what x stands for
	lambda   string
}

func parseFilter(text string) (filter, bool, error) {
	tokens, err := lexFilter(text)
	if err != nil {
		return nil, false, err
	}
	p := &filterParser{tokens: tokens}
	f, err := p.or()
	if err != nil {
		return nil, false, err
	}
	if len(p.tokens) > 0 {
		return nil, false, fmt.Errorf("unexpected '%s'", clip(p.tokens[0]))
	}
	return f, p.advanced, nil
}

// lexFilter cuts text into words, quoted strings (kept with their first
// quote), and the signs ( ) , :
func lexFilter(text string) ([]string, error) {
	var tokens []string
	for i := 0; i < len(text); {
		switch ch := text[i]; {
		case ch == ' ':
			i++
		case strings.IndexByte("(),:", ch) >= 0:
			tokens = append(tokens, string(ch))
			i++
		case ch == '\'':
			var b strings.Builder
			b.WriteByte('\'')
			for i++; ; i++ {
				if i >= len(text) {
					return nil, errors.New("unterminated string literal")
				}
				if text[i] == '\'' {
					if i+1 < len(text) && text[i+1] == '\'' { // a doubled quote is one
						i++
					} else {
						break
					}
				}
				b.WriteByte(text[i])
			}
			i++
			tokens = append(tokens, b.String())
		default:
			ends := " (),:'"
			if ch >= '0' && ch <= '9' {
				ends = " (),'" // a time has colons
			}
			end := i
			for end < len(text) && strings.IndexByte(ends, text[end]) < 0 {
				end++
			}
			tokens = append(tokens, text[i:end])
			i = end
		}
	}
	return tokens, nil
}

func (p *filterParser) peek(word string) bool {
	return len(p.tokens) > 0 && strings.EqualFold(p.tokens[0], word)
}

func (p *filterParser) accept(word string) bool {
	if !p.peek(word) {
		return false
	}
	p.tokens = p.tokens[1:]
	return true
}

func (p *filterParser) expect(word string) error {
	if !p.accept(word) {
		return fmt.Errorf("'%s' expected", word)
	}
	return nil
}

func (p *filterParser) next() (string, error) {
	if len(p.tokens) == 0 {
		return "", errors.New("unexpected end")
	}
	word := p.tokens[0]
	p.tokens = p.tokens[1:]
	return word, nil
}

func (p *filterParser) or() (filter, error) {
	left, err := p.and()
	for err == nil && p.accept("or") {
		var right filter
		if right, err = p.and(); err == nil {
			one := left
			left = func(v func(string) []string) bool { return one(v) || right(v) }
		}
	}
	return left, err
}

func (p *filterParser) and() (filter, error) {
	left, err := p.not()
	for err == nil && p.accept("and") {
		var right filter
		if right, err = p.not(); err == nil {
			one := left
			left = func(v func(string) []string) bool { return one(v) && right(v) }
		}
	}
	return left, err
}

func (p *filterParser) not() (filter, error) {
	if p.accept("not") {
		p.advanced = true
		f, err := p.not()
		if err != nil {
			return nil, err
		}
		return func(v func(string) []string) bool { return !f(v) }, nil
	}
	if p.accept("(") {
		f, err := p.or()
		if err != nil {
			return nil, err
		}
		return f, p.expect(")")
	}
	return p.comparison()
}

// name is the property a word stands for, also inside any().
func (p *filterParser) name(word string) string {
	if p.lambda != "" && word == p.lambda {
		return p.prefix
	}
	if rest, ok := strings.CutPrefix(word, p.lambda+"/"); ok && p.lambda != "" {
		return p.prefix + "/" + rest
	}
	return word
}

func (p *filterParser) comparison() (filter, error) {
	word, err := p.next()
	if err != nil {
		return nil, err
	}
	switch strings.ToLower(word) {
	case "startswith":
		return p.function(strings.HasPrefix)
	case "endswith":
		p.advanced = true
		return p.function(strings.HasSuffix)
	}
	if property, ok := strings.CutSuffix(word, "/any"); ok {
		return p.any(property)
	}
	property := p.name(word)
	operator, err := p.next()
	if err != nil {
		return nil, err
	}
	if strings.EqualFold(operator, "in") {
		return p.in(property)
	}
	literal, err := p.next()
	if err != nil {
		return nil, err
	}
	return p.compare(property, strings.ToLower(operator), literal)
}

// compare builds a comparison with a literal. Text compares without case.
func (p *filterParser) compare(property, operator, literal string) (filter, error) {
	value := strings.ToLower(strings.TrimPrefix(literal, "'"))
	null := literal == "null"
	equal := func(values []string) bool {
		if null {
			return len(values) == 0
		}
		return slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(v, value) })
	}
	switch operator {
	case "eq":
		return func(v func(string) []string) bool { return equal(v(property)) }, nil
	case "ne":
		p.advanced = true
		return func(v func(string) []string) bool { return !equal(v(property)) }, nil
	case "ge", "le", "gt", "lt":
		return func(v func(string) []string) bool {
			return slices.ContainsFunc(v(property), func(have string) bool {
				order := strings.Compare(strings.ToLower(have), value)
				switch operator {
				case "ge":
					return order >= 0
				case "le":
					return order <= 0
				case "gt":
					return order > 0
				}
				return order < 0
			})
		}, nil
	}
	return nil, fmt.Errorf("operator '%s' is not supported", clip(operator))
}

// function is startswith(property,'x') or endswith.
func (p *filterParser) function(fits func(s, part string) bool) (filter, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	word, err := p.next()
	if err != nil {
		return nil, err
	}
	if err := p.expect(","); err != nil {
		return nil, err
	}
	literal, err := p.next()
	if err != nil {
		return nil, err
	}
	part, quoted := strings.CutPrefix(literal, "'")
	if !quoted {
		return nil, errors.New("string literal expected")
	}
	property, part := p.name(word), strings.ToLower(part)
	return func(v func(string) []string) bool {
		return slices.ContainsFunc(v(property), func(s string) bool { return fits(strings.ToLower(s), part) })
	}, p.expect(")")
}

func (p *filterParser) in(property string) (filter, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	var wanted []string
	for {
		literal, err := p.next()
		if err != nil {
			return nil, err
		}
		wanted = append(wanted, strings.ToLower(strings.TrimPrefix(literal, "'")))
		if p.accept(")") {
			break
		}
		if err := p.expect(","); err != nil {
			return nil, err
		}
	}
	return func(v func(string) []string) bool {
		return slices.ContainsFunc(v(property), func(s string) bool { return slices.Contains(wanted, strings.ToLower(s)) })
	}, nil
}

// any is property/any(x:…) over a collection.
func (p *filterParser) any(property string) (filter, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	variable, err := p.next()
	if err != nil {
		return nil, err
	}
	if err := p.expect(":"); err != nil {
		return nil, err
	}
	inner := &filterParser{tokens: p.tokens, prefix: property, lambda: variable}
	f, err := inner.or()
	if err != nil {
		return nil, err
	}
	p.tokens, p.advanced = inner.tokens, p.advanced || inner.advanced
	return f, p.expect(")")
}
