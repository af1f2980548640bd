package api_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestDescription is the document that others make clients from, and the page that
// people read.
func TestDescription(t *testing.T) {
	p := open(t)
	var doc struct {
		OpenAPI string `json:"openapi"`
		Info    struct{ Version string }
		Paths   map[string]map[string]struct {
			OperationID string                     `json:"operationId"`
			Summary     string                     `json:"summary"`
			Responses   map[string]json.RawMessage `json:"responses"`
		}
	}
	if err := json.Unmarshal([]byte(ask(t, "GET", p.url+"/openapi.json", "", "", "").body), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.OpenAPI != "3.1.0" || doc.Info.Version != "test" {
		t.Errorf("got OpenAPI %q of version %q", doc.OpenAPI, doc.Info.Version)
	}
	page := ask(t, "GET", p.url+"/docs", "", "", "")
	if page.status != 200 || strings.Contains(page.body, "<script") || strings.Contains(page.body, "://") && strings.Contains(page.body, "src=") {
		t.Errorf("the page: status %d, with a script or something from elsewhere", page.status)
	}
	seen := map[string]bool{}
	for path, item := range doc.Paths {
		for method, op := range item {
			if seen[op.OperationID] || op.Summary == "" {
				t.Errorf("%s %s: operation %q has no summary, or its id stands twice", method, path, op.OperationID)
			}
			seen[op.OperationID] = true
			if len(op.Responses["401"]) == 0 {
				t.Errorf("%s %s: no answer to an unknown token", method, path)
			}
			if !strings.Contains(page.body, `id="`+op.OperationID+`"`) {
				t.Errorf("the page lacks %s", op.OperationID)
			}
		}
	}
}
