-- name: GetOrganization :one
SELECT * FROM organization WHERE organization = $1;

-- name: AddOrganization :exec
INSERT INTO organization (organization, number, name, name_key, search, settings, generation, created_at)
VALUES ($1, $2, $3, $4, $5, $6, 1, $7);

-- name: UpdateOrganization :execrows
UPDATE organization SET number = $2, name = $3, name_key = $4, search = $5, settings = $6, generation = generation + 1
WHERE organization = $1 AND generation = $7;

-- name: ListMembers :many
SELECT m.organization, m.email, m.name, m.role, m.created_at, COALESCE(l.language, '') AS language, COALESCE(l.seen_at, 0) AS seen_at
FROM member m LEFT JOIN operator_login l ON l.email = m.email WHERE m.organization = $1 ORDER BY m.created_at;

-- name: GetMember :one
SELECT m.organization, m.email, m.name, m.role, m.created_at, COALESCE(l.language, '') AS language, COALESCE(l.seen_at, 0) AS seen_at
FROM member m LEFT JOIN operator_login l ON l.email = m.email WHERE m.organization = $1 AND m.email = $2;

-- name: PutMember :exec
INSERT INTO member (organization, email, name, role, created_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (organization, email) DO UPDATE SET name = excluded.name, role = excluded.role;

-- name: DeleteMember :execrows
DELETE FROM member WHERE organization = $1 AND email = $2;

-- name: AddToken :exec
INSERT INTO token (organization, id, name, role, hash, created_by, created_at, expires_at, used_at, revoked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0);

-- name: ListTokens :many
SELECT * FROM token WHERE organization = $1 ORDER BY created_at;

-- name: TokenByHash :one
SELECT * FROM token WHERE organization = $1 AND hash = $2;

-- name: RevokeToken :execrows
UPDATE token SET revoked_at = $3 WHERE organization = $1 AND id = $2 AND revoked_at = 0;

-- name: TouchToken :execrows
UPDATE token SET used_at = $3 WHERE organization = $1 AND id = $2;

-- name: DeleteOrganization :execrows
DELETE FROM organization WHERE organization = $1;
