package m365

import (
	"slices"
	"strings"
)

// field is a property of items that FieldURI names, "calendar:Start".
type field struct {
	uri   string
	since ewsSchema
	write func(*shownItem) // nil = items here never have it
	basic bool             // of the base shape Default
	alone bool             // GetItem tells it, FindItem does not
}

// itemFields are the properties of calendar items in the order in which the
// schema has them (types.xsd, ItemType and CalendarItemType); since when is
// from the EWS Managed API's AppointmentSchema and ItemSchema.
var itemFields = []field{
	{uri: "item:MimeContent", since: schema2007, alone: true},
	{uri: "item:ItemId", since: schema2007}, // always there
	{uri: "item:ParentFolderId", since: schema2007, write: (*shownItem).parent},
	{uri: "item:ItemClass", since: schema2007, write: func(s *shownItem) { s.text("ItemClass", "IPM.Appointment") }},
	{uri: "item:Subject", since: schema2007, write: (*shownItem).subject, basic: true},
	{uri: "item:Sensitivity", since: schema2007, write: (*shownItem).sensitivity},
	{uri: "item:Body", since: schema2007, write: (*shownItem).body, alone: true},
	{uri: "item:Attachments", since: schema2007},
	{uri: "item:DateTimeReceived", since: schema2007, write: func(s *shownItem) { s.time("DateTimeReceived", s.e.Created) }},
	{uri: "item:Size", since: schema2007, write: func(s *shownItem) { s.c.out.count("t:Size", 600+len(s.e.Subject)+len(s.e.Body)) }},
	{uri: "item:Categories", since: schema2007, write: (*shownItem).categories},
	{uri: "item:Importance", since: schema2007, write: func(s *shownItem) { s.text("Importance", title(s.e.Importance)) }},
	{uri: "item:InReplyTo", since: schema2007},
	{uri: "item:IsSubmitted", since: schema2007, write: func(s *shownItem) { s.flag("IsSubmitted", false) }},
	{uri: "item:IsDraft", since: schema2007, write: func(s *shownItem) { s.flag("IsDraft", false) }},
	{uri: "item:IsFromMe", since: schema2007, write: func(s *shownItem) { s.flag("IsFromMe", false) }},
	{uri: "item:IsResend", since: schema2007, write: func(s *shownItem) { s.flag("IsResend", false) }},
	{uri: "item:IsUnmodified", since: schema2007, write: func(s *shownItem) { s.flag("IsUnmodified", false) }},
	{uri: "item:InternetMessageHeaders", since: schema2007},
	{uri: "item:DateTimeSent", since: schema2007, write: func(s *shownItem) { s.time("DateTimeSent", s.e.Created) }},
	{uri: "item:DateTimeCreated", since: schema2007, write: func(s *shownItem) { s.time("DateTimeCreated", s.e.Created) }},
	{uri: "item:ResponseObjects", since: schema2007},
	{uri: "item:ReminderDueBy", since: schema2007, write: func(s *shownItem) { s.time("ReminderDueBy", s.e.Start) }},
	{uri: "item:ReminderIsSet", since: schema2007, write: func(s *shownItem) { s.flag("ReminderIsSet", !s.masked) }},
	{uri: "item:ReminderNextTime", since: schema2013},
	{uri: "item:ReminderMinutesBeforeStart", since: schema2007, write: func(s *shownItem) { s.text("ReminderMinutesBeforeStart", "15") }},
	{uri: "item:DisplayCc", since: schema2007, write: func(s *shownItem) { s.text("DisplayCc", "") }},
	{uri: "item:DisplayTo", since: schema2007, write: func(s *shownItem) { s.text("DisplayTo", s.names()) }},
	{uri: "item:HasAttachments", since: schema2007, write: func(s *shownItem) { s.flag("HasAttachments", false) }, basic: true},
	{uri: "item:Culture", since: schema2007, write: func(s *shownItem) { s.text("Culture", s.locale()) }},
	{uri: "item:EffectiveRights", since: schema2007SP1, write: func(s *shownItem) { s.c.effectiveRights(s.right) }},
	{uri: "item:LastModifiedName", since: schema2007SP1, write: func(s *shownItem) { s.text("LastModifiedName", s.p.DisplayName) }},
	{uri: "item:LastModifiedTime", since: schema2007SP1, write: func(s *shownItem) { s.time("LastModifiedTime", s.e.Modified) }},
	{uri: "item:IsAssociated", since: schema2010, write: func(s *shownItem) { s.flag("IsAssociated", false) }},
	{uri: "item:WebClientReadFormQueryString", since: schema2010},
	{uri: "item:WebClientEditFormQueryString", since: schema2010},
	{uri: "item:ConversationId", since: schema2010},
	{uri: "item:UniqueBody", since: schema2010, alone: true},
	{uri: "item:Flag", since: schema2013},
	{uri: "item:StoreEntryId", since: schema2010SP2},
	{uri: "item:InstanceKey", since: schema2013},
	{uri: "item:NormalizedBody", since: schema2013, alone: true},
	{uri: "item:EntityExtractionResult", since: schema2013},
	{uri: "item:PolicyTag", since: schema2013},
	{uri: "item:ArchiveTag", since: schema2013},
	{uri: "item:RetentionDate", since: schema2013},
	{uri: "item:Preview", since: schema2013},
	{uri: "item:RightsManagementLicenseData", since: schema2013},
	{uri: "item:PredictedActionReasons", since: schema2013SP1},
	{uri: "item:IsClutter", since: schema2013SP1},
	{uri: "item:BlockStatus", since: schema2013},
	{uri: "item:HasBlockedImages", since: schema2013},
	{uri: "item:TextBody", since: schema2013, write: (*shownItem).textBody, alone: true},
	{uri: "item:IconIndex", since: schema2013},
	{uri: "calendar:UID", since: schema2007SP1, write: func(s *shownItem) { s.text("UID", s.uid()) }},
	{uri: "calendar:RecurrenceId", since: schema2007SP1, write: (*shownItem).recurrenceID},
	{uri: "calendar:DateTimeStamp", since: schema2007SP1, write: func(s *shownItem) { s.time("DateTimeStamp", s.e.Modified) }},
	{uri: "calendar:Start", since: schema2007, write: func(s *shownItem) { s.time("Start", s.e.Start) }, basic: true},
	{uri: "calendar:End", since: schema2007, write: func(s *shownItem) { s.time("End", s.e.End) }, basic: true},
	{uri: "calendar:OriginalStart", since: schema2007, write: (*shownItem).originalStart},
	{uri: "calendar:IsAllDayEvent", since: schema2007, write: func(s *shownItem) { s.flag("IsAllDayEvent", s.e.AllDay) }},
	{uri: "calendar:LegacyFreeBusyStatus", since: schema2007, write: func(s *shownItem) { s.text("LegacyFreeBusyStatus", s.c.busyType(s.e.ShowAs)) }, basic: true},
	{uri: "calendar:Location", since: schema2007, write: (*shownItem).location, basic: true},
	{uri: "calendar:When", since: schema2007},
	{uri: "calendar:IsMeeting", since: schema2007, write: func(s *shownItem) { s.flag("IsMeeting", s.meeting()) }},
	{uri: "calendar:IsCancelled", since: schema2007, write: func(s *shownItem) { s.flag("IsCancelled", s.e.Cancelled) }},
	{uri: "calendar:IsRecurring", since: schema2007, write: func(s *shownItem) { s.flag("IsRecurring", s.e.Type == occurrence || s.e.Type == exception) }},
	{uri: "calendar:MeetingRequestWasSent", since: schema2007, write: func(s *shownItem) { s.flag("MeetingRequestWasSent", s.meeting()) }},
	{uri: "calendar:IsResponseRequested", since: schema2007, write: func(s *shownItem) { s.flag("IsResponseRequested", true) }},
	{uri: "calendar:CalendarItemType", since: schema2007, write: func(s *shownItem) { s.text("CalendarItemType", itemTypes[s.e.Type]) }, basic: true},
	{uri: "calendar:MyResponseType", since: schema2007, write: (*shownItem).response},
	{uri: "calendar:Organizer", since: schema2007, write: (*shownItem).organizer, basic: true},
	{uri: "calendar:RequiredAttendees", since: schema2007, write: (*shownItem).attendees, alone: true},
	{uri: "calendar:OptionalAttendees", since: schema2007, alone: true},
	{uri: "calendar:Resources", since: schema2007, alone: true},
	{uri: "calendar:ConflictingMeetingCount", since: schema2007},
	{uri: "calendar:AdjacentMeetingCount", since: schema2007},
	{uri: "calendar:ConflictingMeetings", since: schema2007},
	{uri: "calendar:AdjacentMeetings", since: schema2007},
	{uri: "calendar:Duration", since: schema2007, write: (*shownItem).duration},
	{uri: "calendar:TimeZone", since: schema2007, write: (*shownItem).zoneText},
	{uri: "calendar:AppointmentReplyTime", since: schema2007},
	{uri: "calendar:AppointmentSequenceNumber", since: schema2007, write: func(s *shownItem) { s.text("AppointmentSequenceNumber", "0") }},
	{uri: "calendar:AppointmentState", since: schema2007, write: (*shownItem).state},
	{uri: "calendar:Recurrence", since: schema2007, write: (*shownItem).recurrence, alone: true},
	{uri: "calendar:FirstOccurrence", since: schema2007, alone: true},
	{uri: "calendar:LastOccurrence", since: schema2007, alone: true},
	{uri: "calendar:ModifiedOccurrences", since: schema2007, alone: true},
	{uri: "calendar:DeletedOccurrences", since: schema2007, alone: true},
	{uri: "calendar:MeetingTimeZone", since: schema2007},
	{uri: "calendar:StartTimeZone", since: schema2010, write: func(s *shownItem) { s.zone("t:StartTimeZone") }},
	{uri: "calendar:EndTimeZone", since: schema2010, write: func(s *shownItem) { s.zone("t:EndTimeZone") }},
	{uri: "calendar:ConferenceType", since: schema2007},
	{uri: "calendar:AllowNewTimeProposal", since: schema2007},
	{uri: "calendar:IsOnlineMeeting", since: schema2007},
	{uri: "calendar:MeetingWorkspaceUrl", since: schema2007},
	{uri: "calendar:NetShowUrl", since: schema2007},
	{uri: "calendar:EnhancedLocation", since: schema2013, write: (*shownItem).enhancedLocation},
	{uri: "calendar:StartWallClock", since: schema2013},
	{uri: "calendar:EndWallClock", since: schema2013},
	{uri: "calendar:StartTimeZoneId", since: schema2013},
	{uri: "calendar:EndTimeZoneId", since: schema2013},
	{uri: "calendar:JoinOnlineMeetingUrl", since: schema2013},
	{uri: "calendar:OnlineMeetingSettings", since: schema2013},
	{uri: "calendar:IsOrganizer", since: schema2013, write: func(s *shownItem) { s.flag("IsOrganizer", !s.e.invited()) }},
	{uri: "calendar:InboxReminders", since: schema2016},
	{uri: "calendar:DoNotForwardMeeting", since: schemaV2017_07},
}

