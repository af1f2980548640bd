package setup

import (
	"slices"
	"strings"
)

// shell runs what parse has read.
type shell struct {
	functions map[string]*block
	root      *scope
	native    func(program string, args []string) int
	commands  map[string]command
	files     map[string]string
	typed     []string // what is typed at prompts, else always the same
	said      []string // by Write-Host
	warned    []string
	ignored   []string // errors that went past because nothing stops at them
}

// command is one of the shell's own: what it is given, and from the pipeline, to
// what it puts out. from is the scope in which blocks run.
type command func(sh *shell, given arguments, from *scope) ([]any, error)

// scope holds variables. One that is not found is looked for in the scope of
// whoever called; same is one that a command in a pipeline runs its block in, with
// no variables of its own but $_.
type scope struct {
	parent *scope
	vars   map[string]any
	input  []any
	same   bool
}

// jump is a throw, a return, a continue or an exit on its way.
type jump struct {
	how string
	out []any
}

type argument struct {
	option string
	value  any
}

type arguments []argument

func newShell() *shell {
	sh := &shell{functions: map[string]*block{}, root: &scope{vars: map[string]any{}}, commands: map[string]command{}, files: map[string]string{}}
	return sh
}

// start runs a script with switches and options; code is what it exits with and
// wrong what it has thrown.
func (sh *shell) start(script string, given arguments) (code int, wrong string) {
	defer func() {
		switch j := recover().(type) {
		case nil:
		case jump:
			if code = 1; j.how == "exit" {
				code = one(j.out).(int)
			} else {
				wrong = message(one(j.out))
			}
		default:
			panic(j)
		}
	}()
	b := parse(script)
	sh.bind(b, given, sh.root)
	sh.run(b, sh.root)
	return 0, ""
}

// bind gives a block's parameters their values.
func (sh *shell) bind(b *block, given arguments, in *scope) {
	position := 0
	for _, a := range given {
		if a.option != "" {
			value := a.value
			if value == nil {
				value = true
			}
			in.vars[a.option] = value
		}
	}
	plain := slices.DeleteFunc(slices.Clone(given), func(a argument) bool { return a.option != "" })
	for _, p := range b.params {
		if _, set := in.vars[p.name]; set {
			continue
		}
		in.vars[p.name] = nil
		switch {
		case position < len(plain):
			in.vars[p.name] = plain[position].value
			position++
		case p.value != nil:
			in.vars[p.name] = one(p.value(sh, in))
		}
	}
}

// run runs a block's statements in a scope. Where one throws and the block has a
// trap that continues, the next one follows.
func (sh *shell) run(b *block, in *scope) (out []any) {
	for _, statement := range b.body {
		out = append(out, sh.trapped(b.trap, statement, in)...)
	}
	return out
}

func (sh *shell) trapped(trap *block, statement node, in *scope) (out []any) {
	if trap != nil {
		defer func() {
			r := recover()
			if r == nil {
				return
			}
			j, ok := r.(jump)
			if !ok || j.how != "throw" {
				panic(r)
			}
			defer func() {
				if k, ok := recover().(jump); !ok || k.how != "continue" {
					panic(j)
				}
			}()
			sh.run(trap, &scope{parent: in, vars: map[string]any{"_": record(one(j.out))}})
		}()
	}
	return statement(sh, in)
}

// record is an error as a trap sees it.
func record(wrong any) *thing {
	return object("Exception", object("Message", message(wrong)))
}

func message(wrong any) string { return text(wrong) }

// call runs a block in a scope of its own.
func (sh *shell) call(what any, given arguments, from *scope) (out []any) {
	b, ok := what.(*block)
	if !ok {
		return nil // a dot-sourced file
	}
	in := &scope{parent: from, vars: map[string]any{}}
	defer func() {
		if r := recover(); r != nil {
			j, ok := r.(jump)
			if !ok || j.how != "return" {
				panic(r)
			}
			out = j.out
		}
	}()
	sh.bind(b, given, in)
	return sh.run(b, in)
}

