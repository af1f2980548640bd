package m365

import (
	"fmt"
	"slices"
	"strings"
)

// AddGroup makes a group and returns its id. An empty id, mail nickname or
// creation date is filled in.
func (t *Tenant) AddGroup(g Group) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.addGroup(g, t.next())
}

func (t *Tenant) addGroup(g Group, seq uint64) string {
	if g.ID == "" {
		g.ID = newGUID(t.rand)
	}
	if g.MailNickname == "" {
		g.MailNickname = "g-" + g.ID[:8]
	}
	if g.CreatedDateTime.IsZero() {
		g.CreatedDateTime = t.maker.now
	}
	g.members = memberList{}
	r := t.groups.add(g.ID, g, seq)
	if seq > 0 {
		t.tell("groups", g.ID, "updated")
		t.judgeAll(r)
	}
	return g.ID
}

// ChangeGroup lets f edit a group. Its id and members stay.
func (t *Tenant) ChangeGroup(id string, f func(*Group)) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	r, err := t.findGroup(id)
	if err != nil {
		return err
	}
	g := r.value
	f(&g)
	g.ID, g.members = r.id, r.value.members
	if t.groups.replace(r, g, t.next()) {
		t.tell("groups", r.id, "updated")
		t.judgeAll(r)
	}
	return nil
}

func (t *Tenant) findGroup(id string) (*record[Group], error) {
	if r, ok := t.groups.get(strings.ToLower(id)); ok {
		return r, nil
	}
	return nil, fmt.Errorf("group %q: %w", clip(id), ErrUnknown)
}

// DeleteGroup moves a group to the deleted items, or with forGood purges it.
// Entra keeps only Microsoft 365 groups; others are gone at once.
func (t *Tenant) DeleteGroup(id string, forGood bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	r, err := t.findGroup(id)
	if err != nil {
		return err
	}
	if !forGood && r.state == live && slices.Contains(r.value.GroupTypes, "Unified") {
		r.value.DeletedDateTime = t.now()
		t.groups.move(r, softDeleted, t.next())
		t.tell("groups", r.id, "updated")
		return nil
	}
	t.groups.move(r, purged, t.next())
	for _, g := range t.groups.items {
		t.setMember(g, r.id, true, true)
	}
	t.tell("groups", r.id, "deleted")
	return nil
}

// Groups are the live groups in the order of their making.
func (t *Tenant) Groups() []Group {
	t.mu.RLock()
	defer t.mu.RUnlock()
	var list []Group
	t.groups.page(0, func(r *record[Group]) bool {
		g := r.value
		g.members = memberList{}
		list = append(list, g)
		return true
	})
	return list
}

// Members are the ids of a group's direct members, people and groups.
func (t *Tenant) Members(group string) []string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	r, err := t.findGroup(group)
	if err != nil {
		return nil
	}
	var ids []string
	for _, m := range r.value.members.list {
		if !m.gone {
			ids = append(ids, m.id)
		}
	}
	return ids
}

// AddMember puts a person or a group into a group.
func (t *Tenant) AddMember(group, member string) error { return t.member(group, member, false) }

// RemoveMember takes a person or a group out of a group.
func (t *Tenant) RemoveMember(group, member string) error { return t.member(group, member, true) }

func (t *Tenant) member(group, member string, gone bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	g, err := t.findGroup(group)
	if err != nil {
		return err
	}
	if other, err := t.findGroup(member); err == nil {
		t.setMember(g, other.id, true, gone)
		return nil
	}
	p, err := t.findPerson(member)
	if err != nil {
		return err
	}
	t.setMember(g, p.id, false, gone)
	return nil
}

func (t *Tenant) setMember(g *record[Group], id string, isGroup, gone bool) {
	if !g.value.members.set(id, isGroup, gone, t.seq+1) {
		return
	}
	t.groups.touch(g, t.next())
	t.tell("groups", g.id, "updated")
}

// populateGroups makes the groups that every tenant has: one of everybody
// (dynamic), one a department (security, nested in one of all departments),
// Microsoft 365 groups, one with hidden members, an empty one, and two that
// contain each other.
func (t *Tenant) populateGroups() {
	everybody := t.addGroup(Group{
		DisplayName: "Alla medarbetare", SecurityEnabled: true, GroupTypes: []string{"DynamicMembership"},
		MembershipRule: `(user.userType -eq "Member") and (user.accountEnabled -eq true)`, RuleProcessingState: "On",
	}, 0)
	company := t.addGroup(Group{DisplayName: "Hela bolaget", Description: "Avdelningarnas grupper", SecurityEnabled: true}, 0)
	byName := map[string]string{}
	for _, d := range departments {
		id := t.addGroup(Group{DisplayName: "Avd " + d.name, Description: "Avdelningen " + d.name, SecurityEnabled: true}, 0)
		byName[d.name] = id
		t.plant(company, id, true)
	}
	golf := t.unified("Golf & padel", "golf", "Public")
	project := t.unified("Projekt Ny växel", "ny-vaxel", "Private")
	hidden := t.addGroup(Group{DisplayName: "Löneärenden", SecurityEnabled: true, Visibility: "HiddenMembership"}, 0)
	pilot := t.addGroup(Group{DisplayName: "Telefonväxeln pilot", Description: "De första", SecurityEnabled: true}, 0)
	north, south := t.addGroup(Group{DisplayName: "Region Nord", SecurityEnabled: true}, 0),
		t.addGroup(Group{DisplayName: "Region Syd", SecurityEnabled: true}, 0)
	t.plant(north, south, true)
	t.plant(south, north, true)
	t.addGroup(Group{DisplayName: "Tom grupp", SecurityEnabled: true}, 0)
	for i, r := range t.people.items {
		p := &r.value
		if p.AccountEnabled && p.UserType == "Member" {
			t.plant(everybody, p.ID, false)
		}
		if id, ok := byName[p.Department]; ok && p.UserType == "Member" {
			t.plant(id, p.ID, false)
		}
		for n, id := range []string{golf, project, hidden, pilot, north, south} {
			if (i+n)%(7+6*n) == 0 && i < 5000 {
				t.plant(id, p.ID, false)
			}
		}
	}
}

func (t *Tenant) unified(name, nickname, visibility string) string {
	mail := nickname + "@" + t.Domain
	return t.addGroup(Group{
		DisplayName: name, Description: name, Mail: mail, MailNickname: nickname, MailEnabled: true,
		GroupTypes: []string{"Unified"}, Visibility: visibility, ProxyAddresses: []string{"SMTP:" + mail},
	}, 0)
}

// plant adds a member at the tenant's making, of which no delta tells.
func (t *Tenant) plant(group, member string, isGroup bool) {
	if r, ok := t.groups.get(group); ok {
		r.value.members.set(member, isGroup, false, 0)
	}
}
