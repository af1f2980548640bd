// Package ntlm signs requests in at servers that want NTLM, as Microsoft's IIS
// and with it Exchange does, and at those that want Basic.
//
// A [Transport] is an [net/http.RoundTripper] for one credential at one
// server:
//
//	client := &http.Client{Transport: ntlm.New(
//		ntlm.Credential{User: `EXAMPLE\monitor`, Password: password},
//		ntlm.Options{Connections: 4})}
//
// NTLM signs in a connection, not a request: whoever sends something on a
// connection that is signed in is its user, whatever he says about himself.
// So each Transport has connections of its own and shares them with nobody,
// and the three messages of a handshake go over one of them, one after the
// other. A request waits for a free connection; it holds it until its answer's
// body is read to the end or closed.
//
// Servers lock accounts after a few wrong passwords. A Transport tries a
// password once, and when it is refused answers [ErrRefused] from then on
// without asking the server. One that has been right before is tried twice, for
// a server without its domain refuses everybody. By Basic, where each request
// carries the password, those that are under way when it is changed are refused
// too, as many as Options.Connections in a burst; no other is begun after the
// first refusal but the second try.
//
// What is spoken is NTLMv2 of [MS-NLMP], with its message integrity code, and
// over TLS bound to the channel (RFC 5929, "Extended Protection"), by the HTTP
// schemes NTLM and Negotiate ([MS-NTHT], RFC 4559). LM, NTLMv1 and NTLM2 are
// never used, and neither is Kerberos. Messages are not signed or sealed: TLS
// does that.
//
// [MS-NLMP]: https://learn.microsoft.com/openspecs/windows_protocols/ms-nlmp
// [MS-NTHT]: https://learn.microsoft.com/openspecs/windows_protocols/ms-ntht
package ntlm
