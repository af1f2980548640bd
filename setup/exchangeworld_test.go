package setup

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// server is an Exchange organization, as far as the script can see and change it.
type server struct {
	*shell
	t        *testing.T
	boxes    []*box
	groups   map[string][]string // names of members, by address
	roles    map[string]string   // scope ("" is everybody) by the assignment's name
	scopes   map[string]string   // filter by name
	extended map[string]bool     // who may impersonate at all, by server
	tasks    map[string][]string
	changes  []string // each that was made
	lag      int      // how often the account that was just made is not found
}

type box struct {
	name, kind, folder string
	rights             map[string]string // on the calendar, by user; in words
	full, may          map[string]bool
	settings           []string
}

func (b *box) address() string { return b.name + "@foretag.example" }

func (b *box) thing() *thing {
	return object("Name", b.name, "UserPrincipalName", b.address(), "PrimarySmtpAddress", b.address(),
		"DistinguishedName", "CN="+b.name, "Guid", "guid-"+b.name, "RecipientTypeDetails", b.kind, "RecipientType", "UserMailbox")
}

func newBox(name, folder string) *box {
	return &box{name: name, kind: "UserMailbox", folder: folder, rights: map[string]string{"Default": "AvailabilityOnly"}, full: map[string]bool{}, may: map[string]bool{}}
}

func newServer(t *testing.T) *server {
	s := &server{shell: newShell(), t: t, groups: map[string][]string{}, roles: map[string]string{}, scopes: map[string]string{}, extended: map[string]bool{}, tasks: map[string][]string{}}
	s.boxes = []*box{newBox("anna", "Kalender"), newBox("bo", "Calendar"), newBox("claire", "Calendrier"), newBox("rum1", "Kalender")}
	s.boxes[3].kind = "RoomMailbox"
	s.own()
	s.native = func(_ string, args []string) int {
		called := args[slices.Index(args, "/TN")+1]
		switch args[0] {
		case "/Create":
			s.tasks[called] = args
		case "/Delete":
			delete(s.tasks, called)
		}
		s.changes = append(s.changes, "task "+args[0])
		return 0
	}
	s.mailboxes()
	s.permissions()
	s.impersonation()
	return s
}

// is tells whether an identity, or that of one of its folders, is the mailbox's.
func (b *box) is(id any) bool {
	want, _, _ := strings.Cut(strings.ToLower(text(id)), ":\\")
	return slices.Contains([]string{b.name, b.address(), "cn=" + b.name, "guid-" + b.name}, want)
}

func (s *server) find(id any) *box {
	if i := slices.IndexFunc(s.boxes, func(b *box) bool { return b.is(id) }); i >= 0 {
		return s.boxes[i]
	}
	return nil
}

// on is a command on one mailbox; one that changes something says what.
func (s *server) on(called, change string, do func(b *box, given arguments) ([]any, error)) {
	s.commands[strings.ToLower(called)] = func(_ *shell, given arguments, _ *scope) ([]any, error) {
		b := s.find(given.plain(0, "Identity"))
		if b == nil {
			return nil, fmt.Errorf("%s: there is no %s", called, text(given.plain(0, "Identity")))
		}
		out, err := do(b, given)
		if change != "" && err == nil {
			s.changes = append(s.changes, strings.TrimSpace(change+" "+b.name))
		}
		return out, err
	}
}

