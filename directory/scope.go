package directory

import "strings"

// Scope says which people of a directory a replicator takes care of: everybody
// or the members of chosen groups (nested ones included), minus the members of
// excluded groups, minus those who fail a condition, minus the kinds of account
// that are left out unless let in.
type Scope struct {
	Everybody  bool        `json:"everybody,omitempty"`
	Groups     []string    `json:"groups,omitempty"`  // object ids
	Exclude    []string    `json:"exclude,omitempty"` // object ids
	Conditions []Condition `json:"conditions,omitempty"`
	LetIn      []Kind      `json:"letIn,omitempty"`
}

// UsesGroups is true where membership must be read.
func (s Scope) UsesGroups() bool { return !s.Everybody || len(s.Exclude) > 0 }

// Kind is a sort of account that is not a member of staff with a telephone.
type Kind string

// The kinds left out by default.
const (
	Guest      Kind = "guest"
	Disabled   Kind = "disabled"
	Room       Kind = "room"
	Equipment  Kind = "equipment"
	Shared     Kind = "shared" // shared and service mailboxes
	Unlicensed Kind = "unlicensed"
)

// Kinds lists the kinds in the order they are shown.
func Kinds() []Kind { return []Kind{Guest, Disabled, Room, Equipment, Shared, Unlicensed} }

// Condition compares one property, case-folded. All conditions must hold.
type Condition struct {
	Field    Field    `json:"field"`
	Operator Operator `json:"operator"`
	Value    string   `json:"value"`
}

// Operator is a comparison of a [Condition].
type Operator string

// The comparisons.
const (
	Is          Operator = "is"
	IsNot       Operator = "isNot"
	StartsWith  Operator = "startsWith"
	Contains    Operator = "contains"
	ContainsNot Operator = "containsNot"
	Empty       Operator = "empty"
	NotEmpty    Operator = "notEmpty"
)

// Operators lists the comparisons in the order they are shown.
func Operators() []Operator {
	return []Operator{Is, IsNot, StartsWith, Contains, ContainsNot, Empty, NotEmpty}
}

// Holds is true where p meets the condition.
func (c Condition) Holds(p Person) bool {
	have, want := strings.ToLower(p.Get(c.Field)), strings.ToLower(c.Value)
	switch c.Operator {
	case Is:
		return have == want
	case IsNot:
		return have != want
	case StartsWith:
		return strings.HasPrefix(have, want)
	case Contains:
		return strings.Contains(have, want)
	case ContainsNot:
		return !strings.Contains(have, want)
	case Empty:
		return have == ""
	case NotEmpty:
		return have != ""
	}
	return false
}

// Verdict says whether a person is in scope and, if not, why.
type Verdict struct {
	In        bool
	Why       Why
	Condition Condition // for WhyCondition
	Group     string    // for WhyExcluded: the excluded group
}

// Why is the reason for standing outside a scope; the kinds are reasons too.
type Why string

// The reasons that are not kinds.
const (
	WhyNotMember Why = "notMember"
	WhyExcluded  Why = "excluded"
	WhyCondition Why = "condition"
)

// Membership answers for a group id which people it holds, nested groups included.
type Membership map[string]map[string]bool

// Close computes the people of each wanted group from direct edges: the
// transitive closure, safe on cycles. members maps a group to its direct members
// (people and groups alike).
func Close(members map[string][]string, wanted ...string) Membership {
	m := make(Membership, len(wanted))
	for _, group := range wanted {
		if m[group] != nil {
			continue
		}
		inside, seen := map[string]bool{}, map[string]bool{group: true}
		for queue := []string{group}; len(queue) > 0; {
			next := queue[len(queue)-1]
			queue = queue[:len(queue)-1]
			for _, member := range members[next] {
				if _, isGroup := members[member]; !isGroup {
					inside[member] = true
				} else if !seen[member] {
					seen[member] = true
					queue = append(queue, member)
				}
			}
		}
		m[group] = inside
	}
	return m
}

// Judge says whether p is in scope. Membership must hold every group the scope
// names; a group that no longer exists holds nobody.
func (s Scope) Judge(p Person, m Membership) Verdict {
	if !s.Everybody && !anyHolds(m, s.Groups, p.ID) {
		return Verdict{Why: WhyNotMember}
	}
	for _, group := range s.Exclude {
		if m[group][p.ID] {
			return Verdict{Why: WhyExcluded, Group: group}
		}
	}
	for _, k := range kindsOf(p) {
		if !s.letsIn(k) {
			return Verdict{Why: Why(k)}
		}
	}
	for _, c := range s.Conditions {
		if !c.Holds(p) {
			return Verdict{Why: WhyCondition, Condition: c}
		}
	}
	return Verdict{In: true}
}

func anyHolds(m Membership, groups []string, person string) bool {
	for _, g := range groups {
		if m[g][person] {
			return true
		}
	}
	return false
}

func (s Scope) letsIn(k Kind) bool {
	for _, have := range s.LetIn {
		if have == k {
			return true
		}
	}
	return false
}

// kindsOf lists the kinds p belongs to. A disabled account without licence whose
// purpose is not known is most likely a room or a shared mailbox; it counts as
// what is known of it.
func kindsOf(p Person) []Kind {
	var kinds []Kind
	if p.Get(UserType) == "Guest" || strings.Contains(p.Get(UserPrincipalName), "#EXT#") {
		kinds = append(kinds, Guest)
	}
	switch strings.ToLower(p.Get(Purpose)) {
	case "room":
		return append(kinds, Room)
	case "equipment":
		return append(kinds, Equipment)
	case "shared", "others":
		return append(kinds, Shared)
	}
	if !p.Enabled() {
		kinds = append(kinds, Disabled)
	}
	if p.Get(Licensed) == "false" {
		kinds = append(kinds, Unlicensed)
	}
	return kinds
}
