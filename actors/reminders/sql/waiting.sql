SELECT id, try_at FROM reminders WHERE try_at IS NOT NULL ORDER BY try_at, id LIMIT :limit
