package desk

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store"
)

func (v *Visit) switchboards(ctx context.Context) ([]SwitchboardState, error) {
	all, err := v.store().Switchboards(ctx)
	if err != nil {
		return nil, step("list switchboards", err)
	}
	counts, err := v.store().TellingCounts(ctx)
	if err != nil {
		return nil, step("count tellings", err)
	}
	return mapped(all, func(s store.SwitchboardState) SwitchboardState { return switchboardOf(s, counts) }), nil
}

func switchboardOf(s store.SwitchboardState, counts map[string]store.TellingCount) SwitchboardState {
	n := counts[s.ID]
	return SwitchboardState{Switchboard: s.Switchboard, Generation: s.Generation, Subscribers: n.Live, Refused: n.Failing}
}

func (v *Visit) switchboard(ctx context.Context, id string) (SwitchboardState, error) {
	s, err := v.store().Switchboard(ctx, id)
	if err != nil {
		return SwitchboardState{}, answer(err, "read switchboard")
	}
	counts, err := v.store().TellingCounts(ctx)
	return switchboardOf(s, counts), step("count tellings", err)
}

func (v *Visit) checkNewSwitchboard(n *NewSwitchboard) error {
	var bad faults
	n.Name = bad.name("name", n.Name)
	i := slices.IndexFunc(v.desk.Switchboards, func(k organization.Kind) bool { return k.Name == n.Kind })
	bad.when(i < 0, "kind", "option")
	for key, value := range n.Settings {
		bad.text("settings."+key, value, 10*maxText) // authorities are long
	}
	if n.Register == "" {
		n.Register = BuiltinRegister
	}
	option(&bad, "register", n.Register, BuiltinRegister)
	if n.Password != nil {
		bad.text("password", *n.Password, maxName)
	}
	if err := bad.err(); err != nil {
		return err
	}
	return asInvalid(v.desk.Switchboards[i].Parse(n.Settings))
}

// sealPassword seals a switchboard's password, and says which it is by its first
// letters where it has enough of them to spare.
func (v *Visit) sealPassword(id, password string) (sealed []byte, hint string, err error) {
	if password == "" {
		return []byte{}, "", nil
	}
	if v.desk.Seal == nil {
		return nil, "", ErrNotOffered
	}
	sealed, err = v.desk.Seal([]byte(password), organization.Sealed(v.org, id, organization.SwitchboardPassword))
	hint = "•••"
	if utf8.RuneCountInString(password) >= 12 {
		hint = string([]rune(password)[:3]) + hint
	}
	return sealed, hint, step("seal password", err)
}

func (v *Visit) addSwitchboard(ctx context.Context, n NewSwitchboard) (SwitchboardState, error) {
	if err := v.checkNewSwitchboard(&n); err != nil {
		return SwitchboardState{}, err
	}
	s := organization.Switchboard{ID: store.NewID(), Name: n.Name, Kind: n.Kind, Settings: n.Settings, Register: n.Register}
	sealed := []byte{}
	if n.Password != nil {
		var err error
		if sealed, s.Hint, err = v.sealPassword(s.ID, *n.Password); err != nil {
			return SwitchboardState{}, err
		}
	}
	if _, err := v.store().PutSwitchboard(ctx, s, sealed, 0); err != nil {
		return SwitchboardState{}, answer(err, "add switchboard")
	}
	if err := v.audit(ctx, "switchboard.add", s.ID, map[string]string{"name": s.Name, "kind": s.Kind}); err != nil {
		return SwitchboardState{}, err
	}
	return v.switchboard(ctx, s.ID)
}

