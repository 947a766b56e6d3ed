SELECT
    :user AS user,
    coalesce(sum(outcome = 'here' AND late_s = 0), 0) AS on_time,
    coalesce(sum(outcome = 'here' AND late_s > 0), 0) AS late,
    coalesce(sum(outcome = 'out'), 0) AS out,
    coalesce(sum(outcome = 'missing'), 0) AS missing,
    coalesce(sum(late_s), 0) AS late_s
FROM gather_results
WHERE guild = :guild AND user = :user;
