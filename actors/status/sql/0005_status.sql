-- Messages under which a reaction of ours may be that must not stay there. `perhaps` and `others` are JSON lists
-- of emojis: what may be there because of us, and what somebody else put there; `last_word` is what a crash
-- shall leave behind, empty for nothing.

CREATE TABLE status_reactions (
    message INTEGER PRIMARY KEY,
    guild INTEGER NOT NULL,
    channel INTEGER NOT NULL,
    author INTEGER NOT NULL,
    perhaps TEXT NOT NULL,
    last_word TEXT NOT NULL,
    others TEXT NOT NULL
) STRICT;

CREATE INDEX status_reactions_of_guild ON status_reactions (guild);
