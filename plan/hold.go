package plan

import (
	"strconv"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/pbx"
)

// Hold says why a plan must wait for a person: more people newly left, disabled
// or out of scope than the limit, or more whose name, extension or number would
// change or be cleared. linked is how many people are linked. Nothing else
// holds a plan, and a held plan is held whole.
func Hold(p Plan, limits directory.Limits, linked int) []pbx.Reason {
	var why []pbx.Reason
	leaving := map[string]bool{}
	for _, l := range p.Leavers {
		if l.Was == Present && l.Is != Present {
			leaving[l.Person] = true
		}
	}
	if limit := limits.Left.Of(linked); len(leaving) > limit {
		why = append(why, exceeded("left", len(leaving), limit, linked))
	}
	changing := map[string]bool{}
	for _, c := range p.Changes {
		if overwrites(c) {
			changing[c.Person] = true
		}
	}
	if limit := limits.Changed.Of(linked); len(changing) > limit {
		why = append(why, exceeded("changed", len(changing), limit, linked))
	}
	return why
}

// overwrites is true where a name, extension or number that has a value would
// get another or none.
func overwrites(c pbx.Change) bool {
	for f := range c.After {
		if f.Weighty() && c.Before[f] != "" {
			return true
		}
	}
	return false
}

func exceeded(code string, n, limit, linked int) pbx.Reason {
	return pbx.Reason{Code: code, Args: map[string]string{
		"n": strconv.Itoa(n), "limit": strconv.Itoa(limit), "linked": strconv.Itoa(linked),
	}}
}
