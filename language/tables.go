package language

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

//go:embed strings/*.tsv
var files embed.FS

// read merges the tables of files into texts by tag and key: each table has all
// the tags, and may have some of the others. What is wrong with them is listed;
// the tests demand that nothing is.
func read(files fs.FS, tags []string, others ...string) (texts map[string]map[string][]string, faults []string) {
	texts = make(map[string]map[string][]string)
	for _, tag := range append(slices.Clone(tags), others...) {
		texts[tag] = make(map[string][]string)
	}
	names, err := fs.Glob(files, "strings/*.tsv")
	if err != nil || len(names) == 0 {
		faults = append(faults, "no tables")
	}
	for _, name := range names {
		data, err := fs.ReadFile(files, name)
		if err != nil {
			faults = append(faults, err.Error())
			continue
		}
		faults = append(faults, readTable(name, string(data), tags, others, texts)...)
	}
	return texts, faults
}

func readTable(name, data string, tags, others []string, texts map[string]map[string][]string) (faults []string) {
	var columns []string
	number := 0
	for line := range strings.Lines(data) {
		number++
		line = strings.TrimRight(line, "\r\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		cells := strings.Split(line, "\t")
		if columns == nil {
			columns = cells
			for _, tag := range others {
				if slices.Contains(columns, tag) {
					tags = append(slices.Clone(tags), tag)
				}
			}
			continue
		}
		if fault := addRow(columns, cells, tags, texts); fault != "" {
			faults = append(faults, fmt.Sprintf("%s:%d: %s", name, number, fault))
		}
	}
	return faults
}

func addRow(columns, cells, tags []string, texts map[string]map[string][]string) (fault string) {
	if len(cells) != len(columns) {
		return fmt.Sprintf("%d cells under %d columns", len(cells), len(columns))
	}
	key := cells[0]
	for _, tag := range tags {
		text := ""
		for i, column := range columns {
			if i > 0 && column == tag {
				text = cells[i]
			}
		}
		switch {
		case text == "":
			fault = key + " has no text in " + tag
			continue
		case texts[tag][key] != nil:
			return key + " stands twice"
		}
		texts[tag][key] = strings.SplitN(strings.ReplaceAll(text, `\n`, "\n"), "|", 2)
	}
	return fault
}
