package desk

import (
	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/organization"
)

// Sight is how much of another's activity somebody may see.
type Sight int

// What is seen: nothing; what callers may know; inside names of what is not
// sensitive; everything.
const (
	Unseen Sight = iota
	Outward
	Inward
	Whole
)

// sight is how much of a person the actor may see. Administrators, the person
// himself and the delegates he named see everything, attendants what is not
// sensitive; a token below administrator gets what callers get.
func (v *Visit) sight(person string, delegates []string) Sight {
	role := v.Role()
	switch {
	case role == organization.Operator || role == organization.Administrator:
		return Whole
	case v.actor.Kind == Token && role == organization.Attendant:
		return Outward
	case v.actor.Kind == Token && role == organization.PersonRole:
		if v.actor.About == person {
			return Outward
		}
	case role == organization.PersonRole:
		if v.actor.About == person || contains(delegates, v.actor.About) {
			return Whole
		}
	case role == organization.Attendant:
		return Inward
	}
	return Unseen
}

func contains(all []string, one string) bool {
	for _, s := range all {
		if s == one && s != "" {
			return true
		}
	}
	return false
}

// shares is true where somebody with this sight may see what an audience may.
func (s Sight) shares(a organization.Audience) bool {
	return s == Whole || s == Inward && (a == organization.Attendants || a == organization.Colleagues)
}

// seen is a state as somebody with this sight may see it. inside is the state
// whole, p what the organization shares, narrowed by the person.
func (s Sight) seen(inside activity.State, set activity.Set, p organization.Privacy) Seen {
	if inside.Key == "" {
		return Seen{Outward: s == Outward} // nothing was told yet
	}
	a, known := set.Find(inside.Key)
	if s == Outward || s == Inward && (!known || a.Sensitive) {
		out := inside.Outward(set)
		return Seen{State: out, Activity: out.Public, Public: out.Public, Outward: s == Outward}
	}
	if !s.shares(p.Subject) {
		inside.Subject = ""
	}
	if !s.shares(p.Place) {
		inside.Place = ""
	}
	return Seen{State: inside, Activity: a, Public: set.Public(inside.Key)}
}
