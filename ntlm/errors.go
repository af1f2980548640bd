package ntlm

import (
	"errors"
	"fmt"
)

var (
	// ErrRefused says that the server refuses the credential. Nothing more is
	// sent with it, so that the account isn't locked: make a new Transport
	// when the password has been changed. The error is a [*Refusal].
	ErrRefused = errors.New("ntlm: the server refuses the credential")

	// ErrScheme says that the server offers no scheme of those that may be
	// used; [Transport.Offered] tells what it offers.
	ErrScheme = errors.New("ntlm: the server offers no scheme that may be used")

	// ErrPlaintext says that Basic would have shown the password to the
	// network: it is used over TLS, or on this computer, alone.
	ErrPlaintext = errors.New("ntlm: Basic without TLS would show the password")

	// ErrElsewhere says that a request was for another server than the first:
	// the credential doesn't follow, not even a redirect.
	ErrElsewhere = errors.New("ntlm: the credential is for another server")

	// ErrHandshake says that server and client don't understand one another.
	ErrHandshake = errors.New("ntlm: the handshake failed")
)

// errAgain says that nothing has been decided: start over.
var errAgain = errors.New("start over")

// Refusal tells how a credential was refused. A server says the same of an
// unknown user, a wrong password, a locked account and of Extended Protection
// that isn't satisfied; Bound and Worked are what the client can add.
type Refusal struct {
	Scheme string // "NTLM", "Negotiate" or "Basic"
	// Bound says that the sign-in was bound to the TLS channel. Where TLS
	// ends at a proxy before the server, Extended Protection refuses such a
	// sign-in whatever the password is: see [Options.Unbound].
	Bound bool
	// Worked says that the server has accepted this credential before.
	Worked bool
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("%v (%s)", ErrRefused, r.Scheme)
}

// Unwrap returns ErrRefused.
func (r *Refusal) Unwrap() error { return ErrRefused }
