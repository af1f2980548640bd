-- name: GetMailbox :one
SELECT * FROM mailbox WHERE organization = $1 AND person = $2;

-- name: ListMailboxes :many
SELECT person, home, source, entra_id, address, name, name_key, live, zone, hours, replies, settings_at, way, way_since, sought,
  covers_from, covers_to, read_at,
  changed_at, heard_at, health, sentence, health_since, throttled_until, tries, due_at, due_cause, wakes, generation
FROM mailbox WHERE organization = $1 AND name_key > $2 AND search LIKE $3 AND source LIKE $4
ORDER BY name_key LIMIT $5;

-- name: ListMailboxesInHealth :many
SELECT person, home, source, entra_id, address, name, name_key, live, zone, hours, replies, settings_at, way, way_since, sought,
  covers_from, covers_to, read_at,
  changed_at, heard_at, health, sentence, health_since, throttled_until, tries, due_at, due_cause, wakes, generation
FROM mailbox WHERE organization = $1 AND health = $2 AND name_key > $3 AND search LIKE $4 AND source LIKE $5
ORDER BY name_key LIMIT $6;

-- name: CountMailboxes :many
SELECT source, health, COUNT(*) AS mailboxes, CAST(COALESCE(MIN(read_at), 0) AS BIGINT) AS oldest
FROM mailbox WHERE organization = $1 GROUP BY source, health;

-- name: EnrolledOf :many
SELECT person, source, entra_id, address, name, live FROM mailbox WHERE organization = $1 AND home = $2;

-- name: HomesOfMailboxes :many
SELECT DISTINCT home FROM mailbox WHERE organization = $1;

-- name: MailboxesReadBy :many
SELECT person, home FROM mailbox WHERE organization = $1 AND source = $2;

-- name: PeopleEnrolled :many
SELECT person FROM mailbox WHERE organization = $1 AND source LIKE $2;
