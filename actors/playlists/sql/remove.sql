DELETE FROM playlists WHERE id = :id
