-- name: GetDay :one
SELECT * FROM day WHERE organization = $1 AND person = $2;

-- name: PeopleWithDay :many
SELECT person FROM day WHERE organization = $1;
