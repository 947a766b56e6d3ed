SELECT id, guild, channel, message, scheduler, targets, note, words, asked_at, due_at, try_at, attempts, ended_at, sent, snoozed_from
FROM reminders WHERE try_at IS NOT NULL AND try_at <= :at ORDER BY try_at, id LIMIT :limit
