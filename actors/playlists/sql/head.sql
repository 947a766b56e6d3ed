SELECT id, scope, owner, name, creator,
    (SELECT count(*) FROM playlist_entries WHERE playlist = playlists.id) AS count
FROM playlists WHERE id = :id
