INSERT INTO player_choices (guild, song, candidate) VALUES (:guild, :song, :candidate)
ON CONFLICT (guild, song) DO UPDATE SET candidate = :candidate
