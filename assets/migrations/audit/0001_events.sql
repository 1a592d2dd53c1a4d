-- Audit events of all logs of one context. The number of an event is its moment in milliseconds, 20 bits further left,
-- and a count within that millisecond: the order of numbers is the order of time.

-- Whose file this is, and what tells it from one that is made in its place: one row.
CREATE TABLE owner (
    context TEXT NOT NULL,
    mark INTEGER NOT NULL
) STRICT;

-- How far each log was read.
CREATE TABLE log (
    source INTEGER PRIMARY KEY,
    read_at TEXT,
    failure TEXT,
    missing INTEGER NOT NULL,
    searched INTEGER NOT NULL,
    origin TEXT NOT NULL,
    token TEXT NOT NULL
) STRICT;

-- Stretches of time of which every event is here.
CREATE TABLE span (
    source INTEGER NOT NULL,
    newest INTEGER NOT NULL,
    oldest INTEGER NOT NULL,
    why TEXT NOT NULL
) STRICT;

-- An event, and where its raw record is.
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL,
    sheet INTEGER NOT NULL,
    place INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;

-- Raw records side by side, as they came, packed by deflate.
CREATE TABLE sheet (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    newest INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;

CREATE INDEX sheet_by_age ON sheet (newest);

-- Which event has an id of a log: a hash of both, or the next free number.
CREATE TABLE known (
    hash INTEGER PRIMARY KEY,
    event INTEGER NOT NULL
) STRICT;

-- Events of a log in an hour since 1970.
CREATE TABLE hour (
    source INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    events INTEGER NOT NULL,
    PRIMARY KEY (source, hour)
) STRICT, WITHOUT ROWID;

-- The texts that a filter looks into, in lower case; where they stand in an event is found by reading it.
CREATE VIRTUAL TABLE word USING fts5 (
    text, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram case_sensitive 1'
);

-- Events come in thousands of small parts: merging them seldom halves the work, and a look at 48 parts is still short.
INSERT INTO word (word, rank) VALUES ('automerge', 16);
INSERT INTO word (word, rank) VALUES ('crisismerge', 64);
