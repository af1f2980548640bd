package ews

import (
	"context"
	"fmt"
	"time"
)

// Folder is a calendar as it stands in its mailbox.
type Folder struct {
	ID     FolderID
	Rights Rights
}

// Rights are what we may do in a folder (Microsoft's page "EffectiveRights").
type Rights struct {
	Read, Create, Modify, Delete bool
	// Folders is that folders may be made in it: its owner's right, which an editor
	// of a calendar lacks who may do all the rest.
	Folders bool
}

// Folder asks for the id of a calendar and what we may do in it (operation
// GetFolder), which is the cheapest way to know whether it can be read. It binds
// no other folder, and asks for no permissions, since a reader may see neither.
func (c *Client) Folder(ctx context.Context, a Access) (Folder, error) {
	f, _, err := c.folder(ctx, a)
	return f, err
}

func (c *Client) folder(ctx context.Context, a Access) (Folder, ServerInfo, error) {
	const op = "GetFolder"
	r := newRequest(a).raw(`<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>` +
		`<t:FieldURI FieldURI="folder:EffectiveRights"/></t:AdditionalProperties></m:FolderShape><m:FolderIds>`).
		folder(FolderID{}).raw(`</m:FolderIds></m:GetFolder>`)
	var f Folder
	var server ServerInfo
	err := c.do(ctx, op, r, func(a *answer) {
		server = a.server
		if a.is(messages, "GetFolderResponse") {
			a.responses(func() { f.read(a) })
		}
	})
	if err == nil && f.ID.ID == "" {
		err = &Error{Op: op, Err: fmt.Errorf("%w: no folder in it", ErrIncomplete)}
	}
	return f, server, err
}

func (f *Folder) read(a *answer) {
	if !a.is(messages, "Folders") {
		return
	}
	for d := a.depth(); a.child(d); { // a CalendarFolder, or Folder
		for d := a.depth(); a.child(d); {
			switch string(a.local) {
			case "FolderId":
				f.ID = a.folderID()
			case "EffectiveRights":
				f.Rights = a.rights()
			}
		}
	}
}

func (s *scanner) folderID() FolderID {
	return FolderID{ID: s.attr("Id"), ChangeKey: s.attr("ChangeKey")}
}

func (s *scanner) rights() (r Rights) {
	for d := s.depth(); s.child(d); {
		switch string(s.local) {
		case "Read":
			r.Read = s.yes()
		case "CreateContents":
			r.Create = s.yes()
		case "CreateHierarchy":
			r.Folders = s.yes()
		case "Modify":
			r.Modify = s.yes()
		case "Delete":
			r.Delete = s.yes()
		}
	}
	return r
}

// maxChanges is how many changes a server tells in one answer.
const maxChanges = 512

// Changes asks whether anything in a folder has changed since the state that an
// earlier call gave, "" for the first time (operation SyncFolderItems). It is a
// sign that the calendar is worth reading again and no more: a series is one item
// here, and there is no window. more says that the new state isn't the last one;
// call again with it. A Lapsed error is a state that the server no longer knows.
func (c *Client) Changes(ctx context.Context, a Access, folder FolderID, state string) (newState string, changed, more bool, err error) {
	const op = "SyncFolderItems"
	r := newRequest(a).raw(`<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:SyncFolderId>`).
		folder(folder).raw(`</m:SyncFolderId>`)
	if state != "" {
		r.raw(`<m:SyncState>`).text(state).raw(`</m:SyncState>`)
	}
	r.raw(`<m:MaxChangesReturned>`).int(maxChanges).raw(`</m:MaxChangesReturned></m:SyncFolderItems>`)
	err = c.do(ctx, op, r, func(a *answer) {
		if !a.is(messages, "SyncFolderItemsResponse") {
			return
		}
		a.responses(func() {
			switch string(a.local) {
			case "SyncState":
				newState = string(a.read())
			case "IncludesLastItemInRange":
				more = !a.yes()
			case "Changes":
				for d := a.depth(); a.child(d); {
					changed = true
				}
			}
		})
	})
	if err != nil {
		return "", false, false, err
	}
	if newState == "" {
		return "", false, false, &Error{Op: op, Err: fmt.Errorf("%w: no state in it", ErrIncomplete)}
	}
	return newState, changed, more, nil
}

