package graph

// Value is one property of a directory object as an answer stated it. What an
// answer leaves out has no Value: it is unchanged, or was never set. What was
// cleared has Null.
type Value struct {
	// Name is Graph's. The members of a complex property are joined with a
	// dot ("employeeOrgData.division"), but the fifteen extension attributes
	// of onPremisesExtensionAttributes keep their own short names.
	Name string
	// Text is the value: a string as it is, "true" or "false", a number in
	// JSON's digits. Of a list of strings it is the first, of a list of
	// objects (assignedLicenses) their count. Of manager it is the id.
	Text string
	// List is a list of strings (businessPhones, proxyAddresses), else nil.
	List []string
	// Null says that the property is empty.
	Null bool
}

// Removal is why an object stands in a delta round as removed; values unknown
// today pass through.
type Removal string

const (
	Changed Removal = "changed" // deleted, restorable for thirty days
	Deleted Removal = "deleted" // gone for good, or left the group
)

// Object is a user, a group or anything else of the directory.
type Object struct {
	ID      string
	Type    string  // "user", "group", …, where the answer says
	Removed Removal // "" for one that is there
	Values  []Value // in the order of the answer
}

// Value finds a property by name; false means that the answer left it out.
func (o *Object) Value(name string) (Value, bool) {
	for i := range o.Values {
		if o.Values[i].Name == name {
			return o.Values[i], true
		}
	}
	return Value{}, false
}

// Text is the text of a property, "" where it is absent or null.
func (o *Object) Text(name string) string {
	v, _ := o.Value(name)
	return v.Text
}

// User is a person, room, shared mailbox or guest.
type User struct{ Object }

// Group is a group. A delta round may give one group several times, each with
// another slice of its direct members: they add up.
type Group struct {
	Object
	Members []Member
}

// Member ties an object to a group.
type Member struct {
	ID      string
	Type    string  // "user", "group", "device", …
	Removed Removal // "" for one that joined or is there
}
