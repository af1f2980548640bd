package desk

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/name"
	"github.com/telefonist/telefonist/organization"
)

// Groups searches the directory's groups by the beginning of their name; a pasted
// object id finds that group alone. An Exchange server has no directory: through it
// the groups of all the organization's directories are found, and the departments of
// its register, which are the groups of [organization.Local].
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
	if source == organization.Local {
		return v.departments(ctx, search)
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

// department is the kind of a group that is a department of the built-in register.
const department directory.GroupKind = "department"

// mostDepartments is how many are found at once.
const mostDepartments = 50

// departments finds departments of the register by a part of their names, as the
// groups of [organization.Local]; they are their own ids.
func (v *Visit) departments(ctx context.Context, search string) ([]directory.Group, error) {
	names, err := v.departmentNames(ctx)
	if err != nil {
		return nil, err
	}
	var found []directory.Group
	for _, d := range slices.Sorted(maps.Keys(names)) {
		if len(found) < mostDepartments && strings.Contains(name.Fold(d), name.Fold(search)) {
			found = append(found, directory.Group{ID: d, Name: d, Kind: department})
		}
	}
	return found, nil
}

func (v *Visit) departmentNames(ctx context.Context) (map[string]bool, error) {
	all, err := v.store().Registered(ctx)
	if err != nil {
		return nil, step("read register", err)
	}
	names := map[string]bool{}
	for _, e := range all {
		if e.Department != "" {
			names[e.Department] = true
		}
	}
	return names, nil
}

// checkGroups refuses groups that no directory can have and that are no department
// of the register; at says where each stands.
func (v *Visit) checkGroups(ctx context.Context, bad *faults, at map[string]string) error {
	var names map[string]bool
	for where, id := range at {
		if id == "" || isGUID(id) {
			continue
		}
		if names == nil {
			var err error
			if names, err = v.departmentNames(ctx); err != nil {
				return err
			}
		}
		bad.when(!names[id], where, "objectId")
	}
	return nil
}

// groupsAnywhere finds groups in every directory; one that can't be asked hides
// the others' groups only where none was found.
func (v *Visit) groupsAnywhere(ctx context.Context, search string) ([]directory.Group, error) {
	all, err := v.store().Sources(ctx)
	if err != nil {
		return nil, step("list sources", err)
	}
	found, failed := v.departments(ctx, search)
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
