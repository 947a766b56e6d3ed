INSERT OR IGNORE INTO reminders
    (guild, channel, message, scheduler, targets, note, words, asked_at, due_at, try_at, origin)
VALUES
    (:guild, :channel, :message, :scheduler, :targets, :note, '', :asked_at, :due_at, :due_at, :origin)
