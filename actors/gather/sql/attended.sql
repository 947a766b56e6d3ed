SELECT at, outcome, late_s
FROM gather_results
WHERE guild = :guild AND user = :user
ORDER BY at DESC, gather DESC
LIMIT :limit OFFSET :offset;
