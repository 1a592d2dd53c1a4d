-- What the records of one context were: the newest snapshot of each topic whole, and of the others what the next one has
-- otherwise. A service does not give it again.

-- Whose file this is: one row.
CREATE TABLE owner (
    context TEXT NOT NULL
) STRICT;

-- Moments are seconds since 1970: the first and the last read that found this state.
CREATE TABLE snapshot (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    topic TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    row_count INTEGER NOT NULL,
    part_count INTEGER NOT NULL,
    delta_count INTEGER NOT NULL,
    seal BLOB NOT NULL
) STRICT;

CREATE INDEX snapshot_of_topic ON snapshot (topic, id);

-- The records of the newest snapshot of a topic, by the place of their keys.
CREATE TABLE part (
    topic TEXT NOT NULL,
    number INTEGER NOT NULL,
    seal BLOB NOT NULL,
    body BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX part_of_topic ON part (topic, number);

-- What the next snapshot of the topic has otherwise; none of the newest.
CREATE TABLE step (
    snapshot INTEGER NOT NULL REFERENCES snapshot (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    seal BLOB NOT NULL,
    body BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX step_of_snapshot ON step (snapshot, number);
