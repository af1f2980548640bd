package console

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/pbx"
)

// scopeView is the page where one says whom a replicator takes.
type scopeView struct {
	R       desk.ReplicatorState
	Checked *desk.CheckResult // what the source was found to allow, nil before the first check
	Names   map[string]string // of groups, by object id
	Found   []directory.Group
	Search  string
	Into    string // "groups" or "exclude": where a found group goes
	Preview desk.Preview
	Count   int  // asked of Entra, where the mirror has not been read
	Counted bool // Count or Preview hold
	Said    wrongs
	Trouble string // why groups or the count could not be had, in words
}

// showScope is the page as saved.
func showScope(p *page) error {
	v, err := p.scopeOf()
	if err != nil {
		return err
	}
	p.nameGroups(&v)
	p.countPeople(&v)
	return p.ok(p.scopePage(v))
}

func (p *page) scopeOf() (scopeView, error) {
	r, err := p.visit.Replicator(p.ctx(), p.r.PathValue("replicator"))
	if err != nil {
		return scopeView{}, err
	}
	v := scopeView{R: r, Names: map[string]string{}, Into: "groups"}
	source, err := p.visit.Source(p.ctx(), r.Source)
	if err != nil {
		return v, err
	}
	v.Checked = source.Checked
	return v, nil
}

// changeScope takes the form: a button in it adds or takes away a line, finds a
// group or counts, and shows the form again; "save" saves.
func changeScope(p *page) error {
	v, err := p.scopeOf()
	if err != nil {
		return err
	}
	v.R.Settings.Scope = p.readScope(&v)
	p.nameGroups(&v)
	if p.form("do") == "save" {
		return p.saveSettingsOf(v.R, "replicators/"+v.R.ID+"/fields", func(said wrongs) error {
			v.Said = said
			p.countPeople(&v)
			return p.again(p.scopePage(v))
		})
	}
	if v.Search != "" {
		p.findGroups(&v)
	}
	p.countPeople(&v)
	return p.ok(p.scopePage(v))
}

// readScope reads the form, with what its buttons add and take away.
func (p *page) readScope(v *scopeView) directory.Scope {
	form := p.r.Form
	s := directory.Scope{Everybody: p.form("who") != "groups", Groups: form["groups"], Exclude: form["exclude"]}
	for i, id := range form["named"] {
		if i < len(form["name"]) {
			v.Names[id] = form["name"][i]
		}
	}
	v.Into = cmp.Or(p.form("into"), "groups")
	v.Search = p.form("search")
	if id, name, ok := strings.Cut(p.form("add"), " "); ok {
		v.Names[id], v.Search = name, ""
		if v.Into == "exclude" {
			s.Exclude = append(s.Exclude, id)
		} else {
			s.Groups = append(s.Groups, id)
		}
	}
	if gone := p.form("drop"); gone != "" {
		is := func(id string) bool { return id == gone }
		s.Groups, s.Exclude = slices.DeleteFunc(s.Groups, is), slices.DeleteFunc(s.Exclude, is)
	}
	s.Groups, s.Exclude = unique(s.Groups), unique(s.Exclude)
	for i, f := range form["conditionField"] {
		if f == "" || i >= len(form["conditionOperator"]) || i >= len(form["conditionValue"]) {
			continue
		}
		s.Conditions = append(s.Conditions, directory.Condition{
			Field: directory.Field(f), Operator: directory.Operator(form["conditionOperator"][i]), Value: strings.TrimSpace(form["conditionValue"][i]),
		})
	}
	for _, k := range directory.Kinds() {
		if !slices.Contains(form["leaveOut"], string(k)) {
			s.LetIn = append(s.LetIn, k)
		}
	}
	return s
}

