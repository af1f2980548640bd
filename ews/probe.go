package ews

import (
	"context"
	"errors"
)

// Probe finds the newest version that can be spoken about the mailbox that a
// means, by asking for its calendar's folder in one after the other, the newest
// first; it skips those that the server's own number rules out. Version in a
// counts for nothing.
//
// The version it returns is zero where none was found. It may come with an error:
// the server then spoke that version, to say that the folder can't be seen.
func (c *Client) Probe(ctx context.Context, a Access) (Version, ServerInfo, error) {
	var server ServerInfo
	for v := Exchange2016; ; v-- {
		if newest := server.Newest(); newest > 0 && v > newest {
			v = newest
		}
		a.Version = v
		_, info, err := c.folder(ctx, a)
		var e *Error
		if errors.As(err, &e) && info == (ServerInfo{}) {
			info = e.Server
		}
		if info != (ServerInfo{}) {
			server = info
		}
		switch {
		case err == nil:
			return v, server, nil
		case e == nil || !e.wrongVersion() || v == Exchange2007SP1:
			if e == nil || e.fault || e.Code == "" {
				v = 0
			}
			return v, server, err
		}
	}
}

// wrongVersion is true for what servers say of a version that they, or the
// mailbox's own server, don't know: from what the newest ones call it to what the
// oldest do, who can't read the request.
func (e *Error) wrongVersion() bool {
	switch e.Code {
	case InvalidServerVersion, "ErrorInvalidSchemaVersionForMailboxVersion", "ErrorIncorrectSchemaVersion",
		"ErrorSchemaValidation", "ErrorInvalidRequest":
		return true
	}
	return errors.Is(e.Err, errFault)
}
