SELECT zone FROM reminder_zones WHERE user = :user
