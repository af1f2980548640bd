-- name: NextSeq :one
UPDATE source SET seq = seq + 1 WHERE organization = $1 AND id = $2 RETURNING *;

-- name: SetPeopleStamp :exec
UPDATE source SET people_stamp = $3, people_began = $4 WHERE organization = $1 AND id = $2;

-- name: SetGroupsStamp :exec
UPDATE source SET groups_stamp = $3 WHERE organization = $1 AND id = $2;

-- name: SetWholeSeq :exec
UPDATE source SET whole_seq = $3 WHERE organization = $1 AND id = $2;

-- name: SetPeopleWhole :exec
UPDATE source SET people_whole = $3 WHERE organization = $1 AND id = $2;

-- name: SetGroupsWhole :exec
UPDATE source SET groups_whole = $3 WHERE organization = $1 AND id = $2;

-- name: SetCursor :exec
UPDATE source SET cursor = $3, read_at = $4 WHERE organization = $1 AND id = $2;

-- name: ResetMirror :execrows
UPDATE source SET cursor = '', fields = $3 WHERE organization = $1 AND id = $2;

-- name: GetPerson :one
SELECT * FROM person WHERE organization = $1 AND source = $2 AND id = $3;

-- name: ListPeople :many
SELECT id, seq, gone_reason, gone_at, data FROM person WHERE organization = $1 AND source = $2;

-- name: SearchPeople :many
SELECT * FROM person WHERE organization = $1 AND source = $2 AND name_key > $3 AND search LIKE $4 AND gone_reason = ''
ORDER BY name_key LIMIT $5;

-- name: CountPeople :one
SELECT COUNT(*) FROM person WHERE organization = $1 AND source = $2 AND gone_reason = '';

-- name: AnyStampedPerson :many
SELECT id FROM person WHERE organization = $1 AND source = $2 AND stamp = $3 AND gone_reason = '' LIMIT 1;

-- name: UnstampedPeople :many
SELECT id FROM person WHERE organization = $1 AND source = $2 AND stamp < $3 AND gone_reason = '';

-- name: SetGone :execrows
UPDATE person SET gone_reason = $4, gone_at = $5, seq = $6 WHERE organization = $1 AND source = $2 AND id = $3;

-- name: TouchPerson :execrows
UPDATE person SET seq = $4 WHERE organization = $1 AND source = $2 AND id = $3;

-- name: SetPersonData :exec
UPDATE person SET data = $4, seq = $5 WHERE organization = $1 AND source = $2 AND id = $3;

-- name: PurgePeople :execrows
DELETE FROM person WHERE person.organization = $1 AND person.source = $2 AND person.id IN (
  SELECT p.id FROM person p WHERE p.organization = $1 AND p.source = $2 AND p.gone_reason <> '' AND p.gone_at < $3
  AND NOT EXISTS (SELECT 1 FROM link l WHERE l.organization = $1 AND l.source = $2 AND l.person = p.id) LIMIT 500);

-- name: DeletePeople :execrows
DELETE FROM person WHERE person.organization = $1 AND person.source = $2 AND person.id IN (
  SELECT p.id FROM person p WHERE p.organization = $1 AND p.source = $2 LIMIT 500);

-- name: GetGroup :one
SELECT * FROM directory_group WHERE organization = $1 AND source = $2 AND id = $3;

-- name: SearchGroups :many
SELECT * FROM directory_group WHERE organization = $1 AND source = $2 AND search LIKE $3 ORDER BY name_key LIMIT $4;

-- name: AnyStampedGroup :many
SELECT id FROM directory_group WHERE organization = $1 AND source = $2 AND stamp = $3 LIMIT 1;

-- name: UnstampedGroups :many
SELECT id FROM directory_group WHERE organization = $1 AND source = $2 AND stamp < $3;

-- name: DeleteGroup :execrows
DELETE FROM directory_group WHERE organization = $1 AND source = $2 AND id = $3;

-- name: DeleteGroups :execrows
DELETE FROM directory_group WHERE directory_group.organization = $1 AND directory_group.source = $2 AND directory_group.id IN (
  SELECT g.id FROM directory_group g WHERE g.organization = $1 AND g.source = $2 LIMIT 500);

-- name: ListEdges :many
SELECT group_id, member FROM edge WHERE organization = $1 AND source = $2;

-- name: GroupsOfMember :many
SELECT group_id FROM edge WHERE organization = $1 AND source = $2 AND member = $3;

-- name: StampEdge :execrows
UPDATE edge SET stamp = $5 WHERE organization = $1 AND source = $2 AND group_id = $3 AND member = $4;

-- name: DeleteEdge :execrows
DELETE FROM edge WHERE organization = $1 AND source = $2 AND group_id = $3 AND member = $4;

-- name: DeleteEdgesOfGroup :execrows
DELETE FROM edge WHERE edge.organization = $1 AND edge.source = $2 AND edge.group_id = $3 AND edge.member IN (
  SELECT e.member FROM edge e WHERE e.organization = $1 AND e.source = $2 AND e.group_id = $3 LIMIT 500);

-- name: DeleteUnstampedEdges :execrows
DELETE FROM edge WHERE edge.organization = $1 AND edge.source = $2 AND edge.stamp < $3 AND (edge.group_id, edge.member) IN (
  SELECT e.group_id, e.member FROM edge e WHERE e.organization = $1 AND e.source = $2 AND e.stamp < $3 LIMIT 500);

-- name: DeleteEdges :execrows
DELETE FROM edge WHERE edge.organization = $1 AND edge.source = $2 AND (edge.group_id, edge.member) IN (
  SELECT e.group_id, e.member FROM edge e WHERE e.organization = $1 AND e.source = $2 LIMIT 500);