// OOF is whether somebody has turned on automatic replies, and for when; their
// text is never read. From and To are zero where they are simply on.
type OOF struct {
	On       bool
	From, To time.Time
}

// OOF asks for automatic replies (operation GetUserOofSettings), of whomever the
// Access impersonates or whose Mailbox it names. Servers give it to the owner, so
// that it mostly takes impersonation.
func (c *Client) OOF(ctx context.Context, a Access) (OOF, error) {
	const op = "GetUserOofSettings"
	address := a.Mailbox
	if address == "" {
		address = a.Impersonate
	}
	r := newRequest(a).raw(`<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>`).text(address).
		raw(`</t:Address></t:Mailbox></m:GetUserOofSettingsRequest>`)
	var o OOF
	state := ""
	err := c.do(ctx, op, r, func(a *answer) {
		if !a.is(messages, "GetUserOofSettingsResponse") {
			return
		}
		for d := a.depth(); a.child(d); {
			switch {
			case a.is(messages, "ResponseMessage"):
				if err := a.message(func() {}); err != nil {
					a.stop(err)
				}
			case a.is(types, "OofSettings"):
				state = o.read(a)
			}
		}
	})
	if err == nil && state == "" {
		err = &Error{Op: op, Err: fmt.Errorf("%w: no settings in it", ErrIncomplete)}
	}
	if err != nil {
		return OOF{}, err
	}
	return o, nil
}

func (o *OOF) read(a *answer) (state string) {
	for d := a.depth(); a.child(d); {
		switch string(a.local) {
		case "OofState":
			state = string(a.read())
		case "Duration":
			for d := a.depth(); a.child(d); {
				switch string(a.local) {
				case "StartTime":
					a.time(&o.From, time.UTC)
				case "EndTime":
					a.time(&o.To, time.UTC)
				}
			}
		}
	}
	o.On = state == "Enabled" || state == "Scheduled"
	if state != "Scheduled" { // Outlook leaves an old one there
		o.From, o.To = time.Time{}, time.Time{}
	}
	return state
}

// TimeZone is one that a server knows.
type TimeZone struct {
	ID   string // Windows name, "W. Europe Standard Time"
	Name string // as people read it, "(UTC+01:00) Amsterdam, Berlin", in the server's language
}

// TimeZones asks which time zones a server knows, all or those with the ids given
// (operation GetServerTimeZones, since Exchange 2010).
func (c *Client) TimeZones(ctx context.Context, a Access, ids ...string) ([]TimeZone, error) {
	const op = "GetServerTimeZones"
	if a.Version < Exchange2010 {
		return nil, &Error{Op: op, Err: ErrOlder}
	}
	r := newRequest(a).raw(`<m:GetServerTimeZones ReturnFullTimeZoneData="false">`)
	if len(ids) > 0 {
		r.raw(`<m:Ids>`)
		for _, id := range ids {
			r.raw(`<t:Id>`).text(id).raw(`</t:Id>`)
		}
		r.raw(`</m:Ids>`)
	}
	r.raw(`</m:GetServerTimeZones>`)
	var zones []TimeZone
	err := c.do(ctx, op, r, func(a *answer) {
		if !a.is(messages, "GetServerTimeZonesResponse") {
			return
		}
		a.responses(func() {
			if !a.is(messages, "TimeZoneDefinitions") {
				return
			}
			for d := a.depth(); a.child(d); {
				zones = append(zones, TimeZone{ID: clip(a.attrBytes("Id")), Name: clip(a.attrBytes("Name"))})
			}
		})
	})
	return zones, err
}
