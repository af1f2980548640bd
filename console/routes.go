package console

// audience is who gets as far as a route's handler; what he may do there the
// desk decides.
type audience int

const (
	anyone   audience = iota
	signedIn          // has a session
	inside            // and a role in the organization of the path
	herself           // somebody in the directory who came by a link in a mail
)

// route is an address and who answers there.
type route struct {
	pattern string // of http.ServeMux
	who     audience
	do      func(*page) error
}

// routes lists every address of the console.
func routes() []route {
	return []route{
		{"GET /{$}", signedIn, home},
		{"POST /preferences", anyone, preferences},
		{"GET /sign-in", anyone, showSignIn},
		{"POST /sign-in", anyone, signIn},
		{"POST /sign-out", anyone, signOut},
		{"GET /invitation/{word}", anyone, showInvitation},
		{"POST /invitation/{word}", anyone, acceptInvitation},
		{"GET /link/{link}", anyone, showLink},
		{"POST /link/{link}", anyone, useLink},
		{"POST /link/{link}/microsoft", anyone, beginLinkSignIn},
		{"GET " + CallbackPath, anyone, callback},
		{"GET /microsoft/confirm/{state}", anyone, showTenant},
		{"POST /microsoft/confirm/{state}", anyone, confirmTenant},
		{"GET /password", signedIn, showPassword},
		{"POST /password", signedIn, changePassword},

		{"GET /person", anyone, showAskLink},
		{"POST /person", anyone, askLink},
		{"GET /person/{link}", anyone, showPersonLink},
		{"POST /person/{link}", anyone, usePersonLink},
		{"GET /me", herself, showMe},
		{"POST /me", herself, changeMe},
		{"GET /me/people/{person}", herself, showTheirs},
		{"POST /me/people/{person}", herself, changeTheirs},
		{"GET /me/settings", herself, showOwn},
		{"POST /me/settings", herself, changeOwn},
		{"GET /me/find", herself, findPeople},
		{"POST /me/sign-out", anyone, leaveMe},

		{"GET /organizations", signedIn, showOrganizations},
		{"POST /organizations", signedIn, addOrganization},
		{"GET /operators", signedIn, showOperators},
		{"POST /operators", signedIn, changeOperators},
		{"POST /operators/tenants", signedIn, answerTenant},

		{"GET /o/{org}/{$}", inside, showOverview},
		{"GET /o/{org}/live", inside, liveOverview},

		{"GET /o/{org}/connect", inside, showConnect},
		{"POST /o/{org}/connect", inside, addSource},
		{"POST /o/{org}/connect/links", inside, changeLinks},
		{"POST /o/{org}/connect/microsoft", inside, beginSignIn},
		{"GET /o/{org}/connect/exchange", inside, showAddExchange},
		{"POST /o/{org}/connect/exchange", inside, addExchange},
		{"GET /o/{org}/connect/exchange/script", inside, showExchangeScript},
		{"GET /o/{org}/connect/exchange/script/file", inside, saveExchangeScript},
		{"GET /o/{org}/connect/{source}", inside, showSource},
		{"POST /o/{org}/connect/{source}", inside, changeSource},
		{"GET /o/{org}/connect/{source}/certificate/{credential}", inside, showCertificate},
		{"GET /o/{org}/connect/{source}/script/{shell}", inside, showScript},

		{"GET /o/{org}/replicators", inside, showReplicators},
		{"POST /o/{org}/replicators", inside, addReplicator},
		{"GET /o/{org}/replicators/{replicator}", inside, showReplicator},
		{"POST /o/{org}/replicators/{replicator}", inside, saveReplicator},
		{"POST /o/{org}/replicators/{replicator}/do", inside, changeReplicator},
		{"GET /o/{org}/replicators/{replicator}/scope", inside, showScope},
		{"POST /o/{org}/replicators/{replicator}/scope", inside, changeScope},
		{"GET /o/{org}/replicators/{replicator}/fields", inside, showFields},
		{"POST /o/{org}/replicators/{replicator}/fields", inside, changeFields},

		{"GET /o/{org}/board", inside, showBoard},
		{"POST /o/{org}/board", inside, changeBoard},
		{"GET /o/{org}/board/live", inside, liveBoard},
		{"GET /o/{org}/find", inside, findPeople},

		{"GET /o/{org}/people", inside, showPeople},
		{"POST /o/{org}/people", inside, decide},
		{"GET /o/{org}/people/live", inside, livePeople},
		{"GET /o/{org}/people/{person}", inside, showPerson},
		{"GET /o/{org}/people/{person}/data", inside, personData},
		{"GET /o/{org}/people/{person}/day", inside, showDay},
		{"POST /o/{org}/people/{person}/day", inside, changeDay},
		{"POST /o/{org}/protect", inside, protect},

		{"GET /o/{org}/subscribers", inside, showSubscribers},
		{"GET /o/{org}/subscribers/new", inside, newSubscriber},
		{"POST /o/{org}/subscribers/new", inside, addSubscriber},
		{"GET /o/{org}/subscribers/import", inside, showImport},
		{"POST /o/{org}/subscribers/import", inside, importSubscribers},
		{"GET /o/{org}/subscribers/export/{format}", inside, exportSubscribers},
		{"GET /o/{org}/subscribers/{subscriber}", inside, showSubscriber},
		{"POST /o/{org}/subscribers/{subscriber}", inside, saveSubscriber},

		{"GET /o/{org}/rounds", inside, showRounds},
		{"GET /o/{org}/rounds/live", inside, liveRounds},
		{"GET /o/{org}/rounds/{round}", inside, showRound},
		{"POST /o/{org}/rounds/{round}", inside, decideRound},
		{"GET /o/{org}/rounds/{round}/live", inside, liveRound},
		{"GET /o/{org}/rounds/{round}/export/{format}", inside, exportRound},

		{"GET /o/{org}/rules", inside, showRules},
		{"POST /o/{org}/rules", inside, changeRules},
		{"GET /o/{org}/activities", inside, showActivities},
		{"POST /o/{org}/activities", inside, changeActivities},
		{"GET /o/{org}/hours", inside, showHours},
		{"POST /o/{org}/hours", inside, changeHours},
		{"GET /o/{org}/calendars", inside, showCalendars},
		{"POST /o/{org}/calendars", inside, addCalendar},
		{"GET /o/{org}/calendars/live", inside, liveCalendars},
		{"GET /o/{org}/calendars/mailboxes", inside, showMailboxes},
		{"POST /o/{org}/calendars/mailboxes", inside, changeMailbox},
		{"GET /o/{org}/calendars/mailboxes/live", inside, liveMailboxes},
		{"GET /o/{org}/calendars/settings", inside, showReading},
		{"POST /o/{org}/calendars/settings", inside, saveReading},
		{"GET /o/{org}/calendars/precedence", inside, showPrecedence},
		{"GET /o/{org}/calendars/{source}", inside, showCalendar},
		{"POST /o/{org}/calendars/{source}", inside, changeCalendar},
		{"GET /o/{org}/calendars/{source}/script", inside, showCalendarScript},
		{"GET /o/{org}/switchboards", inside, showSwitchboards},
		{"POST /o/{org}/switchboards", inside, addSwitchboard},
		{"GET /o/{org}/switchboards/{switchboard}", inside, showSwitchboard},
		{"POST /o/{org}/switchboards/{switchboard}", inside, changeSwitchboard},
		{"GET /o/{org}/staffcard", inside, showStaffCard},
		{"GET /o/{org}/whatweread", inside, showWhatWeRead},

		{"GET /o/{org}/notifications", inside, showNotifications},
		{"POST /o/{org}/notifications", inside, saveNotifications},
		{"GET /o/{org}/users", inside, showUsers},
		{"POST /o/{org}/users", inside, changeUsers},
		{"GET /o/{org}/audit", inside, showAudit},
		{"GET /o/{org}/audit/export/{format}", inside, exportAudit},
		{"GET /o/{org}/settings", inside, showSettings},
		{"POST /o/{org}/settings", inside, saveSettings},
		{"POST /o/{org}/settings/delete", inside, deleteOrganization},
	}
}
