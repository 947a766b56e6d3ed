DELETE FROM reminder_people WHERE reminder = :id AND user = :user
