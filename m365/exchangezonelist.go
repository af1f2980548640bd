package m365

import (
	"fmt"
	"strings"
	"time"
)

// zoneTitles are what Windows shows of the zones that are seen here most.
var zoneTitles = map[string]string{
	"W. Europe Standard Time":        "Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna",
	"Romance Standard Time":          "Brussels, Copenhagen, Madrid, Paris",
	"Central Europe Standard Time":   "Belgrade, Bratislava, Budapest, Ljubljana, Prague",
	"Central European Standard Time": "Sarajevo, Skopje, Warsaw, Zagreb",
	"GMT Standard Time":              "Dublin, Edinburgh, Lisbon, London",
	"FLE Standard Time":              "Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius",
	"Eastern Standard Time":          "Eastern Time (US & Canada)",
	"Pacific Standard Time":          "Pacific Time (US & Canada)",
	"India Standard Time":            "Chennai, Kolkata, Mumbai, New Delhi",
	"UTC":                            "Coordinated Universal Time",
}

// zoneNamed is the id and the display name of a zone as Windows has them; no id
// for what it does not know.
func (c *ewsCall) zoneNamed(name string) (id, shown string) {
	if name == utcZone {
		name = "UTC"
	}
	id = windowsName(name)
	loc, ok := zone(id)
	if !ok {
		return "", "Customized Time Zone"
	}
	label := "UTC"
	if c.x.release.schema < schema2010 {
		label = "GMT"
	}
	z := biasZoneOf(loc, c.now)
	offset := ""
	if z.bias != 0 {
		sign, minutes := "+", -z.bias
		if minutes < 0 {
			sign, minutes = "-", -minutes
		}
		offset = fmt.Sprintf("%s%02d:%02d", sign, minutes/60, minutes%60)
	}
	title := zoneTitles[id]
	if title == "" {
		title = strings.TrimSuffix(id, " Standard Time")
	}
	return id, "(" + label + offset + ") " + title
}

// zoneDefinition writes a TimeZoneDefinitionType: the rules of this year, for
// all years.
func (c *ewsCall) zoneDefinition(tag, id, name string, loc *time.Location) {
	z, m := biasZoneOf(loc, c.now), &c.out
	rules := "trule:Microsoft/Registry/" + id + "/1-"
	m.open(tag, "Id", id, "Name", name)
	m.open("t:Periods")
	m.empty("t:Period", "Bias", xsdDuration(time.Duration(z.bias)*time.Minute), "Name", "Standard", "Id", rules+"Standard")
	saves := z.daylight.month != 0
	if saves {
		m.empty("t:Period", "Bias", xsdDuration(time.Duration(z.bias+z.daylight.bias)*time.Minute), "Name", "Daylight", "Id", rules+"Daylight")
	}
	m.close("t:Periods")
	m.open("t:TransitionsGroups")
	m.open("t:TransitionsGroup", "Id", "0")
	if saves {
		c.turn(&z.daylight, rules+"Daylight")
		c.turn(&z.standard, rules+"Standard")
	} else {
		m.open("t:Transition")
		m.text("t:To", rules+"Standard", "Kind", "Period")
		m.close("t:Transition")
	}
	m.close("t:TransitionsGroup")
	m.close("t:TransitionsGroups")
	m.open("t:Transitions")
	m.open("t:Transition")
	m.text("t:To", "0", "Kind", "Group")
	m.close("t:Transition")
	m.close("t:Transitions")
	m.close(tag)
}

func (c *ewsCall) turn(t *biasTime, to string) {
	m := &c.out
	at, err := time.Parse(time.TimeOnly, t.at)
	if err != nil {
		return
	}
	order := t.order
	if order == 5 {
		order = -1
	}
	m.open("t:RecurringDayTransition")
	m.text("t:To", to, "Kind", "Period")
	m.text("t:TimeOffset", xsdDuration(time.Duration(at.Hour())*time.Hour+time.Duration(at.Minute())*time.Minute))
	m.count("t:Month", t.month)
	m.text("t:DayOfWeek", weekdayNames[t.day])
	m.count("t:Occurrence", order)
	m.close("t:RecurringDayTransition")
}

// xsdDuration is a length as XML Schema writes it: "-PT1H30M".
func xsdDuration(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	h, m, s := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60
	text := sign + "PT"
	if h > 0 || d < time.Minute && s == 0 {
		text += fmt.Sprintf("%dH", h)
	}
	if m > 0 {
		text += fmt.Sprintf("%dM", m)
	}
	if s > 0 {
		text += fmt.Sprintf("%dS", s)
	}
	return text
}

// serverTimeZones answers GetServerTimeZones.
func (c *ewsCall) serverTimeZones() error {
	whole := c.op.attr("ReturnFullTimeZoneData") != "false"
	var ids []string
	for _, e := range c.op.child("Ids").all() {
		ids = append(ids, strings.TrimSpace(e.text))
	}
	if c.op.child("Ids") == nil {
		ids = sortedKeys(windowsZones)
	}
	c.respond(func() {
		c.message(nil, func() {
			c.out.open("m:TimeZoneDefinitions")
			for _, id := range ids {
				if _, known := windowsZones[id]; known {
					c.serverTimeZone(id, whole)
				}
			}
			c.out.close("m:TimeZoneDefinitions")
		})
	})
	return nil
}

func (c *ewsCall) serverTimeZone(id string, whole bool) {
	loc, ok := zone(id)
	if !ok {
		return
	}
	_, name := c.zoneNamed(id)
	if whole {
		c.zoneDefinition("t:TimeZoneDefinition", id, name, loc)
		return
	}
	c.out.empty("t:TimeZoneDefinition", "Id", id, "Name", name)
}
