INSERT OR REPLACE INTO reminder_zones (user, zone) VALUES (:user, :zone)
