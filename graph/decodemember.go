package graph

import "strings"

// member reads one entry of members@delta, or a reference to an object.
func (d *decoder) member(edges *[]Member) error {
	var m Member
	err := d.members(func(name string) (err error) {
		switch name {
		case "id":
			m.ID, err = d.string()
		case "@odata.type":
			m.Type, err = d.kind()
		case "@removed":
			m.Removed, err = d.removal()
		default:
			err = d.dec.SkipValue()
		}
		return err
	})
	_, _ = d.digest.WriteString(m.ID)
	*edges = append(*edges, m)
	return err
}

// manager reads an expanded manager, or one entry of manager@delta, where the
// former one stands as removed beside the new.
func (d *decoder) manager(start int) error {
	var refs []Member
	if d.dec.PeekKind() == 'n' {
		refs = append(refs, Member{Removed: Deleted})
		if err := d.dec.SkipValue(); err != nil {
			return err
		}
	} else if err := d.member(&refs); err != nil {
		return err
	}
	v := Value{Name: "manager", Text: refs[0].ID}
	if refs[0].Removed != "" {
		v = Value{Name: "manager", Null: true}
	}
	for i := start; i < len(d.values); i++ {
		if d.values[i].Name == v.Name {
			if !v.Null {
				d.values[i] = v
			}
			return nil
		}
	}
	d.values = append(d.values, v)
	return nil
}

// removal reads @removed: {"reason": "changed"}. One without a reason counts
// as deleted.
func (d *decoder) removal() (Removal, error) {
	if d.dec.PeekKind() != '{' {
		return "", d.dec.SkipValue()
	}
	reason := string(Deleted)
	err := d.members(func(name string) error {
		if name != "reason" || d.dec.PeekKind() != '"' {
			return d.dec.SkipValue()
		}
		var err error
		reason, err = d.name()
		return err
	})
	return Removal(reason), err
}

// kind reads @odata.type: "#microsoft.graph.user" is "user".
func (d *decoder) kind() (string, error) {
	if d.dec.PeekKind() != '"' {
		return "", d.dec.SkipValue()
	}
	t, err := d.name()
	return strings.TrimPrefix(t, "#microsoft.graph."), err
}
