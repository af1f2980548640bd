package ntlm

import (
	"testing"

	"go.uber.org/goleak"
)

// No connection and no waiting request outlives its test's server.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
