INSERT INTO playlist_entries (playlist, place, title, artist, link, duration_s, library, guild, data)
SELECT
    (SELECT id FROM playlists WHERE scope = :scope AND owner = :owner AND key = :key),
    item.key,
    json_extract(item.value, '$.title'),
    json_extract(item.value, '$.artist'),
    json_extract(item.value, '$.link'),
    CAST(json_extract(item.value, '$.duration_s') AS REAL),
    json_extract(item.value, '$.library'),
    json_extract(item.value, '$.guild'),
    json_extract(item.value, '$.data')
FROM json_each(:entries) AS item
