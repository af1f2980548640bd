// Package console is Telefonist's pages: the console itself, the page that a
// colleague with rights in Entra opens by a link, and signing in.
//
// routes.go lists every address with its handler. A handler gets a *page, asks
// package desk for what it shows or does, and answers with a templ component of
// the file that bears the page's name; what people may do is decided in desk
// alone. Everything works as links and posted forms; htmx only makes it smooth:
// searching while one types, and regions that the server renders again when
// something has changed (Server-Sent Events).
//
// Scripts, styles and icons are embedded and served under addresses that carry
// their hash. The Content-Security-Policy allows nothing else: no inline script,
// no style attribute, no other host.
package console
