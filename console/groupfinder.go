package console

import (
	"context"

	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
)

// groupFinder looks for a group of a directory by its name, in a form.
type groupFinder struct {
	Sources []desk.SourceState
	Source  string // where it is looked for
	Search  string
	Found   []directory.Group
	Trouble string // why it could not be looked for, in words
}

// groupSources are where groups can be looked for: directories, and the departments
// of the register where there are people who stand in no directory.
func (p *page) groupSources() (groupFinder, error) {
	all, err := p.visit.Sources(p.ctx())
	var f groupFinder
	local := false
	for _, s := range all {
		if s.Directory() {
			f.Sources = append(f.Sources, s)
		} else {
			local = true
		}
	}
	if local {
		departments := organization.Source{ID: organization.Local, Name: p.T("source.local")}
		f.Sources = append(f.Sources, desk.SourceState{Source: departments})
	}
	if len(f.Sources) > 0 {
		f.Source = f.Sources[0].ID
	}
	return f, err
}

// findGroup looks for what was typed.
func (p *page) findGroup(f *groupFinder) {
	if s := p.form("searchIn"); s != "" {
		f.Source = s
	}
	if p.form("add") == "" {
		f.Search = p.form("search")
	}
	if f.Search == "" || f.Source == "" {
		return
	}
	ctx, cancel := context.WithTimeout(p.ctx(), entraWaits)
	defer cancel()
	var err error
	if f.Found, err = p.visit.Groups(ctx, f.Source, f.Search); err != nil {
		f.Trouble = p.trouble(err)
	}
}
