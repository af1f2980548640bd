package m365

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// delta answers users/delta and groups/delta. members is nil for a type that
// has none.
func delta[T any](c *call, col *collection[T], members func(*T) *memberList) response {
	c.t.mu.RLock()
	defer c.t.mu.RUnlock()
	at, failed := c.beginDelta(col.schema.set)
	if failed != nil {
		return *failed
	}
	if c.query.Get("$deltatoken") == "latest" {
		at.Since, at.Round = c.t.seq, c.t.seq
		return ok(c.envelope(col.schema.set, at.Select, nil, "deltaLink", at))
	}
	p := &deltaPage[T]{c: c, col: col, cursor: at, members: members, minimal: c.prefers("return=minimal")}
	p.pick()
	if p.minimal {
		return p.answer().with("Preference-Applied", "return=minimal")
	}
	return p.answer()
}

// beginDelta reads where a round stands from the query: its beginning, a page
// in it, or the end of an earlier one.
func (c *call) beginDelta(set string) (cursor, *response) {
	refuse := func(r response) (cursor, *response) { return cursor{}, &r }
	for _, name := range []string{"$top", "$orderby", "$expand", "$search", "$count", "$skip"} {
		if c.query.Has(name) {
			return refuse(c.unsupported("Unsupported Query."))
		}
	}
	skip, from := c.query.Get("$skiptoken"), c.query.Get("$deltatoken")
	token := skip + from
	if token == "" || token == "latest" {
		at := cursor{Set: set, Round: c.t.seq, Made: c.now.Unix(), Select: list(c.query.Get("$select"))}
		var err error
		if at.IDs, err = idFilter(c.query.Get("$filter")); err != nil {
			return refuse(c.unsupported("Unsupported Query: " + err.Error() + "."))
		}
		return at, nil
	}
	if skip != "" && c.query.Has("$select") {
		return refuse(c.bad("'$select' is not supported together with '$skiptoken'."))
	}
	at, err := c.t.open(token)
	switch {
	case err != nil || at.Set != set:
		return refuse(c.bad("Invalid $skiptoken or $deltatoken."))
	case at.Epoch != c.t.epoch || max(at.Since, at.Round) > c.t.seq || c.hit(Gone):
		return refuse(c.gone(set))
	case c.now.Sub(time.Unix(at.Made, 0)) > tokenLife || c.hit(SyncStateNotFound):
		return refuse(c.fail(http.StatusBadRequest, "syncStateNotFound", "The sync state generation is not found."))
	}
	if from != "" {
		at.At, at.Group, at.Off = -1, "", 0
		at.Made, at.Round = c.now.Unix(), c.t.seq
		if c.query.Has("$select") {
			at.Select = list(c.query.Get("$select"))
		}
	}
	return at, nil
}

// gone is the answer to a token that the service has forgotten.
func (c *call) gone(set string) response {
	return c.fail(http.StatusGone, "resyncRequired", "Resync is required. Your change set is too old.").
		with("Location", c.base+"/v1.0/"+set+"/delta?$deltatoken=")
}

// envelope wraps entries with context and one link, which carries the cursor.
func (c *call) envelope(set string, selects []string, entries []byte, link string, at cursor) []byte {
	b := make([]byte, 0, len(entries)+512+len(selects)*40)
	b = append(b, `{"@odata.context":`...)
	b = appendQuoted(b, c.context(set, selects))
	parameter := "$skiptoken"
	if link == "deltaLink" {
		parameter = "$deltatoken"
	} else {
		at.Salt++
	}
	b = append(b, `,"@odata.`+link+`":`...)
	b = appendQuoted(b, c.base+"/v1.0/"+set+"/delta?"+parameter+"="+url.QueryEscape(c.t.seal(at)))
	b = append(b, `,"value":[`...)
	b = append(b, entries...)
	return append(b, ']', '}')
}

// context is @odata.context of a set, with the selected properties if any.
func (c *call) context(set string, selects []string) string {
	text := c.base + "/v1.0/$metadata#" + set
	var plain []string
	for _, name := range selects { // relations are not named
		if name != "members" && name != "manager" {
			plain = append(plain, name)
		}
	}
	if len(plain) > 0 {
		text += "(" + strings.Join(plain, ",") + ")"
	}
	return text
}

// list cuts a comma-separated option.
func list(s string) []string {
	if s == "" {
		return nil
	}
	parts := strings.Split(s, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}
