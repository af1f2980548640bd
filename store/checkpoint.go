package store

import "context"

// Checkpoint brings what has been written into the database's own file and empties
// the log beside it, in which older versions of rows stand, so that what has been
// dropped is gone from the disk. It does nothing on PostgreSQL, which has its own
// ways. The engine's readers may put a part of it off until the next time.
func (s *Store) Checkpoint(ctx context.Context) error {
	if s.pool != nil {
		return nil
	}
	if err := s.turn.take(ctx, ordinary); err != nil {
		return wrap("checkpoint", err)
	}
	defer s.turn.give()
	_, err := s.writer.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return wrap("checkpoint", err)
}
