package console

import (
	"cmp"
	"errors"
	"strings"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/organization"
)

// change does with somebody's activity what a form says: it sets one, says that he
// is back, or clears all that was set by hand.
func (p *page) change(person string) (desk.BoardRow, error) {
	switch p.form("do") {
	case "back":
		return p.visit.Back(p.ctx(), person)
	case "clear":
		return p.visit.Clear(p.ctx(), person)
	}
	n, err := p.typedChoice()
	if err != nil {
		return desk.BoardRow{}, err
	}
	return p.visit.Choose(p.ctx(), person, n)
}

// typedChoice is what a form sets; its times are of the page's zone.
func (p *page) typedChoice() (desk.NewChoice, error) {
	n := desk.NewChoice{
		Activity: activity.Key(p.form("activity")), Lasts: desk.Lasts(cmp.Or(p.form("lasts"), string(desk.RestOfDay))),
		Phone: activity.Phone(p.form("phone")), Note: p.form("note"),
		Forward: activity.Forward{Kind: activity.ForwardKind(p.form("forward"))},
	}
	if n.Lasts == desk.UntilTime {
		until, ok := p.instant(p.form("date"), p.form("time"))
		if !ok {
			return n, faulty("until", "clock")
		}
		n.Until = until
	}
	switch n.Forward.Kind {
	case activity.ToNumber:
		n.Forward.To = p.form("forwardNumber")
	case activity.ToColleague:
		colleague, err := p.pickedPerson("colleague")
		if err != nil {
			return n, err
		}
		n.Forward.To = colleague
	}
	return n, nil
}

// faulty says that a value of a form can't be read, as the desk would.
func faulty(field, code string) error {
	return &desk.Invalid{Fields: []organization.FieldError{{Field: field, Code: code}}}
}

// instant is a day ("2026-11-23", "" today) and a time of day in the page's zone.
func (p *page) instant(day, clock string) (time.Time, bool) {
	if day == "" {
		day = p.now().Format(time.DateOnly)
	}
	clock = strings.NewReplacer(".", ":", " ", "").Replace(clock)
	for _, layout := range []string{"15:04", "15:04:05", "15"} {
		if t, err := time.ParseInLocation(time.DateOnly+" "+layout, day+" "+clock, p.zone); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// pickedPerson is who was picked from the list that name's search field found, or
// whose name was typed whole enough to mean nobody else.
func (p *page) pickedPerson(name string) (string, error) {
	if id := p.form(name + "Picked"); id != "" {
		return id, nil
	}
	found, err := p.visit.FindPeople(p.ctx(), p.form(name))
	var refused *desk.Invalid
	if errors.As(err, &refused) {
		return "", faulty(name, "who")
	}
	if err != nil {
		return "", err
	}
	if len(found) == 1 {
		return found[0].Person, nil
	}
	for _, f := range found {
		if strings.EqualFold(f.Name, p.form(name)) {
			return f.Person, nil
		}
	}
	return "", faulty(name, "who")
}

// findPeople lists the people whom a search field may mean, for the form around it.
func findPeople(p *page) error {
	name := p.form("field")
	if name != "colleague" && name != "delegate" {
		return desk.ErrNotFound
	}
	var found []desk.PersonName
	if text := p.form(name); text != "" {
		var err error
		if found, err = p.visit.FindPeople(p.ctx(), text); err != nil {
			if _, refused := p.refused(err); !refused {
				return err
			}
		}
	}
	return p.ok(p.peopleFound(name, p.form(name), found))
}
