-- name: GetMailbox :one
SELECT * FROM mailbox WHERE organization = $1 AND person = $2;

-- name: ListMailboxes :many
SELECT person, home, source, entra_id, address, name, name_key, live, zone, hours, replies, settings_at, way, way_since, sought,
  covers_from, covers_to, read_at,
  changed_at, heard_at, health, sentence, health_since, throttled_until, tries, due_at, due_cause, wakes, generation
FROM mailbox WHERE organization = $1 AND name_key > $2 AND search LIKE $3 AND source LIKE $4 AND way LIKE $5
ORDER BY name_key LIMIT $6;

-- name: ListMailboxesInHealth :many
SELECT person, home, source, entra_id, address, name, name_key, live, zone, hours, replies, settings_at, way, way_since, sought,
  covers_from, covers_to, read_at,
  changed_at, heard_at, health, sentence, health_since, throttled_until, tries, due_at, due_cause, wakes, generation
FROM mailbox WHERE organization = $1 AND health = $2 AND name_key > $3 AND search LIKE $4 AND source LIKE $5 AND way LIKE $6
ORDER BY name_key LIMIT $7;

-- name: CountMailboxes :many
SELECT source, health, COUNT(*) AS mailboxes, CAST(COALESCE(MIN(read_at), 0) AS BIGINT) AS oldest,
  CAST(SUM(CASE WHEN way LIKE '{"kind":"impersonation"%' THEN 1 ELSE 0 END) AS BIGINT) AS impersonation,
  CAST(SUM(CASE WHEN way LIKE '{"kind":"fullAccess"%' THEN 1 ELSE 0 END) AS BIGINT) AS full_access,
  CAST(SUM(CASE WHEN way LIKE '{"kind":"reviewer"%' THEN 1 ELSE 0 END) AS BIGINT) AS reviewer,
  CAST(SUM(CASE WHEN way LIKE '{"kind":"details"%' THEN 1 ELSE 0 END) AS BIGINT) AS details,
  CAST(SUM(CASE WHEN way LIKE '{"kind":"times"%' THEN 1 ELSE 0 END) AS BIGINT) AS times
FROM mailbox WHERE organization = $1 GROUP BY source, health;

-- name: EnrolledOf :many
SELECT person, source, entra_id, address, name, live FROM mailbox WHERE organization = $1 AND home = $2;

-- name: HomesOfMailboxes :many
SELECT DISTINCT home FROM mailbox WHERE organization = $1;

-- name: MailboxesReadBy :many
SELECT person, home FROM mailbox WHERE organization = $1 AND source = $2;

-- name: PeopleEnrolled :many
SELECT person FROM mailbox WHERE organization = $1 AND source LIKE $2;
