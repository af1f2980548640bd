package main

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/language"
)

// settingsFlags are a directory sync's settings as flags. What is not given
// stays.
type settingsFlags struct {
	Settings     string   `help:"File with settings, as under settings in 'replicator show --json'; - is standard input." placeholder:"FILE"`
	Everybody    bool     `help:"Take everybody in the directory."`
	Group        []string `help:"Take the members of these groups instead, by name or object id." sep:"none" placeholder:"GROUP"`
	Exclude      []string `help:"Leave the members of these groups out." sep:"none" placeholder:"GROUP"`
	Condition    []string `help:"Only those of whom it holds: 'department is Sales', 'mail notEmpty'." sep:"none" placeholder:"CONDITION"`
	LetIn        []string `help:"Take these, too: guest, disabled, room, equipment, shared, unlicensed." placeholder:"KIND"`
	Map          []string `help:"Write a property into a field: mobilePhone=mobile, with :always, :whenEmpty or :never after it." placeholder:"RULE"`
	Unmap        []string `help:"Write no longer into these fields." placeholder:"FIELD"`
	Extension    string   `help:"none, field:employeeId, number:businessPhones:4 (its last four digits) or nextFree:200." placeholder:"RULE"`
	Country      string   `help:"Country of numbers written without one."`
	ContactURL   string   `help:"Address of a caller's page, with {number}, {mail}, {name} or {id}." name:"contact-url"`
	Contacts     *bool    `help:"People without an extension become contacts." negatable:""`
	New          string   `help:"What happens to new people: offer or create." enum:",offer,create" default:""`
	SureLinks    *bool    `help:"Link sure matches without asking." negatable:""`
	LimitLeft    string   `help:"Hold a round in which more have left: 5/5% is five or five percent." placeholder:"N/P%"`
	LimitChanged string   `help:"Hold a round that changes more names, extensions and numbers." placeholder:"N/P%"`
	Schedule     string   `help:"byHand, nightly or soon." enum:",byHand,nightly,soon" default:""`
	Window       string   `help:"When the night's round may start: 01:00-05:00." placeholder:"FROM-TO"`
	Zone         string   `help:"Time zone of that, such as Europe/Stockholm."`
}

// given is true where any flag is.
func (f settingsFlags) given() bool {
	return f.Settings != "" || f.Everybody || f.Contacts != nil || f.SureLinks != nil ||
		len(f.Group)+len(f.Exclude)+len(f.Condition)+len(f.LetIn)+len(f.Map)+len(f.Unmap) > 0 ||
		f.Extension+f.Country+f.ContactURL+f.New+f.LimitLeft+f.LimitChanged+f.Schedule+f.Window+f.Zone != ""
}

// fresh lays the flags over what a new directory sync of the organization starts
// with; nil where none is given.
func (f settingsFlags) fresh(ctx context.Context, s *session, o *client.Organization, source string) (*client.Settings, *client.Schedule, error) {
	if !f.given() {
		return nil, nil, nil
	}
	about, err := o.Get(ctx)
	if err != nil {
		return nil, nil, err
	}
	text, err := json.Marshal(directory.DefaultSettings())
	if err != nil {
		return nil, nil, fmt.Errorf("read the default settings: %w", err)
	}
	var settings client.Settings
	if err := json.Unmarshal(text, &settings); err != nil {
		return nil, nil, fmt.Errorf("read the default settings: %w", err)
	}
	settings.Country, settings.Limits = about.Settings.Country, about.Settings.Template.Limits
	schedule := about.Settings.Template.Schedule
	err = f.over(ctx, s, o, source, &settings, &schedule)
	return &settings, &schedule, err
}

// over lays the flags over settings.
func (f settingsFlags) over(ctx context.Context, s *session, o *client.Organization, source string, to *client.Settings, when *client.Schedule) error {
	if f.Settings != "" {
		*to = client.Settings{}
		if err := readJSON(s.terminal, f.Settings, to); err != nil {
			return err
		}
	}
	if err := f.scope(ctx, s, o, source, &to.Scope); err != nil {
		return err
	}
	for text, value := range map[*string]string{&to.Country: f.Country, &to.ContactURL: f.ContactURL, &to.New: f.New, &when.Mode: f.Schedule, &when.Zone: f.Zone} {
		if value != "" {
			*text = value
		}
	}
	for flag, value := range map[*bool]*bool{&to.Contacts: f.Contacts, &to.SureLinks: f.SureLinks} {
		if value != nil {
			*flag = *value
		}
	}
	texts := []flagText{
		{"--extension", f.Extension, func(text string) bool { return parseExtension(text, &to.Extension) }},
		{"--limit-left", f.LimitLeft, func(text string) bool { return parseLimit(text, &to.Limits.Left) }},
		{"--limit-changed", f.LimitChanged, func(text string) bool { return parseLimit(text, &to.Limits.Changed) }},
		{"--window", f.Window, func(text string) bool { return parseWindow(text, when) }},
	}
	for _, rule := range f.Map {
		texts = append(texts, flagText{"--map", rule, func(text string) bool { return addRule(text, &to.Mapping) }})
	}
	for _, t := range texts {
		if t.text != "" && !t.read(t.text) {
			return s.failed("cli.flag", language.Text("flag", t.flag), language.Text("value", t.text))
		}
	}
	to.Mapping = slices.DeleteFunc(to.Mapping, func(r client.Rule) bool { return slices.Contains(f.Unmap, r.To) })
	return nil
}

