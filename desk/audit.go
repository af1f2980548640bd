package desk

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// Audit reads the organization's audit log, the newest first; search looks in
// actor, verb, object and detail; before is the id of the last line of the page
// before, 0 at first.
func (v *Visit) Audit(ctx context.Context, search string, before int64, limit int) ([]Entry, error) {
	if err := v.may(ctx, "Audit"); err != nil {
		return nil, err
	}
	entries, err := v.store().Entries(ctx, search, before, pageSize(limit))
	return entries, step("read audit log", err)
}

// ExportAudit writes the whole audit log, the newest first.
func (v *Visit) ExportAudit(ctx context.Context, w io.Writer, f Format) error {
	if err := v.may(ctx, "ExportAudit"); err != nil {
		return err
	}
	if err := v.audit(ctx, "audit.export", string(f), nil); err != nil {
		return err
	}
	var lines []Entry
	for before := int64(0); ; {
		page, err := v.store().Entries(ctx, "", before, maxPage)
		if err != nil {
			return step("read audit log", err)
		}
		lines = append(lines, page...)
		if len(page) < maxPage {
			break
		}
		before = page[len(page)-1].ID
	}
	if f == JSON {
		return step("write audit log", json.NewEncoder(w).Encode(mapped(lines, entryOf)))
	}
	return writeCSV(w, []string{"at", "actor", "role", "verb", "object", "detail"}, func(row func(...string)) {
		for _, e := range lines {
			row(e.At.UTC().Format(time.RFC3339), e.Actor, string(e.Role), e.Verb, e.Object, details(e.Detail))
		}
	})
}

// OperatorAudit reads the log of what belongs to no organization.
func (c *Caller) OperatorAudit(ctx context.Context, before int64, limit int) ([]Entry, error) {
	if err := c.may("OperatorAudit"); err != nil {
		return nil, err
	}
	entries, err := c.desk.Store.OperatorEntries(ctx, before, pageSize(limit))
	return entries, step("read audit log", err)
}

// Format is how an export is written.
type Format string

// The formats. CSV is as a Swedish Excel opens it: semicolons, UTF-8 with a mark,
// no cell that runs as a formula.
const (
	CSV  Format = "csv"
	JSON Format = "json"
)

const (
	defaultPage = 50
	maxPage     = 500
)

// pageSize bounds what one page may hold.
func pageSize(limit int) int {
	if limit <= 0 {
		return defaultPage
	}
	return min(limit, maxPage)
}

func details(d map[string]string) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(d)) {
		parts = append(parts, k+"="+d[k])
	}
	return strings.Join(parts, " ")
}

// writeCSV writes rows as Swedish Excel reads them.
func writeCSV(w io.Writer, head []string, rows func(row func(...string))) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return step("write csv", err)
	}
	out := csv.NewWriter(w)
	out.Comma, out.UseCRLF = ';', true
	write := func(cells ...string) {
		safe := make([]string, len(cells))
		for i, c := range cells {
			safe[i] = cell(c)
		}
		out.Write(safe) // its error stays and is told by Error
	}
	write(head...)
	rows(write)
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	return nil
}

// cell keeps Excel from running text as a formula (OWASP, CSV injection) and
// from making a number of +46…: an apostrophe before what begins like one.
func cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
