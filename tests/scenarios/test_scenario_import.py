"""What was taken over from RustyTunes works on a whole bot: reputation, reminders, volume, rules, songs."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trio

from sandbox.model.default import BEN_ID, CLEO_ID, GUILD_ID, MUSIC_ID, OWNER_ID
from tests.cli.rusty_home import SCHEMA
from tests.scenarios.stage import ROOT, Stage, open_stage


def build(folder: Path, song: Path) -> Path:
    """A small server's bot: a reminder that is due soon, one that was due, a point, a rule, a song."""
    (folder / "downloads").mkdir(parents=True)
    shutil.copy(song, folder / "downloads" / "sea shanty.ogg")
    (folder / "emoticons.json").write_text('{"rules": [{"pattern": "(?i)\\\\bgg\\\\b", "emoji": "🏆"}]}')
    (folder / ".env").write_text("SPOTIFY_CLIENT_ID=abc\n")
    now = datetime.now(UTC)
    notes = [
        (OWNER_ID, now - timedelta(hours=1), "missed the train"),
        (CLEO_ID, now + timedelta(days=9), f"[F:{BEN_ID}][T:{CLEO_ID},{OWNER_ID}]birthday cake"),
    ]
    with closing(sqlite3.connect(folder / "database.sqlite")) as database:
        database.executescript(SCHEMA)
        database.execute("INSERT INTO guilds VALUES (?, 0.35)", (str(GUILD_ID),))
        for user, due, note in notes:
            values = (GUILD_ID, MUSIC_ID, user, due.isoformat(), note)
            columns = "guild_id, channel_id, user_id, notify_at, note"
            database.execute(f"INSERT INTO notify_me ({columns}) VALUES (?, ?, ?, ?, ?)", values)
        point = (str(OWNER_ID), str(BEN_ID), 1, "helped me move")
        columns = "giver_id, receiver_id, rep_value, reason"
        database.execute(f"INSERT INTO reputation_logs ({columns}) VALUES (?, ?, ?, ?)", point)
        database.commit()
    return folder


async def take_over(stage: Stage, home: Path) -> str:
    environment = os.environ | {"DISCORD_TOKEN": stage.sandbox.token, "ROADIE_DATA": str(stage.data)}
    done = await trio.run_process(
        [sys.executable, "-m", "cli", "import", "rustytunes", str(home)],
        env=environment,
        cwd=ROOT,
        capture_stdout=True,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.stdout.decode()


async def test_what_was_taken_over_works(tmp_path: Path, song: Path) -> None:
    home = build(tmp_path / "rusty", song)
    async with open_stage(tmp_path / "data", bot=False) as stage:
        assert "reminders      2 taken over" in await take_over(stage, home)
        await stage.start_bot()
        busy = await take_over(stage, home)
        assert len(busy.splitlines()) == 1
        assert "Another Roadie" in busy
        await stage.reads("missed the train")
        assert "helped me move" in await stage.ask("rep list", user=str(BEN_ID))
        listed = await stage.ask("notify list")
        assert "birthday cake" in listed
        assert "missed the train" not in listed
        assert "sea shanty" in await stage.ask("local list")
        stage.sit()
        assert "35" in await stage.ask("volume")
        await stage.stop_bot()
        again = await take_over(stage, home)
        for part in (
            "reminders      0 taken over, 2 were",
            "reputation     0 taken over",
            "library        0 taken",
        ):
            assert part in again, again
