package store

import (
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
)

// Link is the tie between a person and a subscriber, made or approved once.
type Link struct {
	Register   string
	Subscriber string // while Creating: the creation key
	Source     string
	Person     string
	Replicator string
	State      LinkState
	Key        string     // the key our create carries, "" for an entry that was there
	Written    pbx.Fields // the ledger: what we last wrote, field by field
	Left       LeftReason
	LeftAt     time.Time
	LinkedAt   time.Time
	LinkedBy   string
}

// LinkState tells a create that is under way from a finished link.
type LinkState string

// Creating is written before the register is asked to create, so that a create
// that was interrupted is found again by its key.
const (
	Creating LinkState = "creating"
	Linked   LinkState = "linked"
)

// LeftReason says why a linked person waits under "Ta bort eller behåll".
type LeftReason string

// The reasons; Present is none.
const (
	Present         LeftReason = ""
	LeftDisabled    LeftReason = "disabled"
	LeftSoftDeleted LeftReason = "softdeleted"
	LeftPurged      LeftReason = "purged"
	LeftScope       LeftReason = "scope"
	LeftMissing     LeftReason = "missing"
)

// MirrorPerson is a person as last read, with when and how he left.
type MirrorPerson struct {
	directory.Person
	Seq        int64
	GoneReason directory.GoneReason // "" while present
	GoneAt     time.Time
}

// StandingState is where a person stands in a replicator after its last plan.
type StandingState string

// The states of a standing. Taken is a person whom another replicator takes care of.
const (
	Offered StandingState = "offered"
	Tied    StandingState = "linked"
	Ignored StandingState = "ignored"
	Outside StandingState = "outside"
	Taken   StandingState = "elsewhere"
	Leaving StandingState = "left"
)

// Standing is a person's place in a replicator after its last plan.
type Standing struct {
	Person      string
	Name        string
	State       StandingState
	Why         pbx.Reason
	Problems    []pbx.Reason
	Suggestions []Suggestion
}

// Suggestion is a subscriber that may be the person.
type Suggestion struct {
	Subscriber string     `json:"subscriber"`
	Name       string     `json:"name"`
	Extension  string     `json:"extension,omitempty"`
	Reason     pbx.Reason `json:"reason"` // mail, number, name, employeeId; "another" marks possibly another person
	Sure       bool       `json:"sure,omitempty"`
}

// RoundState is how far a round has come.
type RoundState string

// The states of a round. Waiting wants a first approval, Held was stopped by a limit.
const (
	Reading  RoundState = "reading"
	Waiting  RoundState = "waiting"
	Held     RoundState = "held"
	Applying RoundState = "applying"
	Done     RoundState = "done"
	Dropped  RoundState = "dropped"
	Failed   RoundState = "failed"
)

// Over is true for states that nothing leads out of.
func (s RoundState) Over() bool { return s == Done || s == Dropped || s == Failed }

// Cause is what started a round.
type Cause string

// The causes.
const (
	ByHand   Cause = "hand"
	Nightly  Cause = "nightly"
	OnChange Cause = "change"
	Decision Cause = "decision" // a person linked, created, removed …
	Undoing  Cause = "undo"
	Settings Cause = "settings"
)

// Round is one run of a replicator.
type Round struct {
	ID         string
	Replicator string
	Number     int64 // counts the rounds of its replicator
	Serial     int64 // orders the rounds of all replicators by their start
	Cause      Cause
	Actor      string
	State      RoundState
	Whole      bool
	Held       []pbx.Reason
	Counts     map[string]int64 // create, update, link, remove, left, offered, problems, done, skipped, failed …
	Progress   int64
	Total      int64
	Failure    pbx.Reason // Code "" when there is none
	Undoes     string
	UndoneBy   string
	ApprovedBy string
	Started    time.Time
	Planned    time.Time
	Ended      time.Time
}

// ChangeState is what became of a planned change.
type ChangeState string

// The states of a change.
const (
	Pending ChangeState = "pending"
	Applied ChangeState = "done"
	Skipped ChangeState = "skipped"
	Refused ChangeState = "failed"
)

// Change is a change of a round.
type Change struct {
	pbx.Change
	Round    string
	Position int64
	State    ChangeState
	Answer   pbx.Reason
	At       time.Time
	Blanked  bool // the values of a removed person, taken away after their time
}

// Mirror is how a source's mirror stands.
type Mirror struct {
	Cursor      string
	Fields      []directory.Field
	Seq         int64
	WholeSeq    int64
	PeopleWhole time.Time // when everybody was last read to the end
	PeopleBegan time.Time // when the last read of everybody began
	GroupsWhole time.Time
	ReadAt      time.Time
	Generation  int64
}

