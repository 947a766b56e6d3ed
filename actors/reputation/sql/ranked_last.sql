SELECT receiver, total, entries FROM reputation_totals WHERE guild = :guild
ORDER BY total, entries, receiver DESC LIMIT :limit
