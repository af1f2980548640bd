package console

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/telefonist/telefonist/desk"
)

const auditPage = 50

func showAudit(p *page) error {
	before, _ := strconv.ParseInt(p.form("before"), 10, 64)
	lines, err := p.visit.Audit(p.ctx(), p.form("q"), before, auditPage)
	if err != nil {
		return err
	}
	next := ""
	if len(lines) == auditPage {
		next = p.query("audit", "q", p.form("q"), "before", strconv.FormatInt(lines[len(lines)-1].ID, 10))
	}
	return p.ok(p.auditPage(lines, next))
}

func exportAudit(p *page) error {
	return p.export("audit", func(f desk.Format) error {
		return p.visit.ExportAudit(p.ctx(), p.w, f)
	})
}

// verb is what was done, in words; a verb without words stands as it is.
func (p *page) verb(verb string) string {
	if p.lang.Has("audit." + verb) {
		return p.T("audit." + verb)
	}
	return verb
}

// details are an audit line's facts, by their names where they have one.
func (p *page) details(d map[string]string) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(d)) {
		if d[k] != "" {
			parts = append(parts, p.orText("label."+k, p.orText("do."+k, k))+": "+p.orText("role."+d[k], d[k]))
		}
	}
	return strings.Join(parts, " · ")
}
