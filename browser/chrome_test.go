//go:build browser

package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// patience is how long a page may take to show what a test waits for.
const patience = 30 * time.Second

// chrome is a tab of a headless Chromium. What goes wrong in it fails the test at
// once; what its console says is gathered and fails it at the end.
type chrome struct {
	t    *testing.T
	ctx  context.Context
	base string

	width, height int64

	mu     sync.Mutex
	faults []string
	at     string // what the test is doing, for the faults
}

func openChrome(t *testing.T, base string) *chrome {
	t.Helper()
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)), chromedp.NoSandbox,
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("lang", "sv-SE"), chromedp.Flag("accept-lang", "sv-SE"), chromedp.Env("LANGUAGE=sv_SE"),
		chromedp.Flag("force-prefers-reduced-motion", true))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	return openTab(t, ctx, base)
}

// another is a second tab of the same browser.
func (c *chrome) another(base string) *chrome {
	c.t.Helper()
	ctx, cancel := chromedp.NewContext(c.ctx)
	c.t.Cleanup(cancel)
	return openTab(c.t, ctx, base)
}

func openTab(t *testing.T, ctx context.Context, base string) *chrome {
	t.Helper()
	c := &chrome{t: t, ctx: ctx, base: base}
	if err := chromedp.Listen(ctx, c.hear); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, f := range c.faults {
			t.Error("browser:", f)
		}
	})
	c.size(1280, 900)
	return c
}

// chromium is Debian's, or what TELEFONIST_CHROMIUM names.
func chromium(t *testing.T) string {
	t.Helper()
	for _, path := range []string{os.Getenv("TELEFONIST_CHROMIUM"), "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"} {
		if _, err := os.Stat(path); path != "" && err == nil {
			return path
		}
	}
	t.Fatal("no Chromium: install Debian's chromium or set TELEFONIST_CHROMIUM")
	return ""
}

// nobody is the address of a person who is not there: a page that is meant to be
// missing.
const nobody = "/people/nobody@example.se"

// hear gathers errors of scripts, of the security policy and of loading. That a
// form was refused (422), a password wrong (401) or a link used up (410) is a page
// like any other.
func (c *chrome) hear(ev any) {
	switch e := ev.(type) {
	case *runtime.EventExceptionThrown:
		c.fault(e.ExceptionDetails.Text + " " + e.ExceptionDetails.URL)
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "warning" {
			c.fault(fmt.Sprintf("console.%s %s", e.Type, consoleText(e)))
		}
	case *log.EventEntryAdded:
		refused := strings.Contains(e.Entry.Text, "status of 422") || strings.Contains(e.Entry.Text, "status of 401") ||
			strings.HasSuffix(e.Entry.URL, nobody) && strings.Contains(e.Entry.Text, "status of 404") ||
			(strings.Contains(e.Entry.URL, "/link/") || strings.Contains(e.Entry.URL, "/person/")) && strings.Contains(e.Entry.Text, "status of 410")
		if (e.Entry.Level == "error" || e.Entry.Level == "warning") && !refused {
			c.fault(e.Entry.Text + " " + e.Entry.URL)
		}
	}
}

func consoleText(e *runtime.EventConsoleAPICalled) string {
	text, err := json.Marshal(e.Args)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func (c *chrome) fault(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = append(c.faults, c.at+": "+text)
}

func (c *chrome) doing(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = what
}

// do runs steps within the test's patience.
func (c *chrome) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	c.t.Helper()
	c.doing(what)
	ctx, cancel := context.WithTimeout(c.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		c.picture("failed")
		c.t.Fatalf("%s: %v at %s", what, err, c.location())
	}
}

func (c *chrome) size(width, height int64) {
	c.t.Helper()
	c.width, c.height = width, height
	c.do("resize", chromedp.EmulateViewport(width, height))
}

// open goes to an address of the console.
func (c *chrome) open(path string) {
	c.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = c.base + path
	}
	c.do("open "+path, chromedp.Navigate(path))
}

// click presses the button, link or summary with this text.
func (c *chrome) click(text string) {
	c.t.Helper()
	c.clickIn("", text)
}

// clickIn presses what has this text within the element that xpath finds.
func (c *chrome) clickIn(xpath, text string) {
	c.t.Helper()
	q := quote(text)
	path := fmt.Sprintf(`(%[1]s//*[self::button or self::a or self::summary][normalize-space(.)=%[2]s or starts-with(normalize-space(.), concat(%[2]s, ' ')) or normalize-space(@aria-label)=%[2]s])[not(ancestor::dialog[not(@open)])][1]`, xpath, q)
	c.do("click "+text, chromedp.Click(chromedp.Search(path), chromedp.NodeVisible))
}

