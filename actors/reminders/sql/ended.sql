UPDATE reminders SET try_at = NULL, ended_at = :at, sent = :sent, failure = :failure
WHERE id = :id AND try_at IS NOT NULL
