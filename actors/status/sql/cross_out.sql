DELETE FROM status_reactions WHERE message = :message
