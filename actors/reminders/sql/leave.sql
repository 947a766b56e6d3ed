UPDATE reminders SET targets = :targets WHERE id = :id AND try_at IS NOT NULL
