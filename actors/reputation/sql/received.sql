SELECT id, giver, receiver, points, reason, at FROM reputation
WHERE guild = :guild AND receiver = :receiver AND undone_at IS NULL
ORDER BY at DESC, id DESC LIMIT :limit OFFSET :offset
