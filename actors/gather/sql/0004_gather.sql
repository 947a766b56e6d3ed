-- Who was how punctual at which gather. Times are milliseconds since 1970 UTC.

CREATE TABLE gather_results (
    guild INTEGER NOT NULL,
    gather INTEGER NOT NULL,
    user INTEGER NOT NULL,
    at INTEGER NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('here', 'out', 'missing')),
    late_s INTEGER NOT NULL CHECK (late_s >= 0),
    PRIMARY KEY (guild, gather, user)
) STRICT, WITHOUT ROWID;

CREATE INDEX gather_results_of_person ON gather_results (guild, user, at);
