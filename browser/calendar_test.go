//go:build browser

package browser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/telefonist/telefonist/client"
)

// A newcomer's way with calendars by real clicks: the board turns by itself, tells
// why, follows a meeting that is made and moved in Outlook, is worked by keys, and a
// rule is tried before it is saved. At its end every page of calendars is looked at.
func TestCalendars(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	c := openChrome(t, o.URL)
	signIn(c, o.program)

	turns(c, o)
	anna := o.somebody()
	days(c, o, anna)
	outlook := meets(c, o, anna)
	byRule(c, o, anna)
	outlook.clickIn("//main//li[contains(., 'SEM: Fjällen')]", "Ta bort")
	byKeys(c, o, o.somebody(anna.ID))
	lookAt(t, c, calendarPages(o, anna))
	byLink(t, o)
}

func signIn(c *chrome, p program) {
	c.t.Helper()
	c.open(p.First)
	c.write("name", "Karin Ek")
	c.write("email", "karin@example.se")
	c.write("password", "en lång mening om växlar")
	c.write("repeat", "en lång mening om växlar")
	c.click("Börja")
	c.see("Ålsta Rör & Värme AB")
}

// row is a person's on the board, for a script.
func row(p client.PersonActivity) string {
	return fmt.Sprintf(`document.getElementById('row-%s')?.innerText ?? ''`, p.ID)
}

// still marks the page, so that its being loaded anew is seen.
const still = `window.still = true`

// turns sees rows change their activity on a page that nobody touches.
func turns(c *chrome, o *office) {
	c.t.Helper()
	c.open(o.org + "board")
	c.see("Hänvisningstavla", "Möte")
	const now = `[...document.querySelectorAll('#board tr[data-person]')].map(r => [r.id, r.querySelector('.tag')?.innerText])`
	c.truth("remember the board", still+`; window.before = new Map(`+now+`); before.size > 10`)
	c.truth("three rows turn by themselves", `window.still && `+now+`.filter(([id, is]) => before.has(id) && is !== before.get(id)).length >= 3`)
}

// days opens somebody's coming days from the board, and from there her day and why
// it is as it is: by a button, and by a click in its picture.
func days(c *chrome, o *office, anna client.PersonActivity) {
	c.t.Helper()
	c.open(o.org + "board")
	c.write("q", anna.Name)
	c.truth("one row", `document.querySelectorAll('#board tr[data-person]').length === 1`)
	c.clickIn("//main", anna.Name)
	c.truth("the coming days", `document.querySelectorAll('.ahead .days > li').length === 7`)
	c.picture("sv-board-open")
	c.accessible(c.t)
	c.clickIn("//*[contains(@class,'ahead')]", "Hela dagen")
	c.see(anna.Name, "Sätt hänvisning")
	c.clickIn("//*[contains(@class,'standing')]", "Varför?")
	c.see("Varför", "Därför")
	c.picture("sv-day-why")
	c.accessible(c.t)
	c.truth("leave the question", `(history.replaceState(null, '', location.pathname), true)`)
	c.do("a minute of the picture", chromedp.Click(chromedp.CSS("svg.day-wide .day-bed"), chromedp.NodeVisible))
	// Its middle, which is noon, or later where the picture begins in the morning.
	c.truth("the minute is asked about", `/^1[234]:\d\d$/.test(new URLSearchParams(location.search).get('at'))`)
	c.see(c.text(`new URLSearchParams(location.search).get('at')`) + "?")
}

// meets makes a meeting on Outlook's page in another tab and moves it; the board
// follows without being touched. The tab is returned.
func meets(c *chrome, o *office, anna client.PersonActivity) *chrome {
	c.t.Helper()
	c.open(o.org + "board?q=" + strings.ReplaceAll(anna.Name, " ", "+"))
	c.truth("her row", still+`; (`+row(anna)+`).length > 0`)
	outlook := c.another(o.Outlook)
	outlook.open("/" + anna.ID)
	outlook.write("subject", "SEM: Fjällen")
	outlook.click("Nu i 30 minuter")
	outlook.see("SEM: Fjällen")
	c.truth("she is on holiday", `window.still && (`+row(anna)+`).includes('Semester')`)
	outlook.clickIn("//main//li[contains(., 'SEM: Fjällen')]", "+15 min")
	c.truth("not yet", `window.still && !(`+row(anna)+`).includes('Semester')`)
	outlook.clickIn("//main//li[contains(., 'SEM: Fjällen')]", "−15 min")
	c.truth("she is again", `window.still && (`+row(anna)+`).includes('Semester')`)
	return outlook
}

