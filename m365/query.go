package m365

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// options are OData's query options of a list.
type options struct {
	selects []string
	top     int // 0 = the default page
	count   bool
	filter  filter // nil = all
	search  []term
	order   string // property to order by
	down    bool   // descending
	expand  *expansion
	at      cursor
}

// expansion is $expand of one relation: manager of people, members of groups.
type expansion struct {
	selects []string
	levels  int // of manager
}

// allowed are the options Graph documents for lists of directory objects.
var allowed = []string{"$select", "$top", "$count", "$filter", "$search", "$orderby", "$expand", "$skiptoken"}

// options reads the query. relation is what $expand may name, empty for
// nothing.
func (c *call) options(relation string) (o options, failed *response) {
	refuse := func(r response) (options, *response) { return o, &r }
	for name := range c.query {
		switch {
		case name == "$skip":
			return refuse(c.bad("'$skip' is not supported by the service."))
		case strings.HasPrefix(name, "$") && !slices.Contains(allowed, name):
			return refuse(c.bad(fmt.Sprintf("The query parameter '%s' is not supported.", clip(name))))
		}
	}
	o.selects = list(c.query.Get("$select"))
	if top := c.query.Get("$top"); top != "" {
		n, err := strconv.Atoi(top)
		if err != nil || n < 1 || n > 999 {
			return refuse(c.bad(fmt.Sprintf("Invalid page size specified: '%s'. Must be between 1 and 999 inclusive.", clip(top))))
		}
		o.top = n
	}
	if failed := c.queryOptions(&o, relation); failed != nil {
		return o, failed
	}
	if token := c.query.Get("$skiptoken"); token != "" {
		at, err := c.t.open(token)
		if err != nil {
			return refuse(c.bad("Invalid $skiptoken."))
		}
		o.at = at
	}
	return o, nil
}

// queryOptions reads what may need an advanced query.
func (c *call) queryOptions(o *options, relation string) *response {
	refuse := func(r response) *response { return &r }
	advanced := c.eventual() && strings.EqualFold(c.query.Get("$count"), "true")
	o.count = strings.EqualFold(c.query.Get("$count"), "true") && c.eventual()
	if text := c.query.Get("$filter"); text != "" {
		f, needsAdvanced, err := parseFilter(text)
		switch {
		case err != nil:
			return refuse(c.bad("Invalid filter clause: " + err.Error()))
		case needsAdvanced && !advanced:
			return refuse(c.unsupported("Unsupported or invalid query filter clause specified. " +
				"The request uses advanced query capabilities: add $count=true and the header ConsistencyLevel: eventual."))
		}
		o.filter = f
	}
	if text := c.query.Get("$search"); text != "" {
		if !c.eventual() {
			return refuse(c.bad("Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'"))
		}
		var err error
		if o.search, err = parseSearch(text); err != nil {
			return refuse(c.bad("Syntax error: " + err.Error()))
		}
	}
	if text := c.query.Get("$orderby"); text != "" {
		if (o.filter != nil || o.search != nil) && !advanced {
			return refuse(c.unsupported("Sorting not supported for current query."))
		}
		property, direction, _ := strings.Cut(strings.TrimSpace(text), " ")
		o.order, o.down = property, strings.EqualFold(strings.TrimSpace(direction), "desc")
	}
	return c.expand(o, relation, advanced)
}

var expanded = regexp.MustCompile(`^([A-Za-z]+)(?:\((.*)\))?$`)

func (c *call) expand(o *options, relation string, advanced bool) *response {
	text := c.query.Get("$expand")
	if text == "" {
		return nil
	}
	refuse := func(r response) *response { return &r }
	m := expanded.FindStringSubmatch(text)
	if m == nil || relation == "" || !strings.EqualFold(m[1], relation) {
		return refuse(c.bad(fmt.Sprintf("Parsing OData Select and Expand failed: Could not find a property named '%s'.", clip(text))))
	}
	o.expand = &expansion{levels: 1}
	for part := range strings.SplitSeq(m[2], ";") {
		name, value, _ := strings.Cut(part, "=")
		switch strings.TrimSpace(name) {
		case "":
		case "$select":
			o.expand.selects = list(value)
		case "$levels":
			if !advanced {
				return refuse(c.unsupported("Unsupported Query."))
			}
			n, err := strconv.Atoi(value)
			if value == "max" {
				n, err = 1000, nil
			}
			if err != nil || n < 1 || n > 1000 {
				return refuse(c.bad("Invalid value for $levels."))
			}
			o.expand.levels = n
		default:
			return refuse(c.bad(fmt.Sprintf("The query option '%s' is not allowed in $expand.", clip(name))))
		}
	}
	return nil
}

var oneID = regexp.MustCompile(`^(?i)\(?\s*id\s+eq\s+'([^']*)'\s*\)?$`)

// idFilter reads the only $filter that delta takes: up to 50 object ids.
func idFilter(text string) ([]string, error) {
	if text == "" {
		return nil, nil
	}
	var ids []string
	for _, part := range regexp.MustCompile(`(?i)\s+or\s+`).Split(strings.TrimSpace(text), -1) {
		m := oneID.FindStringSubmatch(part)
		if m == nil {
			return nil, errors.New("filter is only supported on id with delta query")
		}
		ids = append(ids, strings.ToLower(m[1]))
	}
	if len(ids) > 50 {
		return nil, errors.New("too many ids in $filter: delta query takes at most 50")
	}
	return ids, nil
}

// term is one "property:word" of $search.
type term struct {
	property string
	word     string
	or       bool // joined to the term before by OR instead of AND
}

var searchTerm = regexp.MustCompile(`^\s*(?:(AND|OR)\s+)?"([A-Za-z]+):([^"]*)"`)

func parseSearch(text string) ([]term, error) {
	var terms []term
	for rest := text; strings.TrimSpace(rest) != ""; {
		m := searchTerm.FindStringSubmatch(rest)
		if m == nil {
			return nil, fmt.Errorf("a search clause must look like \"property:value\" at '%s'", clip(rest))
		}
		terms = append(terms, term{m[2], strings.ToLower(m[3]), m[1] == "OR"})
		rest = rest[len(m[0]):]
	}
	return terms, nil
}

// found says whether an object fits the terms: a word fits where any word of
// the property begins with it, or the property as a whole does.
func found(terms []term, values func(string) []string) bool {
	result := false
	for i, t := range terms {
		fits := slices.ContainsFunc(values(t.property), func(v string) bool {
			v = strings.ToLower(v)
			return strings.HasPrefix(v, t.word) || slices.ContainsFunc(strings.FieldsFunc(v, func(r rune) bool {
				return strings.ContainsRune(" .@-_,()", r)
			}), func(w string) bool { return strings.HasPrefix(w, t.word) })
		})
		switch {
		case i == 0:
			result = fits
		case t.or:
			result = result || fits
		default:
			result = result && fits
		}
	}
	return result
}
