-- The store's own tables. Times are microseconds since 1970 UTC.

CREATE TABLE snapshots (
    kind TEXT NOT NULL,
    key INTEGER NOT NULL,
    schema INTEGER NOT NULL,
    at INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT;

CREATE TABLE journal (
    kind TEXT NOT NULL,
    key INTEGER NOT NULL,
    at INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT;

-- One actor may be set aside more than once: every one of them is kept.
CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    key INTEGER NOT NULL,
    schema INTEGER NOT NULL,
    at INTEGER NOT NULL,
    data BLOB NOT NULL,
    reason TEXT NOT NULL,
    since INTEGER NOT NULL
) STRICT;
