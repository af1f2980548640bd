//go:build browser

package browser

import (
	"strings"
	"testing"
)

// lookAt opens each page in Swedish and English: nothing of it may keep
// a person out, and a picture is left to look at. A few are pictured dark and as
// small as a telephone.
func lookAt(t *testing.T, c *chrome, pages []pictured) {
	t.Helper()
	for _, language := range []struct{ tag, name string }{{"sv", "Svenska"}, {"en", "English"}} {
		c.speak(language.tag, language.name)
		for _, one := range pages {
			t.Run(language.tag+"/"+one.name, func(t *testing.T) {
				c.open(one.path)
				c.untranslated(t)
				c.accessible(t)
				c.picture(language.tag + "-" + one.name)
			})
		}
	}
	c.speak("sv", "Svenska")
	c.theme("dark")
	for _, one := range pages {
		if one.both {
			t.Run("dark/"+one.name, func(t *testing.T) {
				c.open(one.path)
				c.accessible(t)
				c.picture("dark-" + one.name)
			})
		}
	}
	c.theme("light")
	c.size(390, 844)
	for _, one := range pages {
		t.Run("phone/"+one.name, func(t *testing.T) {
			c.open(one.path)
			c.fits(t)
			if one.both {
				c.accessible(t)
				c.picture("phone-" + one.name)
			}
		})
	}
}

func (c *chrome) speak(tag, name string) {
	c.t.Helper()
	// The page may speak it already: what is waited for is the page that comes.
	c.truth("mark the page", `window.leaving = true`)
	c.click(name)
	c.truth("speak "+name, `!window.leaving && document.readyState === 'complete' && document.documentElement.lang === '`+tag+`'`)
}

// theme presses the button until the page has the theme.
func (c *chrome) theme(want string) {
	c.t.Helper()
	for range 3 {
		if c.text(`document.documentElement.dataset.theme`) == want {
			return
		}
		before := c.text(`document.documentElement.dataset.theme`)
		c.truth("theme", `(() => { document.querySelector('[name=theme]').click(); return true })()`)
		c.truth("another theme", `document.readyState === 'complete' && document.documentElement.dataset.theme !== '`+before+`'`)
	}
}

// untranslated fails for a key without a text.
func (c *chrome) untranslated(t *testing.T) {
	t.Helper()
	if text := c.text(`document.documentElement.outerHTML`); strings.Contains(text, "⟦") {
		from := strings.Index(text, "⟦")
		t.Errorf("%s: no text for %s", c.location(), text[from:min(len(text), from+60)])
	}
}

// fits fails where a page is wider than the screen.
func (c *chrome) fits(t *testing.T) {
	t.Helper()
	if c.text(`String(document.documentElement.scrollWidth > document.documentElement.clientWidth)`) == "true" {
		t.Errorf("%s is wider than a telephone", c.location())
	}
}

// pictured is a page; both says that it is also pictured dark and small.
type pictured struct {
	name, path string
	both       bool
}

// everyPage are the pages that can be opened by a link, found by following the
// links of those that list things.
func everyPage(c *chrome) []pictured {
	c.t.Helper()
	org := c.text(`location.pathname.match(/^\/o\/[^/]+\//)[0]`)
	first := func(page, selector string) string {
		c.open(org + page)
		return c.text(`new URL(document.querySelector('main ` + selector + `').href).pathname`)
	}
	source := first("connect", `a[href*="/connect/"]`)
	replicator := first("replicators", `td a[href*="/replicators/"]`)
	round := first("rounds", `td a[href*="/rounds/"]`)
	person := first("people?state=linked", `td a[href*="/people/"]`)
	subscriber := first("subscribers", `td a[href*="/subscribers/"]`)
	return []pictured{
		{"overview", org, true},
		{"people-offered", org + "people?state=offered", false},
		{"people-linked", org + "people?state=linked", true},
		{"people-outside", org + "people?state=outside", false},
		{"people-problems", org + "people?state=problems", false},
		{"person", person, true},
		{"subscribers", org + "subscribers", true},
		{"subscriber", subscriber, false},
		{"subscriber-new", org + "subscribers/new", false},
		{"import", org + "subscribers/import", false},
		{"rounds", org + "rounds", false},
		{"round", round, true},
		{"replicators", org + "replicators", false},
		{"replicator", replicator, false},
		{"scope", replicator + "/scope", true},
		{"fields", replicator + "/fields", true},
		{"connect", org + "connect", true},
		{"source", source, true},
		{"notifications", org + "notifications?show=preview", false},
		{"users", org + "users", false},
		{"audit", org + "audit", false},
		{"settings", org + "settings", false},
		{"organizations", "/organizations", false},
		{"operators", "/operators", false},
		{"password", "/password", false},
		{"missing", org + strings.TrimPrefix(nobody, "/"), false},
	}
}
