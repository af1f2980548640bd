//go:build browser

package browser

import (
	"context"
	"encoding/json"
	"os"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// axe is axe-core's script, which checks a page against WCAG.
var axe = sync.OnceValues(func() (string, error) {
	text, err := os.ReadFile(os.Getenv("TELEFONIST_AXE"))
	return string(text), err
})

// violation is something that keeps a person from using a page.
type violation struct {
	ID    string `json:"id"`
	Help  string `json:"help"`
	Nodes []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// accessible fails the test for each fault that axe-core finds on the page as it
// stands. The script comes in through the debugger, past the security policy.
func (c *chrome) accessible(t *testing.T) {
	t.Helper()
	script, err := axe()
	if err != nil {
		t.Fatalf("axe-core: set TELEFONIST_AXE to its axe.min.js: %v", err)
	}
	ctx, cancel := context.WithTimeout(c.ctx, patience)
	defer cancel()
	found, err := chromedp.Run(ctx, chromedp.Evaluate[string](script+`;
		axe.run({resultTypes: ['violations']}).then(r => JSON.stringify(r.violations))`, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("axe-core: %v", err)
	}
	var all []violation
	if err := json.Unmarshal([]byte(found), &all); err != nil {
		t.Fatal(err)
	}
	for _, v := range all {
		for _, n := range v.Nodes {
			t.Errorf("%s: %s (%s)\n%s\n%s", c.location(), v.Help, v.ID, n.HTML, n.Summary)
		}
	}
}
