-- name: TellingsOfPerson :many
SELECT * FROM telling WHERE organization = $1 AND person = $2 ORDER BY serial;

-- name: TellingsOfSwitchboard :many
SELECT * FROM telling WHERE organization = $1 AND switchboard = $2 AND serial > $3 ORDER BY serial LIMIT $4;

-- name: FailingTellings :many
SELECT * FROM telling WHERE organization = $1 AND switchboard = $2 AND answer <> '' AND serial > $3 ORDER BY serial LIMIT $4;

-- name: CountTellings :many
SELECT switchboard, COUNT(*) AS tellings, CAST(COALESCE(SUM(CASE WHEN live = TRUE THEN 1 ELSE 0 END), 0) AS BIGINT) AS live,
  CAST(COALESCE(SUM(CASE WHEN answer <> '' THEN 1 ELSE 0 END), 0) AS BIGINT) AS failing,
  CAST(COALESCE(MAX(late_ms), 0) AS BIGINT) AS latest
FROM telling WHERE organization = $1 GROUP BY switchboard;

-- name: SubscribersTold :many
SELECT subscriber FROM telling WHERE organization = $1 AND switchboard = $2;

-- name: SubscribersFailing :many
SELECT subscriber FROM telling WHERE organization = $1 AND switchboard = $2 AND answer <> '';

-- name: DeleteTellings :execrows
DELETE FROM telling WHERE telling.organization = $1 AND telling.switchboard = $2 AND telling.subscriber IN (
  SELECT t.subscriber FROM telling t WHERE t.organization = $1 AND t.switchboard = $2 LIMIT 500);

-- name: Board :many
SELECT t.person, t.subscriber, t.live, t.told_key, t.told, t.inside, t.told_at, s.creation_key, s.fields, s.name_key,
  COALESCE(m.health, '') AS health, COALESCE(m.read_at, 0) AS read_at
FROM subscriber s JOIN telling t ON t.organization = $1 AND t.switchboard = 'builtin' AND t.subscriber = s.id
LEFT JOIN mailbox m ON m.organization = $1 AND m.person = t.person
WHERE s.organization = $1 AND s.name_key > $2 AND s.search LIKE $3 AND t.told_key LIKE $4 AND t.leaving = FALSE
ORDER BY s.name_key LIMIT $5;

-- name: CountBoard :many
SELECT told_key, COUNT(*) AS people FROM telling
WHERE organization = $1 AND switchboard = 'builtin' AND leaving = FALSE GROUP BY told_key;

-- name: ToldAt :many
SELECT t.person, t.at, t.switchboard, t.state FROM told t
WHERE t.organization = $1 AND t.person = $2 AND t.at = (SELECT MAX(b.at) FROM told b
  WHERE b.organization = $1 AND b.person = $2 AND b.switchboard = t.switchboard AND b.at <= $3);

-- name: ToldBetween :many
SELECT * FROM told WHERE organization = $1 AND person = $2 AND at >= $3 AND at < $4 ORDER BY at LIMIT $5;

-- name: PurgeTold :execrows
DELETE FROM told WHERE told.organization = $1 AND (told.person, told.at, told.switchboard) IN (
  SELECT t.person, t.at, t.switchboard FROM told t WHERE t.organization = $1 AND t.at < $2
  AND (EXISTS (SELECT 1 FROM told b WHERE b.organization = $1 AND b.person = t.person AND b.switchboard = t.switchboard
    AND b.at > t.at AND b.at <= $2)
  OR NOT EXISTS (SELECT 1 FROM telling x WHERE x.organization = $1 AND x.person = t.person AND x.switchboard = t.switchboard)) LIMIT 500);
