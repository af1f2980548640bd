-- What spans organizations: who signs in, what machinery looks for, and finding
-- the organization of a hash. No customer's data leaves through here but ids,
-- names and counts.

-- name: ListOrganizations :many
SELECT * FROM organization WHERE name_key > $1 AND search LIKE $2 ORDER BY name_key LIMIT $3;

-- name: OrganizationStates :many
SELECT o.organization, o.number, o.name, o.name_key, o.search, o.settings, o.generation, o.created_at,
  (SELECT COUNT(*) FROM source s WHERE s.organization = o.organization) AS sources,
  (SELECT COUNT(*) FROM replicator p WHERE p.organization = o.organization) AS replicators,
  (SELECT COUNT(*) FROM round r WHERE r.organization = o.organization AND r.state = 'held') AS held,
  (SELECT COUNT(*) FROM round r WHERE r.organization = o.organization AND r.state = 'waiting') AS waiting,
  (SELECT COUNT(*) FROM replicator p WHERE p.organization = o.organization AND p.failures > 0) AS failing,
  (SELECT COUNT(*) FROM link l WHERE l.organization = o.organization AND l.left_reason <> '') AS gone,
  (SELECT COUNT(*) FROM credential c WHERE c.organization = o.organization AND c.expires_at > 0 AND c.expires_at < $1) AS expiring,
  CAST(COALESCE((SELECT MAX(r.started_at) FROM round r WHERE r.organization = o.organization), 0) AS BIGINT) AS last_round
FROM organization o WHERE o.search LIKE $2 ORDER BY o.name_key;

-- name: OrganizationByNumber :one
SELECT * FROM organization WHERE number = $1 AND number <> '';

-- name: GetLogin :one
SELECT * FROM operator_login WHERE email = $1;

-- name: ListOperators :many
SELECT * FROM operator_login WHERE operator = TRUE ORDER BY created_at;

-- name: CountLogins :one
SELECT COUNT(*) FROM operator_login WHERE password_hash <> '';

-- name: CountOperators :one
SELECT COUNT(*) FROM operator_login WHERE operator = TRUE AND password_hash <> '';

