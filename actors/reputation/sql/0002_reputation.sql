-- Points that people gave each other. Nothing is deleted: what was undone stays for audit. Times are
-- microseconds since 1970 UTC. `origin` names an entry that was taken over from elsewhere.

CREATE TABLE reputation (
    id INTEGER PRIMARY KEY,
    guild INTEGER NOT NULL,
    giver INTEGER NOT NULL,
    receiver INTEGER NOT NULL,
    points INTEGER NOT NULL CHECK (points IN (-1, 1)),
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    undone_at INTEGER,
    origin TEXT UNIQUE
) STRICT;

CREATE INDEX reputation_received ON reputation (guild, receiver, at DESC, id DESC) WHERE undone_at IS NULL;
CREATE INDEX reputation_given ON reputation (guild, giver, at);

-- Totals are kept by triggers, so that whoever writes an entry cannot forget them.

CREATE TABLE reputation_totals (
    guild INTEGER NOT NULL,
    receiver INTEGER NOT NULL,
    total INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    PRIMARY KEY (guild, receiver)
) STRICT, WITHOUT ROWID;

CREATE INDEX reputation_ranks ON reputation_totals (guild, total DESC, entries DESC, receiver);

CREATE TRIGGER reputation_counted AFTER INSERT ON reputation WHEN new.undone_at IS NULL
BEGIN
    INSERT INTO reputation_totals (guild, receiver, total, entries)
    VALUES (new.guild, new.receiver, new.points, 1)
    ON CONFLICT (guild, receiver) DO UPDATE SET total = total + new.points, entries = entries + 1;
END;

CREATE TRIGGER reputation_undone AFTER UPDATE OF undone_at ON reputation
WHEN old.undone_at IS NULL AND new.undone_at IS NOT NULL
BEGIN
    UPDATE reputation_totals SET total = total - old.points, entries = entries - 1
    WHERE guild = old.guild AND receiver = old.receiver;
    DELETE FROM reputation_totals WHERE guild = old.guild AND receiver = old.receiver AND entries = 0;
END;
