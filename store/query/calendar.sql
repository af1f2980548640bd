-- name: ListConnections :many
SELECT * FROM calendar WHERE organization = $1 ORDER BY created_at;

-- name: GetConnection :one
SELECT * FROM calendar WHERE organization = $1 AND source = $2;

-- name: AddConnection :exec
INSERT INTO calendar (organization, source, settings, paused, permissions, checked_at, generation, settings_due_at, throttled_until, created_at)
VALUES ($1, $2, $3, $4, '', 0, 1, $5, 0, $5);

-- name: UpdateConnection :execrows
UPDATE calendar SET settings = $3, paused = $4, generation = generation + 1
WHERE organization = $1 AND source = $2 AND generation = $5;

-- name: SetPermissions :execrows
UPDATE calendar SET permissions = $3, checked_at = $4 WHERE organization = $1 AND source = $2;

-- name: SetSettingsDue :execrows
UPDATE calendar SET settings_due_at = $3 WHERE organization = $1 AND source = $2;

-- name: SetThrottled :execrows
UPDATE calendar SET throttled_until = $3 WHERE organization = $1 AND source = $2;

-- name: DeleteConnection :execrows
DELETE FROM calendar WHERE organization = $1 AND source = $2;
