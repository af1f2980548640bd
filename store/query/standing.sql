-- name: GetStanding :one
SELECT * FROM standing WHERE organization = $1 AND replicator = $2 AND person = $3;

-- name: ListStandings :many
SELECT * FROM standing WHERE organization = $1 AND replicator = $2 AND name_key > $3 AND search LIKE $4
ORDER BY name_key LIMIT $5;

-- name: ListStandingsInState :many
SELECT * FROM standing WHERE organization = $1 AND replicator = $2 AND state = $3 AND name_key > $4 AND search LIKE $5
ORDER BY name_key LIMIT $6;

-- name: ListProblems :many
SELECT * FROM standing WHERE organization = $1 AND replicator = $2 AND problems <> '' AND name_key > $3 AND search LIKE $4
ORDER BY name_key LIMIT $5;

-- name: CountStandings :many
SELECT state, COUNT(*) AS people, CAST(COALESCE(SUM(CASE WHEN problems <> '' THEN 1 ELSE 0 END), 0) AS BIGINT) AS problems
FROM standing WHERE organization = $1 AND replicator = $2 GROUP BY state;

-- name: StandingsOfPerson :many
SELECT * FROM standing WHERE organization = $1 AND person = $2;

-- name: PeopleStanding :many
SELECT person FROM standing WHERE organization = $1 AND replicator = $2;

-- name: DeleteStandings :execrows
DELETE FROM standing WHERE standing.organization = $1 AND standing.replicator = $2 AND standing.person IN (
  SELECT s.person FROM standing s WHERE s.organization = $1 AND s.replicator = $2 LIMIT 500);
