package desk

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// SourceState is a source as it stands: its settings, what is known of its
// credentials (never they themselves) and its last check.
type SourceState struct {
	organization.Source
	Generation  int64
	Tenant      string // the tenant's id once proven
	ReadAt      time.Time
	Credentials []organization.Credential
	Checked     *CheckResult // nil before the first
	// Subscriptions are what Microsoft was asked to tell changes of.
	Subscriptions []Subscription
}

// NewSource is what is typed for a connection.
type NewSource struct {
	Name     string
	Kind     string
	Settings map[string]string
	// Password is that of the account which an Exchange server is asked as; nil keeps
	// what there is. Entra ID has secrets and certificates instead.
	Password *string
}

// SourceKinds lists the kinds of source and their fields.
func (v *Visit) SourceKinds(ctx context.Context) ([]organization.Kind, error) {
	if err := v.may(ctx, "SourceKinds"); err != nil {
		return nil, err
	}
	return v.desk.Kinds, nil
}

// Sources lists the organization's connections.
func (v *Visit) Sources(ctx context.Context) ([]SourceState, error) {
	if err := v.may(ctx, "Sources"); err != nil {
		return nil, err
	}
	return v.sources(ctx)
}

func (v *Visit) sources(ctx context.Context) ([]SourceState, error) {
	sources, err := v.store().Sources(ctx)
	if err != nil {
		return nil, step("list sources", err)
	}
	states := make([]SourceState, len(sources))
	for i, s := range sources {
		if states[i], err = v.sourceState(ctx, s); err != nil {
			return nil, err
		}
	}
	return states, nil
}

// Source is one connection.
func (v *Visit) Source(ctx context.Context, id string) (SourceState, error) {
	if err := v.may(ctx, "Source"); err != nil {
		return SourceState{}, err
	}
	return v.source(ctx, id)
}

func (v *Visit) source(ctx context.Context, id string) (SourceState, error) {
	s, err := v.store().Source(ctx, id)
	if err != nil {
		return SourceState{}, answer(err, "read source")
	}
	return v.sourceState(ctx, s)
}

func (v *Visit) sourceState(ctx context.Context, s store.SourceState) (SourceState, error) {
	state := SourceState{Source: s.Source, Generation: s.Generation, Tenant: s.Tenant, ReadAt: s.ReadAt}
	if s.Checked != "" {
		state.Checked = new(CheckResult)
		if err := json.Unmarshal([]byte(s.Checked), state.Checked); err != nil {
			return SourceState{}, step("read last check", err)
		}
	}
	var err error
	if state.Subscriptions, err = v.store().Subscriptions(ctx, s.ID); err != nil {
		return SourceState{}, step("list subscriptions", err)
	}
	state.Credentials, err = v.store().Credentials(ctx, s.ID)
	return state, step("list credentials", err)
}

// AddSource makes a connection.
func (v *Visit) AddSource(ctx context.Context, n NewSource) (SourceState, error) {
	if err := v.may(ctx, "AddSource"); err != nil {
		return SourceState{}, err
	}
	return v.addSource(ctx, n)
}

func (v *Visit) addSource(ctx context.Context, n NewSource) (SourceState, error) {
	if err := v.checkSource(&n); err != nil {
		return SourceState{}, err
	}
	s := organization.Source{ID: store.NewID(), Name: n.Name, Kind: n.Kind, Settings: n.Settings}
	keep, err := v.passwordOf(s.ID, nil, n.Password)
	if err != nil {
		return SourceState{}, err
	}
	err = v.write(ctx, "source.add", s.ID, map[string]string{"name": s.Name, "kind": s.Kind}, func(o store.Org) error {
		if _, err := o.AddSource(ctx, s); err != nil {
			return err
		}
		return keep(ctx, o)
	})
	if err != nil {
		return SourceState{}, err
	}
	return v.source(ctx, s.ID)
}

// SaveSource renames a connection or changes its settings. The kind stays. What
// was read stays too, unless the directory is another one.
func (v *Visit) SaveSource(ctx context.Context, id string, n NewSource, generation int64) (SourceState, error) {
	if err := v.may(ctx, "SaveSource"); err != nil {
		return SourceState{}, err
	}
	return v.saveSource(ctx, id, n, generation)
}

func (v *Visit) saveSource(ctx context.Context, id string, n NewSource, generation int64) (SourceState, error) {
	have, err := v.source(ctx, id)
	if err != nil {
		return SourceState{}, err
	}
	n.Kind = have.Kind
	if err := v.checkSource(&n); err != nil {
		return SourceState{}, err
	}
	s := have.Source
	s.Name, s.Settings = n.Name, n.Settings
	if n.Password == nil && len(have.Credentials) > 0 && !samePassword(have.Source, s) {
		return SourceState{}, invalid("password", "again")
	}
	keep, err := v.passwordOf(id, have.Credentials, n.Password)
	if err != nil {
		return SourceState{}, err
	}
	err = v.write(ctx, "source.save", id, map[string]string{"name": s.Name}, func(o store.Org) error {
		if err := o.UpdateSource(ctx, s, generation); err != nil {
			return err
		}
		if err := keep(ctx, o); err != nil || sameDirectory(have.Source, s) {
			return err
		}
		if err := o.SetTenant(ctx, id, ""); err != nil {
			return err
		}
		return o.ResetMirror(ctx, id, nil) // everybody is read anew
	})
	if err != nil {
		return SourceState{}, err
	}
	return v.source(ctx, id)
}

