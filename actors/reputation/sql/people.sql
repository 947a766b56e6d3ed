SELECT count(*) AS count FROM reputation_totals WHERE guild = :guild
