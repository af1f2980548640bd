package store

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
)

// bulkRows is how many rows one statement holds on PostgreSQL, where each costs a
// way to the server. SQLite is fastest with one row a statement.
const bulkRows = 200

// bulk is a statement over rows of values: an INSERT, or, where update is set, an
// UPDATE. Each statement names its organization in its first column.
type bulk struct {
	insert   string   // INSERT INTO t (organization, …) VALUES
	conflict string   // ON CONFLICT …
	types    []string // of each value, for PostgreSQL: text, bigint, boolean, bytea
	update   string   // for SQLite, with $1 …
	updates  string   // for PostgreSQL: UPDATE … FROM (VALUES %s) AS v (…) WHERE …
}

// run executes b for all rows and returns how many rows it changed.
func (s *Store) run(ctx context.Context, w *writing, b bulk, rows [][]any) (int64, error) {
	if s.pool == nil {
		query := b.update
		if query == "" {
			query = b.insert + " " + tuples(1, b.types, false) + " " + b.conflict
		}
		var changed int64
		for _, row := range rows {
			n, err := affected(w.conn.ExecContext(ctx, query, row...))
			if err != nil {
				return changed, err
			}
			changed += n
		}
		return changed, nil
	}
	var changed int64
	for part := range slices.Chunk(rows, bulkRows) {
		query := b.insert + " " + tuples(len(part), b.types, false) + " " + b.conflict
		if b.updates != "" {
			query = fmt.Sprintf(b.updates, tuples(len(part), b.types, true))
		}
		n, err := affected(w.conn.ExecContext(ctx, query, slices.Concat(part...)...))
		if err != nil {
			return changed, err
		}
		changed += n
	}
	if b.insert != "" {
		w.grown[strings.Fields(b.insert)[2]] += int64(len(rows))
	}
	return changed, nil
}

// settle gathers statistics of tables that have just grown from nothing: until
// PostgreSQL does so by itself, within a minute or two, it reads an organization's
// every row to find two hundred of them.
func (s *Store) settle(ctx context.Context, grown map[string]int64) {
	for table, rows := range grown {
		s.sizes.Lock()
		before := s.size[table]
		s.size[table] += rows
		s.sizes.Unlock()
		for mark := int64(1000); mark <= 100_000; mark *= 10 {
			if before < mark && before+rows >= mark {
				if _, err := s.writer.ExecContext(ctx, "ANALYZE "+table); err != nil {
					s.log.Warn("gathering statistics failed", "table", table, "error", wrap("analyze", err))
				}
			}
		}
	}
}

// tuples is ($1,$2),($3,$4) for n rows; cast names the types in the first.
func tuples(n int, types []string, cast bool) string {
	var b strings.Builder
	for row := range n {
		if row > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for i, t := range types {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(row*len(types) + i + 1))
			if cast && row == 0 {
				b.WriteString("::" + t)
			}
		}
		b.WriteByte(')')
	}
	return b.String()
}

