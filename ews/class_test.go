package ews

import (
	"os"
	"strings"
	"testing"
)

// TestCodesAreExchanges finds every code that is classed here among those of
// Exchange's own schemas, since a misspelt one would never be met.
func TestCodesAreExchanges(t *testing.T) {
	known := ""
	for _, version := range []string{"2013sp1", "2019"} {
		b, err := os.ReadFile("testdata/xsd/" + version + "/messages.xsd")
		if err != nil {
			t.Fatal(err)
		}
		known += string(b)
	}
	for code := range classes {
		if !strings.Contains(known, `<xs:enumeration value="`+string(code)+`"`) {
			t.Errorf("Exchange has no %s", code)
		}
	}
	for code := range elsewhere {
		if _, ok := classes[code]; !ok {
			t.Errorf("%s has no class", code)
		}
	}
}
