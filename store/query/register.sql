-- name: AddSubscriber :exec
INSERT INTO subscriber (organization, id, creation_key, fields, extension, name_key, search, generation, created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $8);

-- name: UpdateSubscriber :execrows
UPDATE subscriber SET fields = $3, extension = $4, name_key = $5, search = $6, changed_at = $7, generation = generation + 1
WHERE organization = $1 AND id = $2 AND generation = $8;

-- name: DeleteSubscriber :execrows
DELETE FROM subscriber WHERE organization = $1 AND id = $2;

-- name: GetSubscriber :one
SELECT * FROM subscriber WHERE organization = $1 AND id = $2;

-- name: SubscriberByKey :one
SELECT * FROM subscriber WHERE organization = $1 AND creation_key = $2 AND creation_key <> '';

-- name: SubscriberByExtension :one
SELECT * FROM subscriber WHERE organization = $1 AND extension = $2 AND extension <> '';

-- name: ListSubscribers :many
SELECT * FROM subscriber WHERE organization = $1;

-- name: SubscriberPage :many
SELECT * FROM subscriber WHERE organization = $1 AND name_key > $2 AND search LIKE $3 ORDER BY name_key LIMIT $4;

-- name: CountSubscribers :one
SELECT COUNT(*) AS entries, CAST(COALESCE(SUM(CASE WHEN extension <> '' THEN 1 ELSE 0 END), 0) AS BIGINT) AS subscribers
FROM subscriber WHERE organization = $1;

-- name: ExtensionsInUse :many
SELECT extension FROM subscriber WHERE organization = $1 AND extension <> '';

-- name: RestExtension :exec
INSERT INTO extension_rest (organization, extension, freed_at) VALUES ($1, $2, $3)
ON CONFLICT (organization, extension) DO UPDATE SET freed_at = excluded.freed_at;

-- name: RestingExtensions :many
SELECT extension FROM extension_rest WHERE organization = $1 AND freed_at >= $2;

-- name: ForgetExtensions :execrows
DELETE FROM extension_rest WHERE extension_rest.organization = $1 AND extension_rest.extension IN (
  SELECT e.extension FROM extension_rest e WHERE e.organization = $1 AND e.freed_at < $2 LIMIT 500);
