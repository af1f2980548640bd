package console

import (
	"slices"
	"strconv"

	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/pbx"
)

// fieldsView is the page where one says what is written, and how new people are
// treated.
type fieldsView struct {
	R       desk.ReplicatorState
	Preview desk.Preview
	Said    wrongs
}

func showFields(p *page) error {
	r, err := p.visit.Replicator(p.ctx(), p.r.PathValue("replicator"))
	if err != nil {
		return err
	}
	v := fieldsView{R: r}
	p.previewFields(&v)
	return p.ok(p.fieldsPage(v))
}

// changeFields takes the form: its buttons add or take away a line and show the
// form again with the preview; "save" saves.
func changeFields(p *page) error {
	r, err := p.visit.Replicator(p.ctx(), p.r.PathValue("replicator"))
	if err != nil {
		return err
	}
	p.readFields(&r.Settings)
	v := fieldsView{R: r}
	if p.form("do") == "save" {
		return p.saveSettingsOf(r, "rounds?replicator="+r.ID, func(said wrongs) error {
			v.Said = said
			p.previewFields(&v)
			return p.again(p.fieldsPage(v))
		})
	}
	p.previewFields(&v)
	return p.ok(p.fieldsPage(v))
}

func (p *page) previewFields(v *fieldsView) {
	preview, err := p.visit.Preview(p.ctx(), v.R.Source, v.R.Settings)
	if said, ok := p.refused(err); ok {
		v.Said = said
		return
	}
	if err != nil {
		p.c.Log.WarnContext(p.ctx(), "preview of fields", "error", err)
		return
	}
	v.Preview = preview
}

// readFields reads the form into s, with what its buttons add and take away.
func (p *page) readFields(s *directory.Settings) {
	form := p.r.Form
	s.Mapping = nil
	for i, from := range form["from"] {
		if i >= len(form["to"]) || i >= len(form["when"]) || strconv.Itoa(i) == p.form("drop") {
			continue
		}
		s.Mapping = append(s.Mapping, directory.Rule{From: directory.Field(from), To: form["to"][i], When: directory.When(form["when"][i])})
	}
	if p.form("do") == "add" {
		s.Mapping = append(s.Mapping, nextRule(s.Mapping))
	}
	s.Country, s.ContactURL = p.form("country"), p.form("contactUrl")
	s.Contacts, s.SureLinks = p.form("contacts") != "", p.form("sureLinks") != ""
	s.New = directory.NewPeople(p.form("new"))
	s.Extension = p.readExtension()
}

func (p *page) readExtension() directory.ExtensionRule {
	e := directory.ExtensionRule{From: directory.ExtensionFrom(p.form("extension"))}
	switch e.From {
	case directory.FromField:
		e.Field = directory.Field(p.form("extensionField"))
	case directory.FromNumber:
		e.Field, e.Digits = directory.Field(p.form("extensionNumber")), p.whole("extensionDigits")
	case directory.NextFree:
		e.Start = p.whole("extensionStart")
	}
	return e
}

// usual is where a property most often goes.
func usual() []directory.Rule {
	return []directory.Rule{
		{From: directory.BusinessPhones, To: string(pbx.Business)}, {From: directory.MobilePhone, To: string(pbx.Mobile)},
		{From: directory.JobTitle, To: string(pbx.Title)}, {From: directory.Department, To: string(pbx.Department)},
		{From: directory.CompanyName, To: string(pbx.Company)}, {From: directory.OfficeLocation, To: string(pbx.Office)},
		{From: directory.City, To: string(pbx.City)}, {From: directory.Country, To: string(pbx.Country)},
		{From: directory.Manager, To: string(pbx.Manager)}, {From: directory.FaxNumber, To: string(pbx.Fax)},
		{From: directory.EmployeeID, To: string(pbx.EmployeeID)}, {From: directory.EmployeeType, To: string(pbx.EmployeeType)},
		{From: directory.PreferredLanguage, To: string(pbx.Language)}, {From: directory.ProxyAddresses, To: string(pbx.Mails)},
		{From: directory.UserPrincipalName, To: string(pbx.UserName)},
	}
}

// nextRule is the first usual one that is not there yet, else an extension
// attribute to a free field.
func nextRule(have directory.Mapping) directory.Rule {
	taken := func(r directory.Rule) bool {
		return slices.ContainsFunc(have, func(h directory.Rule) bool { return h.To == r.To || h.From == r.From })
	}
	rules := usual()
	for i, f := range directory.ExtensionAttributes() {
		rules = append(rules, directory.Rule{From: f, To: string(pbx.Attributes()[i])})
	}
	for _, r := range rules {
		if !taken(r) {
			r.When = directory.Always
			return r
		}
	}
	return directory.Rule{From: directory.DisplayName, To: string(pbx.Note), When: directory.WhenEmpty}
}

// ruleError is what is wrong with a line of the mapping.
func (v fieldsView) ruleError(i int) string {
	at := "settings.mapping[" + number(i) + "]"
	for _, part := range []string{".from", ".to", ".when"} {
		if said := v.Said[at+part]; said != "" {
			return said
		}
	}
	return ""
}

func (p *page) whenOptions(now directory.When) []option {
	var all []option
	for _, w := range []directory.When{directory.Always, directory.WhenEmpty, directory.Never} {
		all = append(all, option{Value: string(w), Label: p.T("when." + string(w)), On: w == now})
	}
	return all
}

func (p *page) propertyOptions(all []directory.Field, now directory.Field) []option {
	var options []option
	for _, f := range all {
		options = append(options, option{Value: string(f), Label: p.T("person." + string(f)), On: f == now})
	}
	return options
}

// previewFieldsOf are the fields that the preview shows, in order.
func previewFieldsOf(m directory.Mapping) []pbx.Field {
	fields := []pbx.Field{}
	for _, f := range fieldOrder() {
		if slices.ContainsFunc(m, func(r directory.Rule) bool { return r.To == string(f) }) || f == pbx.Extension {
			fields = append(fields, f)
		}
	}
	return fields
}
