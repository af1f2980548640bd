package directory

import "time"

// What a directory can be asked to tell changes of.
const (
	Users      = "users"
	UserGroups = "groups"
)

// Subscription asks a directory to tell an address that something has changed. It
// tells that, never what.
type Subscription struct {
	ID       string    // the directory's, "" before it is made
	Resource string    // [Users] or [UserGroups]
	URL      string    // where it is told
	State    string    // a secret that comes with each notification; never in an answer
	Expires  time.Time // as the directory answered, which may be sooner than was asked for
}
