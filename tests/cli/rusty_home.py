"""A folder as RustyTunes leaves it, written from what is known of its database and its files."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.scenarios.audio import write_tone

HOME, AWAY = 81384788765712384, 92384788765712385
ADA, BEN, CLEO = 1001, 1002, 1003
TOKEN = "MTAwMDAwMDAwMDAwMDAwMDAw.GabcdE.abcdefghijklmnopqrstuvwxyz0123456789AB"
SECRET = "c0ffee-spotify-secret"

SCHEMA = """
CREATE TABLE guilds (guild_id TEXT NOT NULL PRIMARY KEY, volume FLOAT DEFAULT 1);
CREATE TABLE notify_me (
    id INTEGER PRIMARY KEY AUTOINCREMENT, guild_id INTEGER NOT NULL, channel_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL, message_id INTEGER, created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    notify_at DATETIME, note TEXT DEFAULT NULL
);
CREATE TABLE reputation_logs (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, giver_id TEXT NOT NULL, receiver_id TEXT NOT NULL,
    rep_value INTEGER NOT NULL, reason TEXT NOT NULL, created_at DATETIME DEFAULT CURRENT_TIMESTAMP NOT NULL
);
"""
NOTES = (
    (700, "2026-11-20T09:00:00.123456789+01:00", "2030-01-01T09:00:00+01:00", "water the plants"),
    (None, "2026-11-20 08:00:00", "2030-06-01T12:00:00.5Z", f"[F:{BEN}][T:{ADA},{CLEO},{ADA}]party [late]"),
    (0, None, "2031-01-01 00:00:00", None),
)
ENVIRONMENT = f"""
DATABASE_URL=sqlite:database.sqlite
DISCORD_TOKEN={TOKEN}
YOUTUBE_TOKEN=<your-youtube-api-token>
SPOTIFY_CLIENT_ID=abc123
SPOTIFY_CLIENT_SECRET="{SECRET}"
NORMALIZE_TARGET_LUFS=-12.0
NORMALIZE_MIN_GAIN_DB=-3
"""
EMOTICONS = r"""{
  "_notes": ["for people"],
  "rules": [
    { "pattern": "(?i)\\bok(ay)?\\b", "emoji": "👌" },
    { "pattern": "a => b", "emoji": "❌" },
    { "pattern": "(?i)crab'''", "emoji": "<:ferris:81384788765712999>" },
    { "pattern": "(", "emoji": "🎉" }
  ]
}"""


def build_home(folder: Path, *, songs: bool = True) -> Path:
    """Everything there is, with one thing of each kind that cannot be used."""
    folder.mkdir()
    (folder / ".env").write_text(ENVIRONMENT, encoding="utf-8")
    (folder / "emoticons.json").write_text(EMOTICONS, encoding="utf-8")
    with closing(sqlite3.connect(folder / "database.sqlite")) as database:
        database.executescript(SCHEMA)
        database.execute("INSERT INTO guilds VALUES (?, 0.35)", (str(HOME),))
        for note in NOTES:
            values = (HOME, 200, ADA, *note)
            columns = "guild_id, channel_id, user_id, message_id, created_at, notify_at, note"
            database.execute(f"INSERT INTO notify_me ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        points = [(str(ADA), str(BEN), 1, "helped"), (str(BEN), str(ADA), -1, "late"), ("x", "1", 1, "?")]
        columns = "giver_id, receiver_id, rep_value, reason"
        database.executemany(f"INSERT INTO reputation_logs ({columns}) VALUES (?, ?, ?, ?)", points)
        database.execute(f"INSERT INTO reputation_logs ({columns}) VALUES ('1', '2', 7, 'much')")
        database.commit()
    if songs:
        downloads = folder / "downloads"
        downloads.mkdir()
        write_tone(downloads / "sea shanty.ogg", seconds=1.0)
        (downloads / "broken.mp3").write_bytes(b"no sound at all" * 50)
        (downloads / "notes.txt").write_text("shopping")
    return folder
