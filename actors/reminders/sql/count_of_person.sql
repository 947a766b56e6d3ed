SELECT count(*) AS count FROM reminder_people AS p JOIN reminders AS r ON r.id = p.reminder
WHERE p.user = :user AND r.guild = :guild AND r.try_at IS NOT NULL
