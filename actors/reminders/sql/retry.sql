UPDATE reminders SET try_at = :try_at, attempts = attempts + 1, failure = :failure
WHERE id = :id AND try_at IS NOT NULL
