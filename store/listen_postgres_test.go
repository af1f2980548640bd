//go:build postgres

package store

import (
	"testing"
	"time"

	"github.com/telefonist/telefonist/organization"
)

// What another process commits is heard, too.
func TestOtherProcessesAreHeard(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	events, cancel := h.Listen()
	defer cancel()
	for heard := (Event{}); heard != (Event{organization.ID("elsewhere"), Rounds}); {
		// Until the listening has begun, what is told is not heard.
		if _, err := h.writer.ExecContext(ctx, "SELECT pg_notify($1, $2)", channel, "another "+Rounds+" elsewhere"); err != nil {
			t.Fatal(err)
		}
		select {
		case heard = <-events:
		case <-time.After(20 * time.Millisecond):
		}
	}
}
