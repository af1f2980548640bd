package telefonist_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

var (
	mdLink     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	mdHeading  = regexp.MustCompile(`(?m)^#+ (.+)$`)
	mdFence    = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
	mdMake     = regexp.MustCompile("(?m)^ *make ([a-z/-]+)|`make ([a-z/-]+)")
	makeTarget = regexp.MustCompile(`(?m)^([a-z/-]+):`)
)

// TestDocsLinks wants each relative link of the documentation to lead to a file
// that is there, and each anchor to a heading of it.
func TestDocsLinks(t *testing.T) {
	texts := documentation(t)
	for file, text := range texts {
		for _, m := range mdLink.FindAllStringSubmatch(mdFence.ReplaceAllString(text, ""), -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			to := file
			if target != "" {
				to = filepath.Join(filepath.Dir(file), filepath.FromSlash(target))
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s: link to %s: %v", file, m[1], err)
			} else if anchor != "" && !slices.Contains(anchors(texts[to]), anchor) {
				t.Errorf("%s: link to %s: there is no such heading", file, m[1])
			}
		}
	}
}

// TestDocsMake wants each command "make …" of the documentation to be a target.
func TestDocsMake(t *testing.T) {
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	targets := map[string]bool{}
	for _, m := range makeTarget.FindAllStringSubmatch(string(makefile), -1) {
		targets[m[1]] = true
	}
	for file, text := range documentation(t) {
		for _, m := range mdMake.FindAllStringSubmatch(text, -1) {
			if target := m[1] + m[2]; !targets[target] {
				t.Errorf("%s: make %s is no target", file, target)
			}
		}
	}
}

// documentation is the text of each Markdown file, by path.
func documentation(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return skipDir(file, d.Name())
		}
		if filepath.Ext(file) != ".md" {
			return nil
		}
		text, err := os.ReadFile(file)
		texts[file] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if texts["README.md"] == "" {
		t.Fatal("there is no README.md")
	}
	return texts
}

// anchors are the names that GitHub gives a text's headings.
func anchors(text string) []string {
	var all []string
	for _, m := range mdHeading.FindAllStringSubmatch(mdFence.ReplaceAllString(text, ""), -1) {
		all = append(all, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, m[1]))
	}
	return all
}

var (
	mdBold = regexp.MustCompile(`\*\*([^*]+)\*\*`)
	hole   = regexp.MustCompile(`\{\w+\}`)
)

// TestDocsWordsOfThePages wants what stands in bold in the guides, "Ord i fetstil
// står på sidorna", to stand on a page in the guide's language.
func TestDocsWordsOfThePages(t *testing.T) {
	for file, text := range documentation(t) {
		column := map[bool]int{strings.HasSuffix(file, ".sv.md"): 1, strings.HasSuffix(file, ".en.md"): 2}[true]
		if column == 0 {
			continue
		}
		said := texts(t, column)
		for _, m := range mdBold.FindAllStringSubmatch(mdFence.ReplaceAllString(text, ""), -1) {
			for _, word := range strings.Split(strings.Join(strings.Fields(m[1]), " "), " > ") {
				word = strings.TrimRight(word, ".:")
				if word != "fetstil" && word != "bold" && !strings.Contains(said, word) {
					t.Errorf("%s: **%s** stands on no page", file, word)
				}
			}
		}
	}
}

// texts are all that a column of the tables of sentences says, with "…" for what is
// filled in.
func texts(t *testing.T, column int) string {
	t.Helper()
	files, err := filepath.Glob("language/strings/*.tsv")
	if err != nil || len(files) == 0 {
		t.Fatalf("no tables of sentences: %v", err)
	}
	var b strings.Builder
	for _, file := range files {
		table, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(table)) {
			if cells := strings.Split(strings.TrimRight(line, "\n"), "\t"); len(cells) > column {
				b.WriteString(hole.ReplaceAllString(cells[column], "…") + "\n")
			}
		}
	}
	return b.String()
}
