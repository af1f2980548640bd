-- +goose Up
-- The calendar flow: whose calendars are read, what was read, what people chose,
-- the days that follow from it, and what each switchboard was last told. A person
-- is the directory's id (Entra object id), which is unique in the world.

-- A source whose calendars are read.
CREATE TABLE calendar (
    organization    TEXT    NOT NULL,
    source          TEXT    NOT NULL,
    settings        TEXT    NOT NULL, -- JSON of organization.Connection
    paused          BOOLEAN NOT NULL, -- its Off
    permissions     TEXT    NOT NULL, -- JSON of what the last check found
    checked_at      BIGINT  NOT NULL,
    generation      BIGINT  NOT NULL, -- counts changes of settings
    settings_due_at BIGINT  NOT NULL, -- when hours and automatic replies are read next, 0 never
    throttled_until BIGINT  NOT NULL, -- the whole source waits until then
    created_at      BIGINT  NOT NULL,
    PRIMARY KEY (organization, source),
    FOREIGN KEY (organization, source) REFERENCES source (organization, id) ON DELETE CASCADE
);
CREATE INDEX calendar_settings_due ON calendar (settings_due_at);

CREATE TABLE mailbox (
    organization    TEXT    NOT NULL,
    person          TEXT    NOT NULL,
    source          TEXT    NOT NULL,
    entra_id        TEXT    NOT NULL,
    address         TEXT    NOT NULL,
    name            TEXT    NOT NULL,
    name_key        BYTEA   NOT NULL,
    search          TEXT    NOT NULL, -- folded name and address
    live            BOOLEAN NOT NULL, -- his activity may be told outside
    zone            TEXT    NOT NULL, -- IANA, '' not known
    hours           TEXT    NOT NULL, -- JSON of calendar.Hours, '' not known
    replies         TEXT    NOT NULL, -- JSON of calendar.Replies, '' off
    settings_at     BIGINT  NOT NULL, -- when these three were read
    hash            BYTEA   NOT NULL, -- of the reading as it was kept
    covers_from     BIGINT  NOT NULL, -- the window of the last whole reading
    covers_to       BIGINT  NOT NULL,
    read_at         BIGINT  NOT NULL,
    changed_at      BIGINT  NOT NULL, -- when a reading last differed
    heard_at        BIGINT  NOT NULL, -- the last notification
    health          TEXT    NOT NULL, -- calendar.State
    sentence        TEXT    NOT NULL, -- what the service said
    health_since    BIGINT  NOT NULL,
    throttled_until BIGINT  NOT NULL,
    tries           BIGINT  NOT NULL, -- readings failed in a row
    due_at          BIGINT  NOT NULL, -- 0 never
    due_cause       TEXT    NOT NULL,
    wakes           BIGINT  NOT NULL, -- counts what made it due: one that comes during a reading is not lost
    generation      BIGINT  NOT NULL, -- counts all other changes
    agenda          BYTEA   NOT NULL, -- the events, also those kept from before the window; last, because it is long
    PRIMARY KEY (organization, person),
    FOREIGN KEY (organization, source) REFERENCES calendar (organization, source) ON DELETE CASCADE
);
CREATE INDEX mailbox_due ON mailbox (due_at) WHERE due_at > 0;
CREATE INDEX mailbox_health ON mailbox (organization, health, name_key);
CREATE INDEX mailbox_name ON mailbox (organization, name_key);
CREATE INDEX mailbox_source ON mailbox (organization, source, due_at);

-- What somebody set by hand. It outlives the mailbox.
CREATE TABLE choice (
    organization TEXT   NOT NULL REFERENCES organization (organization) ON DELETE CASCADE,
    person       TEXT   NOT NULL,
    choice       TEXT   NOT NULL, -- JSON of activity.Choice, '' none stands
    silences     TEXT   NOT NULL, -- JSON list of activity.Silence, '' none
    set_at       BIGINT NOT NULL, -- 0 none stands
    until_at     BIGINT NOT NULL, -- 0 tills vidare
    asked_at     BIGINT NOT NULL, -- when he was asked about one that was forgotten
    generation   BIGINT NOT NULL,
    PRIMARY KEY (organization, person)
);
CREATE INDEX choice_open ON choice (organization, set_at) WHERE set_at > 0 AND until_at = 0 AND asked_at = 0;

-- What a person, or somebody for him, set for himself.
CREATE TABLE preference (
    organization TEXT   NOT NULL REFERENCES organization (organization) ON DELETE CASCADE,
    person       TEXT   NOT NULL,
    settings     TEXT   NOT NULL, -- JSON of organization.Person
    generation   BIGINT NOT NULL,
    PRIMARY KEY (organization, person)
);

