package main

import (
	"fmt"
	"runtime/debug"
)

// versionCommand prints which program this is.
type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(t *terminal) error {
	_, err := fmt.Fprintln(t.out, version())
	return err
}

// release is set when a release is built.
var release = "development"

// version is the release, the commit and the Go version.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "telefonist " + release
	}
	commit := ""
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			commit = " (" + s.Value + ")"
		}
	}
	return "telefonist " + release + commit + ", " + info.GoVersion
}
