-- Which video a person chose for a song of a music service, by guild and song; `candidate` is JSON.

CREATE TABLE player_choices (
    guild INTEGER NOT NULL,
    song TEXT NOT NULL,
    candidate BLOB NOT NULL,
    PRIMARY KEY (guild, song)
) STRICT, WITHOUT ROWID;
