package setup

import (
	"fmt"
	"regexp"
	"strings"
)

// There is no PowerShell where the tests run, so they bring as much of the language
// as the script for Exchange is written in: what PowerShell 1.0 knows, read here and
// run by shell. It is strict where 1.0 is: a single thing has no Count.

// node does its part of a script in a scope and returns what it puts out.
type node func(sh *shell, in *scope) []any

// block is what stands between braces.
type block struct {
	params []param
	body   []node
	trap   *block
}

type param struct {
	name  string
	value node // nil for none
}

// parser reads a script; what it can't read it panics about, which run reports.
type parser struct {
	text string
	at   int
	last *target // what was read last that can be assigned to
}

// target is a variable or an element of something.
type target struct {
	name    string
	of, key node
}

func parse(script string) *block {
	p := &parser{text: script}
	b := p.statements()
	if p.at < len(p.text) {
		p.fail("unexpected")
	}
	return b
}

func (p *parser) fail(what string) {
	rest := p.text[p.at:]
	panic(fmt.Sprintf("line %d: %s: %.40q", 1+strings.Count(p.text[:p.at], "\n"), what, rest))
}

// space passes over blanks and comments, and over ends of lines where they mean
// nothing.
func (p *parser) space(lines bool) {
	for p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case c == ' ' || c == '\t' || lines && (c == '\n' || c == ';'):
			p.at++
		case c == '#':
			for p.at < len(p.text) && p.text[p.at] != '\n' {
				p.at++
			}
		default:
			return
		}
	}
}

func (p *parser) peek(s string) bool { return strings.HasPrefix(p.text[p.at:], s) }

func (p *parser) take(s string) bool {
	p.space(false)
	if !p.peek(s) {
		return false
	}
	p.at += len(s)
	return true
}

func (p *parser) need(s string) {
	p.space(true)
	if !p.take(s) {
		p.fail("no " + s)
	}
}

func (p *parser) match(re *regexp.Regexp) string {
	p.space(false)
	m := re.FindString(p.text[p.at:])
	p.at += len(m)
	return m
}

var (
	keyword  = regexp.MustCompile(`^(?:function|if|elseif|else|foreach|while|param|trap|throw|return|continue|exit)\b`)
	name     = regexp.MustCompile(`^[A-Za-z_][\w-]*`)
	number   = regexp.MustCompile(`^\d+`)
	varName  = regexp.MustCompile(`^\$(?:(?:script|env):)?\w+`)
	typeName = regexp.MustCompile(`^\[[\w.]+\]`)
	operator = regexp.MustCompile(`^-(?:and|or|eq|ne|ceq|gt|ge|lt|like|notlike|contains|notcontains|f)\b|^[+*/,]`)
	bareword = regexp.MustCompile(`^[^\s|;(){},'$@]+`)
	option   = regexp.MustCompile(`^-[A-Za-z]\w*:?`)
)

func (p *parser) statements() *block {
	b := &block{}
	for p.space(true); p.at < len(p.text) && !p.peek("}") && !p.peek(")"); p.space(true) {
		start := p.at
		switch word := p.match(keyword); word {
		case "param":
			b.params = p.params()
		case "trap":
			b.trap = p.braces()
		case "":
			b.body = append(b.body, p.simple())
		default:
			b.body = append(b.body, p.compound(word))
		}
		if p.at == start {
			p.fail("nothing to be done with")
		}
	}
	return b
}

func (p *parser) braces() *block {
	p.need("{")
	b := p.statements()
	p.need("}")
	return b
}

func (p *parser) params() (all []param) {
	p.need("(")
	for p.space(true); !p.peek(")"); p.space(true) {
		p.match(typeName)
		one := param{name: variableName(p.match(varName))}
		if p.take("=") {
			one.value = p.expression(0, false)
		}
		all = append(all, one)
		p.take(",")
	}
	p.need(")")
	return all
}

