-- +goose Up
-- Calendars of one organization may lie in several services: what enrolled a
-- mailbox is no longer what reads it. The table is made anew, so that the agenda,
-- which is long, stays its last column: what stands behind it is slow to read.
ALTER TABLE mailbox RENAME TO mailbox_before;
DROP INDEX mailbox_due;
DROP INDEX mailbox_health;
DROP INDEX mailbox_name;
DROP INDEX mailbox_source;

CREATE TABLE mailbox (
    organization    TEXT    NOT NULL,
    person          TEXT    NOT NULL,
    home            TEXT    NOT NULL, -- what enrolled it: the source that has the person, or 'local'
    source          TEXT    NOT NULL, -- the connection that reads it now
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
    way             TEXT    NOT NULL, -- JSON of calendar.Way, '' where there is nothing to say
    way_since       BIGINT  NOT NULL, -- since when it is a way of that kind
    sought          TEXT    NOT NULL, -- JSON of what connections answered while the right one is sought, '' found
    wanted          TEXT    NOT NULL, -- a sum of what the last whole reading was to keep, and of which days
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

INSERT INTO mailbox (organization, person, home, source, entra_id, address, name, name_key, search, live, zone, hours, replies,
    settings_at, way, way_since, sought, wanted, hash, covers_from, covers_to, read_at, changed_at, heard_at, health, sentence,
    health_since, throttled_until, tries, due_at, due_cause, wakes, generation, agenda)
SELECT organization, person, source, source, entra_id, address, name, name_key, search, live, zone, hours, replies,
    settings_at, '', read_at, '', '', hash, covers_from, covers_to, read_at, changed_at, heard_at, health, sentence,
    health_since, throttled_until, tries, due_at, due_cause, wakes, generation, agenda
FROM mailbox_before;

DROP TABLE mailbox_before;

CREATE INDEX mailbox_due ON mailbox (due_at) WHERE due_at > 0;
CREATE INDEX mailbox_urgent ON mailbox (due_at) WHERE due_at > 0 AND due_cause IN ('notified', 'byHand', 'hand');
CREATE INDEX mailbox_health ON mailbox (organization, health, name_key);
CREATE INDEX mailbox_name ON mailbox (organization, name_key);
CREATE INDEX mailbox_source ON mailbox (organization, source, due_at);
CREATE INDEX mailbox_home ON mailbox (organization, home);

-- Somebody of the register who has been linked to a person of a directory, and what
-- of his own went to that person, so that it comes back when he is unlinked.
CREATE TABLE carried (
    organization TEXT    NOT NULL REFERENCES organization (organization) ON DELETE CASCADE,
    subscriber   TEXT    NOT NULL,
    person       TEXT    NOT NULL,
    choice       BOOLEAN NOT NULL,
    preference   BOOLEAN NOT NULL,
    tokens       TEXT    NOT NULL, -- ids of person_token, a space between
    at           BIGINT  NOT NULL,
    PRIMARY KEY (organization, subscriber)
);
CREATE INDEX carried_person ON carried (organization, person);
