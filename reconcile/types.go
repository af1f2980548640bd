package reconcile

import "github.com/telefonist/telefonist/directory"

// CheckResult is what was found when a source was tried out.
type CheckResult = directory.CheckResult

// CheckLine is one thing tried.
type CheckLine = directory.CheckLine

// Source is a directory as a driver opens it.
type Source = directory.Connection