func (p *parser) compound(word string) node {
	switch word {
	case "function":
		called, params := p.match(name), []param(nil)
		if p.take("(") {
			p.at--
			params = p.params()
		}
		b := p.braces()
		b.params = params
		return func(sh *shell, _ *scope) []any { sh.functions[strings.ToLower(called)] = b; return nil }
	case "if":
		return p.ifs()
	case "foreach":
		p.need("(")
		each := variableName(p.match(varName))
		if p.match(name) != "in" {
			p.fail("no in")
		}
		list := p.simple()
		p.need(")")
		body := p.braces()
		return func(sh *shell, in *scope) []any { return sh.each(in, each, list, body) }
	case "while":
		p.need("(")
		condition := p.expression(0, true)
		p.need(")")
		body := p.braces()
		return func(sh *shell, in *scope) (out []any) {
			for truth(one(condition(sh, in))) {
				out = append(out, sh.run(body, in)...)
			}
			return out
		}
	}
	var value node
	if p.space(false); p.at < len(p.text) && !strings.ContainsRune("\n;}", rune(p.text[p.at])) {
		value = p.simple()
	}
	return func(sh *shell, in *scope) []any {
		var out []any
		if value != nil {
			out = value(sh, in)
		}
		panic(jump{word, out})
	}
}

func (p *parser) ifs() node {
	p.need("(")
	condition := p.simple()
	p.need(")")
	then := p.braces()
	var otherwise node
	before := p.at
	p.space(true)
	switch word := p.match(keyword); word {
	case "elseif":
		otherwise = p.ifs()
	case "else":
		b := p.braces()
		otherwise = func(sh *shell, in *scope) []any { return sh.run(b, in) }
	default:
		p.at = before
	}
	return func(sh *shell, in *scope) []any {
		if truth(one(condition(sh, in))) {
			return sh.run(then, in)
		}
		if otherwise != nil {
			return otherwise(sh, in)
		}
		return nil
	}
}

// simple is an assignment or a pipeline.
func (p *parser) simple() node {
	p.space(false)
	start := p.at
	if p.peek("$") {
		p.primary()
		target := p.last
		if add := p.take("+="); add || p.take("=") {
			p.space(false)
			value := p.simple()
			return func(sh *shell, in *scope) []any { sh.assign(in, target, value(sh, in), add); return nil }
		}
		p.at = start
	}
	var line []node
	for {
		p.space(len(line) > 0)
		line = append(line, p.element(len(line) == 0))
		if !p.take("|") {
			break
		}
	}
	return func(sh *shell, in *scope) []any {
		values := line[0](sh, in)
		for _, next := range line[1:] {
			values = next(sh, &scope{parent: in, input: flat(values), same: true})
		}
		return values
	}
}

// element is a command or, at the head of a pipeline, an expression. An expression
// puts out one thing, be it a list; a command as many as it has.
func (p *parser) element(head bool) node {
	if head && !p.peek("& ") && !p.peek(". ") && (p.at >= len(p.text) || !isLetter(p.text[p.at])) {
		return p.expression(0, true)
	}
	var called node
	by := ""
	switch {
	case p.take("& "), p.take(". "):
		p.space(false)
		if p.peek("$") || p.peek("(") {
			called = p.primary()
		} else {
			by = p.match(bareword)
		}
	default:
		by = p.match(name)
	}
	args := p.arguments()
	return func(sh *shell, in *scope) []any {
		var given []argument
		for _, a := range args {
			v := argument{option: a.option}
			if a.value != nil {
				v.value = one(a.value(sh, in))
			}
			given = append(given, v)
		}
		if called != nil {
			return sh.call(one(called(sh, in)), given, in)
		}
		return sh.command(by, given, in)
	}
}

func isLetter(c byte) bool { return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' }

type word struct {
	option string
	value  node
}

func (p *parser) arguments() (all []word) {
	for p.space(false); p.at < len(p.text) && !strings.ContainsRune("|;)}\n", rune(p.text[p.at])); p.space(false) {
		if p.take("2>&1") {
			continue
		}
		if o := p.match(option); o != "" {
			w := word{option: strings.ToLower(strings.Trim(o, "-:"))}
			if strings.HasSuffix(o, ":") {
				w.value = p.argument()
			}
			all = append(all, w)
			continue
		}
		values := []node{p.argument()}
		for p.take(",") {
			p.space(true)
			values = append(values, p.argument())
		}
		all = append(all, word{value: list(values)})
	}
	return all
}

// list is one value, or several as a list.
func list(values []node) node {
	if len(values) == 1 {
		return values[0]
	}
	return func(sh *shell, in *scope) []any {
		var all []any
		for _, v := range values {
			all = append(all, one(v(sh, in)))
		}
		return []any{all}
	}
}

func (p *parser) argument() node {
	p.space(false)
	if w := p.match(bareword); w != "" {
		return func(*shell, *scope) []any { return []any{w} }
	}
	return p.primary()
}
