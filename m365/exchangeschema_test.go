//go:build peers

package m365_test

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/telefonist/telefonist/m365"
)

// TestMain runs with this tag what needs it: the rest has been run without.
func TestMain(m *testing.M) {
	flag.Parse()
	if run := flag.Lookup("test.run"); run.Value.String() == "" {
		_ = run.Value.Set("^TestAnswersAgainst")
	}
	os.Exit(m.Run())
}

var envelopes = regexp.MustCompile(`(?s)<(\w+):Envelope .*?</\w+:Envelope>`)

// TestAnswersAgainstExchangesSchemas has libxml2 (Debian's python3-lxml) hold
// every answer of every version, its header and its body, against the schemas
// that Exchange itself publishes. They are the same schema grown: what an old
// version answers is in both.
func TestAnswersAgainstExchangesSchemas(t *testing.T) {
	answers := map[string]string{}
	for _, v := range m365.ExchangeVersions() {
		for name, body := range everyAnswer(t, v) {
			for i, envelope := range envelopes.FindAllString(string(body), -1) {
				if !strings.Contains(envelope, ":Fault>") { // SOAP's own
					// Exchange's streams, in its documentation and to its clients, do not keep to its schema here.
					envelope = strings.NewReplacer("<m:Notification>", "<t:Notification>", "</m:Notification>", "</t:Notification>").Replace(envelope)
					answers[string(v)+" "+name+" "+strconv.Itoa(i)] = envelope
				}
			}
		}
	}
	in, err := json.Marshal(answers)
	if err != nil {
		t.Fatal(err)
	}
	const schemas = "../ews/testdata/xsd/"
	for _, schema := range []string{"2013sp1", "2019"} {
		cmd := exec.Command("/usr/bin/python3", schemas+"validate.py", schemas+schema)
		cmd.Stdin, cmd.Stderr = strings.NewReader(string(in)), os.Stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("python3 with lxml: %v", err)
		}
		checked := 0
		for line := range strings.Lines(string(out)) {
			name, verdict, _ := strings.Cut(strings.TrimSpace(line), "\t")
			if checked++; verdict != "valid" {
				t.Errorf("%s against %s: %s", name, schema, verdict)
			}
		}
		if checked != len(answers) {
			t.Errorf("%d of %d answers were held against %s", checked, len(answers), schema)
		}
	}
}
