// Package exchange holds the tests of the whole way from the calendars of an own
// Exchange server to the board: the program as a process, simulated Exchange servers
// of every version with the mailboxes of one tenant, signed in to by Basic and, by way
// of a real Apache, by NTLM, and the same people read through Microsoft Graph to
// compare with. Like the other tests that need real peers they run with the build tag
// peers.
package exchange
