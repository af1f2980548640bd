//go:build peers

package ews_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestRequestsAgainstExchangesSchemas has libxml2 (Debian's python3-lxml) hold
// every request, its header and its body, against the schemas that Exchange
// itself publishes. A newer server takes what an older version allows; the header
// of a version that a schema doesn't know is left out.
func TestRequestsAgainstExchangesSchemas(t *testing.T) {
	sent := requests(t)
	for name, body := range sent {
		if body == "" {
			delete(sent, name)
		}
	}
	for _, schema := range []string{"2013sp1", "2019"} {
		in, err := json.Marshal(sent)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("/usr/bin/python3", "testdata/xsd/validate.py", "testdata/xsd/"+schema)
		cmd.Stdin, cmd.Stderr = strings.NewReader(string(in)), os.Stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("python3 with lxml: %v", err)
		}
		checked := 0
		for line := range strings.Lines(string(out)) {
			name, verdict, _ := strings.Cut(strings.TrimSpace(line), "\t")
			checked++
			if verdict != "valid" {
				t.Errorf("%s against %s: %s", name, schema, verdict)
			}
		}
		if checked != len(sent) {
			t.Errorf("%d of %d requests were held against %s", checked, len(sent), schema)
		}
	}
}
