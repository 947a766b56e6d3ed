INSERT OR IGNORE INTO gather_results (guild, gather, user, at, outcome, late_s)
VALUES (:guild, :gather, :user, :at, :outcome, :late_s);
