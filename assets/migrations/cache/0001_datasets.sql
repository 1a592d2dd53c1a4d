-- The last good data of every source of one context. A dataset is put and dropped whole.

-- Whose file this is: one row.
CREATE TABLE owner (
    context TEXT NOT NULL
) STRICT;

CREATE TABLE dataset (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    context TEXT NOT NULL,
    source TEXT NOT NULL,
    format INTEGER NOT NULL,
    read_at TEXT NOT NULL,
    complete INTEGER NOT NULL,
    origin TEXT,
    row_count INTEGER NOT NULL,
    chunk_count INTEGER NOT NULL,
    seal BLOB NOT NULL
) STRICT;

CREATE INDEX dataset_of_source ON dataset (context, source, id);

CREATE TABLE chunk (
    dataset INTEGER NOT NULL REFERENCES dataset (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    seal BLOB NOT NULL,
    body BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX chunk_of_dataset ON chunk (dataset, number);
