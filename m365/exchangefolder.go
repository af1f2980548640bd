package m365

import (
	"errors"
	"strings"
)

// The folders of a mailbox that are known by name.
const (
	rootFolder     = "root"
	topFolder      = "msgfolderroot"
	calendarFolder = "calendar"
)

// folderKind is what a folder is: its element, its class, the folder it is in
// and what it is called in English.
type folderKind struct{ tag, class, parent, name string }

var folderKinds = map[string]folderKind{
	rootFolder:     {"t:Folder", "", rootFolder, "Root"},
	topFolder:      {"t:Folder", "IPF", rootFolder, "Top of Information Store"},
	calendarFolder: {"t:CalendarFolder", "IPF.Appointment", topFolder, "Calendar"},
	"inbox":        {"t:Folder", "IPF.Note", topFolder, "Inbox"},
	"deleteditems": {"t:Folder", "IPF.Note", topFolder, "Deleted Items"},
	"drafts":       {"t:Folder", "IPF.Note", topFolder, "Drafts"},
	"outbox":       {"t:Folder", "IPF.Note", topFolder, "Outbox"},
	"sentitems":    {"t:Folder", "IPF.Note", topFolder, "Sent Items"},
	"contacts":     {"t:ContactsFolder", "IPF.Contact", topFolder, "Contacts"},
	"tasks":        {"t:TasksFolder", "IPF.Task", topFolder, "Tasks"},
}

// folderNames are what folders are called where a mailbox was first opened in
// another language than English.
var folderNames = map[string]map[string]string{
	"sv": {calendarFolder: "Kalender", "inbox": "Inkorgen", "deleteditems": "Borttaget", "contacts": "Kontakter", topFolder: "Informationsarkivets översta nivå"},
	"da": {calendarFolder: "Kalender", "inbox": "Indbakke", "deleteditems": "Slettet post"},
	"nb": {calendarFolder: "Kalender", "inbox": "Innboks", "deleteditems": "Slettede elementer"},
	"de": {calendarFolder: "Kalender", "inbox": "Posteingang", "deleteditems": "Gelöschte Elemente"},
	"fi": {calendarFolder: "Kalenteri", "inbox": "Saapuneet", "deleteditems": "Poistetut"},
	"fr": {calendarFolder: "Calendrier", "inbox": "Boîte de réception", "deleteditems": "Éléments supprimés"},
	"nl": {calendarFolder: "Agenda", "inbox": "Postvak IN", "deleteditems": "Verwijderde items"},
	"es": {calendarFolder: "Calendario", "inbox": "Bandeja de entrada", "deleteditems": "Elementos eliminados"},
	"it": {calendarFolder: "Calendario", "inbox": "Posta in arrivo", "deleteditems": "Posta eliminata"},
	"pt": {calendarFolder: "Calendário", "inbox": "Caixa de Entrada", "deleteditems": "Itens Excluídos"},
	"pl": {calendarFolder: "Kalendarz", "inbox": "Skrzynka odbiorcza", "deleteditems": "Elementy usunięte"},
}

// CalendarName is what a person's calendar folder is called: it follows the
// language in which the mailbox was first opened.
func (x *Exchange) CalendarName(who string) (string, error) {
	p, err := x.t.livePerson(who)
	if err != nil {
		return "", err
	}
	return folderName(&p, calendarFolder), nil
}

func folderName(p *Person, folder string) string {
	if name := folderNames[languageOf(p)][folder]; name != "" {
		return name
	}
	return folderKinds[folder].name
}

// folder is a folder of a person's mailbox that the caller may see.
type folder struct {
	p     *Person
	name  string // in folderKinds
	right ExchangeRight
}

// folderKey is the change key of every folder.
const folderKey = "AgAAABYAAADZGACZQpSgSpyNkexYe2b7AAAAAAAB"

func folderID(person, name string) string { return ewsID('f', person, []byte(name)) }

// open finds the folder that an element of FolderIds or ParentFolderIds names.
// The error is a fault or an ewsError.
func (c *ewsCall) open(e *element) (*folder, error) {
	f := &folder{name: e.attr("Id")}
	switch e.name {
	case "DistinguishedFolderId":
		p, err := c.owner(e.value("Mailbox", "EmailAddress"))
		if err != nil {
			return nil, err
		}
		f.p = p
	case "FolderId":
		person, name, ok := readEWSID('f', e.attr("Id"))
		if !ok {
			return nil, &ewsError{code: "ErrorInvalidIdMalformed", text: "Id is malformed."}
		}
		p, err := c.x.t.livePerson(person)
		if err != nil {
			return nil, noFolder
		}
		f.p, f.name = &p, string(name)
	default:
		return nil, c.invalid("The element '" + e.name + "' is not expected.")
	}
	return f, c.may(f)
}

var noFolder = &ewsError{code: "ErrorFolderNotFound", text: "The specified folder could not be found in the store."}

