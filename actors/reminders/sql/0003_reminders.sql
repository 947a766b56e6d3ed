-- Reminders, waiting and ended. Times are microseconds since 1970 UTC. One waits as long as it has a `try_at`;
-- one that was delivered or given up stays for a while, because its snooze buttons still point to it.
-- `targets` is a JSON list of user ids. `origin` names a reminder that was taken over from elsewhere.

CREATE TABLE reminders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    guild INTEGER NOT NULL,
    channel INTEGER NOT NULL,
    message INTEGER,
    scheduler INTEGER NOT NULL,
    targets TEXT NOT NULL,
    note TEXT NOT NULL,
    words TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    try_at INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    ended_at INTEGER,
    sent INTEGER,
    failure TEXT,
    snoozed_from INTEGER,
    origin TEXT UNIQUE
) STRICT;

CREATE INDEX reminders_waiting ON reminders (try_at, id) WHERE try_at IS NOT NULL;
CREATE INDEX reminders_ended ON reminders (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX reminders_snoozed ON reminders (snoozed_from, scheduler) WHERE snoozed_from IS NOT NULL;

-- Whom a reminder concerns: everybody it is for, and who asked for it. Filled by a trigger, so that whoever
-- writes a reminder cannot forget them. The columns stand in the key's order: of others, the quick check of
-- SQLite 3.40 says that they hold NULL.

CREATE TABLE reminder_people (
    user INTEGER NOT NULL,
    reminder INTEGER NOT NULL REFERENCES reminders (id) ON DELETE CASCADE,
    PRIMARY KEY (user, reminder)
) STRICT, WITHOUT ROWID;

CREATE INDEX reminder_people_of ON reminder_people (reminder);

CREATE TRIGGER reminder_concerns AFTER INSERT ON reminders
BEGIN
    INSERT OR IGNORE INTO reminder_people (reminder, user) SELECT new.id, value FROM json_each(new.targets);
    INSERT OR IGNORE INTO reminder_people (reminder, user) VALUES (new.id, new.scheduler);
END;

CREATE TABLE reminder_zones (
    user INTEGER PRIMARY KEY,
    zone TEXT NOT NULL
) STRICT;
