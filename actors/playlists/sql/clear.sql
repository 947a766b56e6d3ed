DELETE FROM playlists WHERE scope = :scope AND owner = :owner AND key = :key
