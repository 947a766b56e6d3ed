INSERT INTO reminders (guild, channel, message, scheduler, targets, note, words, asked_at, due_at, try_at, snoozed_from)
VALUES (:guild, :channel, :message, :scheduler, :targets, :note, :words, :asked_at, :due_at, :due_at, :snoozed_from)
RETURNING id
