// Package office holds the tests of the whole way from a calendar to a telephone:
// the program as a process, a simulated Outlook, a real presence server
// (Kamailio), a real telephone (liblinphone), and nothing in between that is not
// there in an office. Like the other tests that need real peers they run with
// the build tag peers.
package office
