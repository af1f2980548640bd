//go:build !postgres

package store

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/telefonist/telefonist/calendar"
)

// TestWhatIsDroppedIsGoneFromTheFile: a subject that was shared, and is replaced when
// its event has ended, does not stay in pages that SQLite has set free.
func TestWhatIsDroppedIsGoneFromTheFile(t *testing.T) {
	o := newOffice(t)
	marker := "Uppsägningen av Bertil"
	var events []calendar.Event
	for i := range 100 { // more than a page
		at := begun.Add(time.Duration(i) * time.Hour)
		events = append(events, calendar.Event{Key: at.String(), Start: at, End: at.Add(time.Hour), ShowAs: calendar.Busy, Subject: marker, Place: marker})
	}
	var path string
	if err := o.writer.QueryRowContext(t.Context(), "SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(&path); err != nil {
		t.Fatal(err)
	}
	holds := func() (files []string) {
		if err := o.Store.Checkpoint(t.Context()); err != nil {
			t.Fatal(err)
		}
		all := must(filepath.Glob(path + "*"))(t)
		for _, f := range all {
			if bytes.Contains(must(os.ReadFile(f))(t), []byte(marker)) {
				files = append(files, filepath.Base(f))
			}
		}
		return files
	}
	o.save(o.read("anna", "one", events...))
	if holds() == nil {
		t.Fatal("it was not kept at all: the test looks in the wrong place")
	}
	o.save(o.read("anna", "two"))
	if found := holds(); found != nil {
		t.Error("it still stands in", strings.Join(found, ", "))
	}
}
