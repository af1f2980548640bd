package console

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/telefonist/telefonist/desk"
)

// showPerson explains a person, read now.
func showPerson(p *page) error {
	query := p.r.PathValue("person")
	all, err := p.visit.Explain(p.ctx(), query)
	if errors.Is(err, desk.ErrNotFound) && p.may("Subscriber") {
		if s, err := p.visit.Subscriber(p.ctx(), query); err == nil { // somebody of the register alone
			return p.to(p.url("subscribers/" + s.ID))
		}
	}
	if errors.Is(err, desk.ErrNotFound) {
		return p.show(http.StatusNotFound, p.personMissing(query))
	}
	if err != nil {
		return err
	}
	return p.ok(p.personPage(query, all))
}

// protect marks the entry of a person as skyddade personuppgifter, or takes the
// mark away.
func protect(p *page) error {
	on := p.form("protected") == "true"
	done := "person.unprotected"
	if on {
		done = "person.protected"
	}
	return p.afterAt(p.visit.Protect(p.ctx(), p.form("subscriber"), on), p.backTo("people"), done)
}

// personData lets the browser save all that is kept of one person.
func personData(p *page) error {
	p.r.SetPathValue("format", string(desk.JSON))
	return p.export("person", func(desk.Format) error {
		return p.visit.PersonData(p.ctx(), p.r.PathValue("person"), p.w)
	})
}

func pathEscape(s string) string { return url.PathEscape(s) }

// verdict says whether a person is in scope, and if not, why.
func (p *page) verdict(e desk.Explanation) string {
	v := e.Verdict
	if v.In {
		return p.T("person.inScope")
	}
	return p.or("standing."+string(v.Why), "word.unknown",
		"group", orElse(e.GroupName, v.Group),
		"field", p.fieldName(string(v.Condition.Field)),
		"operator", p.orText("operator."+string(v.Condition.Operator), string(v.Condition.Operator)),
		"value", v.Condition.Value)
}

func orElse(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
