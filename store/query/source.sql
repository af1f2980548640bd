-- name: AddSource :exec
INSERT INTO source (organization, id, name, kind, settings, tenant, generation, checked_at, checked, created_at,
  cursor, fields, seq, whole_seq, people_stamp, groups_stamp, people_began, people_whole, groups_whole, read_at)
VALUES ($1, $2, $3, $4, $5, '', 1, 0, '', $6, '', '', 0, 0, 0, 0, 0, 0, 0, 0);

-- name: GetSource :one
SELECT * FROM source WHERE organization = $1 AND id = $2;

-- name: ListSources :many
SELECT * FROM source WHERE organization = $1 ORDER BY created_at;

-- name: UpdateSource :execrows
UPDATE source SET name = $3, settings = $4, generation = generation + 1
WHERE organization = $1 AND id = $2 AND generation = $5;

-- name: BumpSource :execrows
UPDATE source SET generation = generation + 1 WHERE organization = $1 AND id = $2;

-- name: SetTenant :execrows
UPDATE source SET tenant = $3 WHERE organization = $1 AND id = $2;

-- name: SetChecked :execrows
UPDATE source SET checked_at = $3, checked = $4 WHERE organization = $1 AND id = $2;

-- name: DeleteSource :execrows
DELETE FROM source WHERE organization = $1 AND id = $2;

-- name: CountReplicatorsOfSource :one
SELECT COUNT(*) FROM replicator WHERE organization = $1 AND source = $2;

-- name: AddCredential :exec
INSERT INTO credential (organization, source, id, kind, sealed, hint, public_pem, expires_at, expiry_read, warned_days, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10);

-- name: ListCredentials :many
SELECT * FROM credential WHERE organization = $1 AND source = $2 ORDER BY created_at DESC;

-- name: GetCredential :one
SELECT * FROM credential WHERE organization = $1 AND source = $2 AND id = $3;

-- name: DeleteCredential :execrows
DELETE FROM credential WHERE organization = $1 AND source = $2 AND id = $3;

-- name: SetWarned :execrows
UPDATE credential SET warned_days = $4 WHERE organization = $1 AND source = $2 AND id = $3;

-- name: SetExpiry :execrows
UPDATE credential SET expires_at = $4, expiry_read = $5, warned_days = 0 WHERE organization = $1 AND source = $2 AND id = $3;

-- name: PutSubscription :exec
INSERT INTO subscription (organization, source, resource, id, client_state, expires_at, heard_at, due_at, problem)
VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8)
ON CONFLICT (organization, source, resource) DO UPDATE SET id = excluded.id, client_state = excluded.client_state,
  expires_at = excluded.expires_at, due_at = excluded.due_at, problem = excluded.problem;

-- name: ListSubscriptions :many
SELECT * FROM subscription WHERE organization = $1 AND source = $2 AND resource NOT LIKE 'events/%';

-- name: ListEventSubscriptions :many
SELECT * FROM subscription WHERE organization = $1 AND source = $2 AND resource LIKE 'events/%';

-- name: DeleteSubscription :execrows
DELETE FROM subscription WHERE organization = $1 AND source = $2 AND resource = $3;

-- name: DeleteSubscriptionsOf :execrows
DELETE FROM subscription WHERE subscription.organization = $1 AND subscription.source = $2 AND subscription.resource IN (
  SELECT b.resource FROM subscription b WHERE b.organization = $1 AND b.source = $2 LIMIT 500);

-- name: SetHeard :execrows
UPDATE subscription SET heard_at = $4 WHERE organization = $1 AND source = $2 AND resource = $3;