-- name: PutLogin :exec
INSERT INTO operator_login (email, name, password_hash, language, operator, created_at, seen_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (email) DO UPDATE SET name = excluded.name, password_hash = excluded.password_hash,
  language = excluded.language, operator = excluded.operator;

-- name: AddLogin :exec
INSERT INTO operator_login (email, name, password_hash, language, operator, created_at, seen_at)
VALUES ($1, $2, '', '', FALSE, $3, 0) ON CONFLICT (email) DO NOTHING;

-- name: DeleteLogin :execrows
DELETE FROM operator_login WHERE email = $1;

-- name: SetPassword :execrows
UPDATE operator_login SET password_hash = $2 WHERE email = $1;

-- name: SetLanguage :execrows
UPDATE operator_login SET language = $2 WHERE email = $1;

-- name: SetSeen :execrows
UPDATE operator_login SET seen_at = $2 WHERE email = $1;

-- name: Memberships :many
SELECT m.organization, o.name, m.role FROM member m JOIN organization o ON o.organization = m.organization
WHERE m.email = $1 ORDER BY o.name_key;

-- name: FindSession :one
SELECT data FROM operator_session WHERE token_hash = $1 AND expires_at > $2;

-- name: PutSession :exec
INSERT INTO operator_session (token_hash, data, expires_at) VALUES ($1, $2, $3)
ON CONFLICT (token_hash) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at;

-- name: DeleteSession :exec
DELETE FROM operator_session WHERE token_hash = $1;

-- name: PurgeSessions :execrows
DELETE FROM operator_session WHERE token_hash IN (SELECT s.token_hash FROM operator_session s WHERE s.expires_at <= $1 LIMIT 500);

-- name: AddOperatorToken :exec
INSERT INTO operator_token (id, name, hash, created_by, created_at, expires_at, used_at, revoked_at)
VALUES ($1, $2, $3, $4, $5, $6, 0, 0);

-- name: ListOperatorTokens :many
SELECT * FROM operator_token ORDER BY created_at;

-- name: OperatorTokenByHash :one
SELECT * FROM operator_token WHERE hash = $1;

-- name: RevokeOperatorToken :execrows
UPDATE operator_token SET revoked_at = $2 WHERE id = $1 AND revoked_at = 0;

-- name: TouchOperatorToken :execrows
UPDATE operator_token SET used_at = $2 WHERE id = $1;

-- name: FindToken :one
SELECT * FROM token WHERE hash = $1;

-- name: FindConnectLink :one
SELECT * FROM connect_link WHERE hash = $1;

-- name: FindConsent :one
SELECT * FROM consent WHERE state_hash = $1;

-- name: FindSubscription :one
SELECT * FROM subscription WHERE id = $1;

-- name: AddInvite :exec
INSERT INTO operator_invite (hash, email, purpose, expires_at, used_at) VALUES ($1, $2, $3, $4, 0);

-- name: GetInvite :one
SELECT * FROM operator_invite WHERE hash = $1;

-- name: UseInvite :execrows
UPDATE operator_invite SET used_at = $2 WHERE hash = $1 AND used_at = 0 AND expires_at > $2;

-- name: PurgeInvites :execrows
DELETE FROM operator_invite WHERE expires_at < $1;

-- name: AddOperatorEntry :exec
INSERT INTO operator_audit (id, at, actor, verb, object, detail) VALUES ($1, $2, $3, $4, $5, $6);

-- name: ListOperatorEntries :many
SELECT * FROM operator_audit WHERE id < $1 ORDER BY id DESC LIMIT $2;

-- name: DueReplicators :many
SELECT organization, id, due_at FROM replicator
WHERE due_at > 0 AND due_at <= $1 AND (paused = FALSE OR EXISTS (SELECT 1 FROM round
  WHERE round.organization = replicator.organization AND round.replicator = replicator.id AND round.state IN ('reading', 'applying')))
ORDER BY due_at LIMIT $2;

-- name: NextReplicatorDue :one
SELECT CAST(COALESCE(MIN(due_at), 0) AS BIGINT) FROM replicator
WHERE due_at > 0 AND (paused = FALSE OR EXISTS (SELECT 1 FROM round
  WHERE round.organization = replicator.organization AND round.replicator = replicator.id AND round.state IN ('reading', 'applying')));

-- name: UnfinishedRounds :many
SELECT organization, id, replicator FROM round WHERE state IN ('reading', 'applying') ORDER BY serial;

-- name: DueMails :many
SELECT * FROM outbox WHERE due_at > 0 AND due_at <= $1 ORDER BY due_at LIMIT $2;

-- name: NextMailDue :one
SELECT CAST(COALESCE(MIN(due_at), 0) AS BIGINT) FROM outbox WHERE due_at > 0;

-- name: ExpiringCredentials :many
SELECT organization, source, id, kind, hint, public_pem, expires_at, expiry_read, warned_days, created_at
FROM credential WHERE expires_at > 0 AND expires_at <= $1 ORDER BY expires_at;

-- name: AllSubscriptions :many
SELECT * FROM subscription WHERE resource NOT LIKE 'events/%';

-- name: DueEventSubscriptions :many
SELECT * FROM subscription WHERE due_at > 0 AND due_at <= $1 AND resource LIKE 'events/%' ORDER BY due_at LIMIT $2;

-- name: NextEventSubscriptionDue :one
SELECT CAST(COALESCE(MIN(due_at), 0) AS BIGINT) FROM subscription WHERE due_at > 0 AND resource LIKE 'events/%';

-- name: RunningReplicators :many
SELECT * FROM replicator WHERE paused = FALSE ORDER BY created_at;

-- name: ConsentsAt :many
SELECT * FROM consent WHERE step = $1 AND expires_at > $2 ORDER BY expires_at;

-- name: SourcesOfTenant :many
SELECT organization, id, name FROM source WHERE tenant = $1 AND tenant <> '';

-- name: OrganizationsWithoutReplicator :many
SELECT o.organization FROM organization o
WHERE NOT EXISTS (SELECT 1 FROM replicator p WHERE p.organization = o.organization) ORDER BY o.created_at LIMIT $1;

-- name: AllOrganizations :many
SELECT organization FROM organization ORDER BY created_at;

-- name: CountOrganizations :one
SELECT COUNT(*) FROM organization;

-- name: CountRoundStates :many
SELECT state, COUNT(*) AS rounds FROM round WHERE state IN ('reading', 'waiting', 'held', 'applying') GROUP BY state;

-- name: CountReplicators :one
SELECT COUNT(*) AS replicators,
  CAST(COALESCE(SUM(CASE WHEN failures > 0 THEN 1 ELSE 0 END), 0) AS BIGINT) AS failing,
  CAST(COALESCE(SUM(CASE WHEN due_at > 0 AND due_at <= $1 AND paused = FALSE THEN 1 ELSE 0 END), 0) AS BIGINT) AS due
FROM replicator;

-- name: CountMails :one
SELECT COUNT(*) FROM outbox WHERE due_at > 0;

-- name: UrgentMailboxes :many
SELECT m.organization, m.source, m.person, m.due_at, m.due_cause, m.way
FROM mailbox m JOIN calendar c ON c.organization = m.organization AND c.source = m.source
WHERE m.due_at > 0 AND m.due_cause IN ('notified', 'byHand', 'hand') AND m.due_at <= $1
AND c.paused = FALSE AND c.throttled_until <= $1 ORDER BY m.due_at LIMIT $2;

-- name: DueCalendars :many
SELECT c.organization, c.source FROM calendar c WHERE c.paused = FALSE AND c.throttled_until <= $1
AND EXISTS (SELECT 1 FROM mailbox m WHERE m.organization = c.organization AND m.source = c.source AND m.due_at > 0 AND m.due_at <= $1);

-- name: DueMailboxesOf :many
SELECT organization, source, person, due_at, due_cause, way
FROM mailbox WHERE organization = $1 AND source = $2 AND due_at > 0 AND due_at <= $3 ORDER BY due_at LIMIT $4;

-- name: NextMailboxesDue :many
SELECT c.throttled_until, CAST(COALESCE((SELECT MIN(m.due_at) FROM mailbox m
  WHERE m.organization = c.organization AND m.source = c.source AND m.due_at > 0), 0) AS BIGINT) AS due_at
FROM calendar c WHERE c.paused = FALSE;

-- name: DueSettings :many
SELECT organization, source, settings_due_at FROM calendar
WHERE settings_due_at > 0 AND settings_due_at <= $1 AND throttled_until <= $1 AND paused = FALSE ORDER BY settings_due_at LIMIT $2;

-- name: NextSettingsDue :one
SELECT CAST(COALESCE(MIN(CASE WHEN throttled_until > settings_due_at THEN throttled_until ELSE settings_due_at END), 0) AS BIGINT)
FROM calendar WHERE settings_due_at > 0 AND paused = FALSE;

-- name: DueDays :many
SELECT organization, person, due_at FROM day WHERE due_at > 0 AND due_at <= $1 ORDER BY due_at LIMIT $2;

-- name: NextDayDue :one
SELECT CAST(COALESCE(MIN(due_at), 0) AS BIGINT) FROM day WHERE due_at > 0;

-- name: DueTellings :many
SELECT t.organization, t.switchboard, t.subscriber, t.serial, t.person, t.live, t.leaving, t.told, t.inside, t.told_at, t.late_ms, t.receipt,
  t.answer, t.tries, t.due_at, t.generation, d.spans
FROM telling t LEFT JOIN day d ON d.organization = t.organization AND d.person = t.person
WHERE t.due_at > 0 AND t.paused = FALSE AND t.due_at <= $1 AND (t.due_at, t.serial) > ($2, $3)
ORDER BY t.due_at, t.serial LIMIT $4;

-- name: NextTellingDue :one
SELECT CAST(COALESCE(MIN(due_at), 0) AS BIGINT) FROM telling WHERE due_at > 0 AND paused = FALSE;

-- name: FindPersonToken :one
SELECT * FROM person_token WHERE hash = $1;

-- name: FindPersonLink :one
SELECT * FROM person_link WHERE hash = $1;

-- name: CountMailboxStates :many
SELECT health, COUNT(*) AS mailboxes,
  CAST(COALESCE(SUM(CASE WHEN due_at > 0 AND due_at <= $1 THEN 1 ELSE 0 END), 0) AS BIGINT) AS due
FROM mailbox GROUP BY health;

-- name: CountAllTellings :one
SELECT COUNT(*) AS tellings, CAST(COALESCE(SUM(CASE WHEN answer <> '' THEN 1 ELSE 0 END), 0) AS BIGINT) AS failing,
  CAST(COALESCE(SUM(CASE WHEN due_at > 0 AND due_at <= $1 AND paused = FALSE THEN 1 ELSE 0 END), 0) AS BIGINT) AS due
FROM telling;

-- name: MissingHistory :many
SELECT t.organization, t.person, t.told_at, t.switchboard, t.told FROM telling t
WHERE t.told_at > 0 AND t.told_key <> '' AND NOT EXISTS (SELECT 1 FROM told h
  WHERE h.organization = t.organization AND h.person = t.person AND h.at = t.told_at AND h.switchboard = t.switchboard);
