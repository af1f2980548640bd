package setup

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// own are the commands of PowerShell itself that the script uses.
func (sh *shell) own() {
	quiet := func(*shell, arguments, *scope) ([]any, error) { return nil, nil }
	for _, called := range []string{"add-pssnapin", "connect-exchangeserver", "set-adserversettings", "start-sleep", "write-progress", "format-list", "out-host"} {
		sh.commands[called] = quiet
	}
	say := func(to *[]string) command {
		return func(_ *shell, given arguments, _ *scope) ([]any, error) {
			var words []string
			for _, a := range given {
				words = append(words, text(a.value))
			}
			*to = append(*to, strings.Join(words, " "))
			return nil, nil
		}
	}
	sh.commands["write-host"], sh.commands["write-warning"] = say(&sh.said), say(&sh.warned)
	sh.commands["get-command"] = func(sh *shell, given arguments, _ *scope) ([]any, error) {
		called := strings.ToLower(text(given.plain(0, "Name")))
		if _, ok := sh.commands[called]; !ok {
			return nil, errors.New("not found")
		}
		parameters := &table{values: map[string]any{"EwsEnabled": true, "AutoMapping": true}}
		return []any{object("Parameters", parameters)}, nil
	}
	sh.commands["read-host"] = func(sh *shell, given arguments, _ *scope) ([]any, error) {
		password := "not in any file"
		if len(sh.typed) > 0 {
			password, sh.typed = sh.typed[0], sh.typed[1:]
		}
		return []any{object("Password", password)}, nil
	}
	sh.commands["get-date"] = func(*shell, arguments, *scope) ([]any, error) { return []any{"20261122-030000"}, nil }
	sh.commands["new-object"] = func(_ *shell, given arguments, _ *scope) ([]any, error) {
		switch kind := text(given.plain(0, "TypeName")); kind {
		case "PSObject":
			return []any{object()}, nil
		case "System.Collections.ArrayList":
			return []any{&rows{}}, nil
		default:
			return []any{given.plain(1, "").([]any)[1]}, nil // a credential is its password
		}
	}
	sh.commands["add-member"] = func(_ *shell, given arguments, from *scope) ([]any, error) {
		from.input[0].(*thing).set(text(given.plain(1, "Name")), given.plain(2, "Value"))
		return nil, nil
	}
	sh.filters()
	sh.disk()
}

func (sh *shell) filters() {
	sh.commands["where-object"] = func(sh *shell, given arguments, from *scope) (out []any, _ error) {
		for _, v := range from.input {
			if truth(one(sh.run(given.plain(0, "").(*block), from.with(v)))) {
				out = append(out, v)
			}
		}
		return out, nil
	}
	sh.commands["foreach-object"] = func(sh *shell, given arguments, from *scope) (out []any, _ error) {
		for _, v := range from.input {
			out = append(out, sh.run(given.plain(0, "").(*block), from.with(v))...)
		}
		return out, nil
	}
	sh.commands["select-object"] = func(_ *shell, given arguments, from *scope) ([]any, error) {
		n, err := strconv.Atoi(text(given.get("First")))
		return from.input[:min(n, len(from.input))], err
	}
	sh.commands["group-object"] = func(_ *shell, given arguments, from *scope) (out []any, _ error) {
		for _, v := range from.input {
			key := text(property(v, text(given.plain(0, "Property"))))
			i := slices.IndexFunc(out, func(g any) bool { return text(property(g, "Name")) == key })
			if i < 0 {
				i, out = len(out), append(out, object("Name", key, "Count", 0))
			}
			g := out[i].(*thing)
			g.values["count"] = g.values["count"].(int) + 1
		}
		return out, nil
	}
}

// disk is the commands on files; a file is its text.
func (sh *shell) disk() {
	lines := func(v any) string {
		var b strings.Builder
		for _, line := range flat([]any{v}) {
			b.WriteString(text(line) + "\n")
		}
		return b.String()
	}
	sh.commands["join-path"] = func(_ *shell, given arguments, _ *scope) ([]any, error) {
		return []any{strings.TrimSuffix(text(given.plain(0, "Path")), `\`) + `\` + text(given.plain(1, "ChildPath"))}, nil
	}
	sh.commands["test-path"] = func(sh *shell, given arguments, _ *scope) ([]any, error) {
		_, there := sh.files[text(given.plain(0, "Path"))]
		return []any{there}, nil
	}
	sh.commands["new-item"] = func(sh *shell, given arguments, _ *scope) ([]any, error) {
		sh.files[text(given.get("Path"))] = ""
		return []any{object()}, nil
	}
	sh.commands["remove-item"] = func(sh *shell, given arguments, _ *scope) ([]any, error) {
		for _, path := range flat([]any{given.get("Path")}) {
			delete(sh.files, text(path))
		}
		return nil, nil
	}
	sh.commands["get-content"] = func(sh *shell, given arguments, _ *scope) (out []any, err error) {
		content, there := sh.files[text(given.plain(0, "Path"))]
		if !there {
			return nil, errors.New("no such file")
		}
		for line := range strings.Lines(content) {
			out = append(out, strings.TrimSuffix(line, "\n"))
		}
		return out, nil
	}
	sh.commands["set-content"] = func(sh *shell, given arguments, _ *scope) ([]any, error) {
		sh.files[text(given.get("Path"))] = lines(given.get("Value"))
		return nil, nil
	}
	sh.commands["add-content"] = func(sh *shell, given arguments, _ *scope) ([]any, error) {
		sh.files[text(given.get("Path"))] += lines(given.get("Value"))
		return nil, nil
	}
	sh.commands["export-csv"] = func(sh *shell, given arguments, from *scope) ([]any, error) {
		var b strings.Builder
		for _, row := range from.input {
			o := row.(*thing)
			for i, called := range o.names {
				b.WriteString(strings.Repeat(",", min(i, 1)) + text(o.values[strings.ToLower(called)]))
			}
			b.WriteString("\n")
		}
		sh.files[text(given.get("Path"))] = b.String()
		return nil, nil
	}
}
