INSERT INTO playlists (scope, owner, key, name, creator, at)
VALUES (:scope, :owner, :key, :name, :creator, :at)
