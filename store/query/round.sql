-- name: AddRound :exec
INSERT INTO round (organization, id, replicator, number, serial, cause, actor, state, whole, held, counts, progress, total,
  failure, undoes, undone_by, approved_by, started_at, planned_at, ended_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', '', 0, 0, '', $10, '', '', $11, 0, 0);

-- name: GetRound :one
SELECT * FROM round WHERE organization = $1 AND id = $2;

-- name: OpenRounds :many
SELECT * FROM round WHERE organization = $1 AND replicator = $2 AND state IN ('reading', 'waiting', 'held', 'applying') ORDER BY serial;

-- name: ListRounds :many
SELECT * FROM round WHERE organization = $1 AND serial < $2 AND state LIKE $3 AND cause LIKE $4 ORDER BY serial DESC LIMIT $5;

-- name: ListRoundsOfReplicator :many
SELECT * FROM round WHERE organization = $1 AND replicator = $2 AND serial < $3 AND state LIKE $4 AND cause LIKE $5 ORDER BY serial DESC LIMIT $6;

-- name: SetRound :execrows
UPDATE round SET state = $3, whole = $4, held = $5, counts = $6, progress = $7, total = $8, failure = $9, undone_by = $10,
  approved_by = $11
WHERE organization = $1 AND id = $2 AND state = $12;

-- name: SetPlannedAt :exec
UPDATE round SET planned_at = $3 WHERE organization = $1 AND id = $2 AND planned_at = 0;

-- name: SetEndedAt :exec
UPDATE round SET ended_at = $3 WHERE organization = $1 AND id = $2 AND ended_at = 0;

-- name: SetProgress :execrows
UPDATE round SET progress = $3, total = $4 WHERE organization = $1 AND id = $2;

-- name: SetUndone :execrows
UPDATE round SET undone_by = $3 WHERE organization = $1 AND id = $2 AND undone_by = '';

-- name: DropOpenRounds :execrows
UPDATE round SET state = 'dropped', failure = $3, ended_at = $4
WHERE organization = $1 AND replicator = $2 AND state IN ('reading', 'waiting', 'held', 'applying');

-- name: OldRounds :many
SELECT id FROM round WHERE organization = $1 AND ended_at > 0 AND ended_at < $2;

-- name: DeleteRound :execrows
DELETE FROM round WHERE organization = $1 AND id = $2;

-- name: DeleteChanges :execrows
DELETE FROM change WHERE change.organization = $1 AND change.round = $2 AND change.position IN (
  SELECT c.position FROM change c WHERE c.organization = $1 AND c.round = $2 LIMIT 500);

-- name: ListChanges :many
SELECT * FROM change WHERE organization = $1 AND round = $2 AND position > $3 AND kind LIKE $4 AND state LIKE $5
  AND search LIKE $6 ORDER BY position LIMIT $7;

-- name: PendingChanges :many
SELECT * FROM change WHERE organization = $1 AND round = $2 AND state = 'pending' AND position > $3 ORDER BY position LIMIT $4;

-- name: GetChange :one
SELECT * FROM change WHERE organization = $1 AND round = $2 AND position = $3;

-- name: CountChanges :many
SELECT kind, state, COUNT(*) AS changes FROM change WHERE organization = $1 AND round = $2 GROUP BY kind, state;

-- name: ChangesOfPerson :many
SELECT * FROM change WHERE organization = $1 AND person = $2 AND person <> '' ORDER BY done_at DESC LIMIT $3;

-- name: ChangesOfSubscriber :many
SELECT * FROM change WHERE organization = $1 AND subscriber = $2 AND subscriber <> '' ORDER BY done_at DESC LIMIT $3;

-- name: RemovedBefore :many
SELECT round, position, person, subscriber, done_at FROM change
WHERE organization = $1 AND kind = 'remove' AND NOT blanked AND state = 'done' AND done_at < $2 ORDER BY done_at LIMIT $3;

-- name: BlankChangesOfSubscriber :execrows
UPDATE change SET before = '', after = '', name = '', search = '', blanked = TRUE
WHERE change.organization = $1 AND change.blanked = FALSE AND (change.round, change.position) IN (
  SELECT c.round, c.position FROM change c WHERE c.organization = $1 AND c.subscriber = $2 AND c.subscriber <> ''
  AND c.blanked = FALSE AND c.state <> 'pending' AND c.done_at <= $3 LIMIT 500);

-- name: BlankChangesOfPerson :execrows
UPDATE change SET before = '', after = '', name = '', search = '', blanked = TRUE
WHERE change.organization = $1 AND change.blanked = FALSE AND (change.round, change.position) IN (
  SELECT c.round, c.position FROM change c WHERE c.organization = $1 AND c.person = $2 AND c.person <> ''
  AND c.blanked = FALSE AND c.state <> 'pending' AND c.done_at <= $3 LIMIT 500);

-- name: BlankChange :execrows
UPDATE change SET before = '', after = '', name = '', search = '', blanked = TRUE
WHERE organization = $1 AND round = $2 AND position = $3;
