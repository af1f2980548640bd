package reconcile

import (
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/pbx"
)

// CheckResult is what was found when a source was tried out.
type CheckResult = directory.CheckResult

// CheckLine is one thing tried.
type CheckLine = directory.CheckLine

// Source is a directory as a driver opens it.
type Source = directory.Connection

// Calendar is a source of calendars as a driver opens it.
type Calendar = calendar.Connection

// Switchboard is one that is told activities, as a driver opens it.
type Switchboard = pbx.Connection
