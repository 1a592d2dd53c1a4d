-- Events stand in sheets: some of one log and one hour side by side, which costs a small part of a row for each. What
-- services and reports told is read again from them, and what this program did from its journal.

DROP TABLE word;
DROP TABLE event;
DROP TABLE known;
DROP TABLE sheet;
DELETE FROM hour;
DELETE FROM span;
DELETE FROM log;

-- Events of a log in an hour, with the numbers of the newest and the oldest one. A sheet is never changed: one with other
-- events takes its place under another id.
CREATE TABLE sheet (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source INTEGER NOT NULL,
    newest INTEGER NOT NULL,
    oldest INTEGER NOT NULL,
    events INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;

CREATE INDEX sheet_by_newest ON sheet (newest, oldest, source, events);
CREATE INDEX sheet_by_oldest ON sheet (oldest, newest);

-- Their raw records in the same order, packed by deflate.
CREATE TABLE record (
    sheet INTEGER PRIMARY KEY,
    body BLOB NOT NULL
) STRICT;

-- Which events of a log have no moment, and so stand where their neighbour stood: one that is dated is found by its hour.
CREATE TABLE undated (
    source INTEGER NOT NULL,
    key TEXT NOT NULL,
    event INTEGER NOT NULL,
    PRIMARY KEY (source, key)
) STRICT, WITHOUT ROWID;

-- The texts of a sheet that a filter looks into, each once and in lower case; which event has them is found by reading it.
CREATE VIRTUAL TABLE word USING fts5 (
    text, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram case_sensitive 1'
);

-- Sheets come in thousands of small parts: merging them seldom halves the work, and a look at 48 parts is still short.
INSERT INTO word (word, rank) VALUES ('automerge', 16);
INSERT INTO word (word, rank) VALUES ('crisismerge', 64);