func affected(result sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// among executes query for 16 ids at a time, or, on PostgreSQL, for 200. The
// query ends in "IN (%s)" and args stand before the ids.
func (s *Store) among(ctx context.Context, w *writing, query string, args []any, ids []string) (int64, error) {
	var changed int64
	for part := range s.parts(ids) {
		text, all := in(query, args, part)
		n, err := affected(w.conn.ExecContext(ctx, text, all...))
		if err != nil {
			return changed, err
		}
		changed += n
	}
	return changed, nil
}

// parts cuts ids into what one statement takes.
func (s *Store) parts(ids []string) iter.Seq[[]string] {
	size := 16 // SQLite's driver grows quadratic with the placeholders of a statement
	if s.pool != nil {
		size = bulkRows
	}
	return func(yield func([]string) bool) {
		for len(ids) > 0 {
			n := min(size, len(ids))
			if !yield(ids[:n]) {
				return
			}
			ids = ids[n:]
		}
	}
}

func in(query string, args []any, ids []string) (string, []any) {
	all := make([]any, 0, len(args)+len(ids))
	all = append(all, args...)
	var list strings.Builder
	for i, id := range ids {
		if i > 0 {
			list.WriteByte(',')
		}
		list.WriteByte('$')
		list.WriteString(strconv.Itoa(len(all) + 1))
		all = append(all, id)
	}
	return fmt.Sprintf(query, list.String()), all
}

// lookup asks query for the given ids and hands each row to scan.
func (o Org) lookup(ctx context.Context, query string, args []any, ids []string, scan func(*sql.Rows) error) error {
	for part := range o.s.parts(ids) {
		text, all := in(query, args, part)
		if err := o.each(ctx, text, all, scan); err != nil {
			return err
		}
	}
	return nil
}

func (o Org) each(ctx context.Context, query string, args []any, scan func(*sql.Rows) error) error {
	c := conn{base: o.s.reader}
	if o.w != nil {
		c = o.w.conn
	}
	rows, err := c.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// stream yields the rows of one statement, which is one moment of the database,
// as they arrive. It holds a connection until the loop ends.
func stream[T any](ctx context.Context, o Org, step, query string, args []any, scan func(*sql.Rows) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		stopped := false
		err := o.each(ctx, query, args, func(rows *sql.Rows) error {
			v, err := scan(rows)
			if err != nil {
				return err
			}
			if !yield(v, nil) {
				stopped = true
				return errStopped
			}
			return nil
		})
		if err != nil && !stopped {
			yield(none, wrap(step, err))
		}
	}
}

var errStopped = &failure{text: "stopped"}

const (
	readPeople  = `SELECT id, seq, gone_reason, gone_at, data FROM person WHERE organization = $1 AND source = $2 AND seq > $3`
	findPeople  = `SELECT id, seq, gone_reason, gone_at, data FROM person WHERE organization = $1 AND source = $2 AND id IN (%s)`
	heldPeople  = `SELECT id, stamp, gone_reason, gone_at, data FROM person WHERE organization = $1 AND source = $2 AND id IN (%s)`
	stampPeople = `UPDATE person SET stamp = $3 WHERE organization = $1 AND source = $2 AND id IN (%s)`
	touchPeople = `UPDATE person SET seq = $3 WHERE organization = $1 AND source = $2 AND id IN (%s)`
	losePeople  = `UPDATE person SET gone_reason = 'missing', gone_at = $4, seq = $3
		WHERE organization = $1 AND source = $2 AND gone_reason = '' AND id IN (%s)`
	readEdges = `SELECT group_id, member FROM edge WHERE organization = $1 AND source = $2`

	readLinks = `SELECT register, subscriber, source, person, replicator, state, creation_key, written, left_reason, left_at,
		linked_at, linked_by FROM link WHERE organization = $1 AND register = $2`
	findLinks = `SELECT register, subscriber, source, person, replicator, state, creation_key, written, left_reason, left_at,
		linked_at, linked_by FROM link WHERE organization = $1 AND source = $2 AND person IN (%s)`
	readSubscribers = `SELECT id, creation_key, fields, generation, created_at, changed_at FROM subscriber WHERE organization = $1`
	wakeExtensions  = `DELETE FROM extension_rest WHERE organization = $1 AND extension IN (%s)`
	dropStandings   = `DELETE FROM standing WHERE organization = $1 AND replicator = $2 AND person IN (%s)`
)

var putPeople = bulk{
	insert: `INSERT INTO person (organization, source, id, stamp, seq, gone_reason, gone_at, name_key, search, data) VALUES`,
	conflict: `ON CONFLICT (organization, source, id) DO UPDATE SET stamp = excluded.stamp, seq = excluded.seq,
		gone_reason = excluded.gone_reason, gone_at = excluded.gone_at, name_key = excluded.name_key,
		search = excluded.search, data = excluded.data`,
	types: []string{"text", "text", "text", "bigint", "bigint", "text", "bigint", "bytea", "text", "text"},
}

var putGroups = bulk{
	insert: `INSERT INTO directory_group (organization, source, id, name, name_key, search, kind, stamp) VALUES`,
	conflict: `ON CONFLICT (organization, source, id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key,
		search = excluded.search, kind = excluded.kind, stamp = excluded.stamp`,
	types: []string{"text", "text", "text", "text", "bytea", "text", "text", "bigint"},
}

var addEdges = bulk{
	insert:   `INSERT INTO edge (organization, source, group_id, member, stamp) VALUES`,
	conflict: `ON CONFLICT (organization, source, group_id, member) DO NOTHING RETURNING group_id, member`,
	types:    []string{"text", "text", "text", "text", "bigint"},
}

// fresh executes an INSERT that returns two columns of each row that was not there,
// and returns these.
func (s *Store) fresh(ctx context.Context, w *writing, b bulk, rows [][]any) (map[[2]string]bool, error) {
	size := 16 // SQLite's driver grows quadratic with the placeholders of a statement
	if s.pool != nil {
		size = bulkRows
	}
	added := map[[2]string]bool{}
	for part := range slices.Chunk(rows, size) {
		args := slices.Concat(part...)
		err := Org{s: s, w: w}.each(ctx, b.insert+" "+tuples(len(part), b.types, false)+" "+b.conflict, args, func(rows *sql.Rows) error {
			var key [2]string
			err := rows.Scan(&key[0], &key[1])
			added[key] = true
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	w.grown[strings.Fields(b.insert)[2]] += int64(len(rows))
	return added, nil
}

var stampEdges = bulk{
	types: []string{"text", "text", "text", "text", "bigint"},
	update: `UPDATE edge SET stamp = $5 WHERE organization = $1 AND source = $2 AND group_id = $3 AND member = $4
		AND stamp <> $5`,
	updates: `UPDATE edge SET stamp = v.stamp FROM (VALUES %s) AS v (organization, source, group_id, member, stamp)
		WHERE edge.organization = v.organization AND edge.source = v.source AND edge.group_id = v.group_id
		AND edge.member = v.member AND edge.stamp <> v.stamp`,
}

var putLinks = bulk{
	insert: `INSERT INTO link (organization, register, subscriber, source, person, replicator, state, creation_key, written,
		left_reason, left_at, linked_at, linked_by) VALUES`,
	conflict: `ON CONFLICT (organization, register, subscriber) DO UPDATE SET source = excluded.source, person = excluded.person,
		replicator = excluded.replicator, state = excluded.state, creation_key = excluded.creation_key,
		written = excluded.written, left_reason = excluded.left_reason, left_at = excluded.left_at,
		linked_at = excluded.linked_at, linked_by = excluded.linked_by`,
	types: []string{"text", "text", "text", "text", "text", "text", "text", "text", "text", "text", "bigint", "bigint", "text"},
}

var setLedger = bulk{
	types:  []string{"text", "text", "text", "text"},
	update: `UPDATE link SET written = $4 WHERE organization = $1 AND register = $2 AND subscriber = $3`,
	updates: `UPDATE link SET written = v.written FROM (VALUES %s) AS v (organization, register, subscriber, written)
		WHERE link.organization = v.organization AND link.register = v.register AND link.subscriber = v.subscriber`,
}

var setLeft = bulk{
	types: []string{"text", "text", "text", "text", "bigint"},
	update: `UPDATE link SET left_reason = $4, left_at = $5
		WHERE organization = $1 AND register = $2 AND subscriber = $3`,
	updates: `UPDATE link SET left_reason = v.left_reason, left_at = v.left_at
		FROM (VALUES %s) AS v (organization, register, subscriber, left_reason, left_at)
		WHERE link.organization = v.organization AND link.register = v.register AND link.subscriber = v.subscriber`,
}

var moveStandings = bulk{
	types: []string{"text", "text", "text", "text", "text"},
	update: `UPDATE standing SET state = $4, why = $5, suggestions = ''
		WHERE organization = $1 AND replicator = $2 AND person = $3`,
	updates: `UPDATE standing SET state = v.state, why = v.why, suggestions = ''
		FROM (VALUES %s) AS v (organization, replicator, person, state, why)
		WHERE standing.organization = v.organization AND standing.replicator = v.replicator AND standing.person = v.person`,
}

var putStandings = bulk{
	insert: `INSERT INTO standing (organization, replicator, person, state, why, problems, suggestions, name, name_key, search) VALUES`,
	conflict: `ON CONFLICT (organization, replicator, person) DO UPDATE SET state = excluded.state, why = excluded.why,
		problems = excluded.problems, suggestions = excluded.suggestions, name = excluded.name,
		name_key = excluded.name_key, search = excluded.search
		WHERE standing.state <> excluded.state OR standing.why <> excluded.why OR standing.problems <> excluded.problems
		OR standing.suggestions <> excluded.suggestions OR standing.name <> excluded.name OR standing.search <> excluded.search`,
	types: []string{"text", "text", "text", "text", "text", "text", "text", "text", "bytea", "text"},
}

var putChanges = bulk{
	insert: `INSERT INTO change (organization, round, position, kind, person, name, search, subscriber, creation_key, reason,
		before, after, state, answer, done_at, blanked) VALUES`,
	conflict: `ON CONFLICT (organization, round, position) DO UPDATE SET kind = excluded.kind, person = excluded.person,
		name = excluded.name, search = excluded.search, subscriber = excluded.subscriber,
		creation_key = excluded.creation_key, reason = excluded.reason, before = excluded.before, after = excluded.after,
		state = excluded.state, answer = excluded.answer, done_at = excluded.done_at, blanked = excluded.blanked`,
	types: []string{"text", "text", "bigint", "text", "text", "text", "text", "text", "text", "text",
		"text", "text", "text", "text", "bigint", "boolean"},
}

var finishChanges = bulk{
	types: []string{"text", "text", "bigint", "text", "text", "text", "bigint"},
	update: `UPDATE change SET state = $4, answer = $5, subscriber = $6, done_at = $7
		WHERE organization = $1 AND round = $2 AND position = $3`,
	updates: `UPDATE change SET state = v.state, answer = v.answer, subscriber = v.subscriber, done_at = v.done_at
		FROM (VALUES %s) AS v (organization, round, position, state, answer, subscriber, done_at)
		WHERE change.organization = v.organization AND change.round = v.round AND change.position = v.position`,
}

var addSubscribers = bulk{
	insert: `INSERT INTO subscriber (organization, id, creation_key, fields, extension, name_key, search, generation,
		created_at, changed_at) VALUES`,
	types: []string{"text", "text", "text", "text", "text", "bytea", "text", "bigint", "bigint", "bigint"},
}

var updateSubscribers = bulk{
	types: []string{"text", "text", "text", "text", "bytea", "text", "bigint", "bigint"},
	update: `UPDATE subscriber SET fields = $3, extension = $4, name_key = $5, search = $6, changed_at = $7,
		generation = generation + 1 WHERE organization = $1 AND id = $2 AND generation = $8`,
	updates: `UPDATE subscriber SET fields = v.fields, extension = v.extension, name_key = v.name_key, search = v.search,
		changed_at = v.changed_at, generation = subscriber.generation + 1
		FROM (VALUES %s) AS v (organization, id, fields, extension, name_key, search, changed_at, generation)
		WHERE subscriber.organization = v.organization AND subscriber.id = v.id AND subscriber.generation = v.generation`,
}
