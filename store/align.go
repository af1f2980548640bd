package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
)

// telling is which subscriber which switchboard is told of.
type telling struct{ switchboard, subscriber string }

// standing is whose activity a telling is of, and how it stands.
type standing struct {
	person                string
	live, leaving, paused bool
}

// AlignTellings makes the tellings those that people should have, nil for
// everybody: one for each subscriber they are linked to (of somebody local: that he
// is), in each switchboard that has the subscriber's register. A new one is due at once; one too many is taken
// back, and then forgotten. It is called after links, switchboards or mailboxes
// have changed, and changes nothing where nothing did.
func (o Org) AlignTellings(ctx context.Context, people []string) error {
	boards, err := o.Switchboards(ctx)
	if err != nil {
		return err
	}
	wanted, err := o.wantedTellings(ctx, boards, people)
	if err != nil {
		return err
	}
	have, err := o.heldTellings(ctx, people)
	if err != nil {
		return err
	}
	if err := o.putTellings(ctx, wanted, have); err != nil {
		return err
	}
	return o.leaveTellings(ctx, boards, wanted, have)
}

func (o Org) wantedTellings(ctx context.Context, boards []SwitchboardState, people []string) (map[telling]standing, error) {
	wanted := map[telling]standing{}
	scan := func(rows *sql.Rows) error {
		var register, subscriber string
		var t standing
		if err := rows.Scan(&register, &subscriber, &t.person, &t.live); err != nil {
			return err
		}
		if register == Builtin {
			wanted[telling{Builtin, subscriber}] = t
		}
		for _, b := range boards {
			if b.Register == register {
				t.paused = b.Paused
				wanted[telling{b.ID, subscriber}] = t
			}
		}
		return nil
	}
	if err := o.ofPeople(ctx, wantedLocally, "m.person", people, scan); err != nil {
		return nil, wrap("read local people", err)
	}
	err := o.ofPeople(ctx, wantedTellings, "m.person", people, scan) // who is linked is no longer local
	return wanted, wrap("read links", err)
}

func (o Org) heldTellings(ctx context.Context, people []string) (map[telling]standing, error) {
	have := map[telling]standing{}
	err := o.ofPeople(ctx, heldTellings, "person", people, func(rows *sql.Rows) error {
		var key telling
		var t standing
		err := rows.Scan(&key.switchboard, &key.subscriber, &t.person, &t.live, &t.leaving, &t.paused)
		have[key] = t
		return err
	})
	return have, wrap("read tellings", err)
}

// ofPeople asks query of people, nil for everybody.
func (o Org) ofPeople(ctx context.Context, query, column string, people []string, scan func(*sql.Rows) error) error {
	if people == nil {
		return o.each(ctx, query, []any{o.id}, scan)
	}
	return o.lookup(ctx, query+" AND "+column+" IN (%s)", []any{o.id}, people, scan)
}

func (o Org) putTellings(ctx context.Context, wanted, have map[telling]standing) error {
	now := millis(o.s.now())
	var keys []telling
	for key, t := range wanted {
		if was, ok := have[key]; !ok || was != t {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b telling) int { // rows that stand together are written together
		return cmp.Or(cmp.Compare(a.switchboard, b.switchboard), cmp.Compare(a.subscriber, b.subscriber))
	})
	for part := range slices.Chunk(keys, batch) { // whole rows of 100,000 would be large
		rows := make([][]any, len(part))
		for i, key := range part {
			t := wanted[key]
			rows[i] = []any{o.id, key.switchboard, key.subscriber, o.s.next(), t.person, t.live, false, t.paused, "", []byte{}, []byte{},
				int64(0), int64(0), "", "", int64(0), now, int64(1)}
		}
		if _, err := o.inTurn().runAll(ctx, "put tellings", Activities, putTellings, rows); err != nil {
			return err
		}
	}
	return nil
}

func (o Org) leaveTellings(ctx context.Context, boards []SwitchboardState, wanted, have map[telling]standing) error {
	known := map[string]bool{Builtin: true}
	for _, b := range boards {
		known[b.ID] = true
	}
	var rows [][]any
	unknown := map[string][]string{} // subscribers by switchboard
	for key, t := range have {
		_, stays := wanted[key]
		switch {
		case stays:
		case !known[key.switchboard]:
			unknown[key.switchboard] = append(unknown[key.switchboard], key.subscriber)
		case !t.leaving:
			rows = append(rows, []any{o.id, key.switchboard, key.subscriber, t.person, millis(o.s.now())})
		}
	}
	if _, err := o.inTurn().runAll(ctx, "leave tellings", Activities, leaveTellings, rows); err != nil {
		return err
	}
	for board, subscribers := range unknown {
		if err := o.tellingsAmong(ctx, "drop tellings", dropTellings, []any{o.id, board}, subscribers); err != nil {
			return err
		}
	}
	return nil
}

// tellingsAmong executes query for ids, at most 500 in a transaction.
func (o Org) tellingsAmong(ctx context.Context, step, query string, args []any, ids []string) error {
	for part := range slices.Chunk(ids, batch) {
		if err := o.inTurn().write(ctx, step, Activities, func(w *writing) error {
			_, err := o.s.among(ctx, w, query, args, part)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// SetLive says whether the activities of people may be told outside.
func (o Org) SetLive(ctx context.Context, people []string, live bool) error {
	for part := range slices.Chunk(people, batch/5) { // a person may have several tellings
		if err := o.inTurn().write(ctx, "set live", Activities, func(w *writing) error {
			if _, err := o.s.among(ctx, w, setLive, []any{o.id, live}, part); err != nil {
				return err
			}
			_, err := o.s.among(ctx, w, tellLive, []any{o.id, live, millis(o.s.now())}, part)
			w.tell(o.id, Mailboxes)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}
