DELETE FROM reminders WHERE ended_at IS NOT NULL AND ended_at < :before
