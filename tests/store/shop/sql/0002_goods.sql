CREATE TABLE goods (
    id INTEGER PRIMARY KEY,
    guild INTEGER NOT NULL,
    name TEXT NOT NULL,
    sold INTEGER NOT NULL DEFAULT 0,
    UNIQUE (guild, name)
) STRICT;

CREATE INDEX goods_by_guild ON goods (guild, sold);
