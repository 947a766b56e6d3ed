SELECT r.id, guild, channel, message, scheduler, targets, note, words, asked_at, due_at, try_at, attempts, ended_at,
    sent, snoozed_from
FROM reminder_people AS p JOIN reminders AS r ON r.id = p.reminder
WHERE p.user = :user AND r.guild = :guild AND r.try_at IS NOT NULL
ORDER BY r.due_at, r.id LIMIT :limit OFFSET :offset
