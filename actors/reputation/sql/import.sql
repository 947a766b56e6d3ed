INSERT OR IGNORE INTO reputation (guild, giver, receiver, points, reason, at, origin)
VALUES (:guild, :giver, :receiver, :points, :reason, :at, :origin)
