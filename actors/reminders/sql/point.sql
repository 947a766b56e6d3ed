UPDATE reminders SET message = :message WHERE id = :id AND message IS NULL
