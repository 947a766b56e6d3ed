INSERT INTO reputation (guild, giver, receiver, points, reason, at)
VALUES (:guild, :giver, :receiver, :points, :reason, :at)