// owner is whose mailbox an address means, "" the caller's own.
func (c *ewsCall) owner(address string) (*Person, error) {
	if c.caller == nil {
		return nil, &ewsError{code: "ErrorMissingEmailAddress", text: "When making a request as an account that does not have a mailbox, you must specify the mailbox primary SMTP address for any distinguished folder Ids."}
	}
	if address == "" {
		return c.caller, nil
	}
	c.asks(address)
	p, found := c.x.recipient(address)
	if !found {
		return nil, noMailbox
	}
	return &p, nil
}

var noMailbox = &ewsError{code: "ErrorNonExistentMailbox", text: "The SMTP address has no mailbox associated with it."}

// may judges whether the caller may open a folder, and notes by what right.
func (c *ewsCall) may(f *folder) error {
	if c.x.state(f.p) == elsewhere {
		return noMailbox
	}
	if err := c.reach(f.p); err != nil {
		return err
	}
	_, known := folderKinds[f.name]
	f.right = c.right(f.p)
	switch {
	case f.right.atLeast(RightFullAccess) && known:
		return nil
	case f.right.atLeast(RightLimitedDetails) && f.name == calendarFolder:
		return nil
	case f.right.atLeast(RightReviewer) && f.name == rootFolder:
		return denied
	case c.x.release.schema < schema2010:
		return &ewsError{code: "ErrorItemNotFound", text: "The specified object was not found in the store."}
	}
	return noFolder
}

var denied = &ewsError{code: "ErrorAccessDenied", text: "Access is denied. Check credentials and try again."}

// reading is open for what reads the folder's items: to see the folder is not
// enough.
func (c *ewsCall) reading(e *element) (*folder, error) {
	f, err := c.open(e)
	if err == nil && !f.right.atLeast(RightReviewer) {
		return nil, denied
	}
	return f, err
}

// getFolder answers GetFolder.
func (c *ewsCall) getFolder() error {
	wanted, refused, err := c.shape("FolderShape")
	if err != nil {
		return err
	}
	ids := c.op.child("FolderIds").all()
	if len(ids) == 0 {
		return c.invalid("The element 'FolderIds' has incomplete content.")
	}
	return c.each(ids, func(e *element) (func(), error) {
		if refused != nil {
			return nil, refused
		}
		f, err := c.open(e)
		if err == nil && wanted.uris["folder:PermissionSet"] && !f.right.atLeast(RightFullAccess) {
			err = denied
		}
		return func() {
			c.out.open("m:Folders")
			c.folder(f, &wanted)
			c.out.close("m:Folders")
		}, err
	})
}

// each answers with a response message for everything asked for.
func (c *ewsCall) each(asked []*element, one func(*element) (func(), error)) error {
	var fault error
	c.respond(func() {
		for _, e := range asked {
			write, err := one(e)
			var refused *ewsError
			switch {
			case err == nil:
				c.message(nil, write)
			case errors.As(err, &refused):
				c.message(refused, nil)
			default:
				fault = err
			}
		}
	})
	return fault
}

// folder writes a folder.
func (c *ewsCall) folder(f *folder, w *shapeWanted) {
	kind := folderKinds[f.name]
	wants := func(name string) bool {
		return folderFields["folder:"+name] <= c.schema && (w.uris["folder:"+name] || w.base == "AllProperties" ||
			w.base == "Default" && (name == "DisplayName" || name == "TotalCount" || name == "ChildFolderCount"))
	}
	c.out.open(kind.tag)
	c.out.empty("t:FolderId", "Id", folderID(f.p.ID, f.name), "ChangeKey", folderKey)
	if wants("ParentFolderId") {
		c.out.empty("t:ParentFolderId", "Id", folderID(f.p.ID, kind.parent), "ChangeKey", folderKey)
	}
	if wants("FolderClass") && kind.class != "" {
		c.out.text("t:FolderClass", kind.class)
	}
	if wants("DisplayName") {
		c.out.text("t:DisplayName", folderName(f.p, f.name))
	}
	if wants("TotalCount") {
		c.out.count("t:TotalCount", len(c.x.items(f)))
	}
	if wants("ChildFolderCount") {
		c.out.count("t:ChildFolderCount", 0)
	}
	if wants("EffectiveRights") {
		c.effectiveRights(f.right)
	}
	if wants("DistinguishedFolderId") {
		c.out.text("t:DistinguishedFolderId", f.name)
	}
	if wants("UnreadCount") && strings.HasSuffix(kind.tag, ":Folder") {
		c.out.count("t:UnreadCount", 0)
	}
	c.out.close(kind.tag)
}

// effectiveRights are what a right allows to do.
func (c *ewsCall) effectiveRights(right ExchangeRight) {
	owner, reader := right.atLeast(RightFullAccess), right.atLeast(RightReviewer)
	c.out.open("t:EffectiveRights")
	for _, name := range []string{"CreateAssociated", "CreateContents", "CreateHierarchy", "Delete", "Modify"} {
		c.out.flag("t:"+name, owner)
	}
	c.out.flag("t:Read", reader)
	if c.schema >= schema2010 {
		c.out.flag("t:ViewPrivateItems", owner)
	}
	c.out.close("t:EffectiveRights")
}
