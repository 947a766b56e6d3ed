SELECT receiver, total, entries FROM reputation_totals WHERE guild = :guild
ORDER BY total DESC, entries DESC, receiver LIMIT :limit OFFSET :offset
