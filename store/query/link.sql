-- name: ListLinks :many
SELECT * FROM link WHERE organization = $1 AND register = $2;

-- name: LinkOfSubscriber :one
SELECT * FROM link WHERE organization = $1 AND register = $2 AND subscriber = $3;

-- name: LinksOfPerson :many
SELECT * FROM link WHERE organization = $1 AND source = $2 AND person = $3 ORDER BY linked_at;

-- name: LinksOfReplicator :many
SELECT * FROM link WHERE organization = $1 AND replicator = $2;

-- name: LeftLinks :many
SELECT * FROM link WHERE organization = $1 AND replicator = $2 AND left_reason <> '' ORDER BY left_at DESC;

-- name: CountLinks :one
SELECT COUNT(*) AS links, CAST(COALESCE(SUM(CASE WHEN left_reason <> '' THEN 1 ELSE 0 END), 0) AS BIGINT) AS gone
FROM link WHERE organization = $1 AND replicator = $2 AND state = 'linked';

-- name: CreatingLinks :many
SELECT * FROM link WHERE organization = $1 AND replicator = $2 AND state = 'creating';

-- name: FinishLink :execrows
UPDATE link SET subscriber = $4, state = 'linked', written = $5
WHERE organization = $1 AND register = $2 AND subscriber = $3 AND state = 'creating';

-- name: FinishLinkInPlace :execrows
UPDATE link SET state = 'linked', written = $4
WHERE organization = $1 AND register = $2 AND subscriber = $3 AND state = 'creating';

-- name: DeleteLink :execrows
DELETE FROM link WHERE organization = $1 AND register = $2 AND subscriber = $3;

-- name: DeleteLinksOfReplicator :execrows
DELETE FROM link WHERE link.organization = $1 AND link.replicator = $2 AND (link.register, link.subscriber) IN (
  SELECT l.register, l.subscriber FROM link l WHERE l.organization = $1 AND l.replicator = $2 LIMIT 500);