// byRule makes a rule, tries it on the days that are known, saves it, and sees it
// given as the reason.
func byRule(c *chrome, o *office, anna client.PersonActivity) {
	c.t.Helper()
	c.clickIn("//nav", "Regler")
	c.see("Vad som står i Outlook blir en hänvisning")
	c.click("Ny regel")
	c.truth("an open rule", `document.querySelector('.sort-item details')?.open === true`)
	c.write("prefix", "sem")
	c.choose("then", "home")
	c.write("ruleName", "Semester på distans")
	c.click("Provkör på förra veckan")
	c.see(anna.Name)
	c.truth("what it was and what it becomes", `document.querySelector('#tried').innerText.includes('Semester') && document.querySelector('#tried').innerText.includes('Jobbar hemifrån')`)
	c.picture("sv-rules-tried")
	c.accessible(c.t)
	c.click("Spara reglerna")
	c.see("Reglerna är sparade")
	c.open(o.org + "board?q=" + strings.ReplaceAll(anna.Name, " ", "+"))
	c.truth("the rule holds", `(`+row(anna)+`).includes('Jobbar hemifrån')`)
	c.open(o.org + "people/" + anna.ID + "/day")
	c.clickIn("//*[contains(@class,'standing')]", "Varför?")
	c.see("Semester på distans")
	c.picture("sv-day-rule")
}

// byKeys sets somebody's activity with three keys from the search field, and takes
// it away again.
func byKeys(c *chrome, o *office, bo client.PersonActivity) {
	c.t.Helper()
	c.open(o.org + "board")
	c.write("q", bo.Name)
	lunch := c.text(`[...document.querySelectorAll('#board-set [data-digit]')].find(i => i.value === 'lunch').dataset.digit`)
	c.press(kb.Enter, lunch, kb.Enter)
	c.see(bo.Name+": Lunch", "Satt av Karin Ek")
	c.picture("sv-board-set")
	c.truth("the field has the focus", `document.activeElement.id === 'board-search'`)
	c.press(kb.Enter)
	c.truth("it is open", `document.querySelector('#board-set').open`)
	c.accessible(c.t)
	c.picture("sv-board-dialog")
	c.press("0")
	c.see(bo.Name + ": ")
	c.truth("no lunch any more", `document.readyState === 'complete' && !(`+row(bo)+`).includes('Satt av')`)
}

// calendarPages are those that came with calendars.
func calendarPages(o *office, anna client.PersonActivity) []pictured {
	o.Helper()
	sources, err := o.customer.Sources(o.Context())
	o.must(err)
	boards, err := o.customer.Switchboards(o.Context())
	o.must(err)
	day := o.org + "people/" + anna.ID + "/day"
	return []pictured{
		{"board", o.org + "board", true},
		{"day", day, true},
		{"day-asked", day + "?at=10:15", false},
		{"rules", o.org + "rules", true},
		{"activities", o.org + "activities", true},
		{"hours", o.org + "hours", true},
		{"calendars", o.org + "calendars", true},
		{"calendar", o.org + "calendars/" + sources[0].ID, true},
		{"mailboxes", o.org + "calendars/mailboxes", true},
		{"reading", o.org + "calendars/settings", true},
		{"precedence", o.org + "calendars/precedence", true},
		{"switchboards", o.org + "switchboards", true},
		{"switchboard", o.org + "switchboards/" + boards[0].ID, true},
		{"staffcard", o.org + "staffcard", true},
		{"whatweread", o.org + "whatweread", true},
	}
}

// byLink is a person's own place on a telephone: she comes by a link in a mail, sets
// where she is, is back, shows less of herself, and gets a token.
func byLink(t *testing.T, o *office) {
	t.Helper()
	c := openChrome(t, o.URL)
	c.size(390, 844)
	bo := o.somebody()
	look := func(name string) {
		t.Helper()
		c.untranslated(t)
		c.accessible(t)
		c.fits(t)
		c.picture("phone-" + name)
	}
	c.open("/person")
	look("person")
	c.write("address", o.address(bo))
	c.click("Skicka en länk")
	c.see("Titta i din inkorg")
	link := o.box.link(t, o.URL+"/person/")
	c.open(link)
	look("person-link")
	c.click("Logga in")
	c.see(bo.Name)
	look("me")
	c.clickIn("//form[@id='set']", "Sätt")
	c.tick("Lunch")
	c.clickIn("//form[@id='set']", "Sätt")
	c.see(bo.Name+": Lunch", "Satt själv")
	look("me-set")
	c.click("Jag är tillbaka")
	c.truth("back", `document.readyState === 'complete' && !document.body.innerText.includes('Satt själv')`)
	c.click("Mina val")
	c.see("Vad andra får se")
	look("me-settings")
	c.choose("private", "ignore")
	c.clickIn("//section[@id='privacy']", "Spara")
	c.see("Sparat.")
	c.write("name", "Knappen på bordstelefonen")
	c.click("Skapa nyckel")
	c.see("Den visas bara nu", "tfp_")
	look("me-token")
	c.open(link)
	c.click("Logga in")
	c.see("Länken gäller inte längre")
}
