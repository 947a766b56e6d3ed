SELECT id, guild, channel, message, scheduler, targets, note, words, asked_at, due_at, try_at, attempts, ended_at, sent, snoozed_from
FROM reminders WHERE snoozed_from = :id AND scheduler = :user AND try_at IS NOT NULL
