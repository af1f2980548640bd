package setup

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// one is what a pipeline put out as one value: nothing, the thing, or a list.
func one(values []any) any {
	switch len(values) {
	case 0:
		return nil
	case 1:
		return values[0]
	}
	return values
}

// flat takes lists apart, one level deep; nothing is no element.
func flat(values []any) (all []any) {
	all = []any{}
	for _, v := range values {
		switch v := v.(type) {
		case nil:
		case []any:
			all = append(all, v...)
		case *rows:
			all = append(all, v.all...)
		default:
			all = append(all, v)
		}
	}
	return all
}

// thing is an object with properties, table a hash table, rows an ArrayList.
type (
	thing struct {
		names  []string
		values map[string]any
	}
	table struct{ values map[string]any }
	rows  struct{ all []any }
)

// object is a thing of names and values in turn.
func object(pairs ...any) *thing {
	o := &thing{values: map[string]any{}}
	for i := 0; i < len(pairs); i += 2 {
		o.set(pairs[i].(string), pairs[i+1])
	}
	return o
}

func (o *thing) set(called string, value any) {
	o.names = append(o.names, called)
	o.values[strings.ToLower(called)] = value
}

// property of something. Only lists have a Count before PowerShell 3.0.
func property(of any, called string) any {
	switch v := of.(type) {
	case *thing:
		return v.values[strings.ToLower(called)]
	case *table:
		if called == "Keys" {
			var keys []any
			for _, k := range slices.Sorted(maps.Keys(v.values)) {
				keys = append(keys, k)
			}
			return keys
		}
	case []any:
		if called == "Count" || called == "Length" {
			return len(v)
		}
	}
	return nil
}

func method(of any, called string, args []any) any {
	switch v := of.(type) {
	case string:
		switch called {
		case "ToLower":
			return strings.ToLower(v)
		case "Replace":
			return strings.ReplaceAll(v, text(args[0]), text(args[1]))
		case "Split":
			var all []any
			for _, part := range strings.Split(v, text(args[0])) {
				all = append(all, part)
			}
			return all
		case "ToString":
			return v
		}
	case *table:
		if called == "ContainsKey" {
			_, ok := v.values[text(args[0])]
			return ok
		}
	case *rows:
		if called == "Add" {
			v.all = append(v.all, args[0])
			return len(v.all) - 1
		}
	case *thing:
		if called == "GetNetworkCredential" {
			return v
		}
	}
	panic(jump{"throw", []any{fmt.Sprintf("%T has no method %s", of, called)}})
}

func element(of, key any) any {
	switch v := of.(type) {
	case *table:
		return v.values[text(key)]
	case []any:
		if n := key.(int); n < len(v) {
			return v[n]
		}
	}
	return nil
}

func cast(kind string, v any) any {
	switch kind {
	case "bool":
		return truth(v)
	case "char":
		return string(rune(v.(int)))
	}
	return text(v)
}

func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	case []any:
		var all []string
		for _, e := range v {
			all = append(all, text(e))
		}
		return strings.Join(all, " ")
	}
	return fmt.Sprint(v)
}

func truth(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case int:
		return v != 0
	case []any:
		return len(v) > 1 || len(v) == 1 && truth(v[0])
	}
	return true
}
