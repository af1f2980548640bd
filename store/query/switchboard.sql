-- name: ListSwitchboards :many
SELECT * FROM switchboard WHERE organization = $1 ORDER BY created_at;

-- name: GetSwitchboard :one
SELECT * FROM switchboard WHERE organization = $1 AND id = $2;

-- name: AddSwitchboard :exec
INSERT INTO switchboard (organization, id, name, kind, settings, register, paused, sealed, hint, generation, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10);

-- name: UpdateSwitchboard :execrows
UPDATE switchboard SET name = $3, settings = $4, paused = $5, sealed = $6, hint = $7, generation = generation + 1
WHERE organization = $1 AND id = $2 AND generation = $8;

-- name: DeleteSwitchboard :execrows
DELETE FROM switchboard WHERE organization = $1 AND id = $2;