func (s *server) mailboxes() {
	s.commands["get-mailbox"] = func(_ *shell, given arguments, _ *scope) (out []any, _ error) {
		if id := given.get("Identity"); id != nil {
			for _, b := range s.boxes {
				if b.is(id) {
					out = append(out, b.thing())
				}
			}
			if out == nil {
				return nil, errors.New("there is no such mailbox")
			}
			return out, nil
		}
		if text(given.get("ResultSize")) != "Unlimited" {
			return nil, errors.New("more than 1000")
		}
		for _, b := range s.boxes {
			out = append(out, b.thing())
		}
		return out, nil
	}
	s.commands["new-mailbox"] = func(_ *shell, given arguments, _ *scope) ([]any, error) {
		b := newBox(strings.ToLower(text(given.get("Name"))), "Inkorg")
		if got := text(given.get("UserPrincipalName")); !strings.EqualFold(got, b.address()) {
			return nil, fmt.Errorf("principal %s", got)
		}
		if p, ok := given.get("Password").(*thing); !ok || p == nil {
			return nil, errors.New("the password is no secure string")
		}
		s.boxes = append(s.boxes, b)
		s.changes = append(s.changes, "mailbox "+b.name)
		return []any{b.thing()}, nil
	}
	set := func(b *box, given arguments) ([]any, error) {
		if s.lag--; s.lag >= 0 {
			return nil, errors.New("the account is not here yet")
		}
		for _, a := range given {
			if a.option != "identity" && a.option != "erroraction" {
				b.settings = append(b.settings, fmt.Sprintf("%s=%v", a.option, a.value))
			}
		}
		return nil, nil
	}
	s.on("Set-Mailbox", "settings", set)
	s.on("Set-CASMailbox", "settings", set)
	s.on("Get-MailboxFolderStatistics", "", func(b *box, _ arguments) ([]any, error) {
		if b.folder == "" {
			return nil, nil
		}
		return []any{object("Name", "Semestrar", "FolderType", "User Created"), object("Name", b.folder, "FolderType", "Calendar")}, nil
	})
	s.commands["get-mailboxdatabase"] = func(*shell, arguments, *scope) ([]any, error) {
		return []any{object("DistinguishedName", "CN=DB1", "Recovery", false)}, nil
	}
	s.commands["get-webservicesvirtualdirectory"] = func(*shell, arguments, *scope) ([]any, error) { return nil, nil }
	s.commands["get-distributiongroupmember"] = func(_ *shell, given arguments, _ *scope) (out []any, _ error) {
		members, ok := s.groups[strings.TrimPrefix(text(given.get("Identity")), "CN=")]
		if !ok {
			return nil, errors.New("there is no such group")
		}
		for _, m := range members {
			if b := s.find(m); b != nil {
				out = append(out, b.thing())
			} else {
				out = append(out, object("DistinguishedName", "CN="+m, "RecipientType", "MailUniversalSecurityGroup"))
			}
		}
		return out, nil
	}
	s.commands["get-group"] = func(_ *shell, given arguments, _ *scope) ([]any, error) {
		return []any{object("DistinguishedName", "CN=O'Brien")}, nil
	}
}

func (s *server) permissions() {
	// entry is a command on a calendar's entry; name checks that it is called right.
	entry := func(called, change string, do func(b *box, user string, given arguments) ([]any, error)) {
		s.on(called, change, func(b *box, given arguments) ([]any, error) {
			if _, folder, _ := strings.Cut(text(given.plain(0, "Identity")), ":\\"); folder != b.folder || folder == "" {
				return nil, fmt.Errorf("there is no folder %q", folder)
			}
			return do(b, strings.ToLower(text(given.get("User"))), given)
		})
	}
	entry("Get-MailboxFolderPermission", "", func(b *box, user string, _ arguments) ([]any, error) {
		if b.rights[user] == "" {
			return nil, errors.New("there is no entry for the user")
		}
		var rights []any
		for _, r := range strings.Fields(b.rights[user]) {
			rights = append(rights, r)
		}
		return []any{object("AccessRights", rights)}, nil
	})
	entry("Add-MailboxFolderPermission", "add", func(b *box, user string, given arguments) ([]any, error) {
		if b.rights[user] != "" {
			return nil, errors.New("an entry for the user exists")
		}
		b.rights[user] = text(given.get("AccessRights"))
		return []any{object()}, nil
	})
	entry("Set-MailboxFolderPermission", "set", func(b *box, user string, given arguments) ([]any, error) {
		if b.rights[user] == "" {
			return nil, errors.New("there is no entry for the user")
		}
		b.rights[user] = text(given.get("AccessRights"))
		return nil, nil
	})
	entry("Remove-MailboxFolderPermission", "remove", func(b *box, user string, _ arguments) ([]any, error) {
		delete(b.rights, user)
		return nil, nil
	})
	s.on("Get-MailboxPermission", "", func(b *box, given arguments) ([]any, error) {
		if !b.full[strings.ToLower(text(given.get("User")))] {
			return nil, nil
		}
		return []any{object("IsInherited", false, "Deny", false, "AccessRights", []any{"FullAccess"})}, nil
	})
	full := func(to bool) func(b *box, given arguments) ([]any, error) {
		return func(b *box, given arguments) ([]any, error) {
			if text(given.get("AccessRights")) != "FullAccess" || text(given.get("InheritanceType")) != "All" {
				return nil, errors.New("not full access")
			}
			if mapping := given.get("AutoMapping"); to && mapping != nil && truth(mapping) {
				return nil, errors.New("maps itself")
			}
			b.full[strings.ToLower(text(given.get("User")))] = to
			return nil, nil
		}
	}
	s.on("Add-MailboxPermission", "add", full(true))
	s.on("Remove-MailboxPermission", "remove", full(false))
}

