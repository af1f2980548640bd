package desk

import (
	"slices"

	"github.com/telefonist/telefonist/organization"
)

// Roles lists every role, the one that may most first.
func Roles() []organization.Role {
	return []organization.Role{
		organization.Operator, organization.Administrator, organization.Attendant, organization.PersonRole,
		organization.Link, organization.Microsoft,
	}
}

// Who may: the columns of [Rights]. An operator is an administrator everywhere.
var (
	operators      = []organization.Role{organization.Operator}
	administrators = append(slices.Clone(operators), organization.Administrator)
	attendants     = append(slices.Clone(administrators), organization.Attendant)
	users          = append(slices.Clone(attendants), organization.PersonRole)
	links          = []organization.Role{organization.Link}
	connectors     = append(slices.Clone(administrators), organization.Link)
	// everybody may do something for the people he may see, and ownPeople for himself
	// or as an administrator; who these are, [Visit.mayPerson] finds.
	everybody = users
	persons   = []organization.Role{organization.PersonRole}
	ownPeople = append(slices.Clone(administrators), organization.PersonRole)
	microsoft = []organization.Role{organization.Microsoft}
)

// Rights says which roles may do what: each method of [Caller] and [Visit] has its
// line, and nothing else decides. Two are no methods but rights within others:
// "Visit.SeeHidden" to see hidden entries and skyddade personuppgifter,
// "Visit.SeeSettings" to see how a replicator is set.
var Rights = map[string][]organization.Role{
	"Caller.AddOperator":         operators,
	"Caller.AddOperatorToken":    operators,
	"Caller.AddOrganization":     operators,
	"Caller.ChangeLanguage":      attendants,
	"Caller.ChangePassword":      attendants,
	"Caller.Find":                append(slices.Clone(users), organization.Link),
	"Caller.ImportOrganization":  operators,
	"Caller.InviteOperator":      operators,
	"Caller.Me":                  users,
	"Caller.Notified":            microsoft,
	"Caller.OperatorAudit":       operators,
	"Caller.OperatorTokens":      operators,
	"Caller.Operators":           operators,
	"Caller.Organizations":       attendants,
	"Caller.PutOrganization":     operators,
	"Caller.RemoveOperator":      operators,
	"Caller.RevokeOperatorToken": operators,
	"Caller.TenantsWaiting":      operators,

	"Visit.DeleteOrganization": operators,
	"Visit.ExportOrganization": operators,
	"Visit.Organization":       attendants,
	"Visit.Overview":           administrators,
	"Visit.SaveOrganization":   administrators,
	"Visit.Watch":              attendants,

	"Visit.AddToken":    administrators,
	"Visit.AddUser":     administrators,
	"Visit.Audit":       administrators,
	"Visit.ChangeUser":  administrators,
	"Visit.ExportAudit": administrators,
	"Visit.InviteUser":  administrators,
	"Visit.RemoveUser":  administrators,
	"Visit.RevokeToken": administrators,
	"Visit.Tokens":      administrators,
	"Visit.Users":       administrators,

	"Visit.ApproveTenant": operators,
	"Visit.BeginSignIn":   connectors,
	"Visit.ConfirmTenant": connectors,
	"Visit.Consented":     connectors,
	"Visit.SignInOffer":   connectors,
	"Visit.SignedIn":      connectors,
	"Visit.TenantFound":   connectors,

	"Visit.AddCertificate":    administrators,
	"Visit.AddConnectLink":    administrators,
	"Visit.AddSecret":         administrators,
	"Visit.AddSource":         administrators,
	"Visit.Check":             administrators,
	"Visit.Connect":           links,
	"Visit.ConnectLinks":      administrators,
	"Visit.Connecting":        links,
	"Visit.DeleteCredential":  administrators,
	"Visit.DeleteSource":      administrators,
	"Visit.ExchangeScript":    connectors,
	"Visit.MakeCertificate":   administrators,
	"Visit.RevokeConnectLink": administrators,
	"Visit.SaveSource":        administrators,
	"Visit.Script":            administrators,
	"Visit.Source":            administrators,
	"Visit.SourceKinds":       administrators,
	"Visit.Sources":           administrators,
	"Visit.Steps":             connectors,

	"Visit.AddReplicator":    administrators,
	"Visit.Count":            administrators,
	"Visit.DeleteReplicator": administrators,
	"Visit.Groups":           administrators,
	"Visit.OrderReplicators": administrators,
	"Visit.PauseReplicator":  administrators,
	"Visit.Preview":          administrators,
	"Visit.Replicator":       attendants,
	"Visit.Replicators":      attendants,
	"Visit.RunReplicator":    administrators,
	"Visit.SaveReplicator":   administrators,
	"Visit.SeeSettings":      administrators,

	"Visit.ApproveRound": administrators,
	"Visit.Changes":      administrators,
	"Visit.DropRound":    administrators,
	"Visit.ExportRound":  administrators,
	"Visit.Round":        administrators,
	"Visit.Rounds":       administrators,
	"Visit.UndoRound":    administrators,

	"Visit.Decide":     administrators,
	"Visit.Explain":    administrators,
	"Visit.People":     attendants,
	"Visit.PersonData": administrators,
	"Visit.Protect":    administrators,

	"Visit.AddSubscriber":     administrators,
	"Visit.DeleteSubscriber":  administrators,
	"Visit.ExportSubscribers": administrators,
	"Visit.Import":            administrators,
	"Visit.Lookup":            attendants,
	"Visit.PreviewImport":     administrators,
	"Visit.SaveSubscriber":    administrators,
	"Visit.SeeHidden":         administrators,
	"Visit.Subscriber":        attendants,
	"Visit.Subscribers":       attendants,

	"Visit.AddCalendarConnection":    administrators,
	"Visit.CalendarConnections":      administrators,
	"Visit.CalendarScript":           administrators,
	"Visit.CheckCalendar":            administrators,
	"Visit.RemoveCalendarConnection": administrators,
	"Visit.SaveCalendarConnection":   administrators,
	"Visit.SetLive":                  administrators,

	"Visit.CalendarSettings":     administrators,
	"Visit.SaveCalendarSettings": administrators,
	"Visit.TryCalendarSettings":  administrators,
	"Visit.WouldClose":           administrators,

	"Visit.Mailboxes":     administrators,
	"Visit.ReadMailbox":   administrators,
	"Visit.ReadMailboxes": administrators,

	"Visit.Board":             attendants,
	"Visit.WatchActivities":   attendants,
	"Visit.BoardSince":        attendants,
	"Visit.Activity":          everybody,
	"Visit.ActivityNames":     everybody,
	"Visit.Back":              everybody,
	"Visit.Clear":             everybody,
	"Visit.Choose":            everybody,
	"Visit.Day":               everybody,
	"Visit.Guide":             everybody,
	"Visit.Here":              everybody,
	"Visit.FindPeople":        everybody,
	"Visit.Mine":              persons,
	"Visit.Preference":        ownPeople,
	"Visit.Reasons":           everybody,
	"Visit.SavePreference":    ownPeople,
	"Visit.Told":              everybody,
	"Visit.AddPersonToken":    ownPeople,
	"Visit.PersonTokens":      ownPeople,
	"Visit.RevokePersonToken": ownPeople,

	"Visit.AddSwitchboard":       administrators,
	"Visit.CheckSwitchboard":     administrators,
	"Visit.DeleteSwitchboard":    administrators,
	"Visit.PauseSwitchboard":     administrators,
	"Visit.SaveSwitchboard":      administrators,
	"Visit.Switchboard":          administrators,
	"Visit.SwitchboardAddresses": administrators,
	"Visit.SwitchboardKinds":     administrators,
	"Visit.Switchboards":         administrators,

	"Visit.Mails":       administrators,
	"Visit.Notices":     administrators,
	"Visit.PreviewMail": administrators,
	"Visit.SeeNotices":  administrators,
	"Visit.TestMail":    administrators,
}

// May says whether a role has the right to an operation, as [Rights] has it; pages
// ask it to leave out what would be refused.
func May(role organization.Role, operation string) bool { return allowed(operation, role) }

func allowed(operation string, role organization.Role) bool {
	return role != "" && slices.Contains(Rights[operation], role)
}
