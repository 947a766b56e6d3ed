SELECT
    user,
    sum(outcome = 'here' AND late_s = 0) AS on_time,
    sum(outcome = 'here' AND late_s > 0) AS late,
    sum(outcome = 'out') AS out,
    sum(outcome = 'missing') AS missing,
    coalesce(sum(late_s), 0) AS late_s
FROM gather_results
WHERE guild = :guild
GROUP BY user
ORDER BY
    on_time * 1000 / max(on_time + late + missing, 1) DESC,
    on_time DESC,
    late DESC,
    user
LIMIT :limit OFFSET :offset;