func (s *server) impersonation() {
	s.commands["get-exchangeserver"] = func(*shell, arguments, *scope) ([]any, error) {
		return []any{object("Name", "CAS1", "DistinguishedName", "CN=CAS1", "Guid", "guid-cas1", "IsClientAccessServer", true),
			object("Name", "MBX1", "DistinguishedName", "CN=MBX1", "Guid", "guid-mbx1", "IsClientAccessServer", false)}, nil
	}
	ad := func(called, change string, do func(may map[string]bool, user, right string) []any) {
		s.commands[called] = func(_ *shell, given arguments, _ *scope) ([]any, error) {
			on, user := text(given.get("Identity")), strings.ToLower(text(given.get("User")))
			may, right := s.extended, "ms-Exch-EPI-Impersonation"
			if b := s.find(on); b != nil {
				may, right = b.may, "ms-Exch-EPI-May-Impersonate"
			} else if on != "CN=CAS1" {
				return nil, fmt.Errorf("there is no %s", on)
			}
			if want := given.get("ExtendedRights"); want != nil && text(want) != right {
				return nil, fmt.Errorf("%s on %s", want, on)
			}
			if change != "" {
				s.changes = append(s.changes, change+" "+on)
			}
			return do(may, user, right), nil
		}
	}
	ad("get-adpermission", "", func(may map[string]bool, user, right string) []any {
		if !may[user] {
			return nil
		}
		return []any{object("IsInherited", false, "Deny", false, "ExtendedRights", []any{right})}
	})
	ad("add-adpermission", "add", func(may map[string]bool, user, _ string) []any { may[user] = true; return []any{object()} })
	ad("remove-adpermission", "remove", func(may map[string]bool, user, _ string) []any { delete(may, user); return nil })
	s.rbac()
}

// rbac is the roles and scopes of 2010 and later.
func (s *server) rbac() {
	change := func(called string, do func(name string, given arguments)) {
		s.commands[strings.ToLower(called)] = func(_ *shell, given arguments, _ *scope) ([]any, error) {
			name := text(given.get("Name")) + text(given.get("Identity"))
			s.changes = append(s.changes, called+" "+name)
			do(name, given)
			return nil, nil
		}
	}
	change("New-ManagementScope", func(name string, given arguments) { s.scopes[name] = text(given.get("RecipientRestrictionFilter")) })
	change("Set-ManagementScope", func(name string, given arguments) { s.scopes[name] = text(given.get("RecipientRestrictionFilter")) })
	change("Remove-ManagementScope", func(name string, _ arguments) { delete(s.scopes, name) })
	change("New-ManagementRoleAssignment", func(name string, given arguments) { s.roles[name] = text(given.get("CustomRecipientWriteScope")) })
	change("Remove-ManagementRoleAssignment", func(name string, _ arguments) { delete(s.roles, name) })
	s.commands["get-managementscope"] = func(*shell, arguments, *scope) (out []any, _ error) {
		for name, filter := range s.scopes {
			out = append(out, object("Name", name, "RecipientFilter", filter))
		}
		return out, nil
	}
	s.commands["get-managementroleassignment"] = func(_ *shell, given arguments, _ *scope) (out []any, _ error) {
		for name, scope := range s.roles {
			out = append(out, object("Name", name, "CustomRecipientWriteScope", scope))
		}
		return out, nil
	}
}
