package store

import (
	"context"
	"errors"
	"slices"
)

// HistoryRow is a line of what was told that is to be kept.
type HistoryRow struct{ row []any }

// AddHistory keeps lines of what was told, in transactions of at most 500 rows,
// after all others.
func (s *Store) AddHistory(ctx context.Context, lines []HistoryRow) error {
	for part := range slices.Chunk(lines, batch) {
		rows := make([][]any, len(part))
		for i, line := range part {
			rows[i] = line.row
		}
		err := s.write(ctx, "add history", func(w *writing) error {
			_, err := s.run(ctx, w, addTold, rows)
			return err
		})
		if errors.Is(wrap("", err), ErrNotFound) { // a customer was erased meanwhile
			err = s.addHistoryOneByOne(ctx, rows)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) addHistoryOneByOne(ctx context.Context, rows [][]any) error {
	for _, row := range rows {
		err := s.write(ctx, "add history", func(w *writing) error {
			_, err := s.run(ctx, w, addTold, [][]any{row})
			return err
		})
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return nil
}

// RecallHistory adds what was told last and is not in the history: the process
// ended between [Store.SaveToldFirst] and [Store.AddHistory].
func (s *Store) RecallHistory(ctx context.Context) error {
	rows, err := s.queries.MissingHistory(ctx)
	if err != nil {
		return wrap("recall history", err)
	}
	lines := make([]HistoryRow, len(rows))
	for i, r := range rows {
		told, err := decodeState(r.Told)
		if err != nil {
			return wrap("recall history", err)
		}
		told.Subject, told.Place = "", ""
		lines[i] = HistoryRow{[]any{r.Organization, r.Person, r.ToldAt, r.Switchboard, encodeState(told)}}
	}
	return s.AddHistory(ctx, lines)
}
