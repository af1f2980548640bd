package setup

import (
	"slices"
	"strconv"
	"strings"
)

// binds is how tightly each operator binds.
func binds(op string) int {
	switch op {
	case "-and", "-or":
		return 1
	case "+":
		return 3
	case "*", "/":
		return 4
	case "-f":
		return 5
	case ",":
		return 6
	}
	return 2
}

// expression reads operators that bind more tightly than least.
func (p *parser) expression(least int, commas bool) node {
	left := p.unary()
	for {
		before := p.at
		op := p.match(operator)
		if op == "" || binds(op) <= least || op == "," && !commas {
			p.at = before
			return left
		}
		p.space(true)
		a := left
		if op == "," {
			values := []node{a, p.expression(binds(op), commas)}
			for p.take(",") {
				p.space(true)
				values = append(values, p.expression(binds(op), commas))
			}
			left = list(values)
			continue
		}
		b := p.expression(binds(op), commas)
		left = func(sh *shell, in *scope) []any {
			x := one(a(sh, in))
			if op == "-and" && !truth(x) || op == "-or" && truth(x) {
				return []any{truth(x)}
			}
			return []any{operate(op, x, one(b(sh, in)))}
		}
	}
}

func (p *parser) unary() node {
	p.space(false)
	if p.take("-not ") {
		of := p.unary()
		return func(sh *shell, in *scope) []any { return []any{!truth(one(of(sh, in)))} }
	}
	if start := p.at; p.peek("[") {
		kind := strings.Trim(p.match(typeName), "[]")
		if !p.peek("::") {
			of := p.unary()
			return func(sh *shell, in *scope) []any { return []any{cast(kind, one(of(sh, in)))} }
		}
		p.at = start
	}
	return p.primary()
}

func (p *parser) primary() node {
	p.space(false)
	var value node
	switch rest := p.text[p.at:]; {
	case strings.HasPrefix(rest, "'"):
		text := p.quoted()
		value = func(*shell, *scope) []any { return []any{text} }
	case strings.HasPrefix(rest, "@{"):
		p.at += 2
		p.need("}")
		value = func(*shell, *scope) []any { return []any{&table{values: map[string]any{}}} }
	case strings.HasPrefix(rest, "@("):
		p.at += 2
		body := p.statements()
		p.need(")")
		value = func(sh *shell, in *scope) []any { return []any{flat(sh.run(body, in))} }
	case strings.HasPrefix(rest, "("):
		p.at++
		p.space(true)
		value = p.simple()
		p.need(")")
		inner := value
		value = func(sh *shell, in *scope) []any { return []any{one(inner(sh, in))} }
	case strings.HasPrefix(rest, "{"):
		b := p.braces()
		value = func(*shell, *scope) []any { return []any{b} }
	case strings.HasPrefix(rest, "["):
		kind := strings.Trim(p.match(typeName), "[]")
		p.need("::")
		value = p.static(kind + "::" + p.match(name))
	case strings.HasPrefix(rest, "$"):
		called := variableName(p.match(varName))
		value = func(sh *shell, in *scope) []any { return []any{in.get(sh, called)} }
		p.last = &target{name: called}
	default:
		p.last = nil
		digits := p.match(number)
		if digits == "" {
			p.fail("no expression")
		}
		n, _ := strconv.Atoi(digits)
		value = func(*shell, *scope) []any { return []any{n} }
	}
	return p.postfix(value)
}

func (p *parser) quoted() string {
	var b strings.Builder
	for p.at++; ; p.at++ {
		if p.at >= len(p.text) {
			p.fail("a string does not end")
		}
		if p.text[p.at] == '\'' {
			if p.at++; p.at >= len(p.text) || p.text[p.at] != '\'' {
				return b.String()
			}
		}
		b.WriteByte(p.text[p.at])
	}
}

