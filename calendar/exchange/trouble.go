package exchange

import (
	"context"
	"errors"
	"net"
	"time"
)

// Trouble is why nothing at all can be read from a server, as a fact: Code is a
// word for the sentence with its cure, Args what stands in it, never a secret.
//
//	online           it is Exchange Online, where this way of reading is switched off
//	refused          the account or its password; args scheme, bound, worked
//	passwordExpired  the password must be changed
//	forbidden        the account is let in and may not use the service
//	scheme           none of the ways to sign in that the server offers may be used; args offered
//	plaintext        the password would be sent without TLS
//	redirect         the server sends to another one; args host
//	notExchange      something else answers; args status, text
//	address          the address may not be connected to
//	dns              the server's name isn't known; args host
//	fingerprint      another certificate than the one that is named; args fingerprint
//	sha1             a certificate signed with SHA-1
//	name             a certificate for other names; args host, names
//	authority        nobody known has signed the certificate; args issuer, fingerprint
//	expired          the certificate is out of date; args end
//	plain            the port speaks no TLS
//	tls              the two sides agree on no version or suite of TLS
//	unreachable      no answer
//	busy             the server asks everybody to wait
//	failed           anything else; args code, text
type Trouble struct {
	Code string
	Args map[string]string
	Wait time.Duration // how long there is no use in asking again, 0 where not known
	Soon bool          // the same may succeed later without anybody doing anything
	Err  error
}

func (t *Trouble) Error() string {
	if t.Err == nil {
		return "exchange: " + t.Code
	}
	return "exchange: " + t.Code + ": " + t.Err.Error()
}

// Unwrap returns what failed underneath.
func (t *Trouble) Unwrap() error { return t.Err }

// connecting is what hindered reaching a server before anything was said, nil for
// what is no such thing.
func connecting(err error) *Trouble {
	var name *net.DNSError
	var dial *net.OpError
	var barred interface{ NonRetriable() }
	switch {
	case errors.As(err, &barred):
		return &Trouble{Code: "address", Err: err}
	case errors.As(err, &name):
		return &Trouble{Code: "dns", Args: map[string]string{"host": name.Name}, Soon: true, Err: err}
	}
	if code, args := tlsTrouble(err); code != "" {
		return &Trouble{Code: code, Args: args, Err: err}
	}
	if errors.As(err, &dial) && dial.Op == "dial" {
		return &Trouble{Code: "unreachable", Soon: true, Err: err}
	}
	return nil
}

// gone is true where the caller no longer waits.
func gone(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, context.Canceled)
}