func (v *Visit) saveSwitchboard(ctx context.Context, id string, n NewSwitchboard, generation int64) (SwitchboardState, error) {
	have, sealed, err := v.store().SealedSwitchboard(ctx, id)
	if err != nil {
		return SwitchboardState{}, answer(err, "read switchboard")
	}
	n.Kind, n.Register = have.Kind, have.Register
	if err := v.checkNewSwitchboard(&n); err != nil {
		return SwitchboardState{}, err
	}
	s := have.Switchboard
	elsewhere := !maps.Equal(s.Settings, n.Settings)
	s.Name, s.Settings = n.Name, n.Settings
	if n.Password != nil {
		if sealed, s.Hint, err = v.sealPassword(id, *n.Password); err != nil {
			return SwitchboardState{}, err
		}
	}
	if _, err := v.store().PutSwitchboard(ctx, s, sealed, generation); err != nil {
		return SwitchboardState{}, answer(err, "save switchboard")
	}
	// Somewhere else nothing was told yet; with another password what was refused may be taken.
	if err := v.store().Retell(ctx, id, elsewhere); err != nil {
		return SwitchboardState{}, answer(err, "tell again")
	}
	if err := v.audit(ctx, "switchboard.save", id, map[string]string{"name": s.Name}); err != nil {
		return SwitchboardState{}, err
	}
	return v.switchboard(ctx, id)
}

func (v *Visit) pauseSwitchboard(ctx context.Context, id string, paused bool) (SwitchboardState, error) {
	have, sealed, err := v.store().SealedSwitchboard(ctx, id)
	if err != nil {
		return SwitchboardState{}, answer(err, "read switchboard")
	}
	if have.Paused == paused {
		return v.switchboard(ctx, id)
	}
	s, verb := have.Switchboard, "switchboard.resume"
	if s.Paused = paused; paused {
		verb = "switchboard.pause"
	}
	if _, err := v.store().PutSwitchboard(ctx, s, sealed, have.Generation); err != nil {
		return SwitchboardState{}, answer(err, "pause switchboard")
	}
	if err := v.audit(ctx, verb, id, nil); err != nil {
		return SwitchboardState{}, err
	}
	return v.switchboard(ctx, id)
}

// withdrawing is how long a switchboard that is being deleted may take to forget
// what it was told. What is left ends by itself, since nobody tells it again.
const withdrawing = 15 * time.Second

func (v *Visit) deleteSwitchboard(ctx context.Context, id string) error {
	if _, err := v.pauseSwitchboard(ctx, id, true); err != nil {
		return err
	}
	v.withdraw(ctx, id)
	if err := v.store().DeleteSwitchboard(ctx, id); err != nil {
		return answer(err, "delete switchboard")
	}
	return v.audit(ctx, "switchboard.delete", id, nil)
}

// withdraw has a switchboard forget what it was told, as far as it answers.
func (v *Visit) withdraw(ctx context.Context, id string) {
	ctx, cancel := context.WithTimeout(ctx, withdrawing)
	defer cancel()
	board, err := v.openSwitchboard(ctx, id)
	if err != nil {
		return
	}
	slots := make(chan struct{}, max(board.AtOnce, 1))
	for after := int64(0); ctx.Err() == nil; {
		page, next, err := v.store().TellingsOf(ctx, id, false, after, maxPage)
		if err != nil || len(page) == 0 {
			break
		}
		for _, t := range page {
			if t.Receipt == "" {
				continue
			}
			slots <- struct{}{}
			go func() {
				defer func() { <-slots }()
				row, err := v.store().Subscriber(ctx, t.Subscriber)
				if err == nil {
					board.Activities.SetActivity(ctx, row.Subscriber, activity.State{Key: activity.Available, Open: true}, t.Receipt)
				}
			}()
		}
		if after = next; next == 0 {
			break
		}
	}
	for range cap(slots) { // until all are done
		slots <- struct{}{}
	}
}

func (v *Visit) openSwitchboard(ctx context.Context, id string) (pbx.Connection, error) {
	if v.desk.Reconcile == nil || v.desk.Reconcile.OpenSwitchboard == nil {
		return pbx.Connection{}, ErrNotOffered
	}
	if _, err := v.store().Switchboard(ctx, id); err != nil {
		return pbx.Connection{}, answer(err, "read switchboard")
	}
	board, err := v.desk.Reconcile.OpenSwitchboard(ctx, v.org, id)
	return board, answer(err, "open switchboard")
}

