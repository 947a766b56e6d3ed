"""A disk that is full for a while: commands are answered and say so, music plays, nothing is lost after."""

import logging
import re
import shutil
import sqlite3
from pathlib import Path

import pytest
import trio
from attrs import define

from actors.store import database, owner
from tests.patience import until
from tests.scenarios.chirp import WINDOW, position_s
from tests.scenarios.shows import (
    fill_library,
    heard_s,
    is_whole,
    play_all,
    says,
    until_sound,
)
from tests.scenarios.stage import Stage, open_stage

NOT_SAVED = "My disk does not take this right now"
AGAIN_S = 0.25


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)


@define
class Disk:
    """Whether there is space, and how often there was none."""

    full: bool = False
    refused: int = 0

    def write(self) -> None:
        """Fail as SQLite does.

        Raises:
            sqlite3.OperationalError: full.
        """
        if self.full:
            self.refused += 1
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    """A disk under every write of the store."""
    disk = Disk()

    def limit(module: object, name: str) -> None:
        real = getattr(module, name)

        def write(*given: object) -> object:
            disk.write()
            return real(*given)

        monkeypatch.setattr(module, name, write)

    for module, name in (
        (database, "save"),
        (database, "delete"),
        (database, "change_rows"),
        (owner, "write_journal"),
    ):
        limit(module, name)
    monkeypatch.setattr("actors.player.performer.COMMIT_AGAIN_S", AGAIN_S)
    return disk


async def test_full_disk_while_music_plays_is_told_and_afterwards_everything_is_kept(
    tmp_path: Path, song: Path, disk: Disk
) -> None:
    async with open_stage(tmp_path / "data", bot=False) as stage:
        fill_library(stage, song)
        await stage.start_bot()
        await play_all(stage)
        since_s, disk.full = trio.current_time(), True

        assert NOT_SAVED in await stage.ask("volume", value="60")
        assert NOT_SAVED in await says(stage, stage.run("play", query="echo"), "Track added")
        assert NOT_SAVED in await stage.ask("remove", index=1)
        assert await titles(stage) == ["charlie", "delta", "echo"]
        assert "is now" not in await stage.ask("settings", name="prefix", value="?")
        assert "alpha" in await stage.ask("playing")
        await until(lambda: disk.refused > 4)
        assert is_whole(stage, since_s)

        disk.full = False
        await trio.sleep(2 * AGAIN_S)
        assert await stage.ask("settings", name="prefix", value="?") == "**prefix** is now `?`."
        assert await stage.ask("volume") == "The volume is 60 %."
        assert is_whole(stage, since_s)
        await trio.sleep(AGAIN_S)
        stage.data = copy_of(stage.data, tmp_path / "as after kill -9")
        before_s = heard_s(stage)
        await stage.stop_bot()
        assert not stage.capture.counts

        since_s = trio.current_time()
        await stage.start_bot()
        heard = await until_sound(stage, since_s)
        assert position_s(heard[:WINDOW]) == pytest.approx(before_s, abs=2.0)
        assert await stage.ask("volume") == "The volume is 60 %."
        assert await titles(stage) == ["charlie", "delta", "echo"]
        assert "`?`" in await stage.ask("settings", name="prefix")


def copy_of(data: Path, target: Path) -> Path:
    """What is on the disk at this moment, the log of the database included, as a killed bot leaves it."""
    shutil.copytree(data, target)
    return target


async def titles(stage: Stage) -> list[str]:
    """The titles of the queue."""
    return re.findall(r"`\d+\.` (\w+)", await stage.ask("queue"))
