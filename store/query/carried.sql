-- name: ListCarried :many
SELECT subscriber, person FROM carried WHERE organization = $1;

-- name: GetCarried :one
SELECT * FROM carried WHERE organization = $1 AND subscriber = $2;

-- name: UnlinkedCarried :many
SELECT c.subscriber, c.person FROM carried c WHERE c.organization = $1 AND NOT EXISTS (
  SELECT 1 FROM link l WHERE l.organization = $1 AND l.register = 'builtin' AND l.subscriber = c.subscriber
  AND l.person = c.person AND l.state = 'linked');

-- name: CarriableLinks :many
SELECT l.subscriber, l.source, l.person FROM link l WHERE l.organization = $1 AND l.register = 'builtin' AND l.state = 'linked'
AND l.subscriber IN (
  SELECT c.person FROM choice c WHERE c.organization = $1
  UNION SELECT p.person FROM preference p WHERE p.organization = $1
  UNION SELECT t.person FROM person_token t WHERE t.organization = $1
  UNION SELECT m.person FROM mailbox m WHERE m.organization = $1 AND m.home = 'local')
AND NOT EXISTS (SELECT 1 FROM carried d WHERE d.organization = $1 AND d.subscriber = l.subscriber);

-- name: PutCarried :exec
INSERT INTO carried (organization, subscriber, person, choice, preference, tokens, at) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: DeleteCarried :exec
DELETE FROM carried WHERE organization = $1 AND subscriber = $2;

-- name: DropEmptyChoice :exec
DELETE FROM choice WHERE organization = $1 AND person = $2 AND choice = '' AND silences = '';

-- name: MoveChoice :execrows
UPDATE choice SET person = $3, generation = choice.generation + 1 WHERE choice.organization = $1 AND choice.person = $2
AND NOT EXISTS (SELECT 1 FROM choice c WHERE c.organization = $1 AND c.person = $3);

-- name: MovePreference :execrows
UPDATE preference SET person = $3, generation = preference.generation + 1 WHERE preference.organization = $1 AND preference.person = $2
AND NOT EXISTS (SELECT 1 FROM preference p WHERE p.organization = $1 AND p.person = $3);

-- name: PersonTokenIDs :many
SELECT id FROM person_token WHERE organization = $1 AND person = $2;

-- name: MovePersonToken :exec
UPDATE person_token SET person = $4 WHERE organization = $1 AND id = $2 AND person = $3;

-- name: MovePersonLinks :exec
UPDATE person_link SET person = $3 WHERE organization = $1 AND person = $2;

-- name: MoveDay :execrows
UPDATE day SET person = $3, stale = TRUE, due_at = $4, generation = day.generation + 1 WHERE day.organization = $1 AND day.person = $2
AND NOT EXISTS (SELECT 1 FROM day d WHERE d.organization = $1 AND d.person = $3);

-- name: MoveMailbox :execrows
UPDATE mailbox SET person = $3, home = $4, entra_id = '', due_at = $5, due_cause = 'new', wakes = mailbox.wakes + 1,
  generation = mailbox.generation + 1
WHERE mailbox.organization = $1 AND mailbox.person = $2
AND NOT EXISTS (SELECT 1 FROM mailbox m WHERE m.organization = $1 AND m.person = $3);