-- A person's timeline from yesterday to some 48 hours ahead. What lies further is
-- computed from the agenda when it is asked for.
CREATE TABLE day (
    organization TEXT    NOT NULL REFERENCES organization (organization) ON DELETE CASCADE,
    person       TEXT    NOT NULL,
    from_at      BIGINT  NOT NULL,
    to_at        BIGINT  NOT NULL,
    stale        BOOLEAN NOT NULL, -- something it follows from has changed
    due_at       BIGINT  NOT NULL, -- when it is computed again
    generation   BIGINT  NOT NULL,
    spans        BYTEA   NOT NULL, -- activity.Day without its causes
    PRIMARY KEY (organization, person)
);
CREATE INDEX day_due ON day (due_at) WHERE due_at > 0;

-- A telephone system that is told activities. The built-in one has no row.
CREATE TABLE switchboard (
    organization TEXT    NOT NULL REFERENCES organization (organization) ON DELETE CASCADE,
    id           TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    settings     TEXT    NOT NULL, -- JSON object of strings
    register     TEXT    NOT NULL, -- whose subscribers it has: 'builtin'
    paused       BOOLEAN NOT NULL,
    sealed       BYTEA   NOT NULL, -- its password
    hint         TEXT    NOT NULL,
    generation   BIGINT  NOT NULL,
    created_at   BIGINT  NOT NULL,
    PRIMARY KEY (organization, id)
);

-- What a switchboard was last told of a subscriber, and when it is looked at next.
CREATE TABLE telling (
    organization TEXT    NOT NULL REFERENCES organization (organization) ON DELETE CASCADE,
    switchboard  TEXT    NOT NULL, -- 'builtin' or the id of one
    subscriber   TEXT    NOT NULL,
    serial       BIGINT  NOT NULL, -- orders those that are due at the same time
    person       TEXT    NOT NULL,
    live         BOOLEAN NOT NULL, -- may be told to anybody outside
    leaving      BOOLEAN NOT NULL, -- it is taken back and then forgotten
    paused       BOOLEAN NOT NULL, -- its switchboard is
    told_key     TEXT    NOT NULL, -- activity.Key of told, '' nothing yet
    told         BYTEA   NOT NULL, -- activity.State as it left us, in the form of a day; empty for nothing
    inside       BYTEA   NOT NULL, -- as colleagues may see it, empty where that is the same
    told_at      BIGINT  NOT NULL,
    late_ms      BIGINT  NOT NULL, -- how long after its instant
    receipt      TEXT    NOT NULL, -- the driver's
    answer       TEXT    NOT NULL, -- JSON of pbx.Reason, '' fine
    tries        BIGINT  NOT NULL, -- failed in a row
    due_at       BIGINT  NOT NULL, -- 0 never
    generation   BIGINT  NOT NULL, -- counts what made it due
    PRIMARY KEY (organization, switchboard, subscriber)
);
CREATE INDEX telling_due ON telling (due_at, serial) WHERE due_at > 0 AND paused = FALSE;
CREATE INDEX telling_person ON telling (organization, person);
CREATE INDEX telling_answer ON telling (organization, switchboard) WHERE answer <> '';

-- What was told, for "what did you see at ten?". Never a subject or a place.
CREATE TABLE told (
    organization TEXT   NOT NULL REFERENCES organization (organization) ON DELETE CASCADE,
    person       TEXT   NOT NULL,
    at           BIGINT NOT NULL,
    switchboard  TEXT   NOT NULL,
    state        BYTEA  NOT NULL, -- as telling.told
    PRIMARY KEY (organization, person, at, switchboard)
);
CREATE INDEX told_at ON told (organization, at);

-- What a person's own telephone or button signs in with.
CREATE TABLE person_token (
    organization TEXT   NOT NULL REFERENCES organization (organization) ON DELETE CASCADE,
    id           TEXT   NOT NULL,
    person       TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    hash         TEXT   NOT NULL,
    created_by   TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    used_at      BIGINT NOT NULL,
    revoked_at   BIGINT NOT NULL,
    PRIMARY KEY (organization, id)
);
CREATE UNIQUE INDEX person_token_hash ON person_token (hash);
CREATE INDEX person_token_person ON person_token (organization, person);

-- The link that was mailed to a person, good once.
CREATE TABLE person_link (
    organization TEXT   NOT NULL REFERENCES organization (organization) ON DELETE CASCADE,
    id           TEXT   NOT NULL,
    person       TEXT   NOT NULL,
    hash         TEXT   NOT NULL,
    expires_at   BIGINT NOT NULL,
    used_at      BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (organization, id)
);
CREATE UNIQUE INDEX person_link_hash ON person_link (hash);

-- Events are watched mailbox by mailbox: thousands of subscriptions, 'events/' and
-- the person for their resource, beside the two of the directory.
CREATE INDEX subscription_due ON subscription (due_at);
