package desk

import (
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/notify"
	"github.com/telefonist/telefonist/phonebook"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/setup"
	"github.com/telefonist/telefonist/store"
)

// Hit is who has a number, Step a step of connecting, MailText an e-mail.
type (
	Hit      = phonebook.Hit
	MailText = notify.Message
	Step     = setup.Step
	// ExchangeSetup is what the script for an Exchange server is made from.
	ExchangeSetup = setup.Exchange
	ExchangeRight = setup.Right
)

// What was decided about people, and what is told of them.
type (
	Decision      = reconcile.Decision
	Do            = reconcile.Do
	Explanation   = reconcile.Explanation
	FieldLine     = reconcile.FieldLine
	Preview       = reconcile.Preview
	PreviewPerson = reconcile.PreviewPerson
)

// The decisions.
const (
	DoLink     = reconcile.DoLink
	DoCreate   = reconcile.DoCreate
	DoIgnore   = reconcile.DoIgnore
	DoUnignore = reconcile.DoUnignore
	DoUnlink   = reconcile.DoUnlink
	DoKeep     = reconcile.DoKeep
	DoRemove   = reconcile.DoRemove
)

// What the desk hands out, by the names that faces know it by.
type (
	Entry             = store.Entry
	Mirror            = store.Mirror
	Round             = store.Round
	RoundState        = store.RoundState
	ChangeState       = store.ChangeState
	Cause             = store.Cause
	StandingState     = store.StandingState
	PersonLink        = store.Link
	Change            = store.Change
	Standing          = store.Standing
	Suggestion        = store.Suggestion
	Notice            = store.Notice
	Mail              = store.Mail
	SubscriberRow     = store.SubscriberRow
	OrganizationState = store.OrganizationState
	ConnectLink       = store.ConnectLink
	CheckResult       = directory.CheckResult
	Subscription      = store.Subscription
)
