package plan

import (
	"strconv"

	"github.com/telefonist/telefonist/pbx"
)

// Undo returns the changes that take back applied ones: before and after
// exchanged, last first, leaving out every value that no longer is what we
// wrote. held answers with an entry as it stands now.
//
// A create is taken back by a removal, which like every removal is only made
// when a person approves it; a removal by a create of what was removed, with a
// key from newKey.
func Undo(applied []pbx.Change, held func(subscriber string) (pbx.Subscriber, bool), newKey func(person string) string) []pbx.Change {
	var back []pbx.Change
	keys := map[string]int{}
	for i := len(applied) - 1; i >= 0; i-- {
		c := applied[i]
		now, there := held(c.Subscriber)
		undo := pbx.Change{Person: c.Person, Name: c.Name, Subscriber: c.Subscriber, Reason: pbx.Reason{Code: "undo"}}
		switch c.Kind {
		case pbx.Create:
			if !there || !same(now.Fields, c.After) {
				continue
			}
			undo.Kind, undo.Before, undo.After = pbx.Remove, now.Fields, cleared(now.Fields)
		case pbx.Remove:
			if there {
				continue
			}
			undo.Kind, undo.Subscriber, undo.Key, undo.After = pbx.Create, "", newKey(c.Person), filled(c.Before)
			if keys[undo.Key]++; keys[undo.Key] > 1 { // one of several entries of the person
				undo.Key += "." + strconv.Itoa(keys[undo.Key])
			}
		case pbx.Update, pbx.Link, pbx.Unlink:
			if !there {
				continue
			}
			undo.Kind = map[pbx.Kind]pbx.Kind{pbx.Update: pbx.Update, pbx.Link: pbx.Unlink, pbx.Unlink: pbx.Link}[c.Kind]
			undo.Before, undo.After = exchanged(c, now)
			if undo.Kind == pbx.Update && len(undo.After) == 0 {
				continue
			}
		}
		back = append(back, undo)
	}
	return back
}

// exchanged turns the fields of c that still hold what c wrote.
func exchanged(c pbx.Change, now pbx.Subscriber) (before, after pbx.Fields) {
	before, after = pbx.Fields{}, pbx.Fields{}
	for f, wrote := range c.After {
		if now.Get(f) == wrote && c.Before[f] != wrote {
			before[f], after[f] = wrote, c.Before[f]
		}
	}
	return before, after
}

func same(held, wrote pbx.Fields) bool {
	held, wrote = filled(held), filled(wrote)
	if len(held) != len(wrote) {
		return false
	}
	for f, v := range wrote {
		if held[f] != v {
			return false
		}
	}
	return true
}

func cleared(fields pbx.Fields) pbx.Fields {
	out := make(pbx.Fields, len(fields))
	for f := range fields {
		out[f] = ""
	}
	return out
}
