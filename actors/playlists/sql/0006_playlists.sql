-- Playlists of servers and of people. `owner` is a guild or a user, by `scope`; `key` is the name without
-- case. Times are microseconds since 1970 UTC, durations seconds. `data` is a track as the player gave it.

CREATE TABLE playlists (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    scope TEXT NOT NULL CHECK (scope IN ('server', 'mine')),
    owner INTEGER NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    creator INTEGER NOT NULL,
    at INTEGER NOT NULL,
    UNIQUE (scope, owner, key)
) STRICT;

CREATE TABLE playlist_entries (
    playlist INTEGER NOT NULL REFERENCES playlists (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    title TEXT NOT NULL,
    artist TEXT,
    link TEXT,
    duration_s REAL,
    library TEXT,
    guild INTEGER,
    data TEXT,
    PRIMARY KEY (playlist, place)
) STRICT, WITHOUT ROWID;