// itemTypes are the values of CalendarItemType.
var itemTypes = map[string]string{
	singleInstance: "Single", occurrence: "Occurrence", exception: "Exception", seriesMaster: "RecurringMaster",
}

// folderFields are the properties of folders, by FieldURI, since when.
var folderFields = map[string]ewsSchema{
	"folder:FolderId": schema2007, "folder:ParentFolderId": schema2007, "folder:DisplayName": schema2007, "folder:UnreadCount": schema2007,
	"folder:TotalCount": schema2007, "folder:ChildFolderCount": schema2007, "folder:FolderClass": schema2007, "folder:SearchParameters": schema2007,
	"folder:ManagedFolderInformation": schema2007, "folder:PermissionSet": schema2007SP1, "folder:EffectiveRights": schema2007SP1,
	"folder:SharingEffectiveRights": schema2010, "folder:PolicyTag": schema2013, "folder:ArchiveTag": schema2013, "folder:DistinguishedFolderId": schema2013,
	"folder:ReplicaList": schemaV2017_04,
}

var fieldIndex = func() map[string]int {
	index := map[string]int{}
	for i, f := range itemFields {
		index[f.uri] = i
	}
	return index
}()

// since is when a FieldURI came. Those of other kinds of items are taken as
// known, and never have a value here.
func since(uri string) (ewsSchema, bool) {
	if i, known := fieldIndex[uri]; known {
		return itemFields[i].since, true
	}
	if at, known := folderFields[uri]; known {
		return at, true
	}
	kind, name, named := strings.Cut(uri, ":")
	return schema2007, named && name != "" && slices.Contains([]string{"message", "meeting", "meetingRequest", "contacts", "task", "postitem", "distributionlist"}, kind)
}

