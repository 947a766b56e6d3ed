SELECT id, scope, owner, name, creator,
    (SELECT count(*) FROM playlist_entries WHERE playlist = playlists.id) AS count
FROM playlists
WHERE (scope = 'server' AND owner = :guild) OR (scope = 'mine' AND owner = :user)
ORDER BY scope DESC, key
