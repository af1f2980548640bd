-- name: GetChoice :one
SELECT * FROM choice WHERE organization = $1 AND person = $2;

-- name: AddChoice :execrows
INSERT INTO choice (organization, person, choice, silences, set_at, until_at, asked_at, generation)
VALUES ($1, $2, $3, $4, $5, $6, 0, 1) ON CONFLICT (organization, person) DO NOTHING;

-- name: UpdateChoice :execrows
UPDATE choice SET choice = $3, silences = $4, set_at = $5, until_at = $6, asked_at = 0, generation = generation + 1
WHERE organization = $1 AND person = $2 AND generation = $7;

-- name: OpenChoices :many
SELECT * FROM choice WHERE organization = $1 AND set_at > 0 AND until_at = 0 AND asked_at = 0 AND set_at <= $2
ORDER BY set_at LIMIT $3;

-- name: ListChoices :many
SELECT * FROM choice WHERE organization = $1 AND set_at > 0;

-- name: SetAsked :execrows
UPDATE choice SET asked_at = $3 WHERE organization = $1 AND person = $2 AND generation = $4;

-- name: GetPreference :one
SELECT * FROM preference WHERE organization = $1 AND person = $2;

-- name: ListPreferences :many
SELECT * FROM preference WHERE organization = $1;

-- name: AddPreference :execrows
INSERT INTO preference (organization, person, settings, generation)
VALUES ($1, $2, $3, 1) ON CONFLICT (organization, person) DO NOTHING;

-- name: UpdatePreference :execrows
UPDATE preference SET settings = $3, generation = generation + 1
WHERE organization = $1 AND person = $2 AND generation = $4;