// postfix reads what follows a value without a blank: members, calls, elements.
func (p *parser) postfix(value node) node {
	for p.at < len(p.text) {
		of := value
		switch {
		case p.text[p.at] == '.' && p.at+1 < len(p.text) && isLetter(p.text[p.at+1]):
			p.at++
			member := p.match(name)
			if p.at < len(p.text) && p.text[p.at] == '(' {
				args := p.calls()
				value = func(sh *shell, in *scope) []any {
					return []any{method(one(of(sh, in)), member, evaluate(sh, in, args))}
				}
			} else {
				value = func(sh *shell, in *scope) []any { return []any{property(one(of(sh, in)), member)} }
			}
			p.last = nil
		case p.text[p.at] == '[':
			p.at++
			key := p.expression(0, true)
			p.need("]")
			p.last = &target{of: of, key: key}
			value = func(sh *shell, in *scope) []any { return []any{element(one(of(sh, in)), one(key(sh, in)))} }
		default:
			return value
		}
	}
	return value
}

func (p *parser) calls() (args []node) {
	p.need("(")
	for p.space(true); !p.peek(")"); p.space(true) {
		args = append(args, p.expression(0, false))
		p.take(",")
	}
	p.need(")")
	return args
}

// static is a member of a type: the two that the script looks at.
func (p *parser) static(called string) node {
	switch called {
	case "Environment::OSVersion":
		return func(*shell, *scope) []any {
			return []any{object("Version", object("Major", 6))}
		}
	case "Security.Principal.WindowsIdentity::GetCurrent":
		p.need("(")
		p.need(")")
		return func(*shell, *scope) []any { return []any{object("Name", `FORETAG\admin`)} }
	}
	p.fail("no " + called)
	return nil
}

func evaluate(sh *shell, in *scope, nodes []node) (all []any) {
	for _, n := range nodes {
		all = append(all, one(n(sh, in)))
	}
	return all
}

func operate(op string, a, b any) any {
	switch op {
	case "+":
		if all, ok := a.([]any); ok {
			return append(slices.Clone(all), flat([]any{b})...)
		}
		if n, ok := a.(int); ok {
			return n + b.(int)
		}
		return text(a) + text(b)
	case "*":
		return a.(int) * b.(int)
	case "/":
		return a.(int) / b.(int)
	case "-f":
		return format(text(a), flat([]any{b}))
	case "-and", "-or":
		return truth(b)
	case "-ceq":
		return text(a) == text(b)
	case "-gt", "-ge", "-lt":
		x, y := a.(int), b.(int)
		return op == "-gt" && x > y || op == "-ge" && x >= y || op == "-lt" && x < y
	case "-contains", "-notcontains":
		return slices.ContainsFunc(flat([]any{a}), func(v any) bool { return equal(v, b) }) == (op == "-contains")
	case "-like", "-notlike":
		return like(text(a), text(b)) == (op == "-like")
	}
	return equal(a, b) == (op == "-eq")
}

// equal compares as PowerShell does: texts without regard to case.
func equal(a, b any) bool {
	if x, ok := a.(bool); ok {
		return x == truth(b)
	}
	return (a == nil) == (b == nil) && strings.EqualFold(text(a), text(b))
}

func like(s, pattern string) bool {
	parts := strings.Split(strings.ToLower(pattern), "*")
	s = strings.ToLower(s)
	if !strings.HasPrefix(s, parts[0]) {
		return false
	}
	for _, part := range parts[1:] {
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s = s[i+len(part):]
	}
	return s == "" || parts[len(parts)-1] == ""
}

// format fills in {0} and {0,6}.
func format(pattern string, args []any) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(pattern, "{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		hole, after, _ := strings.Cut(rest, "}")
		index, width, _ := strings.Cut(hole, ",")
		n, _ := strconv.Atoi(index)
		w, _ := strconv.Atoi(width)
		s := text(args[n])
		b.WriteString(strings.Repeat(" ", max(0, w-len(s))) + s)
		pattern = after
	}
}