// shape reads ItemShape or FolderShape: the URIs that are asked for. What the
// server's schema lacks is a fault, what only the call's lacks an error.
func (c *ewsCall) shape(name string) (wanted shapeWanted, refused *ewsError, err error) {
	e := c.op.child(name)
	wanted = shapeWanted{base: e.value("BaseShape"), uris: map[string]bool{}}
	if !slices.Contains([]string{"IdOnly", "Default", "AllProperties"}, wanted.base) {
		return wanted, nil, c.invalid("The 'BaseShape' element is invalid.")
	}
	for _, path := range e.child("AdditionalProperties").all() {
		uri := path.attr("FieldURI")
		if path.name != "FieldURI" {
			continue
		}
		at, known := since(uri)
		switch {
		case !known || at > c.x.release.schema:
			return wanted, nil, c.invalid("The 'FieldURI' attribute is invalid - The value '" + clip(uri) + "' is invalid according to its datatype 'UnindexedFieldURIType'.")
		case at > c.schema:
			refused = &ewsError{code: "ErrorInvalidPropertyRequest", text: "Property is not valid for this object type.", values: [][2]string{{"PropertyName", uri}}}
		}
		wanted.uris[uri] = true
	}
	return wanted, refused, nil
}

// shapeWanted is what an answer is to tell.
type shapeWanted struct {
	base string
	uris map[string]bool
}

// wants says whether a property is to be told of items.
func (w *shapeWanted) wants(f *field, schema ewsSchema) bool {
	switch {
	case f.write == nil || f.since > schema:
		return false
	case w.base == "AllProperties" || w.base == "Default" && f.basic:
		return true
	}
	return w.uris[f.uri]
}

// title is a word of Graph's as Exchange writes it: "workingElsewhere" too.
func title(word string) string {
	if word == "" {
		return ""
	}
	return strings.ToUpper(word[:1]) + word[1:]
}
