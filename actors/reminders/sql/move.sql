UPDATE reminders SET due_at = :due_at, try_at = :due_at, attempts = 0 WHERE id = :id AND try_at IS NOT NULL
