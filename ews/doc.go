// Package ews is a small client of Exchange Web Services, for programs that read
// calendars from an Exchange server of one's own, 2007 SP1 to Subscription
// Edition: when people are free or busy, what stands in their calendars, what
// changed, and whether they are out of office.
//
// [New] makes a [Client] from a [Config]. Signing in is the business of the
// http.Client it is given, whose transport adds NTLM, Basic or whatever else;
// [TLS] helps with the certificates that such servers have. A client is one
// account on one server, is safe for concurrent use and should be shared.
//
// Most calls say by an [Access] whose mailbox is meant and how it is reached: as
// the account itself, by its right to another's folder, or by impersonation. An
// Access also says which version of the protocol is spoken, and a request never
// holds what that version doesn't know. [Client.Probe] finds the version out; in
// an organization with servers of several ages each mailbox may have another.
//
//	a := ews.Access{Mailbox: "anna@example.com"}
//	a.Version, _, err = client.Probe(ctx, a)
//	…
//	err = client.CalendarView(ctx, a, from, to, func(i *ews.Item) {
//		keep(i.Start, i.End, i.Show)
//	})
//
// Without any right to a mailbox there is still [Client.Availability], which
// answers for a hundred of them in one call.
//
// To be told of changes there is [Client.Group], which holds a connection open
// for up to two hundred mailboxes; it takes the rights of their owners. Without
// those, [Client.Changes] asks whether anything has.
//
// Answers are read as they arrive and nothing of them is kept: what a callback
// is handed is good until it returns. They are bounded in size and in time, no
// entity or document type is ever resolved, and no redirect is ever followed.
//
// What fails is an [*Error], whose Class says what can be done about it, or
// wraps the error of the http.Client's transport.
package ews