func (sh *shell) command(by string, given arguments, from *scope) []any {
	if b, ok := sh.functions[strings.ToLower(by)]; ok {
		return sh.call(b, given, from)
	}
	if strings.HasSuffix(by, ".exe") {
		var args []string
		for _, a := range given {
			for _, v := range flat([]any{a.value}) {
				args = append(args, text(v))
			}
		}
		sh.root.vars["lastexitcode"] = sh.native(by, args)
		return nil
	}
	c, ok := sh.commands[strings.ToLower(by)]
	if !ok {
		panic(jump{"throw", []any{"there is no command " + by}})
	}
	given = paired(by, given)
	out, err := c(sh, given, from)
	if err != nil {
		switch action := text(given.get("ErrorAction")); action {
		case "Stop":
			panic(jump{"throw", []any{err.Error()}})
		case "SilentlyContinue":
		default: // remote commands don't know the script's $ErrorActionPreference
			sh.ignored = append(sh.ignored, by+": "+err.Error())
		}
	}
	return out
}

// paired gives each option the value that follows it, but for switches.
func paired(by string, given arguments) (all arguments) {
	for i := 0; i < len(given); i++ {
		a := given[i]
		isSwitch := slices.Contains([]string{"assecurestring", "notypeinformation", "auto", "adpropertiesonly"}, a.option)
		if a.option != "" && a.value == nil && !isSwitch && i+1 < len(given) && given[i+1].option == "" {
			i++
			a.value = given[i].value
		}
		all = append(all, a)
	}
	return all
}

func (a arguments) get(option string) any {
	for _, one := range a {
		if strings.EqualFold(one.option, option) {
			return one.value
		}
	}
	return nil
}

// plain is the n-th value that no option stands before, or the named one.
func (a arguments) plain(n int, option string) any {
	if v := a.get(option); option != "" && v != nil {
		return v
	}
	for _, one := range a {
		if one.option == "" {
			if n == 0 {
				return one.value
			}
			n--
		}
	}
	return nil
}

func (sh *shell) each(in *scope, called string, list node, body *block) (out []any) {
	for _, v := range flat(list(sh, in)) {
		in.own().vars[called] = v
		out = append(out, sh.once(body, in)...)
	}
	return out
}

func (sh *shell) once(body *block, in *scope) (out []any) {
	defer func() {
		if r := recover(); r != nil {
			if j, ok := r.(jump); !ok || j.how != "continue" {
				panic(r)
			}
		}
	}()
	return sh.run(body, in)
}

// own is the scope in which an assignment is made.
func (in *scope) own() *scope {
	for in.same {
		in = in.parent
	}
	return in
}

// with is a scope to run a command's block in.
func (in *scope) with(it any) *scope {
	return &scope{parent: in, vars: map[string]any{"_": it}, same: true}
}

func variableName(s string) string { return strings.ToLower(strings.TrimPrefix(s, "$")) }

func (in *scope) get(sh *shell, called string) any {
	switch called {
	case "null":
		return nil
	case "true", "false":
		return called == "true"
	case "myinvocation":
		return object("MyCommand", object("Path", `C:\Users\admin\telefonist-exchange.ps1`))
	}
	if env, ok := strings.CutPrefix(called, "env:"); ok {
		return map[string]string{"programfiles": `C:\Program Files`, "userdnsdomain": "FORETAG.EXAMPLE", "exchangeinstallpath": `C:\Exchange\`}[env]
	}
	if global, ok := strings.CutPrefix(called, "script:"); ok {
		return sh.root.vars[global]
	}
	for ; in != nil; in = in.parent {
		if v, ok := in.vars[called]; ok {
			return v
		}
	}
	return nil
}

func (sh *shell) assign(in *scope, to *target, values []any, add bool) {
	value := one(values)
	switch {
	case to == nil:
		panic("assignment to what can't be assigned to")
	case to.key != nil:
		t := one(to.of(sh, in)).(*table)
		t.values[text(one(to.key(sh, in)))] = value
	case to.name == "null":
	default:
		if add {
			value = operate("+", in.get(sh, to.name), value)
		}
		where, called := in.own(), to.name
		if global, ok := strings.CutPrefix(called, "script:"); ok {
			where, called = sh.root, global
		}
		where.vars[called] = value
	}
}
