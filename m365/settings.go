package m365

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

func settingRoutes() []route {
	roles := []string{"MailboxSettings.Read", "MailboxSettings.ReadWrite"}
	return outlook(
		get("users/{}/mailboxSettings", 1, (*call).mailboxSettings, roles...),
		get("users/{}/mailboxSettings/{}", 1, (*call).mailboxSetting, roles...),
	)
}

// settingNames are the settings in the order Graph gives them.
var settingNames = []string{"archiveFolder", "timeZone", "delegateMeetingMessageDeliveryOptions", "dateFormat", "timeFormat",
	"userPurpose", "automaticRepliesSetting", "language", "workingHours"}

// dateTime is Graph's dateTimeTimeZone.
type dateTime struct {
	DateTime string `json:"dateTime"` // without offset
	TimeZone string `json:"timeZone"`
}

const graphTime = "2006-01-02T15:04:05.0000000"

func utc(t time.Time) dateTime { return dateTime{t.UTC().Format(graphTime), "UTC"} }

// mailboxSettings answers with all that is set in a mailbox.
func (c *call) mailboxSettings() response {
	b := []byte(`{"@odata.context":`)
	b = appendQuoted(b, c.context("users('"+c.person.ID+"')/mailboxSettings", nil))
	for _, name := range settingNames {
		value, err := json.Marshal(c.setting(name))
		if err != nil {
			return c.fail(http.StatusInternalServerError, "generalException", "cannot encode the settings")
		}
		b = append(appendKey(b, name), value...)
	}
	return ok(append(b, '}'))
}

// mailboxSetting answers with one of them, as /mailboxSettings/userPurpose.
func (c *call) mailboxSetting() response {
	i := slices.IndexFunc(settingNames, func(name string) bool { return strings.EqualFold(name, c.args[1]) })
	if i < 0 {
		return c.bad("Resource not found for the segment '" + clip(c.args[1]) + "'.")
	}
	value, err := json.Marshal(c.setting(settingNames[i]))
	if err != nil {
		return c.fail(http.StatusInternalServerError, "generalException", "cannot encode the setting")
	}
	b := []byte(`{"@odata.context":`)
	b = appendQuoted(b, c.context("users('"+c.person.ID+"')/mailboxSettings/"+settingNames[i], nil))
	if value[0] == '{' { // a complex value is the answer itself
		return ok(append(append(b, ','), value[1:]...))
	}
	b = append(b, `,"value":`...)
	return ok(append(append(b, value...), '}'))
}

func (c *call) setting(name string) any {
	switch name {
	case "timeZone":
		return c.mailbox.Zone
	case "delegateMeetingMessageDeliveryOptions":
		return "sendToDelegateOnly"
	case "dateFormat":
		return "yyyy-MM-dd"
	case "timeFormat":
		return "HH:mm"
	case "userPurpose":
		return c.person.Purpose
	case "automaticRepliesSetting":
		return c.replies()
	case "language":
		return c.language()
	case "workingHours":
		return c.mailbox.hours()
	}
	return "" // archiveFolder: there is none
}

type replies struct {
	Status   string   `json:"status"`
	Audience string   `json:"externalAudience"`
	Start    dateTime `json:"scheduledStartDateTime"`
	End      dateTime `json:"scheduledEndDateTime"`
	Internal string   `json:"internalReplyMessage"`
	External string   `json:"externalReplyMessage"`
}

// replies are the automatic replies. As in Outlook, the times are there though
// none were ever set: from this hour on, for a day.
func (c *call) replies() replies {
	r := c.mailbox.Replies
	if r.Start.IsZero() || r.End.IsZero() {
		r.Start = c.now.Truncate(time.Hour)
		r.End = r.Start.AddDate(0, 0, 1)
	}
	return replies{r.Status, r.Audience, utc(r.Start), utc(r.End), r.Internal, r.External}
}

type language struct {
	Locale string `json:"locale"`
	Name   string `json:"displayName"`
}

func (c *call) language() language {
	locale := c.person.PreferredLanguage
	if locale == "" {
		locale = "sv-SE"
	}
	return language{locale, locale}
}

type workingHours struct {
	Days  []string    `json:"daysOfWeek"`
	Start string      `json:"startTime"`
	End   string      `json:"endTime"`
	Zone  workingZone `json:"timeZone"`
}

// workingZone is Graph's timeZoneBase, or with Type the customTimeZone made
// from it.
type workingZone struct {
	Type     string    `json:"@odata.type,omitempty"`
	Bias     *int      `json:"bias,omitempty"`
	Name     string    `json:"name"`
	Standard *turn     `json:"standardOffset,omitempty"`
	Daylight *sunnyDay `json:"daylightOffset,omitempty"`
}

// turn is Graph's standardTimeZoneOffset: when it begins, each year (0).
type turn struct {
	Time       string `json:"time"`
	Occurrence int    `json:"dayOccurrence"`
	Day        string `json:"dayOfWeek"`
	Month      int    `json:"month"`
	Year       int    `json:"year"`
}

// sunnyDay is Graph's daylightTimeZoneOffset.
type sunnyDay struct {
	Bias int `json:"daylightBias"`
	turn
}

func (m *Mailbox) hours() workingHours {
	h := workingHours{m.Hours.Days, clockTime(m.Hours.Start), clockTime(m.Hours.End), workingZone{Name: m.Hours.Zone}}
	if h.Days == nil {
		h.Days = []string{}
	}
	if h.Zone.Name == "" {
		h.Zone.Name = m.Zone
	}
	if custom := m.Hours.Custom; custom != nil {
		standard := custom.Standard.turn()
		h.Zone = workingZone{
			"#microsoft.graph.customTimeZone", &custom.Bias, customizedZone, &standard, &sunnyDay{custom.DaylightBias, custom.Daylight.turn()},
		}
	}
	return h
}

func (t Transition) turn() turn {
	return turn{Time: clockTime(t.Time), Occurrence: t.Occurrence, Day: t.Day, Month: t.Month}
}

// clockTime is "08:00" as Graph writes a time of day.
func clockTime(text string) string {
	if t, err := time.Parse("15:04", text); err == nil {
		return t.Format("15:04:05.0000000")
	}
	return text
}
