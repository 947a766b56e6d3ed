SELECT count(DISTINCT user) AS count FROM gather_results WHERE guild = :guild;
