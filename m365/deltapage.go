package m365

import (
	"slices"
	"strings"
)

// deltaPage builds one page of a round.
type deltaPage[T any] struct {
	c       *call
	col     *collection[T]
	cursor  cursor
	members func(*T) *memberList
	minimal bool

	picked  []int
	body    []byte
	first   int // where the first entry ends in body, for the duplicate fault
	entries int
	budget  int // memberships that still fit
}

// pick turns the baked-in $select into properties. Only delta knows manager,
// and members are no property.
func (p *deltaPage[T]) pick() {
	s := p.col.schema
	if len(p.cursor.Select) == 0 {
		p.picked = s.defaults()
		return
	}
	names := slices.Clone(p.cursor.Select)
	wantsMembers := false
	for i, name := range names {
		switch strings.ToLower(name) {
		case "manager":
			names[i] = managerProp
		case "members":
			wantsMembers = true
		}
	}
	if !wantsMembers {
		p.members = nil
	}
	p.picked = s.pick(names)
}

func (p *deltaPage[T]) answer() response {
	c, start := p.c, p.cursor
	p.budget = c.t.opts.MembersPage
	p.body = make([]byte, 0, min(c.t.opts.PageSize, 1000)*(64+24*len(p.picked)))
	full := start.Since == 0
	switch {
	case c.hit(EmptyPage):
		return ok(c.envelope(start.Set, start.Select, nil, "nextLink", start))
	case c.hit(EmptyDirectory) && full, c.hit(Lag) && !full:
		return ok(c.envelope(start.Set, start.Select, nil, "deltaLink", p.end()))
	case full:
		p.cursor.At = p.walkAll(start.At)
	default:
		p.cursor.At = p.walkLog(start.At)
	}
	if c.hit(Duplicate) && p.entries > 0 {
		p.body = append(append(p.body, ','), p.body[:p.first]...)
	}
	switch {
	case c.hit(RepeatPage):
		return ok(c.envelope(start.Set, start.Select, p.body, "nextLink", start))
	case p.cursor.At >= 0:
		return ok(c.envelope(start.Set, start.Select, p.body, "nextLink", p.cursor))
	}
	return ok(c.envelope(start.Set, start.Select, p.body, "deltaLink", p.end()))
}

// end is the cursor of the deltaLink. What changed while the round was read
// comes again in the next one.
func (p *deltaPage[T]) end() cursor {
	at := p.cursor
	if !p.c.hit(Lag) || at.Since == 0 {
		at.Since = at.Round
	}
	at.At, at.Group, at.Off, at.Made = 0, "", 0, p.c.now.Unix()
	return at
}

// walkAll writes objects as they are, from a place in items on, and returns
// the place to go on from, or -1.
func (p *deltaPage[T]) walkAll(at int) int {
	return p.col.page(at, func(r *record[T]) bool { return p.add(r, true) })
}

// walkLog writes what changed. An object that changed several times stands
// where its last change does.
func (p *deltaPage[T]) walkLog(at int) int {
	log := p.col.log
	if at < 0 {
		at = p.col.logAfter(p.cursor.Since)
		if p.c.hit(Replay) {
			at = max(0, at-p.c.t.opts.PageSize/2)
			if at < len(log) {
				p.cursor.Since = min(p.cursor.Since, log[at].seq-1)
			}
		}
	}
	for ; at < len(log); at++ {
		r := p.col.items[log[at].at]
		if r.seq == log[at].seq && !p.add(r, r.born > p.cursor.Since) {
			return at
		}
	}
	return -1
}

// add writes one object if it belongs to the round, and says no when the page
// is full before it is wholly in.
func (p *deltaPage[T]) add(r *record[T], full bool) bool {
	if p.entries >= p.c.t.opts.PageSize {
		return false
	}
	if len(p.cursor.IDs) > 0 && !slices.Contains(p.cursor.IDs, r.id) {
		return true
	}
	if r.state != live {
		if !p.c.hit(MissingTombstone) {
			p.tombstone(r)
		}
		return true
	}
	list, from := p.slice(r, full)
	changed := full || len(list) > 0
	for _, i := range p.picked {
		changed = changed || r.changed[i] > p.cursor.Since
	}
	if !changed {
		return true
	}
	if p.members != nil && p.budget <= 0 {
		return false
	}
	p.open()
	p.object(r, full)
	done := p.memberships(r.id, list, from, full)
	p.close()
	return done
}

func (p *deltaPage[T]) open() {
	if p.entries > 0 {
		p.body = append(p.body, ',')
	}
	p.body = append(p.body, '{')
}

func (p *deltaPage[T]) close() {
	p.body = append(p.body, '}')
	if p.entries++; p.entries == 1 {
		p.first = len(p.body)
	}
}

func (p *deltaPage[T]) tombstone(r *record[T]) {
	reason := "changed"
	if r.state == purged {
		reason = "deleted"
	}
	p.open()
	p.body = append(p.body, `"id":`...)
	p.body = appendQuoted(p.body, r.id)
	p.body = append(p.body, `,"@removed":{"reason":"`...)
	p.body = append(append(p.body, reason...), `"}`...)
	p.close()
}

// object writes the picked properties. One that was never set is absent; one
// that was cleared is null.
func (p *deltaPage[T]) object(r *record[T], full bool) {
	s := p.col.schema
	for _, i := range p.picked {
		if p.minimal && !full && i != s.index["id"] && r.changed[i] <= p.cursor.Since {
			continue
		}
		mark := len(p.body)
		p.body = appendKey(p.body, s.props[i].name)
		value := len(p.body)
		p.body = s.props[i].write(p.body, &r.value)
		if string(p.body[value:]) == "null" && r.changed[i] == 0 {
			p.body = p.body[:mark]
		}
	}
}

// slice is the list of memberships that this round must tell of r, and where
// in it the page begins.
func (p *deltaPage[T]) slice(r *record[T], full bool) ([]membership, int) {
	if p.members == nil {
		return nil, 0
	}
	from := 0
	if p.cursor.Group == r.id {
		from = p.cursor.Off
	}
	all := p.members(&r.value).list
	if full {
		return all, from
	}
	var news []membership
	for _, m := range all {
		if m.seq > p.cursor.Since {
			news = append(news, m)
		}
	}
	return news, from
}

// memberships writes members@delta as far as the page has room. When it has
// not, the object comes again on the next page with the rest.
func (p *deltaPage[T]) memberships(id string, list []membership, from int, full bool) bool {
	p.cursor.Group, p.cursor.Off = "", 0
	written := 0
	for i := from; i < len(list); i++ {
		m := list[i]
		if m.gone && full {
			continue
		}
		if p.budget == 0 {
			p.cursor.Group, p.cursor.Off = id, i
			break
		}
		p.budget--
		if written++; written == 1 {
			p.body = appendKey(p.body, "members@delta")
			p.body = append(p.body, '[')
		} else {
			p.body = append(p.body, ',')
		}
		p.body = appendMember(p.body, m)
	}
	if written > 0 {
		p.body = append(p.body, ']')
	}
	return p.cursor.Group == ""
}

func appendMember(b []byte, m membership) []byte {
	kind := "user"
	if m.group {
		kind = "group"
	}
	b = append(b, `{"@odata.type":"#microsoft.graph.`...)
	b = append(append(b, kind...), `","id":`...)
	b = appendQuoted(b, m.id)
	if m.gone {
		b = append(b, `,"@removed":{"reason":"deleted"}`...)
	}
	return append(b, '}')
}
