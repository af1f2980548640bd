package m365

import (
	"encoding/json"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// values reads an object's property for $filter, $search and $orderby out of
// what would be written of it.
func (s *schema[T]) values(v *T, property string) []string {
	name, inner, _ := strings.Cut(property, "/")
	i, ok := s.find(name)
	if !ok {
		return nil
	}
	raw := s.props[i].write(nil, v)
	switch {
	case string(raw) == "null":
		return nil
	case raw[0] == '"':
		var text string
		if json.Unmarshal(raw, &text) != nil {
			return nil
		}
		return []string{text}
	case raw[0] == '[' || raw[0] == '{':
		return innerValues(raw, inner)
	}
	return []string{string(raw)}
}

// innerValues are the texts of a collection, or the named texts of the objects
// in it, as of assignedLicenses/skuId.
func innerValues(raw []byte, inner string) []string {
	if inner == "" {
		var texts []string
		if json.Unmarshal(raw, &texts) != nil {
			return nil
		}
		return texts
	}
	var objects []map[string]json.RawMessage
	if raw[0] == '{' {
		raw = append(append([]byte{'['}, raw...), ']')
	}
	if json.Unmarshal(raw, &objects) != nil {
		return nil
	}
	var out []string
	for _, object := range objects {
		for key, value := range object {
			var text string
			if strings.EqualFold(key, inner) && json.Unmarshal(value, &text) == nil && text != "" {
				out = append(out, text)
			}
		}
	}
	return out
}

// fits says whether an object passes $filter and $search.
func (o *options) fits(values func(string) []string) bool {
	return (o.filter == nil || o.filter(values)) && (o.search == nil || found(o.search, values))
}

// entry is an object of a list, of whatever type: how to read it and to write
// it.
type entry struct {
	values func(string) []string
	write  func(b []byte) []byte
}

// entryOf makes a list's entry of an object. With kind its @odata.type is
// written, as where users and groups stand together.
func entryOf[T any](s *schema[T], v *T, picked []int, kind bool) entry {
	return entry{
		func(property string) []string { return s.values(v, property) },
		func(b []byte) []byte {
			b = append(b, '{')
			if kind {
				b = append(append(append(b, `"@odata.type":"`...), s.odata...), '"')
			}
			return append(s.object(b, v, picked), '}')
		},
	}
}

// source gives the i-th entry of a list, or false where there is none (any
// more) at that place.
type source struct {
	len int
	at  func(i int) (entry, bool)
}

// page answers one page of a list with its context.
func (c *call) page(o options, context string, src source) response {
	src = sorted(o, src)
	size := o.top
	if size == 0 {
		size = 100
	}
	b := []byte(`{"@odata.context":`)
	b = appendQuoted(b, context)
	if o.count && o.at.At == 0 {
		b = append(b, `,"@odata.count":`...)
		b = strconv.AppendInt(b, int64(count(o, src)), 10)
	}
	if c.hit(EmptyDirectory) {
		return ok(append(b, `,"value":[]}`...))
	}
	at, n := o.at.At, 0
	var body []byte
	first := 0
	for ; at < src.len && !c.hit(EmptyPage); at++ {
		e, there := src.at(at)
		if !there || !o.fits(e.values) {
			continue
		}
		if n == size {
			break
		}
		if n > 0 {
			body = append(body, ',')
		}
		body = e.write(body)
		if n++; n == 1 {
			first = len(body)
		}
	}
	if c.hit(Duplicate) && n > 0 {
		body = append(append(body, ','), body[:first]...)
	}
	if c.hit(RepeatPage) {
		at = o.at.At
	}
	if at < src.len {
		b = append(b, `,"@odata.nextLink":`...)
		b = appendQuoted(b, c.nextLink(cursor{Set: "list", At: at, Salt: o.at.Salt + 1}))
	}
	b = append(b, `,"value":[`...)
	return ok(append(append(b, body...), ']', '}'))
}

func count(o options, src source) int {
	n := 0
	for i := range src.len {
		if e, there := src.at(i); there && o.fits(e.values) {
			n++
		}
	}
	return n
}

// sorted is src in the order of $orderby, which Graph compares without case.
func sorted(o options, src source) source {
	if o.order == "" {
		return src
	}
	type keyed struct {
		key string
		at  int
	}
	var order []keyed
	for i := range src.len {
		if e, there := src.at(i); there {
			order = append(order, keyed{strings.ToLower(strings.Join(e.values(o.order), " ")), i})
		}
	}
	sort.SliceStable(order, func(i, j int) bool { return order[i].key < order[j].key })
	if o.down {
		slices.Reverse(order)
	}
	return source{len(order), func(i int) (entry, bool) { return src.at(order[i].at) }}
}

// nextLink is the call's own address with a skip token.
func (c *call) nextLink(at cursor) string {
	query := url.Values{}
	for name, values := range c.query {
		if name != "$skiptoken" {
			query[name] = values
		}
	}
	query.Set("$skiptoken", c.t.seal(at))
	return c.base + "/v1.0/" + strings.Join(c.path, "/") + "?" + strings.ReplaceAll(query.Encode(), "%24", "$")
}
