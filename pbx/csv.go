package pbx

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"strconv"
	"strings"
)

// What ReadCSV takes. A register of 100,000 with every field filled is some 40 MB.
const (
	MaxCSV    = 64 << 20 // bytes in a file
	maxCell   = 8 << 10  // bytes in a cell
	maxQuoted = 64 << 10 // bytes from one quotation mark to the next
)

// The errors of ReadCSV that concern the whole file.
var (
	// ErrCSVTooLarge is a file of more than [MaxCSV] bytes.
	ErrCSVTooLarge = errors.New("pbx: CSV file too large")
	// ErrCSVHeader is a file whose first row names no known column.
	ErrCSVHeader = errors.New("pbx: CSV file without a known heading")
)

// Row is a line of a CSV file: what it says an entry should be.
type Row struct {
	Line   int    // where it begins, 1 the first line of the file
	ID     string // the entry's own id, where the file has that column
	Fields Fields // a field for each column; "" where the cell is empty, none where it could not be read
}

// Problem is something in a CSV file that was not understood.
type Problem struct {
	Line   int
	Field  Field  // the column, "" where the problem is the row's, or the column is unknown
	Name   string // whom the row is about, as far as it says
	Skip   bool   // the whole row is left out
	Reason Reason
}

// ReadCSV reads subscribers from a CSV file with a heading, as Excel writes it:
// separated by ";", "," or tabs, in UTF-8 or Windows-1252, with or without a
// byte order mark, with any line end. The columns stand in any order under any
// usual Swedish or English name; country is that of the numbers that have no
// country code of their own.
//
// What can't be read never stops the rest. A cell is left out, a row only where
// it is not well quoted, has cells beside the heading, names nobody, repeats an
// extension or id, or has an extension that can't be read (without it a
// subscriber would become a contact). Each is listed, in the file's order, with
// one of the reasons
//
//	quotes, cells, nobody, twice (args first: the line), characters, long
//	column (args name), columnTwice (args name): about the heading
//	extension, number (args reason: a phone.Reason), mail, yesno, primary
//
// and args value: what stood there. The error is [ErrCSVTooLarge],
// [ErrCSVHeader] or r's own.
func ReadCSV(r io.Reader, country string) ([]Row, []Problem, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxCSV+1))
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("read CSV: %w", err)
	case len(data) > MaxCSV:
		return nil, nil, ErrCSVTooLarge
	}
	text, err := decode(data)
	if err != nil {
		return nil, nil, fmt.Errorf("read CSV: %w", err)
	}
	t := table{lines: newLines(text), country: country, seen: map[string]int{}}
	if !t.readHeading() {
		return nil, t.problems, ErrCSVHeader
	}
	for t.more() {
		t.readRow()
	}
	return t.rows, t.problems, nil
}

// table is a file half read.
type table struct {
	*lines
	country  string
	columns  []Field // "" where the column is unknown, idColumn for the id
	seen     map[string]int
	rows     []Row
	problems []Problem
}

const idColumn Field = "id"

func (t *table) readHeading() bool {
	var cells []string
	for ok := true; t.more() && ok && blank(cells); {
		cells, ok = t.record()
	}
	known := map[Field]bool{}
	for _, cell := range cells {
		f, found := columnFor(unguard(cell))
		if bareHeading(cell) == "id" {
			f, found = idColumn, true
		}
		switch {
		case !found && cell != "":
			t.problem(Problem{Reason: reason("column", "name", cell)})
		case known[f]:
			t.problem(Problem{Reason: reason("columnTwice", "name", cell)})
			f = ""
		}
		known[f] = f != ""
		t.columns = append(t.columns, f)
	}
	delete(known, "")
	return len(known) > 0
}

func (t *table) readRow() {
	cells, ok := t.record()
	switch {
	case !ok:
		t.problem(Problem{Skip: true, Reason: Reason{Code: "quotes"}})
		return
	case blank(cells):
		return
	case len(cells) > len(t.columns) && !blank(cells[len(t.columns):]):
		t.problem(Problem{Skip: true, Reason: reason("cells", "value", cells[0])})
		return
	}
	row, problems := t.parse(cells[:min(len(cells), len(t.columns))])
	skip := false
	if reason := t.unusable(row); reason.Code != "" {
		problems = append(problems, Problem{Skip: true, Reason: reason})
	}
	name := Subscriber{Fields: row.Fields}.Name()
	for _, p := range problems {
		p.Name = name
		p.Skip = p.Skip || p.Field == Extension
		skip = skip || p.Skip
		t.problem(p)
	}
	if skip {
		return
	}
	for _, mark := range marks(row) {
		t.seen[mark] = row.Line
	}
	t.rows = append(t.rows, row)
}

// parse reads the cells of a row.
func (t *table) parse(cells []string) (Row, []Problem) {
	row := Row{Line: t.line, Fields: Fields{}}
	var problems []Problem
	for i, cell := range cells {
		f := t.columns[i]
		if f == "" {
			continue
		}
		value, code, detail := parseCell(f, cell, t.country)
		switch {
		case value == "" && code != "":
			args := map[string]string{"value": shorten(cell)}
			if detail != "" {
				args["reason"] = detail
			}
			problems = append(problems, Problem{Field: f, Reason: Reason{Code: code, Args: args}})
		case f == idColumn:
			row.ID = value
		default:
			row.Fields[f] = value
		}
	}
	return row, problems
}

// unusable says why a row is no entry, or not another one; Code is "" where it is.
func (t *table) unusable(row Row) Reason {
	s := Subscriber{Fields: row.Fields}
	if row.ID == "" && s.Name() == "" && s.PrimaryNumber() == "" && s.Get(Attendant) == "" && s.Get(Fax) == "" {
		return Reason{Code: "nobody"}
	}
	for _, mark := range marks(row) {
		if first, twice := t.seen[mark]; twice {
			return reason("twice", "first", strconv.Itoa(first))
		}
	}
	return Reason{}
}

// marks are what no two rows of a file may share.
func marks(row Row) []string {
	var all []string
	if row.ID != "" {
		all = append(all, "id "+row.ID)
	}
	if ext := row.Fields[Extension]; ext != "" {
		all = append(all, "extension "+ext)
	}
	return all
}

func (t *table) problem(p Problem) {
	p.Line = t.line
	t.problems = append(t.problems, p)
}

func blank(cells []string) bool { return strings.TrimSpace(strings.Join(cells, "")) == "" }

func reason(code, key, value string) Reason {
	return Reason{Code: code, Args: map[string]string{key: shorten(value)}}
}

// shorten keeps what a page can show of a cell, in valid UTF-8 without NUL.
func shorten(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	if runes := []rune(s); len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return s
}

// Subscriber is the row as an entry of its own, without empty fields.
func (r Row) Subscriber() Subscriber {
	fields := maps.Clone(r.Fields)
	maps.DeleteFunc(fields, func(_ Field, v string) bool { return v == "" })
	return Subscriber{ID: r.ID, Fields: fields}
}
