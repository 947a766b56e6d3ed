SELECT id, giver, receiver, points, reason, at FROM reputation
WHERE guild = :guild AND giver = :giver AND at > :since AND undone_at IS NULL
ORDER BY at DESC, id DESC LIMIT 1
