// Package graph is a small client of Microsoft Graph for programs that read a
// directory or calendars: people, groups, what changed since last time, many
// mailboxes' appointments and settings, and notifications of change. It signs
// in as an application (client credentials), with a secret
// or a certificate.
//
// [New] makes a [Client] from a [Config]; it is safe for concurrent use and
// one per tenant and application should be shared, since it holds the token,
// the connections and the [Stats] of what Microsoft's limits have been used.
//
// Lists are read as iterators over pages. [Client.Users] and [Client.Groups]
// follow a delta round, and can begin at any link that an earlier page gave:
//
//	for page, err := range client.Users(ctx, link, []string{"displayName", "mail"}) {
//		if errors.Is(err, graph.ErrReset) {
//			// Microsoft has forgotten the link: begin again with "".
//		}
//		if err != nil {
//			return err
//		}
//		keep(page.Items, page.Link())
//	}
//
// A page is handed over only when all of it has arrived; one that was cut off
// is asked for again. Reading streams item by item, so memory follows the size
// of a page, never that of the directory.
//
// Calendars are read many at a time, by [CalendarViews]: every page of every
// mailbox goes through batches of twenty, which all callers of a client share,
// and each mailbox has an answer of its own. What is kept of an appointment is
// the caller's to say, as it arrives; nothing else of it stays in memory.
//
//	agendas := graph.CalendarViews(ctx, client, views, func(view int, e *graph.Event) (Appointment, bool) {
//		return Appointment{Start: e.Start.Clock, ShowAs: e.ShowAs}, !e.Cancelled
//	})
//
// What fails is an [*Error] from Graph or an [*AuthError] from the sign-in,
// and both say whether waiting helps. Waits of up to ten seconds that Microsoft
// asks for are made here; a longer one comes back as an error whose RetryAfter
// says how long.
package graph