func unique(ids []string) []string {
	var all []string
	for _, id := range ids {
		if id = strings.TrimSpace(id); id != "" && !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	return all
}

// entraWaits bounds what a page waits for Microsoft while someone types.
const entraWaits = 8 * time.Second

// nameGroups finds the names of the scope's groups; one that can't be had is
// shown by its id.
func (p *page) nameGroups(v *scopeView) {
	ctx, cancel := context.WithTimeout(p.ctx(), entraWaits)
	defer cancel()
	s := v.R.Settings.Scope
	for _, id := range slices.Concat(s.Groups, s.Exclude) {
		if v.Names[id] != "" || ctx.Err() != nil {
			continue
		}
		groups, err := p.visit.Groups(ctx, v.R.Source, id)
		if err == nil && len(groups) == 1 {
			v.Names[id] = groups[0].Name
		}
	}
}

func (p *page) findGroups(v *scopeView) {
	ctx, cancel := context.WithTimeout(p.ctx(), entraWaits)
	defer cancel()
	var err error
	if v.Found, err = p.visit.Groups(ctx, v.R.Source, v.Search); err != nil {
		v.Trouble = p.trouble(err)
	}
}

// noGroups and noKinds are true where the source was found not to allow it.
func (v scopeView) noGroups() bool { return v.Checked != nil && !v.Checked.GroupScope }
func (v scopeView) noKinds() bool  { return v.Checked != nil && !v.Checked.MailboxKinds }

// countPeople says how many the scope has, with a sample: from what was read of
// the directory, or by asking it where nothing was read yet.
func (p *page) countPeople(v *scopeView) {
	preview, err := p.visit.Preview(p.ctx(), v.R.Source, v.R.Settings)
	if err == nil && preview.Read {
		v.Preview, v.Counted = preview, true
		return
	}
	if said, ok := p.refused(err); ok {
		v.Said = said
		return
	}
	ctx, cancel := context.WithTimeout(p.ctx(), entraWaits)
	defer cancel()
	if v.Count, err = p.visit.Count(ctx, v.R.Source, v.R.Settings.Scope); err != nil {
		v.Trouble = cmp.Or(v.Trouble, p.trouble(err))
		return
	}
	v.Counted = true
}

// trouble is why Microsoft could not be asked, in words.
func (p *page) trouble(err error) string {
	var known *directory.Trouble
	switch {
	case errors.As(err, &known):
		return p.failure(pbx.Reason{Code: known.Code, Args: known.Args})
	case errors.Is(err, desk.ErrNotFound):
		return p.T("scope.noGroup")
	case errors.Is(err, context.DeadlineExceeded):
		return p.T("scope.slow")
	}
	return p.T("scope.trouble")
}

func (v scopeView) groupName(id string) string { return cmp.Or(v.Names[id], id) }

// conditions are those there are, and one empty line to fill in.
func (v scopeView) conditions() []directory.Condition {
	return append(slices.Clone(v.R.Settings.Scope.Conditions), directory.Condition{Operator: directory.Is})
}

func conditionFields() []directory.Field {
	fields := directory.Mappable()
	return append(fields, directory.UsageLocation, directory.UserType)
}

// out is how many stand outside for one reason.
type out struct {
	Why directory.Why
	N   int
}

// outs are the reasons, the commonest first.
func outs(by map[directory.Why]int) []out {
	var all []out
	for why, n := range by {
		if n > 0 {
			all = append(all, out{why, n})
		}
	}
	slices.SortFunc(all, func(a, b out) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Why, b.Why)) })
	return all
}

// outText names a reason for standing outside, as a heading of many.
func (p *page) outText(why directory.Why) string {
	if p.lang.Has("kinds." + string(why)) {
		return p.T("kinds." + string(why))
	}
	return p.or("scope.out."+string(why), "word.unknown")
}

func joinNonEmpty(between string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), between)
}

// askAgain lets a part of a form be asked for once more in a while, as long as
// the directory has not been read to its end.
func (p *page) askAgain(enough bool, path, part string) templ.Attributes {
	if enough {
		return nil
	}
	return templ.Attributes{
		"hx-post": p.url(path), "hx-include": "closest form", "hx-trigger": "load delay:2s",
		"hx-target": part, "hx-select": part, "hx-swap": "outerHTML",
	}
}
