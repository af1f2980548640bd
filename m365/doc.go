// Package m365 is a simulated Microsoft 365: tenants full of people as they
// are found in the field, behind a real HTTPS server that speaks the parts of
// Microsoft Entra and Microsoft Graph v1.0 which reading a directory and its
// people's calendars needs, as Microsoft's documentation shows them, and goes
// wrong in the ways the real one does.
//
// A tenant is made from a seed; the same seed makes the same tenant again,
// down to its ids and its client secret:
//
//	tenant := m365.New(m365.Options{People: 200, Seed: 1})
//	server := m365.NewServer(tenant)
//	if err := server.Start("127.0.0.1:0"); err != nil { … }
//	defer server.Close()
//	// server.URL() is login and Graph both; server.CA() is whom to trust.
//	// tenant.ID, tenant.ClientID and tenant.Secret() sign in.
//
// Tests change a tenant by its methods (AddPerson, ChangePerson, SoftDelete,
// AddMember, Drift, AddEvent, ChangeEvent, ChangeMailbox …), decide what the app
// may do (Grant, Revoke, AccessPolicy, RBAC), and let things go wrong
// (Server.Fault). All of these may be called at any time.
//
// # What is there
//
// Login: the v2 token endpoint with secret and certificate, the authorization
// code flow with PKCE behind a page where an account is picked, admin consent
// v1 and v2, OIDC metadata, keys, userinfo. Access tokens are JWTs that every
// call checks; a permission granted later needs a new token, as in life.
//
// Graph: users, users/delta, manager, memberOf, groups, groups/delta, members,
// transitiveMembers, directory/deletedItems, getByIds, organization,
// applications, servicePrincipals, subscriptions and $batch, with $select,
// $top, $filter, $count, $search, $orderby and $expand as far as documented and
// the documented refusals beyond that.
//
// Outlook: calendarView, events (read, made, changed, deleted, cancelled,
// answered) with series and their exceptions, and mailboxSettings, of each
// person's one calendar; at most four calls to a mailbox at a time. A mailbox
// is a person's whose Purpose is not empty. Its calendar is empty until events
// are added, or until Tenant.Everyday says where ordinary ones come from.
// Tenant.OpenOffice fills all calendars with what a Swedish office has in them,
// any day of any year, and its Drift makes and moves meetings.
//
// Pages: under /outlook/ a person looks into any mailbox, makes, moves and
// cancels meetings, answers invitations and sets automatic replies, by plain
// forms; Server.OutlookURL says where, and Server.StartPages serves them
// without TLS too. There is no sign-in.
//
// Not there: writing to the directory through Graph (but for restoring a
// deleted person), photos, mail, free/busy, calendarView/delta, more than one
// calendar in a mailbox, notifications with resource data, refresh tokens.
//
// # Exchange
//
// An Exchange is the customer's own server with the same people and calendars,
// over Exchange Web Services: 2007 SP1, 2010 SP2, 2013 SP1, 2016, 2019 and
// Subscription Edition, each with the schema, the envelopes and the habits of
// its own, by Basic and NTLM, with rights per account and mailbox:
//
//	x := m365.NewExchange(tenant, m365.ExchangeOptions{
//		Version: m365.Exchange2016, Accounts: []m365.ExchangeAccount{{User: "monitor", Password: "…", Mailbox: "monitor@…"}},
//	})
//	x.Grant("monitor", m365.RightReviewer)           // in all calendars
//	x.GrantImpersonation("monitor", "*")             // of everybody
//	server.AddExchange("exchange", x)                // at URL()/exchange/EWS/Exchange.asmx
//	x.Start("127.0.0.1:0", m365.ModernTLS)           // and, or, by itself: x.URL(), x.CA()
//
// Mailboxes on it are those whose Mailbox.State is OnPremises, or with
// ExchangeOptions.All every one. Operations: GetUserAvailability, FindItem
// with CalendarView, GetItem, GetFolder, SyncFolderItems, streaming Subscribe,
// GetStreamingEvents and Unsubscribe, GetServerTimeZones, GetUserOofSettings,
// ResolveNames, with ExchangeImpersonation and TimeZoneContext. What changes in
// the tenant, in whatever way, is there at once and told on streams.
// Exchange.Fault lets it go wrong, Move moves mailboxes to the cloud, Older
// puts them behind an older server, Requests and Count tell what was asked.
//
// Not there: writing, mail, more folders than those known by name, pull and
// push subscriptions, Restriction and SortOrder of FindItem, suggestions of
// GetUserAvailability, Autodiscover, OAuth.
//
// # Control API
//
// The same server takes JSON under /control/, without any authentication:
// never let it listen where strangers come. {tenant} is an id or a domain,
// {id} of a person also a user principal name. Names of fields are Graph's.
//
//	GET    /control/tenants                            id, domain, clientId, secret, roles, people, groups of each
//	POST   /control/tenants                            {"people":50,"seed":7,"name":"…","domain":"…"}: one more
//	GET    /control/tenants/{tenant}
//	GET    /control/tenants/{tenant}/people
//	POST   /control/tenants/{tenant}/people            {"displayName":"…","mail":"…",…} → {"id":"…"}
//	GET    /control/tenants/{tenant}/people/{id}
//	PATCH  /control/tenants/{tenant}/people/{id}       {"jobTitle":"…"}; "" clears
//	POST   /control/tenants/{tenant}/people/{id}/…     disable, enable, delete (soft), restore, purge
//	GET    /control/tenants/{tenant}/groups
//	POST   /control/tenants/{tenant}/groups            {"displayName":"…"} → {"id":"…"}
//	PATCH  /control/tenants/{tenant}/groups/{id}
//	DELETE /control/tenants/{tenant}/groups/{id}       ?purge: for good
//	GET    /control/tenants/{tenant}/groups/{id}/members
//	PUT    /control/tenants/{tenant}/groups/{id}/members/{member}, and DELETE
//	POST   /control/tenants/{tenant}/drift             {"n":5}: so many small changes → what they were
//	POST   /control/tenants/{tenant}/office            {"speed":1}: fill the calendars, see OpenOffice
//	POST   /control/tenants/{tenant}/office/drift      {"n":5}: so many small changes in calendars → what they were
//	POST   /control/tenants/{tenant}/expire            every delta token so far runs out
//	POST   /control/tenants/{tenant}/roles             {"grant":[…],"unlisted":[…],"revoke":[…]}
//	POST   /control/tenants/{tenant}/secrets           {"until":"2027-01-01T00:00:00Z"} → {"id":"…","value":"…"}
//	POST   /control/tenants/{tenant}/apps              {"name":"…","multiTenant":true,"redirectUris":[…],"roles":[…]}
//	POST   /control/tenants/{tenant}/lifecycle         {"event":"reauthorizationRequired","mailboxes":[…]}; none = all
//	GET    /control/tenants/{tenant}/people/{id}/events            ?from=…&to=…: what the calendar shows
//	POST   /control/tenants/{tenant}/people/{id}/events            an Event → {"id":"…"}
//	GET    /control/tenants/{tenant}/people/{id}/events/{event}    an event, a series or an occurrence
//	PATCH  /control/tenants/{tenant}/people/{id}/events/{event}    {"start":"…","end":"…"}; DELETE
//	POST   /control/tenants/{tenant}/people/{id}/events/{event}/respond  {"response":"accepted"}
//	GET    /control/tenants/{tenant}/people/{id}/mailbox           a Mailbox; PATCH
//	GET    /control/tenants/{tenant}/policy                        what RBAC and access policies say; PUT, in parts
//	GET    /control/exchange                                       the Exchange servers
//	POST   /control/exchange                           {"name":"exchange","tenant":"…","version":"2016","accounts":[{"user":"monitor","password":"…","mailbox":"…"}],"ntlm":true,"all":true}
//	GET    /control/exchange/{name}/requests, DELETE   what was asked of it
//	GET    /control/exchange/{name}/faults, POST (an ExchangeFault, "backOff", "delay" and "for" as "5s"), DELETE
//	POST   /control/exchange/{name}/rights             {"user":"monitor","right":"reviewer","mailboxes":[…],"impersonate":"*"}; no user = everybody
//	POST   /control/exchange/{name}/accounts           {"user":"monitor","password":"…","disabled":false,"unlock":true}
//	POST   /control/exchange/{name}/mailboxes          {"mailbox":"…","move":"1m"}, {"back":true} or {"version":"2010_SP2"}
//	POST   /control/exchange/{name}/forget             {"subscriptions":true,"syncStates":true,"streams":true}
//	GET    /control/faults, POST (a Fault), DELETE     see Fault and its Kinds; a part of a batch is a request, too
//	GET    /control/requests, DELETE                   what Graph and the token endpoint were asked
package m365