// Folded says what a page changed.
type Folded struct {
	Changed int  // people whose data differs from before
	Empty   bool // the page ended a full read that found nobody where there were some; nobody was marked
	Missing int  // people marked missing because a full read ended without them
}

// ReplicatorState is what machinery keeps about a replicator.
type ReplicatorState struct {
	organization.Replicator
	Generation        int64
	DueAt             time.Time // zero: never
	DueCause          Cause
	DueActor          string
	DueWhole          bool
	PlannedSeq        int64
	PlannedGeneration int64
	Approved          bool
	Rounds            int64
	Failures          int64
}

// SubscriberRow is an entry of the built-in register.
type SubscriberRow struct {
	pbx.Subscriber
	Generation int64
	Created    time.Time
	Changed    time.Time
}

// Notice is something told in the console.
type Notice struct {
	ID      int64
	At      time.Time
	Kind    string
	Subject string
	Data    map[string]string
}

// Mail is a message waiting to be sent.
type Mail struct {
	Organization organization.ID
	ID           string
	To           string
	Subject      string
	Body         string
	Due          time.Time
	Tries        int
	Answer       string
	Created      time.Time
}

// Entry is a line of the audit log.
type Entry struct {
	ID     int64
	At     time.Time
	Actor  string
	Role   organization.Role
	Verb   string
	Object string
	Detail map[string]string
}

// Login is an identity that signs in; memberships say where he may go.
type Login struct {
	Email        string
	Name         string
	PasswordHash string
	Language     string
	Operator     bool
	Created      time.Time
	Seen         time.Time
}

// ConnectLink is a one-time link for a colleague.
type ConnectLink struct {
	ID, Source, Colleague, Language, By string
	Created, Expires, Used, Revoked     time.Time
}

// Consent is a sign-in at Microsoft under way.
type Consent struct {
	StateHash, Link, SessionHash, Cloud string
	Sealed                              []byte
	Tenant, Source, Step                string
	Expires                             time.Time
}

// Subscription is a Graph change subscription of a source: an empty ID where
// there is none at the moment. Due is when it is to be made, renewed or looked at
// again, Problem the key of the sentence that says why that failed, "" if it didn't.
type Subscription struct {
	Resource, ID, ClientStateHash string
	Expires, Heard, Due           time.Time
	Problem                       string
}

// OrganizationState is a customer as the operator's overview shows it.
type OrganizationState struct {
	organization.Organization
	Generation  int64
	Sources     int64
	Replicators int64
	Held        int64 // rounds
	Waiting     int64 // rounds
	Failing     int64 // replicators whose last round failed
	Left        int64 // people who wait under "Ta bort eller behåll"
	Expiring    int64 // credentials
	LastRound   time.Time
}

// Membership is an organization that someone may enter.
type Membership struct {
	Organization organization.ID
	Name         string
	Role         organization.Role
}

// Invite is a one-time word for an e-mail address.
type Invite struct {
	Email   string
	Purpose string // "first" makes the first operator, "password" sets a new password
	Expires time.Time
}

// SourceState is what machinery keeps about a source.
type SourceState struct {
	organization.Source
	Tenant     string // proven tenant id, "" before
	Generation int64  // counts changes of settings and credentials
	CheckedAt  time.Time
	Checked    string // JSON of the last check, as its maker wrote it
	ReadAt     time.Time
	// Seq counts changes of its mirror; GroupsWhole is when all groups were last read.
	Seq         int64
	GroupsWhole time.Time
}

// ExpiringCredential is a credential that needs a warning.
type ExpiringCredential struct {
	Organization organization.ID
	Source       string
	organization.Credential
	WarnedDays int64 // the last warning sent: 60, 30, 14, 7, 1; 0 none
}

// Due is a replicator whose time has come.
type Due struct {
	Organization organization.ID
	Replicator   string
	At           time.Time
}

// Unfinished is a round that was reading or applying when it was last heard of.
type Unfinished struct {
	Organization organization.ID
	Round        string
	Replicator   string
}

// TenantSource is a source of a tenant, to tell when two organizations share it.
type TenantSource struct {
	Organization organization.ID
	Source, Name string
}

// Metrics are counts over all organizations.
type Metrics struct {
	Organizations      int64
	Replicators        int64
	FailingReplicators int64
	DueReplicators     int64
	Rounds             map[RoundState]int64 // those that are not over
	WaitingMails       int64

	Mailboxes       map[calendar.State]int64
	DueMailboxes    int64
	Tellings        int64
	FailingTellings int64
	DueTellings     int64
}
