SELECT title, artist, link, duration_s, library, guild, data FROM playlist_entries
WHERE playlist = :id ORDER BY place LIMIT :limit OFFSET :offset
