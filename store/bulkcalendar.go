package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
)

// runEach executes an UPDATE or DELETE for all rows and tells of each whether it
// changed anything. The PostgreSQL text has the row's number as its last column.
func (s *Store) runEach(ctx context.Context, w *writing, b bulk, rows [][]any) ([]bool, error) {
	changed := make([]bool, len(rows))
	if s.pool == nil {
		for i, row := range rows {
			n, err := affected(w.conn.ExecContext(ctx, b.update, row...))
			if err != nil {
				return nil, err
			}
			changed[i] = n > 0
		}
		return changed, nil
	}
	types := append(slices.Clone(b.types), "bigint")
	for at := 0; at < len(rows); at += bulkRows {
		part := rows[at:min(at+bulkRows, len(rows))]
		var args []any
		for i, row := range part {
			args = append(append(args, row...), int64(at+i))
		}
		err := Org{s: s, w: w}.each(ctx, fmt.Sprintf(b.updates, tuples(len(part), types, true)), args, func(rows *sql.Rows) error {
			var i int64
			err := rows.Scan(&i)
			changed[i] = true
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return changed, nil
}

const (
	findMailboxes = `SELECT person, home, source, entra_id, address, name, live, zone, hours, replies, settings_at, way, way_since,
		sought, wanted, hash, covers_from, covers_to, read_at, changed_at, heard_at, health, sentence, health_since, throttled_until, tries, due_at, due_cause, wakes,
		generation, agenda FROM mailbox WHERE organization = $1 AND person IN (%s)`
	findMailboxesBare = `SELECT person, home, source, entra_id, address, name, live, zone, hours, replies, settings_at, way, way_since,
		sought, wanted, hash, covers_from, covers_to, read_at, changed_at, heard_at, health, sentence, health_since, throttled_until, tries, due_at, due_cause, wakes,
		generation, '' FROM mailbox WHERE organization = $1 AND person IN (%s)`
	findGenerations = `SELECT person, generation FROM day WHERE organization = $1 AND person IN (%s)`
	findChoices     = `SELECT person, choice, silences, asked_at, generation FROM choice WHERE organization = $1 AND person IN (%s)`
	findPreferences = `SELECT person, settings FROM preference WHERE organization = $1 AND person IN (%s)`
	dropMailboxes   = `DELETE FROM mailbox WHERE organization = $1 AND home = $2 AND person IN (%s)`
	moveMailboxes   = `UPDATE mailbox SET source = $2, way = '', way_since = 0, sought = '', tries = 0, due_at = $3, due_cause = 'again',
		wakes = wakes + 1, generation = generation + 1 WHERE organization = $1 AND person IN (%s)`
	dropDays      = `DELETE FROM day WHERE organization = $1 AND person IN (%s)`
	staleDays     = `UPDATE day SET stale = TRUE, due_at = $2, generation = generation + 1 WHERE organization = $1 AND person IN (%s)`
	wakeMailboxes = `UPDATE mailbox SET due_at = CASE WHEN due_at = 0 OR due_at > $2 THEN $2 ELSE due_at END, due_cause = $3,
		wakes = wakes + 1 WHERE organization = $1 AND person IN (%s)`
	hearMailboxes = `UPDATE mailbox SET heard_at = $2, due_at = CASE WHEN due_at = 0 OR due_at > $3 THEN $3 ELSE due_at END,
		due_cause = 'notified', wakes = wakes + 1 WHERE organization = $1 AND person IN (%s)`
	settingsRead = `UPDATE mailbox SET settings_at = $2 WHERE organization = $1 AND person IN (%s)`
	findBoard    = `SELECT t.person, t.subscriber, t.live, t.told_key, t.told, t.inside, t.told_at, s.creation_key, s.fields, s.name_key,
		COALESCE(m.health, ''), COALESCE(m.read_at, 0)
		FROM subscriber s JOIN telling t ON t.organization = $1 AND t.switchboard = 'builtin' AND t.subscriber = s.id
		LEFT JOIN mailbox m ON m.organization = $1 AND m.person = t.person
		WHERE s.organization = $1 AND t.leaving = FALSE AND s.id IN (%s)`
	boardSince = `SELECT t.person, t.subscriber, t.live, t.told_key, t.told, t.inside, t.told_at, s.creation_key, s.fields, s.name_key,
		COALESCE(m.health, ''), COALESCE(m.read_at, 0)
		FROM telling t JOIN subscriber s ON s.organization = $1 AND s.id = t.subscriber
		LEFT JOIN mailbox m ON m.organization = $1 AND m.person = t.person
		WHERE t.organization = $1 AND t.switchboard = 'builtin' AND t.leaving = FALSE AND t.told_at >= $2`
	findSubscribers = `SELECT id, creation_key, fields, generation, created_at, changed_at FROM subscriber
		WHERE organization = $1 AND id IN (%s)`
	findEntries       = `SELECT id FROM subscriber WHERE organization = $1 AND id IN (%s)`
	dropSubscriptions = `DELETE FROM subscription WHERE organization = $1 AND source = $2 AND resource IN (%s)`
	retell            = `UPDATE telling SET due_at = $3, tries = 0, generation = generation + 1
		WHERE organization = $1 AND switchboard = $2 AND subscriber IN (%s)`
	retellAnew = `UPDATE telling SET due_at = $3, tries = 0, told_key = '', told = $4, inside = $4, receipt = '', answer = '',
		generation = generation + 1 WHERE organization = $1 AND switchboard = $2 AND subscriber IN (%s)`
	setLive  = `UPDATE mailbox SET live = $2 WHERE organization = $1 AND live <> $2 AND person IN (%s)`
	tellLive = `UPDATE telling SET live = $2, due_at = $3, generation = generation + 1
		WHERE organization = $1 AND live <> $2 AND person IN (%s)`
	wakeTellings = `UPDATE telling SET due_at = $2, generation = generation + 1 WHERE organization = $1 AND person IN (%s)`

	wantedTellings = `SELECT l.register, l.subscriber, m.person, m.live FROM mailbox m
		JOIN link l ON l.organization = $1 AND l.source = m.home AND l.person = m.person AND l.state = 'linked'
		WHERE m.organization = $1`
	wantedLocally = `SELECT 'builtin', s.id, m.person, m.live FROM mailbox m
		JOIN subscriber s ON s.organization = $1 AND s.id = m.person
		WHERE m.organization = $1 AND m.home = 'local'`
	heldTellings = `SELECT switchboard, subscriber, person, live, leaving, paused FROM telling WHERE organization = $1`
	dropTellings = `DELETE FROM telling WHERE organization = $1 AND switchboard = $2 AND subscriber IN (%s)`
)

var putMailboxes = bulk{
	insert: `INSERT INTO mailbox (organization, person, home, source, entra_id, address, name, name_key, search, live, due_at, due_cause,
		health, zone, hours, replies, settings_at, way, way_since, sought, wanted, hash, covers_from, covers_to, read_at, changed_at,
		heard_at, sentence, health_since, throttled_until, tries, wakes, generation, agenda) VALUES`,
	conflict: `ON CONFLICT (organization, person) DO UPDATE SET entra_id = excluded.entra_id, address = excluded.address,
		name = excluded.name, name_key = excluded.name_key, search = excluded.search, live = excluded.live, source = excluded.source,
		way = CASE WHEN mailbox.source = excluded.source THEN mailbox.way ELSE '' END,
		way_since = CASE WHEN mailbox.source = excluded.source THEN mailbox.way_since ELSE 0 END,
		sought = CASE WHEN mailbox.source = excluded.source THEN mailbox.sought ELSE '' END,
		due_at = CASE WHEN mailbox.entra_id = excluded.entra_id AND mailbox.address = excluded.address AND mailbox.source = excluded.source
			THEN mailbox.due_at ELSE excluded.due_at END,
		generation = CASE WHEN mailbox.entra_id = excluded.entra_id AND mailbox.address = excluded.address AND mailbox.source = excluded.source
			THEN mailbox.generation ELSE mailbox.generation + 1 END
		WHERE mailbox.home = excluded.home`,
	types: []string{"text", "text", "text", "text", "text", "text", "text", "bytea", "text", "boolean", "bigint", "text",
		"text", "text", "text", "text", "bigint", "text", "bigint", "text", "text", "bytea", "bigint", "bigint", "bigint", "bigint",
		"bigint", "text", "bigint", "bigint", "bigint", "bigint", "bigint", "bytea"},
}

var addDays = bulk{
	insert:   `INSERT INTO day (organization, person, from_at, to_at, stale, due_at, generation, spans) VALUES`,
	conflict: `ON CONFLICT (organization, person) DO NOTHING`,
	types:    []string{"text", "text", "bigint", "bigint", "boolean", "bigint", "bigint", "bytea"},
}

// saveDays takes organization, person, generation and what is new.
var saveDays = bulk{
	types: []string{"text", "text", "bigint", "bigint", "bigint", "bigint", "bytea"},
	update: `UPDATE day SET from_at = $4, to_at = $5, stale = FALSE, due_at = $6, spans = $7, generation = generation + 1
		WHERE organization = $1 AND person = $2 AND generation = $3`,
	updates: `UPDATE day SET from_at = v.from_at, to_at = v.to_at, stale = FALSE, due_at = v.due_at, spans = v.spans,
		generation = day.generation + 1
		FROM (VALUES %s) AS v (organization, person, generation, from_at, to_at, due_at, spans, n)
		WHERE day.organization = v.organization AND day.person = v.person AND day.generation = v.generation RETURNING v.n`,
}

// saveReadings keeps how a reading went, in a row whose generation is still that
// one; due_at only where nothing woke the mailbox meanwhile, the source only where
// it is another now.
var saveReadings = bulk{
	types: []string{"text", "text", "bigint", "bigint", "text", "text", "bigint", "bigint", "bigint", "bigint", "text",
		"bigint", "bigint", "bigint", "text", "bigint", "text", "text", "text"},
	update: `UPDATE mailbox SET health_since = CASE WHEN health = $5 THEN health_since ELSE $7 END, health = $5, sentence = $6,
		throttled_until = $8, tries = $9, due_cause = CASE WHEN wakes = $4 THEN $11 ELSE due_cause END,
		due_at = CASE WHEN wakes = $4 THEN $10 ELSE due_at END,
		read_at = CASE WHEN $12 > 0 THEN $12 ELSE read_at END, covers_from = CASE WHEN $12 > 0 THEN $13 ELSE covers_from END,
		covers_to = CASE WHEN $12 > 0 THEN $14 ELSE covers_to END, way = $15, way_since = $16, sought = $17, wanted = $18,
		source = CASE WHEN $19 <> '' THEN $19 ELSE source END, generation = generation + 1
		WHERE organization = $1 AND person = $2 AND generation = $3`,
	updates: `UPDATE mailbox SET health_since = CASE WHEN mailbox.health = v.health THEN mailbox.health_since ELSE v.now_at END,
		health = v.health, sentence = v.sentence, throttled_until = v.throttled_until, tries = v.tries,
		due_cause = CASE WHEN mailbox.wakes = v.wakes THEN v.due_cause ELSE mailbox.due_cause END,
		due_at = CASE WHEN mailbox.wakes = v.wakes THEN v.due_at ELSE mailbox.due_at END,
		read_at = CASE WHEN v.read_at > 0 THEN v.read_at ELSE mailbox.read_at END,
		covers_from = CASE WHEN v.read_at > 0 THEN v.covers_from ELSE mailbox.covers_from END,
		covers_to = CASE WHEN v.read_at > 0 THEN v.covers_to ELSE mailbox.covers_to END, way = v.way, way_since = v.way_since,
		sought = v.sought, wanted = v.wanted, source = CASE WHEN v.source <> '' THEN v.source ELSE mailbox.source END,
		generation = mailbox.generation + 1
		FROM (VALUES %s) AS v (organization, person, generation, wakes, health, sentence, now_at, throttled_until, tries, due_at,
			due_cause, read_at, covers_from, covers_to, way, way_since, sought, wanted, source, n)
		WHERE mailbox.organization = v.organization AND mailbox.person = v.person AND mailbox.generation = v.generation
		RETURNING v.n`,
}

var saveSettings = bulk{
	types: []string{"text", "text", "text", "text", "text"},
	update: `UPDATE mailbox SET zone = $3, hours = $4, replies = $5
		WHERE organization = $1 AND person = $2 AND (zone <> $3 OR hours <> $4 OR replies <> $5)`,
	updates: `UPDATE mailbox SET zone = v.zone, hours = v.hours, replies = v.replies
		FROM (VALUES %s) AS v (organization, person, zone, hours, replies, n)
		WHERE mailbox.organization = v.organization AND mailbox.person = v.person
		AND (mailbox.zone <> v.zone OR mailbox.hours <> v.hours OR mailbox.replies <> v.replies) RETURNING v.n`,
}

var putSubscriptions = bulk{
	insert: `INSERT INTO subscription (organization, source, resource, id, client_state, expires_at, heard_at, due_at, problem) VALUES`,
	conflict: `ON CONFLICT (organization, source, resource) DO UPDATE SET id = excluded.id, client_state = excluded.client_state,
		expires_at = excluded.expires_at, due_at = excluded.due_at, problem = excluded.problem`,
	types: []string{"text", "text", "text", "text", "text", "bigint", "bigint", "bigint", "text"},
}

var saveAgendas = bulk{
	types: []string{"text", "text", "bigint", "bytea", "bytea"},
	update: `UPDATE mailbox SET changed_at = $3, hash = $4, agenda = $5
		WHERE organization = $1 AND person = $2`,
	updates: `UPDATE mailbox SET changed_at = v.changed_at, hash = v.hash, agenda = v.agenda
		FROM (VALUES %s) AS v (organization, person, changed_at, hash, agenda)
		WHERE mailbox.organization = v.organization AND mailbox.person = v.person`,
}

var putTellings = bulk{
	insert: `INSERT INTO telling (organization, switchboard, subscriber, serial, person, live, leaving, paused, told_key, told, inside,
		told_at, late_ms, receipt, answer, tries, due_at, generation) VALUES`,
	conflict: `ON CONFLICT (organization, switchboard, subscriber) DO UPDATE SET person = excluded.person, live = excluded.live,
		leaving = FALSE, paused = excluded.paused, due_at = excluded.due_at, generation = telling.generation + 1`,
	types: []string{"text", "text", "text", "bigint", "text", "boolean", "boolean", "boolean", "text", "bytea", "bytea",
		"bigint", "bigint", "text", "text", "bigint", "bigint", "bigint"},
}

var leaveTellings = bulk{
	types: []string{"text", "text", "text", "text", "bigint"},
	update: `UPDATE telling SET leaving = TRUE, due_at = $5, generation = generation + 1
		WHERE organization = $1 AND switchboard = $2 AND subscriber = $3 AND person = $4 AND leaving = FALSE`,
	updates: `UPDATE telling SET leaving = TRUE, due_at = v.due_at, generation = telling.generation + 1
		FROM (VALUES %s) AS v (organization, switchboard, subscriber, person, due_at)
		WHERE telling.organization = v.organization AND telling.switchboard = v.switchboard
		AND telling.subscriber = v.subscriber AND telling.person = v.person AND telling.leaving = FALSE`,
}

// saveTold takes organization, switchboard, subscriber, generation and what is new.
var saveTold = bulk{
	types: []string{"text", "text", "text", "bigint", "text", "bytea", "bytea", "bigint", "bigint", "text", "text", "bigint", "bigint"},
	update: `UPDATE telling SET told_key = $5, told = $6, inside = $7, told_at = $8, late_ms = $9, receipt = $10, answer = $11,
		tries = $12, due_at = $13, generation = generation + 1
		WHERE organization = $1 AND switchboard = $2 AND subscriber = $3 AND generation = $4`,
	updates: `UPDATE telling SET told_key = v.told_key, told = v.told, inside = v.inside, told_at = v.told_at, late_ms = v.late_ms,
		receipt = v.receipt, answer = v.answer, tries = v.tries, due_at = v.due_at, generation = telling.generation + 1
		FROM (VALUES %s) AS v (organization, switchboard, subscriber, generation, told_key, told, inside, told_at, late_ms,
			receipt, answer, tries, due_at, n)
		WHERE telling.organization = v.organization AND telling.switchboard = v.switchboard
		AND telling.subscriber = v.subscriber AND telling.generation = v.generation RETURNING v.n`,
}

// keepTold is saveTold for a row that was made due meanwhile: what was told is
// kept, and it stays due.
var keepTold = bulk{
	types: []string{"text", "text", "text", "text", "bytea", "bytea", "bigint", "bigint", "text", "text", "bigint"},
	update: `UPDATE telling SET told_key = $4, told = $5, inside = $6, told_at = $7, late_ms = $8, receipt = $9, answer = $10,
		tries = $11 WHERE organization = $1 AND switchboard = $2 AND subscriber = $3`,
	updates: `UPDATE telling SET told_key = v.told_key, told = v.told, inside = v.inside, told_at = v.told_at, late_ms = v.late_ms,
		receipt = v.receipt, answer = v.answer, tries = v.tries
		FROM (VALUES %s) AS v (organization, switchboard, subscriber, told_key, told, inside, told_at, late_ms,
			receipt, answer, tries)
		WHERE telling.organization = v.organization AND telling.switchboard = v.switchboard
		AND telling.subscriber = v.subscriber`,
}

// setDue is saveTold for a row of which nothing but the next time is new.
var setDue = bulk{
	types: []string{"text", "text", "text", "bigint", "bigint"},
	update: `UPDATE telling SET due_at = $5, generation = generation + 1
		WHERE organization = $1 AND switchboard = $2 AND subscriber = $3 AND generation = $4`,
	updates: `UPDATE telling SET due_at = v.due_at, generation = telling.generation + 1
		FROM (VALUES %s) AS v (organization, switchboard, subscriber, generation, due_at, n)
		WHERE telling.organization = v.organization AND telling.switchboard = v.switchboard
		AND telling.subscriber = v.subscriber AND telling.generation = v.generation RETURNING v.n`,
}

// forgetTold is saveTold for a row that is leaving, once it has been taken back.
var forgetTold = bulk{
	types: []string{"text", "text", "text", "bigint"},
	update: `DELETE FROM telling
		WHERE organization = $1 AND switchboard = $2 AND subscriber = $3 AND generation = $4 AND leaving = TRUE`,
	updates: `DELETE FROM telling USING (VALUES %s) AS v (organization, switchboard, subscriber, generation, n)
		WHERE telling.organization = v.organization AND telling.switchboard = v.switchboard
		AND telling.subscriber = v.subscriber AND telling.generation = v.generation AND telling.leaving = TRUE RETURNING v.n`,
}

var addTold = bulk{
	insert:   `INSERT INTO told (organization, person, at, switchboard, state) VALUES`,
	conflict: `ON CONFLICT (organization, person, at, switchboard) DO NOTHING`,
	types:    []string{"text", "text", "bigint", "text", "bytea"},
}
