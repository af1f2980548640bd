package desk

import (
	"context"
	"errors"
	"strings"

	"github.com/telefonist/telefonist/directory"
)

// Groups searches the directory's groups by the beginning of their name; a pasted
// object id finds that group alone. An Exchange server has no directory: through it
// the groups of all the organization's directories are found.
func (v *Visit) Groups(ctx context.Context, source, search string) ([]directory.Group, error) {
	if err := v.may(ctx, "Groups"); err != nil {
		return nil, err
	}
	search = strings.TrimSpace(search)
	var bad faults
	bad.text("search", search, maxName)
	if err := bad.err(); err != nil {
		return nil, err
	}
	s, err := v.source(ctx, source)
	if err != nil {
		return nil, err
	}
	if s.Directory() {
		return v.groupsIn(ctx, source, search)
	}
	return v.groupsAnywhere(ctx, search)
}

// groupsAnywhere finds groups in every directory; one that can't be asked hides
// the others' groups only where none was found.
func (v *Visit) groupsAnywhere(ctx context.Context, search string) ([]directory.Group, error) {
	all, err := v.store().Sources(ctx)
	if err != nil {
		return nil, step("list sources", err)
	}
	var found []directory.Group
	var failed error
	for _, s := range all {
		if !s.Directory() {
			continue
		}
		groups, err := v.groupsIn(ctx, s.ID, search)
		failed = errors.Join(failed, err)
		found = append(found, groups...)
	}
	if len(found) > 0 {
		return found, nil
	}
	return nil, failed
}

// groupsIn finds groups in one directory.
func (v *Visit) groupsIn(ctx context.Context, source, search string) ([]directory.Group, error) {
	open, err := v.openSource(ctx, source)
	if err != nil {
		return nil, err
	}
	if isGUID(search) {
		g, err := open.Group(ctx, search)
		if err != nil {
			return nil, answer(err, "read group")
		}
		return []directory.Group{g}, nil
	}
	groups, err := open.Groups(ctx, search)
	return groups, answer(err, "search groups")
}
