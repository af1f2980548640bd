package pbx

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"strings"
)

// WriteCSV writes subscribers as Excel opens them in Sweden: ";" between cells,
// UTF-8 with a byte order mark, CRLF at the end of lines. The heading is Swedish
// for lang "sv", else English; columns are the fields to write, nil for
// [Columns], and the id follows as the last one.
//
// No cell runs as a formula, and numbers stay text: what a spreadsheet would
// take for either begins with an apostrophe, which [ReadCSV] takes away again.
// The error is the first of subscribers' or w's.
func WriteCSV(w io.Writer, subscribers iter.Seq2[Subscriber, error], lang string, columns []Field) error {
	if columns == nil {
		columns = Columns()
	}
	out := bufio.NewWriter(w)
	cells := make([]string, 0, len(columns)+1)
	for _, f := range columns {
		cells = append(cells, heading(f, lang))
	}
	out.WriteString("\uFEFF")
	writeRecord(out, append(cells, idHeader))
	for s, err := range subscribers {
		if err != nil {
			return fmt.Errorf("write CSV: list subscribers: %w", err)
		}
		cells = cells[:0]
		for _, f := range columns {
			cells = append(cells, formatCell(f, s.Get(f), lang))
		}
		if err := writeRecord(out, append(cells, guard(s.ID))); err != nil {
			return fmt.Errorf("write CSV: %w", err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

func writeRecord(out *bufio.Writer, cells []string) error {
	for i, cell := range cells {
		if i > 0 {
			out.WriteByte(';')
		}
		if strings.ContainsAny(cell, ";,\"\t\r\n") || cell != strings.TrimSpace(cell) {
			cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
		}
		out.WriteString(cell)
	}
	_, err := out.WriteString("\r\n")
	return err
}
