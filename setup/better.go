package setup

import "strings"

// Better is the one line of PowerShell, for the Exchange Management Shell, that
// lets the account read one mailbox in the way that gains most over the one in
// which it is read now: from nothing or times alone to subjects and places, from
// those to all that stands in the calendar, and from there to a way whose changes
// are heard at once. It is "" where nothing would be gained, which is so for full
// access and impersonation.
//
// version is what the server is, as a [ExchangeVersions] or as the protocol names
// it ("Exchange2010_SP2"); "" counts as a late one. way is the way of reading, by
// the words of calendar.WayKind: "" (none), "times", "details", "reviewer",
// "fullAccess" or "impersonation".
func Better(version, way, mailbox, account string) string {
	m, a := powershell(mailbox), powershell(account)
	if way == "fullAccess" || way == "impersonation" {
		return ""
	}
	if strings.Contains(version, "2007") {
		if way == "reviewer" { // by a right given in Outlook; nothing can be heard on 2007
			return ""
		}
		return "Add-MailboxPermission -Identity " + m + " -User " + a + " -AccessRights FullAccess -InheritanceType All"
	}
	switch way {
	case "details":
		return onCalendar(m, a, "Reviewer")
	case "reviewer":
		line := "Add-MailboxPermission -Identity " + m + " -User " + a + " -AccessRights FullAccess -InheritanceType All"
		if strings.Contains(version, "2010") && !strings.Contains(version, "SP2") {
			return line // it came with Service Pack 2
		}
		return line + " -AutoMapping $false"
	}
	return onCalendar(m, a, "LimitedDetails")
}

// onCalendar gives a right on a mailbox's calendar, whatever the folder is called,
// or changes the entry that is there.
func onCalendar(mailbox, account, right string) string {
	entry := "-MailboxFolderPermission $f -User " + account
	return "$f = " + mailbox + " + ':\\' + (Get-MailboxFolderStatistics " + mailbox + " -FolderScope Calendar | Select-Object -First 1).Name; " +
		"if (Get" + entry + " -ErrorAction SilentlyContinue) { Set" + entry + " -AccessRights " + right + " } else { Add" + entry + " -AccessRights " + right + " }"
}