// tick presses the check box or radio button with this label.
func (c *chrome) tick(label string) {
	c.t.Helper()
	c.do("tick "+label, chromedp.Click(chromedp.Search(fmt.Sprintf(`(//label[contains(normalize-space(.),%s)]//input)[1]`, quote(label)))))
}

// quote writes an XPath string.
func quote(s string) string {
	if !strings.Contains(s, "'") {
		return "'" + s + "'"
	}
	return `"` + s + `"`
}

// write types into the field of this name, in place of what is there.
func (c *chrome) write(name, value string) {
	c.t.Helper()
	field := chromedp.CSS(fmt.Sprintf(`main [name=%q]:not([type=hidden])`, name))
	c.do("write "+name, chromedp.Clear(field), chromedp.SendKeys(field, value))
}

// choose takes an option of the field of this name.
func (c *chrome) choose(name, value string) {
	c.t.Helper()
	c.truth("choose "+name, fmt.Sprintf(`(() => { const s = [...document.querySelectorAll('main select[name=%q]')].pop(); if (!s) return false;
		s.value = %q; s.dispatchEvent(new Event('change', {bubbles: true})); return s.value === %q })()`, name, value, value))
}

// press presses keys as a keyboard does: what a page prevents when a key goes down
// does not happen. (chromedp's KeyEvent sends the character in any case.)
func (c *chrome) press(keys ...string) {
	c.t.Helper()
	for _, key := range keys {
		c.do("press "+key, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			for _, k := range kb.Encode([]rune(key)[0]) {
				switch k.Type {
				case kb.KeyRawDown, kb.KeyDown:
					k.Type = kb.KeyDown
					k.Text, k.UnmodifiedText = key, key
				case kb.KeyChar:
					continue
				}
				if _, err := cdp.Call(ctx, t, input.DispatchKeyEvent, *k); err != nil {
					return err
				}
			}
			return nil
		}))
	}
}

// see waits until the page says all of the texts.
func (c *chrome) see(texts ...string) {
	c.t.Helper()
	for _, text := range texts {
		c.truth("see "+text, fmt.Sprintf(`document.readyState === 'complete' && document.body.innerText.replace(/\s+/g, ' ').includes(%q)`, text))
	}
}

// truth waits until a script says true, also across the loading of a new page.
func (c *chrome) truth(what, script string) {
	c.t.Helper()
	c.doing(what)
	end := time.Now().Add(patience)
	for {
		ctx, cancel := context.WithTimeout(c.ctx, 5*time.Second)
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](script))
		cancel()
		if ok && err == nil {
			return
		}
		if time.Now().After(end) {
			c.picture("failed")
			c.t.Fatalf("%s: it did not happen within %s (%v) at %s", what, patience, err, c.location())
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (c *chrome) location() string {
	ctx, cancel := context.WithTimeout(c.ctx, patience)
	defer cancel()
	at, err := chromedp.Run(ctx, chromedp.Location())
	if err != nil {
		c.t.Fatal(err)
	}
	return at
}

// text is what a script says.
func (c *chrome) text(script string) string {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.ctx, patience)
	defer cancel()
	s, err := chromedp.Run(ctx, chromedp.Evaluate[string](script))
	if err != nil {
		c.t.Fatalf("%s: %v", script, err)
	}
	return s
}

// picture leaves a screenshot of the whole page in build/screenshots. The window
// is made as high as the page, so that what sticks to its edges stands there.
func (c *chrome) picture(name string) {
	ctx, cancel := context.WithTimeout(c.ctx, patience)
	defer cancel()
	image, err := c.wholePage(ctx)
	if err != nil {
		c.t.Errorf("picture %s: %v", name, err)
		return
	}
	folder := filepath.Join("..", "build", "screenshots")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), image, 0o644); err != nil {
		c.t.Fatal(err)
	}
}

func (c *chrome) wholePage(ctx context.Context) ([]byte, error) {
	height, err := chromedp.Run(ctx, chromedp.Evaluate[int64](`document.documentElement.scrollHeight`))
	if err != nil {
		return nil, err
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(c.width, max(height, c.height))); err != nil {
		return nil, err
	}
	image, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		return nil, err
	}
	return image, chromedp.Do(ctx, chromedp.EmulateViewport(c.width, c.height))
}
