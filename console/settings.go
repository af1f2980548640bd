package console

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/phone"
)

func showSettings(p *page) error {
	return p.onlyWho("SaveOrganization", func() error { return p.ok(p.settingsPage(p.customer, nil)) })
}

func saveSettings(p *page) error {
	c := p.customer
	c.Name = p.form("name")
	generation, _ := strconv.ParseInt(p.form("generation"), 10, 64)
	s := c.Settings
	s.Language, s.Country = p.form("language"), p.form("country")
	s.Retention = organization.Retention{Rounds: p.whole("rounds"), Removed: p.whole("removed")}
	s.Template = organization.Template{Schedule: p.readSchedule(), Limits: p.readLimits()}
	c.Settings = s
	_, err := p.visit.SaveOrganization(p.ctx(), c.Name, s, generation)
	if said, ok := p.refused(err); ok {
		return p.again(p.settingsPage(c, said))
	}
	return p.after(err, "settings", "settings.saved")
}

func deleteOrganization(p *page) error {
	err := p.visit.DeleteOrganization(p.ctx(), p.form("typed"))
	if _, ok := p.refused(err); ok {
		p.say(bad, "settings.deleteTyped")
		return p.to(p.url("settings"))
	}
	if err != nil {
		return err
	}
	p.say(good, "settings.deleted", "name", p.org.Name)
	return p.to("/")
}

// whole is a posted whole number, -1 where it is none: that is out of every range.
func (p *page) whole(name string) int {
	n, err := strconv.Atoi(p.form(name))
	if err != nil {
		return -1
	}
	return n
}

// readSchedule reads the fields of [page.scheduleFields].
func (p *page) readSchedule() organization.Schedule {
	return organization.Schedule{
		Mode: organization.ScheduleMode(p.form("mode")), From: minutes(p.form("from")), To: minutes(p.form("to")), Zone: p.form("zone"),
	}
}

// readLimits reads the fields of [page.limitFields].
func (p *page) readLimits() directory.Limits {
	return directory.Limits{
		Left:    directory.Limit{Count: p.whole("leftCount"), Percent: p.whole("leftPercent")},
		Changed: directory.Limit{Count: p.whole("changedCount"), Percent: p.whole("changedPercent")},
	}
}

// minutes after midnight of "03:30", -1 where that is no time.
func minutes(clock string) int {
	t, err := time.Parse("15:04", clock)
	if err != nil {
		return -1
	}
	return t.Hour()*60 + t.Minute()
}

func clock(minutes int) string {
	return time.Date(2000, 1, 1, 0, max(minutes, 0), 0, 0, time.UTC).Format("15:04")
}

// zoneOf is the organization's own time.
func zoneOf(o organization.Organization) *time.Location {
	zone, err := time.LoadLocation(o.Settings.Template.Schedule.Zone)
	if err != nil || o.Settings.Template.Schedule.Zone == "" {
		return defaultZone()
	}
	return zone
}

// zones are offered beside the one that is set.
func zones(now string) []option {
	all := []string{
		"Europe/Stockholm", "Europe/Oslo", "Europe/Copenhagen", "Europe/Helsinki", "Europe/Amsterdam", "Europe/Berlin",
		"Europe/London", "Europe/Dublin", "Europe/Paris", "Europe/Madrid", "Europe/Warsaw", "Europe/Tallinn", "Europe/Riga",
		"Europe/Vilnius", "Atlantic/Reykjavik", "UTC",
	}
	if now != "" && !slices.Contains(all, now) {
		all = append(all, now)
	}
	var options []option
	for _, z := range all {
		options = append(options, option{Value: z, Label: strings.ReplaceAll(z, "_", " "), On: z == now})
	}
	return options
}

// countries are those whose numbers we can read, by their names in the reader's
// language.
func (p *page) countries(now, none string) []option {
	tag := language.Make(p.tag)
	names := display.Regions(tag)
	var options []option
	for _, code := range phone.Countries() {
		region, err := language.ParseRegion(code)
		if err != nil {
			continue
		}
		options = append(options, option{Value: code, Label: names.Name(region) + " (+" + strconv.Itoa(phone.CallingCode(code)) + ")", On: code == now})
	}
	order := collate.New(tag)
	slices.SortFunc(options, func(a, b option) int { return order.CompareString(a.Label, b.Label) })
	if none != "" {
		options = slices.Insert(options, 0, option{Label: none, On: now == ""})
	}
	return options
}

func (p *page) languageOptions(now string) []option {
	return []option{{Value: "sv", Label: "Svenska", On: now == "sv"}, {Value: "en", Label: "English", On: now == "en"}}
}

// mayDelete is true for those who may erase the customer.
func (p *page) mayDelete() bool { return p.may("DeleteOrganization") }
