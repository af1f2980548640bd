package desk

import (
	"context"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
)

// SwitchboardState is a telephone system that is told activities, as it stands.
// Its password is never shown: Hint says which it is.
type SwitchboardState struct {
	organization.Switchboard
	Generation  int64
	Refused     int64 // subscribers it has refused to be told of
	Subscribers int64 // of whom it is told
}

// NewSwitchboard is what is typed for a switchboard.
type NewSwitchboard struct {
	Name     string
	Kind     string
	Settings map[string]string
	Register string  // "" is the built-in one
	Password *string // nil keeps what there is, "" takes it away
}

// Addresses lists what is wrong with what a switchboard's template of addresses
// makes of the register's subscribers.
type Addresses struct {
	Total   int
	Sample  []Addressed   // the first ten that are right
	Missing []Addressed   // a field that the template names is empty, at most 500
	Doubles [][]Addressed // more than one with the same address, at most 500
}

// Addressed is a subscriber with its address.
type Addressed struct {
	Subscriber, Name, Extension string
	Address                     string
	Reason                      pbx.Reason // why it has none
}

// SwitchboardKinds lists the kinds of switchboard and their fields.
func (v *Visit) SwitchboardKinds(ctx context.Context) ([]organization.Kind, error) {
	if err := v.may(ctx, "SwitchboardKinds"); err != nil {
		return nil, err
	}
	return v.desk.Switchboards, nil
}

// Switchboards lists the switchboards beside the built-in one.
func (v *Visit) Switchboards(ctx context.Context) ([]SwitchboardState, error) {
	if err := v.may(ctx, "Switchboards"); err != nil {
		return nil, err
	}
	return v.switchboards(ctx)
}

// Switchboard is one of them.
func (v *Visit) Switchboard(ctx context.Context, id string) (SwitchboardState, error) {
	if err := v.may(ctx, "Switchboard"); err != nil {
		return SwitchboardState{}, err
	}
	return v.switchboard(ctx, id)
}

// AddSwitchboard makes one. It is told of those who are in service.
func (v *Visit) AddSwitchboard(ctx context.Context, n NewSwitchboard) (SwitchboardState, error) {
	if err := v.may(ctx, "AddSwitchboard"); err != nil {
		return SwitchboardState{}, err
	}
	return v.addSwitchboard(ctx, n)
}

// SaveSwitchboard changes name, settings or password. Kind and register stay.
func (v *Visit) SaveSwitchboard(ctx context.Context, id string, n NewSwitchboard, generation int64) (SwitchboardState, error) {
	if err := v.may(ctx, "SaveSwitchboard"); err != nil {
		return SwitchboardState{}, err
	}
	return v.saveSwitchboard(ctx, id, n, generation)
}

// PauseSwitchboard stops telling a switchboard, or goes on: it then gets what is
// true by then. What it was told stands meanwhile.
func (v *Visit) PauseSwitchboard(ctx context.Context, id string, paused bool) (SwitchboardState, error) {
	if err := v.may(ctx, "PauseSwitchboard"); err != nil {
		return SwitchboardState{}, err
	}
	return v.pauseSwitchboard(ctx, id, paused)
}

// DeleteSwitchboard forgets one, after what it was told has been withdrawn as far
// as it answers.
func (v *Visit) DeleteSwitchboard(ctx context.Context, id string) error {
	if err := v.may(ctx, "DeleteSwitchboard"); err != nil {
		return err
	}
	return v.deleteSwitchboard(ctx, id)
}

// CheckSwitchboard tries whether a switchboard takes what it would be told. ok is
// true where it does; else why says what it answered.
func (v *Visit) CheckSwitchboard(ctx context.Context, id string) (ok bool, why pbx.Reason, err error) {
	if err := v.may(ctx, "CheckSwitchboard"); err != nil {
		return false, why, err
	}
	return v.checkSwitchboard(ctx, id)
}

// SwitchboardAddresses lists doubles and gaps among the addresses under which a
// switchboard is told of the register's subscribers.
func (v *Visit) SwitchboardAddresses(ctx context.Context, id string) (Addresses, error) {
	if err := v.may(ctx, "SwitchboardAddresses"); err != nil {
		return Addresses{}, err
	}
	return v.switchboardAddresses(ctx, id)
}