// flagText is a flag whose text has a form of its own; read is false for another.
type flagText struct {
	flag, text string
	read       func(string) bool
}

// scope lays the flags about people over a scope.
func (f settingsFlags) scope(ctx context.Context, s *session, o *client.Organization, source string, to *client.Scope) (err error) {
	if f.Everybody {
		to.Everybody, to.Groups = true, nil
	}
	if len(f.Group) > 0 {
		to.Everybody = false
		if to.Groups, err = s.groups(ctx, o, source, f.Group); err != nil {
			return err
		}
	}
	if len(f.Exclude) > 0 {
		if to.Exclude, err = s.groups(ctx, o, source, f.Exclude); err != nil {
			return err
		}
	}
	if len(f.Condition) > 0 {
		to.Conditions = nil
	}
	for _, text := range f.Condition {
		words := append(strings.SplitN(text, " ", 3), "", "")
		to.Conditions = append(to.Conditions, client.Condition{Field: words[0], Operator: words[1], Value: words[2]})
	}
	if len(f.LetIn) > 0 {
		to.LetIn = f.LetIn
	}
	return nil
}

var objectID = regexp.MustCompile(`^(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// groups finds the object ids of groups given by name.
func (s *session) groups(ctx context.Context, o *client.Organization, source string, names []string) ([]string, error) {
	var ids []string
	for _, name := range names {
		if objectID.MatchString(name) {
			ids = append(ids, name)
			continue
		}
		found, err := o.Groups(ctx, source, name)
		if err != nil {
			return nil, err
		}
		g, err := choose(s, "cli.the.group", found, name, func(g client.Group) thing { return thing{g.ID, g.Name, g.ID} })
		if err != nil {
			return nil, err
		}
		ids = append(ids, g.ID)
	}
	return ids, nil
}

// addRule reads mobilePhone=mobile:always and puts it in the place of the rule
// that wrote that field.
func addRule(text string, to *[]client.Rule) bool {
	from, rest, ok := strings.Cut(text, "=")
	field, when, timed := strings.Cut(rest, ":")
	if !timed {
		when = string(directory.Always)
	}
	rule := client.Rule{From: from, To: field, When: when}
	if i := slices.IndexFunc(*to, func(r client.Rule) bool { return r.To == field }); i >= 0 {
		(*to)[i] = rule
	} else {
		*to = append(*to, rule)
	}
	return ok && from != "" && field != ""
}

func parseExtension(text string, to *client.ExtensionRule) (ok bool) {
	from, rest, _ := strings.Cut(text, ":")
	var err error
	switch from {
	case "none":
		*to = client.ExtensionRule{}
		return rest == ""
	case "field":
		*to = client.ExtensionRule{From: from, Field: rest}
		return rest != ""
	case "number":
		field, digits, _ := strings.Cut(rest, ":")
		*to = client.ExtensionRule{From: from, Field: field}
		to.Digits, err = strconv.Atoi(digits)
		return err == nil && field != ""
	case "nextFree":
		*to = client.ExtensionRule{From: from}
		to.Start, err = strconv.Atoi(rest)
		return err == nil
	}
	return false
}

// parseLimit reads 5/5%.
func parseLimit(text string, to *client.Limit) bool {
	count, percent, _ := strings.Cut(strings.TrimSuffix(text, "%"), "/")
	var first, second error
	to.Count, first = strconv.Atoi(count)
	to.Percent, second = strconv.Atoi(percent)
	return first == nil && second == nil
}

// parseWindow reads 01:00-05:00.
func parseWindow(text string, to *client.Schedule) bool {
	from, until, _ := strings.Cut(text, "-")
	a, first := time.Parse("15:04", from)
	b, second := time.Parse("15:04", until)
	to.From, to.To = a.Hour()*60+a.Minute(), b.Hour()*60+b.Minute()
	return first == nil && second == nil
}
