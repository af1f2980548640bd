-- name: AddReplicator :exec
INSERT INTO replicator (organization, id, name, kind, source, register, position, paused, schedule, settings, generation,
  created_at, due_at, due_cause, due_actor, due_whole, planned_seq, planned_generation, approved, rounds, failures)
VALUES ($1, $2, $3, $4, $5, $6,
  (SELECT COALESCE(MAX(p.position), 0) + 1 FROM replicator p WHERE p.organization = $1),
  $7, $8, $9, 1, $10, 0, '', '', FALSE, 0, 0, FALSE, 0, 0);

-- name: GetReplicator :one
SELECT * FROM replicator WHERE organization = $1 AND id = $2;

-- name: ListReplicators :many
SELECT * FROM replicator WHERE organization = $1 ORDER BY position, created_at;

-- name: UpdateReplicator :execrows
UPDATE replicator SET name = $3, register = $4, schedule = $5, settings = $6, generation = generation + 1
WHERE organization = $1 AND id = $2 AND generation = $7;

-- name: PauseReplicator :execrows
UPDATE replicator SET paused = $3 WHERE organization = $1 AND id = $2;

-- name: PlaceReplicator :execrows
UPDATE replicator SET position = $3 WHERE organization = $1 AND id = $2;

-- name: DeleteReplicator :execrows
DELETE FROM replicator WHERE organization = $1 AND id = $2;

-- name: Wake :execrows
UPDATE replicator SET due_at = $3, due_cause = $4, due_actor = $5
WHERE organization = $1 AND id = $2 AND (due_at = 0 OR due_at > $3);

-- name: WakeWhole :execrows
UPDATE replicator SET due_whole = TRUE WHERE organization = $1 AND id = $2;

-- name: Undue :exec
UPDATE replicator SET due_at = 0, due_cause = '', due_actor = '', due_whole = FALSE WHERE organization = $1 AND id = $2;

-- name: SetPlanned :execrows
UPDATE replicator SET planned_seq = $3, planned_generation = $4, approved = $5, failures = 0 WHERE organization = $1 AND id = $2;

-- name: SetFailures :execrows
UPDATE replicator SET failures = $3 WHERE organization = $1 AND id = $2;

-- name: NextRound :one
UPDATE replicator SET rounds = rounds + 1 WHERE organization = $1 AND id = $2 RETURNING *;

-- name: Ignore :exec
INSERT INTO ignored (organization, replicator, person, ignored_by, ignored_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (organization, replicator, person) DO NOTHING;

-- name: Unignore :execrows
DELETE FROM ignored WHERE organization = $1 AND replicator = $2 AND person = $3;

-- name: IgnoredOf :many
SELECT person FROM ignored WHERE organization = $1 AND replicator = $2;

-- name: DeleteIgnored :execrows
DELETE FROM ignored WHERE ignored.organization = $1 AND ignored.replicator = $2 AND ignored.person IN (
  SELECT i.person FROM ignored i WHERE i.organization = $1 AND i.replicator = $2 LIMIT 500);

-- name: IgnoredPerson :many
SELECT * FROM ignored WHERE organization = $1 AND person = $2;