// checkSwitchboard tells a switchboard that somebody who has nothing standing
// there is busy, and takes it back at once.
func (v *Visit) checkSwitchboard(ctx context.Context, id string) (bool, pbx.Reason, error) {
	board, err := v.openSwitchboard(ctx, id)
	if err != nil {
		return false, pbx.Reason{}, err
	}
	someone, err := v.untold(ctx, id, board)
	if err != nil {
		return false, pbx.Reason{}, err
	}
	if someone == nil {
		return false, pbx.Reason{Code: "nobodyToTry"}, nil
	}
	o, err := v.organization(ctx)
	if err != nil {
		return false, pbx.Reason{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, withdrawing)
	defer cancel()
	set := o.Settings.Calendar.Set()
	state := func(k activity.Key) activity.State {
		a, _ := set.Find(k)
		return activity.State{Key: k, Open: a.Open, Language: o.Settings.Language, Zone: o.Settings.Calendar.Zone}.Outward(set)
	}
	receipt, _, err := board.Activities.SetActivity(ctx, *someone, state(activity.Busy), "")
	if err == nil {
		_, _, err = board.Activities.SetActivity(ctx, *someone, state(activity.Available), receipt)
	}
	why := answered(err)
	return why.Code == "", why, v.audit(ctx, "switchboard.check", id, nil)
}

// answered is a switchboard's answer as a fact: what it refused, or that it could
// not be asked. What an error says beyond that may hold addresses and is left out.
func answered(err error) pbx.Reason {
	var no *pbx.Refusal
	switch {
	case err == nil:
		return pbx.Reason{}
	case errors.As(err, &no):
		return no.Reason()
	case errors.Is(err, context.DeadlineExceeded):
		return pbx.Reason{Code: "noAnswer"}
	}
	return pbx.Reason{Code: "unreachable"}
}

// untold is a subscriber with an address of whom nothing stands in the
// switchboard, nil where there is none.
func (v *Visit) untold(ctx context.Context, id string, board pbx.Connection) (*pbx.Subscriber, error) {
	standing := map[string]bool{}
	for after := int64(0); ; {
		page, next, err := v.store().TellingsOf(ctx, id, false, after, maxPage)
		if err != nil {
			return nil, step("list tellings", err)
		}
		for _, t := range page {
			standing[t.Subscriber] = t.Receipt != ""
		}
		if after = next; next == 0 || len(page) == 0 {
			break
		}
	}
	for row, err := range v.store().Subscribers(ctx) {
		if err != nil {
			return nil, step("list subscribers", err)
		}
		if standing[row.ID] {
			continue
		}
		if _, err := addressOf(board, row.Subscriber); err == nil {
			return &row.Subscriber, nil
		}
	}
	return nil, nil
}

func addressOf(board pbx.Connection, s pbx.Subscriber) (string, error) {
	if board.Address == nil {
		return s.ID, nil
	}
	return board.Address(s)
}

func (v *Visit) switchboardAddresses(ctx context.Context, id string) (Addresses, error) {
	board, err := v.openSwitchboard(ctx, id)
	if err != nil {
		return Addresses{}, err
	}
	var out Addresses
	var order []string
	at := map[string][]Addressed{}
	for row, err := range v.store().Subscribers(ctx) {
		if err != nil {
			return out, step("list subscribers", err)
		}
		if row.Contact() {
			continue // no telephone of ours
		}
		out.Total++
		one := Addressed{Subscriber: row.ID, Name: row.Name(), Extension: row.Get(pbx.Extension)}
		if one.Address, err = addressOf(board, row.Subscriber); err != nil {
			one.Reason = answered(err)
			if len(out.Missing) < maxPage {
				out.Missing = append(out.Missing, one)
			}
			continue
		}
		if len(at[one.Address]) == 0 {
			order = append(order, one.Address)
		}
		at[one.Address] = append(at[one.Address], one)
	}
	for _, address := range order {
		switch all := at[address]; {
		case len(all) > 1 && len(out.Doubles) < maxPage:
			out.Doubles = append(out.Doubles, all)
		case len(all) == 1 && len(out.Sample) < 10:
			out.Sample = append(out.Sample, all[0])
		}
	}
	return out, nil
}
