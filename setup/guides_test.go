package setup

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var shellBlock = regexp.MustCompile("(?ms)^ *```powershell\n(.*?)^ *```$")

// The PowerShell of the guides is whole, and what it uses exists in the oldest
// version that the guide is for.
func TestPowerShellOfTheGuides(t *testing.T) {
	files, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		version := "2013"
		if strings.Contains(file, "2007") {
			version = "2007"
		}
		for _, block := range shellBlock.FindAllStringSubmatch(string(text), -1) {
			seen++
			code := strings.ReplaceAll(block[1], `.\`+ExchangeFile, "& script") // of which the switches are below
			skeleton, _, err := lex(code)
			if err != nil {
				t.Errorf("%s: %v:\n%s", file, err, code)
				continue
			}
			for _, fault := range unknown(version, skeleton) {
				t.Errorf("%s: %s:\n%s", file, fault, code)
			}
		}
		script, err := Exchange{Version: version}.PowerShell()
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^\.\\`+regexp.QuoteMeta(ExchangeFile)+`((?: -\w+)*)$`).FindAllStringSubmatch(string(text), -1) {
			for _, option := range strings.Fields(m[1]) {
				if !strings.Contains(script, "[switch]$"+option[1:]) {
					t.Errorf("%s: the script has no %s", file, option)
				}
			}
		}
	}
	if seen < 10 {
		t.Errorf("found %d blocks, want the guides'", seen)
	}
}
