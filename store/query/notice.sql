-- name: AddNotice :exec
INSERT INTO notice (organization, id, at, kind, subject, data) VALUES ($1, $2, $3, $4, $5, $6);

-- name: ListNotices :many
SELECT * FROM notice WHERE organization = $1 AND id < $2 ORDER BY id DESC LIMIT $3;

-- name: CountUnseen :one
SELECT COUNT(*) FROM notice n WHERE n.organization = $1 AND n.id > COALESCE(
  (SELECT s.upto FROM notice_seen s WHERE s.organization = $1 AND s.email = $2), 0);

-- name: SetNoticesSeen :exec
INSERT INTO notice_seen (organization, email, upto) VALUES ($1, $2, $3)
ON CONFLICT (organization, email) DO UPDATE SET upto = excluded.upto WHERE notice_seen.upto < excluded.upto;

-- name: SeenUpTo :one
SELECT upto FROM notice_seen WHERE organization = $1 AND email = $2;

-- name: PurgeNotices :execrows
DELETE FROM notice WHERE notice.organization = $1 AND notice.id IN (
  SELECT n.id FROM notice n WHERE n.organization = $1 AND n.at < $2 LIMIT 500);

-- name: AddMail :exec
INSERT INTO outbox (organization, id, recipient, subject, body, due_at, tries, answer, created_at)
VALUES ($1, $2, $3, $4, $5, $6, 0, '', $7);

-- name: ListMails :many
SELECT * FROM outbox WHERE organization = $1 ORDER BY created_at DESC LIMIT $2;

-- name: SetMail :execrows
UPDATE outbox SET due_at = $3, tries = tries + 1, answer = $4 WHERE organization = $1 AND id = $2;

-- name: PurgeMails :execrows
DELETE FROM outbox WHERE outbox.organization = $1 AND outbox.id IN (
  SELECT m.id FROM outbox m WHERE m.organization = $1 AND m.due_at = 0 AND m.created_at < $2 LIMIT 500);

-- name: AddEntry :exec
INSERT INTO audit (organization, id, at, actor, role, verb, object, detail, search) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: ListEntries :many
SELECT * FROM audit WHERE organization = $1 AND id < $2 AND search LIKE $3 ORDER BY id DESC LIMIT $4;
