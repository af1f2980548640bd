-- name: AddConnectLink :exec
INSERT INTO connect_link (organization, id, hash, source, colleague, language, created_by, created_at, expires_at, used_at, revoked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0);

-- name: ListConnectLinks :many
SELECT * FROM connect_link WHERE organization = $1 ORDER BY created_at DESC;

-- name: ConnectLinkByHash :one
SELECT * FROM connect_link WHERE organization = $1 AND hash = $2;

-- name: UseConnectLink :execrows
UPDATE connect_link SET used_at = $3, source = $4
WHERE organization = $1 AND id = $2 AND used_at = 0 AND revoked_at = 0 AND expires_at > $3;

-- name: RevokeConnectLink :execrows
UPDATE connect_link SET revoked_at = $3 WHERE organization = $1 AND id = $2 AND revoked_at = 0;

-- name: AddConsent :exec
INSERT INTO consent (organization, state_hash, link, session_hash, cloud, sealed, tenant, source, step, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: GetConsent :one
SELECT * FROM consent WHERE organization = $1 AND state_hash = $2;

-- name: ListConsents :many
SELECT * FROM consent WHERE organization = $1 AND step = $2 ORDER BY expires_at;

-- name: AdvanceConsent :execrows
UPDATE consent SET step = $3, tenant = $4, source = $5, sealed = $6, expires_at = $7
WHERE organization = $1 AND state_hash = $2 AND step = $8;

-- name: DeleteConsent :execrows
DELETE FROM consent WHERE organization = $1 AND state_hash = $2;

-- name: PurgeConsents :execrows
DELETE FROM consent WHERE organization = $1 AND expires_at < $2;