// DeleteSource takes away a connection with its credentials and what was read
// through it; [ErrConflict] while a replicator uses it.
func (v *Visit) DeleteSource(ctx context.Context, id string) error {
	if err := v.may(ctx, "DeleteSource"); err != nil {
		return err
	}
	return v.deleteSource(ctx, id)
}

func (v *Visit) deleteSource(ctx context.Context, id string) error {
	err := v.store().DeleteSource(ctx, id)
	if errors.Is(err, store.ErrConflict) {
		return ErrConflict
	}
	if err != nil {
		return answer(err, "delete source")
	}
	return v.audit(ctx, "source.delete", id, nil)
}

// Check tries a connection: the token, each permission, people and groups.
func (v *Visit) Check(ctx context.Context, source string) (CheckResult, error) {
	if err := v.may(ctx, "Check"); err != nil {
		return CheckResult{}, err
	}
	return v.check(ctx, source)
}

func (v *Visit) check(ctx context.Context, source string) (CheckResult, error) {
	result, err := v.tried(ctx, source)
	if err != nil {
		return CheckResult{}, err
	}
	credentials, err := v.store().Credentials(ctx, source)
	if err != nil {
		return CheckResult{}, step("list credentials", err)
	}
	text, err := json.Marshal(result)
	if err != nil {
		return CheckResult{}, step("keep check", err)
	}
	return result, v.write(ctx, "source.check", source, nil, func(o store.Org) error {
		if result.Tenant != "" {
			if err := o.SetTenant(ctx, source, result.Tenant); err != nil {
				return err
			}
		}
		if len(credentials) > 0 && credentials[0].Kind == organization.Secret && !result.SecretExpires.IsZero() {
			if err := o.SetExpiry(ctx, source, credentials[0].ID, result.SecretExpires, true); err != nil {
				return err
			}
		}
		return o.SetChecked(ctx, source, string(text))
	})
}

// tried is what a check finds; a source that cannot even be opened is one, too.
func (v *Visit) tried(ctx context.Context, source string) (CheckResult, error) {
	open, err := v.openSource(ctx, source)
	var trouble *directory.Trouble
	if errors.As(err, &trouble) {
		return CheckResult{At: v.desk.Now(), People: -1, Groups: -1, Lines: []directory.CheckLine{
			{Subject: "signin", Outcome: directory.CheckFailed, Code: trouble.Code, Args: trouble.Args},
		}}, nil
	}
	if err != nil {
		return CheckResult{}, err
	}
	result := open.Check(ctx)
	return result, ctx.Err()
}

// openSource opens a connection that is there.
func (v *Visit) openSource(ctx context.Context, id string) (directory.Connection, error) {
	if _, err := v.store().Source(ctx, id); err != nil {
		return directory.Connection{}, answer(err, "read source")
	}
	open, err := v.desk.Reconcile.OpenSource(ctx, v.org, id)
	return open, answer(err, "open source")
}

// openDirectory opens a connection that people can be read from.
func (v *Visit) openDirectory(ctx context.Context, id string) (directory.Connection, error) {
	s, err := v.source(ctx, id)
	if err != nil {
		return directory.Connection{}, err
	}
	if !s.Directory() {
		return directory.Connection{}, invalid("source", "noDirectory")
	}
	return v.openSource(ctx, id)
}

// sameDirectory is true where a source still reads the same tenant.
func sameDirectory(a, b organization.Source) bool {
	return a.Settings["tenant"] == b.Settings["tenant"] && a.Settings["cloud"] == b.Settings["cloud"]
}

func (v *Visit) checkSource(n *NewSource) error { return checkSourceOf(v.desk.Kinds, n) }

func checkSourceOf(kinds []organization.Kind, n *NewSource) error {
	var bad faults
	n.Name = bad.name("name", n.Name)
	i := slices.IndexFunc(kinds, func(k organization.Kind) bool { return k.Name == n.Kind })
	bad.when(i < 0, "kind", "option")
	for key, value := range n.Settings {
		bad.text("settings."+key, value, longest(key))
	}
	if n.Password != nil {
		bad.when(n.Kind != organization.Exchange, "password", "unknown")
		bad.password(*n.Password)
	}
	if err := bad.err(); err != nil {
		return err
	}
	return asInvalid(kinds[i].Parse(n.Settings))
}

// longest is how long a setting may be: certificates of authorities are long.
func longest(setting string) int {
	if setting == "ca" {
		return 20 * maxText
	}
	return maxText
}

// expirySoon is when a customer with an expiring credential counts as needing help.
const expirySoon = 30 * 24 * time.Hour
