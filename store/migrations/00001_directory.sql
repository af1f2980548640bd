-- +goose Up
-- The first schema, which has been released: it never changes, each change is a
-- file of its own.
--
-- One text for SQLite and PostgreSQL: TEXT, BIGINT (ms UTC), BOOLEAN, BYTEA.
-- Every table but operator_* begins its key with organization.

CREATE TABLE operator_login (
    email         TEXT    NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL,
    password_hash TEXT    NOT NULL, -- argon2id, '' until the first password is chosen
    language      TEXT    NOT NULL,
    operator      BOOLEAN NOT NULL, -- may see all organizations
    created_at    BIGINT  NOT NULL,
    seen_at       BIGINT  NOT NULL
);

CREATE TABLE operator_session (
    token_hash TEXT   NOT NULL PRIMARY KEY,
    data       BYTEA  NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE operator_token (
    id         TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    hash       TEXT   NOT NULL UNIQUE,
    created_by TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL, -- 0 never
    used_at    BIGINT NOT NULL,
    revoked_at BIGINT NOT NULL
);

-- One-time words: the first sign-in, a new password.
CREATE TABLE operator_invite (
    hash       TEXT   NOT NULL PRIMARY KEY,
    email      TEXT   NOT NULL,
    purpose    TEXT   NOT NULL, -- 'first' (make the first operator), 'password'
    expires_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL
);

CREATE TABLE operator_audit (
    id     BIGINT NOT NULL PRIMARY KEY,
    at     BIGINT NOT NULL,
    actor  TEXT   NOT NULL,
    verb   TEXT   NOT NULL,
    object TEXT   NOT NULL,
    detail TEXT   NOT NULL
);

CREATE TABLE organization (
    organization TEXT   NOT NULL PRIMARY KEY,
    number       TEXT   NOT NULL, -- the operator's customer number
    name         TEXT   NOT NULL,
    name_key     BYTEA  NOT NULL, -- collation key and id, so that no two are equal; so everywhere
    search       TEXT   NOT NULL, -- folded name and number
    settings     TEXT   NOT NULL, -- JSON of organization.Settings
    generation   BIGINT NOT NULL,
    created_at   BIGINT NOT NULL
);
CREATE INDEX organization_name ON organization (name_key);
CREATE UNIQUE INDEX organization_number ON organization (number) WHERE number <> '';

CREATE TABLE member (
    organization TEXT   NOT NULL REFERENCES organization (organization) ON DELETE CASCADE,
    email        TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    role         TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (organization, email)
);

CREATE TABLE token (
    organization TEXT   NOT NULL REFERENCES organization (organization) ON DELETE CASCADE,
    id           TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    role         TEXT   NOT NULL,
    hash         TEXT   NOT NULL,
    created_by   TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    used_at      BIGINT NOT NULL,
    revoked_at   BIGINT NOT NULL,
    PRIMARY KEY (organization, id)
);
CREATE UNIQUE INDEX token_hash ON token (hash);

CREATE TABLE source (
    organization TEXT   NOT NULL REFERENCES organization (organization) ON DELETE CASCADE,
    id           TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    kind         TEXT   NOT NULL,
    settings     TEXT   NOT NULL, -- JSON object of strings
    tenant       TEXT   NOT NULL, -- the tenant's id once it is proven, to tell when two organizations share one
    generation   BIGINT NOT NULL, -- counts changes of settings and credentials
    checked_at   BIGINT NOT NULL,
    checked      TEXT   NOT NULL, -- JSON of the last check
    created_at   BIGINT NOT NULL,
    -- the mirror's state
    cursor       TEXT   NOT NULL,
    fields       TEXT   NOT NULL, -- what the mirror was read with, one property a line
    seq          BIGINT NOT NULL, -- counts folded pages; person.seq is the page that last changed him
    whole_seq    BIGINT NOT NULL, -- the page that last changed more than can be told person by person
    people_stamp BIGINT NOT NULL, -- the full read of people in progress or last done
    groups_stamp BIGINT NOT NULL,
    people_began BIGINT NOT NULL, -- when the full read of people in progress or last done began
    people_whole BIGINT NOT NULL, -- when a full read of people was last completed, 0 never
    groups_whole BIGINT NOT NULL,
    read_at      BIGINT NOT NULL,
    PRIMARY KEY (organization, id)
);
CREATE INDEX source_tenant ON source (tenant);

CREATE TABLE credential (
    organization TEXT   NOT NULL,
    source       TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    kind         TEXT   NOT NULL,
    sealed       BYTEA  NOT NULL,
    hint         TEXT   NOT NULL,
    public_pem   TEXT   NOT NULL,
    expires_at   BIGINT NOT NULL, -- 0 not known
    expiry_read  BOOLEAN NOT NULL,
    warned_days  BIGINT NOT NULL, -- the last warning sent: 60, 30, 14, 7, 1; 0 none
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (organization, source, id),
    FOREIGN KEY (organization, source) REFERENCES source (organization, id) ON DELETE CASCADE
);

CREATE INDEX credential_expiry ON credential (expires_at);

CREATE TABLE person (
    organization TEXT   NOT NULL,
    source       TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    stamp        BIGINT NOT NULL, -- the full read that last saw him
    seq          BIGINT NOT NULL,
    gone_reason  TEXT   NOT NULL, -- '' present, else directory.GoneReason
    gone_at      BIGINT NOT NULL,
    name_key     BYTEA  NOT NULL, -- collation key and id
    search       TEXT   NOT NULL, -- folded name and addresses
    data         TEXT   NOT NULL, -- JSON of directory.Person.Fields; last, because it is long
    PRIMARY KEY (organization, source, id),
    FOREIGN KEY (organization, source) REFERENCES source (organization, id) ON DELETE CASCADE
);
CREATE INDEX person_seq ON person (organization, source, seq);

CREATE TABLE directory_group (
    organization TEXT   NOT NULL,
    source       TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    name_key     BYTEA  NOT NULL,
    search       TEXT   NOT NULL,
    kind         TEXT   NOT NULL,
    stamp        BIGINT NOT NULL,
    PRIMARY KEY (organization, source, id),
    FOREIGN KEY (organization, source) REFERENCES source (organization, id) ON DELETE CASCADE
);

CREATE TABLE edge (
    organization TEXT   NOT NULL,
    source       TEXT   NOT NULL,
    group_id     TEXT   NOT NULL,
    member       TEXT   NOT NULL,
    stamp        BIGINT NOT NULL,
    PRIMARY KEY (organization, source, group_id, member),
    FOREIGN KEY (organization, source) REFERENCES source (organization, id) ON DELETE CASCADE
);

CREATE INDEX edge_member ON edge (organization, source, member);

CREATE TABLE subscription (
    organization TEXT   NOT NULL,
    source       TEXT   NOT NULL,
    resource     TEXT   NOT NULL, -- 'users', 'groups'
    id           TEXT   NOT NULL, -- Graph's id, '' where there is none at the moment
    client_state TEXT   NOT NULL, -- hash
    expires_at   BIGINT NOT NULL,
    heard_at     BIGINT NOT NULL,
    due_at       BIGINT NOT NULL, -- when it is made, renewed or tried again
    problem      TEXT   NOT NULL, -- why that failed, '' if it didn't
    PRIMARY KEY (organization, source, resource),
    FOREIGN KEY (organization, source) REFERENCES source (organization, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX subscription_id ON subscription (id) WHERE id <> '';

CREATE TABLE replicator (
    organization TEXT    NOT NULL,
    id           TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    source       TEXT    NOT NULL,
    register     TEXT    NOT NULL,
    position     BIGINT  NOT NULL,
    paused       BOOLEAN NOT NULL,
    schedule     TEXT    NOT NULL, -- JSON
    settings     TEXT    NOT NULL, -- JSON of directory.Settings
    generation   BIGINT  NOT NULL, -- counts changes of settings
    created_at   BIGINT  NOT NULL,
    due_at       BIGINT  NOT NULL, -- when the next round starts, 0 never
    due_cause    TEXT    NOT NULL, -- what made it due
    due_actor    TEXT    NOT NULL,
    due_whole    BOOLEAN NOT NULL, -- plan everybody
    planned_seq  BIGINT  NOT NULL, -- source.seq at the last plan
    planned_generation BIGINT NOT NULL, -- generation at the last plan
    approved     BOOLEAN NOT NULL, -- a first plan has been approved
    rounds       BIGINT  NOT NULL, -- how many there have been
    failures     BIGINT  NOT NULL, -- rounds failed in a row
    PRIMARY KEY (organization, id),
    FOREIGN KEY (organization, source) REFERENCES source (organization, id)
);
CREATE INDEX replicator_due ON replicator (due_at);

CREATE TABLE link (
    organization TEXT   NOT NULL REFERENCES organization (organization) ON DELETE CASCADE,
    register     TEXT   NOT NULL,
    subscriber   TEXT   NOT NULL, -- while creating: our key
    source       TEXT   NOT NULL,
    person       TEXT   NOT NULL,
    replicator   TEXT   NOT NULL,
    state        TEXT   NOT NULL, -- 'creating', 'linked'
    creation_key TEXT   NOT NULL,
    written      TEXT   NOT NULL, -- JSON of pbx.Fields: the ledger
    left_reason  TEXT   NOT NULL, -- '' present; 'disabled', 'softdeleted', 'purged', 'scope', 'missing'
    left_at      BIGINT NOT NULL,
    linked_at    BIGINT NOT NULL,
    linked_by    TEXT   NOT NULL,
    PRIMARY KEY (organization, register, subscriber)
);
CREATE INDEX link_person ON link (organization, source, person);
CREATE INDEX link_replicator ON link (organization, replicator, left_reason);
CREATE INDEX link_left ON link (organization) WHERE left_reason <> '';

CREATE TABLE standing (
    organization TEXT   NOT NULL,
    replicator   TEXT   NOT NULL,
    person       TEXT   NOT NULL,
    state        TEXT   NOT NULL, -- 'offered', 'linked', 'ignored', 'outside', 'elsewhere', 'left'
    why          TEXT   NOT NULL, -- JSON pbx.Reason: why outside, or who takes care
    problems     TEXT   NOT NULL, -- JSON list of pbx.Reason, '' none
    suggestions  TEXT   NOT NULL, -- JSON list, '' none
    name         TEXT   NOT NULL,
    name_key     BYTEA  NOT NULL,
    search       TEXT   NOT NULL,
    PRIMARY KEY (organization, replicator, person),
    FOREIGN KEY (organization, replicator) REFERENCES replicator (organization, id) ON DELETE CASCADE
);
CREATE INDEX standing_state ON standing (organization, replicator, state, name_key);

CREATE TABLE ignored (
    organization TEXT   NOT NULL,
    replicator   TEXT   NOT NULL,
    person       TEXT   NOT NULL,
    ignored_by   TEXT   NOT NULL,
    ignored_at   BIGINT NOT NULL,
    PRIMARY KEY (organization, replicator, person),
    FOREIGN KEY (organization, replicator) REFERENCES replicator (organization, id) ON DELETE CASCADE
);

CREATE TABLE round (
    organization TEXT    NOT NULL REFERENCES organization (organization) ON DELETE CASCADE,
    id           TEXT    NOT NULL,
    replicator   TEXT    NOT NULL,
    number       BIGINT  NOT NULL, -- per replicator
    serial       BIGINT  NOT NULL, -- in the order of starting, over all replicators
    cause        TEXT    NOT NULL, -- 'hand', 'nightly', 'change', 'decision', 'undo', 'settings'
    actor        TEXT    NOT NULL,
    state        TEXT    NOT NULL, -- 'reading', 'waiting', 'held', 'applying', 'done', 'dropped', 'failed'
    whole        BOOLEAN NOT NULL, -- everybody was planned
    held         TEXT    NOT NULL, -- JSON list of pbx.Reason: why it waits
    counts       TEXT    NOT NULL, -- JSON object of numbers
    progress     BIGINT  NOT NULL, -- people read, or changes applied
    total        BIGINT  NOT NULL, -- 0 not known
    failure      TEXT    NOT NULL, -- JSON pbx.Reason, '' none
    undoes       TEXT    NOT NULL, -- the round this one undoes
    undone_by    TEXT    NOT NULL,
    approved_by  TEXT    NOT NULL,
    started_at   BIGINT  NOT NULL,
    planned_at   BIGINT  NOT NULL,
    ended_at     BIGINT  NOT NULL,
    PRIMARY KEY (organization, id)
);
CREATE INDEX round_replicator ON round (organization, replicator, serial);
CREATE INDEX round_serial ON round (organization, serial);
CREATE INDEX round_state ON round (state, organization);

CREATE TABLE change (
    organization TEXT   NOT NULL,
    round        TEXT   NOT NULL,
    position     BIGINT NOT NULL,
    kind         TEXT   NOT NULL,
    person       TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    search       TEXT   NOT NULL,
    subscriber   TEXT   NOT NULL,
    creation_key TEXT   NOT NULL,
    reason       TEXT   NOT NULL, -- JSON pbx.Reason
    before       TEXT   NOT NULL, -- JSON pbx.Fields
    after        TEXT   NOT NULL,
    state        TEXT   NOT NULL, -- 'pending', 'done', 'skipped', 'failed'
    answer       TEXT   NOT NULL, -- JSON pbx.Reason: why skipped or failed
    done_at      BIGINT NOT NULL,
    blanked      BOOLEAN NOT NULL,
    PRIMARY KEY (organization, round, position),
    FOREIGN KEY (organization, round) REFERENCES round (organization, id) ON DELETE CASCADE
);
CREATE INDEX change_state ON change (organization, round, state, position);
CREATE INDEX change_person ON change (organization, person);
CREATE INDEX change_subscriber ON change (organization, subscriber) WHERE subscriber <> '';
CREATE INDEX change_removed ON change (organization, done_at) WHERE kind = 'remove' AND NOT blanked;

CREATE TABLE subscriber (
    organization TEXT   NOT NULL REFERENCES organization (organization) ON DELETE CASCADE,
    id           TEXT   NOT NULL,
    creation_key TEXT   NOT NULL,
    fields       TEXT   NOT NULL, -- JSON of pbx.Fields
    extension    TEXT   NOT NULL,
    name_key     BYTEA  NOT NULL,
    search       TEXT   NOT NULL,
    generation   BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL,
    PRIMARY KEY (organization, id)
);
CREATE INDEX subscriber_name ON subscriber (organization, name_key);
CREATE UNIQUE INDEX subscriber_key ON subscriber (organization, creation_key) WHERE creation_key <> '';
CREATE UNIQUE INDEX subscriber_extension ON subscriber (organization, extension) WHERE extension <> '';

CREATE TABLE extension_rest (
    organization TEXT   NOT NULL REFERENCES organization (organization) ON DELETE CASCADE,
    extension    TEXT   NOT NULL,
    freed_at     BIGINT NOT NULL,
    PRIMARY KEY (organization, extension)
);

CREATE TABLE notice (
    organization TEXT   NOT NULL REFERENCES organization (organization) ON DELETE CASCADE,
    id           BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    kind         TEXT   NOT NULL, -- 'round', 'held', 'failed', 'left', 'expiry'
    subject      TEXT   NOT NULL, -- the round, source … it is about
    data         TEXT   NOT NULL, -- JSON object of strings
    PRIMARY KEY (organization, id)
);

CREATE TABLE notice_seen (
    organization TEXT   NOT NULL REFERENCES organization (organization) ON DELETE CASCADE,
    email        TEXT   NOT NULL,
    upto         BIGINT NOT NULL,
    PRIMARY KEY (organization, email)
);

CREATE TABLE outbox (
    organization TEXT   NOT NULL REFERENCES organization (organization) ON DELETE CASCADE,
    id           TEXT   NOT NULL,
    recipient    TEXT   NOT NULL,
    subject      TEXT   NOT NULL,
    body         TEXT   NOT NULL,
    due_at       BIGINT NOT NULL, -- 0 sent or given up
    tries        BIGINT NOT NULL,
    answer       TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (organization, id)
);
CREATE INDEX outbox_due ON outbox (due_at);

CREATE TABLE audit (
    organization TEXT   NOT NULL REFERENCES organization (organization) ON DELETE CASCADE,
    id           BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    actor        TEXT   NOT NULL,
    role         TEXT   NOT NULL,
    verb         TEXT   NOT NULL,
    object       TEXT   NOT NULL,
    detail       TEXT   NOT NULL, -- JSON object of strings, never a secret
    search       TEXT   NOT NULL, -- folded
    PRIMARY KEY (organization, id)
);

CREATE TABLE connect_link (
    organization TEXT   NOT NULL REFERENCES organization (organization) ON DELETE CASCADE,
    id           TEXT   NOT NULL,
    hash         TEXT   NOT NULL,
    source       TEXT   NOT NULL, -- '' makes a new one
    colleague    TEXT   NOT NULL, -- to whom it was given
    language     TEXT   NOT NULL,
    created_by   TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    used_at      BIGINT NOT NULL,
    revoked_at   BIGINT NOT NULL,
    PRIMARY KEY (organization, id)
);
CREATE UNIQUE INDEX connect_link_hash ON connect_link (hash);

-- A sign-in at Microsoft that has been begun: bound to one browser session.
CREATE TABLE consent (
    organization TEXT   NOT NULL REFERENCES organization (organization) ON DELETE CASCADE,
    state_hash   TEXT   NOT NULL,
    link         TEXT   NOT NULL, -- the connect link, '' in the console
    session_hash TEXT   NOT NULL,
    cloud        TEXT   NOT NULL,
    sealed       BYTEA  NOT NULL, -- nonce, PKCE verifier, and what was found of the tenant
    tenant       TEXT   NOT NULL, -- tid of the validated ID token, '' before
    source       TEXT   NOT NULL, -- what it made
    step         TEXT   NOT NULL, -- 'signin', 'consent', 'confirm', 'operator', 'done'
    expires_at   BIGINT NOT NULL,
    PRIMARY KEY (organization, state_hash)
);
CREATE UNIQUE INDEX consent_state ON consent (state_hash);
