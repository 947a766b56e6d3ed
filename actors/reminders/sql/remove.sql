DELETE FROM reminders WHERE id = :id AND try_at IS NOT NULL
