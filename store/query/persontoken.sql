-- name: AddPersonToken :exec
INSERT INTO person_token (organization, id, person, name, hash, created_by, created_at, used_at, revoked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0);

-- name: ListPersonTokens :many
SELECT * FROM person_token WHERE organization = $1 AND person = $2 ORDER BY created_at;

-- name: TouchPersonToken :execrows
UPDATE person_token SET used_at = $3 WHERE organization = $1 AND id = $2;

-- name: RevokePersonToken :execrows
UPDATE person_token SET revoked_at = $4 WHERE organization = $1 AND person = $2 AND id = $3 AND revoked_at = 0;

-- name: AddPersonLink :exec
INSERT INTO person_link (organization, id, person, hash, expires_at, used_at, created_at)
VALUES ($1, $2, $3, $4, $5, 0, $6);

-- name: UsePersonLink :one
UPDATE person_link SET used_at = $3 WHERE organization = $1 AND hash = $2 AND used_at = 0 AND expires_at > $3
RETURNING person;

-- name: PurgePersonLinks :execrows
DELETE FROM person_link WHERE person_link.organization = $1 AND person_link.id IN (
  SELECT l.id FROM person_link l WHERE l.organization = $1 AND l.expires_at < $2 LIMIT 500);
