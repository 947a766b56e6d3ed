"""What can be wrong with the place where the bot runs: each a sentence for whoever can mend it.

The stages share their waits: each has a Discord and a folder of its own, and they are on at the same time.
"""

import os
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import trio

from actors.store.store import DATABASE_NAME
from sandbox.model.default import MUSIC_ID
from sandbox.model.entities import ApplicationFlags
from tests.patience import PATIENCE_S, until
from tests.scenarios.shows import start_again
from tests.scenarios.stage import ROOT, Stage, open_stage, start_process

TRACEBACK = "Traceback"


def run_once(
    stage: Stage, data: Path, limit: Callable[[], None] | None = None, **changes: str
) -> tuple[int, str]:
    """Run a bot that is expected to end by itself; its exit code and what it said."""
    environment = os.environ | {
        "DISCORD_TOKEN": stage.sandbox.token,
        "DISCORD_API_BASE": stage.sandbox.api_base,
        "ROADIE_DATA": str(data),
    }
    ended = subprocess.run(
        [sys.executable, "-m", "cli"],
        env=environment | changes,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
        preexec_fn=limit,
    )
    return ended.returncode, ended.stderr


def corrupt(data: Path) -> None:
    (data / DATABASE_NAME).write_bytes(b"this is no database at all" * 400)


def from_the_future(data: Path) -> None:
    with sqlite3.connect(data / DATABASE_NAME) as connection:
        connection.execute("PRAGMA user_version = 9999")
    connection.close()


def no_files_can_grow() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


async def start_that_cannot_work_says_why(tmp_path: Path) -> None:
    said: dict[str, tuple[int, str]] = {}

    async def start(name: str, stage: Stage, **changes: str) -> None:
        data = tmp_path / name
        data.mkdir()
        limit = no_files_can_grow if name == "full" else None
        if name == "corrupt":
            corrupt(data)
        if name == "newer":
            from_the_future(data)
        said[name] = await trio.to_thread.run_sync(lambda: run_once(stage, data, limit, **changes))

    wrong = tmp_path / "wrong.toml"
    wrong.write_text("[bot\nshards = 1\n")
    (tmp_path / "file").touch()
    async with open_stage(tmp_path / "data", bot=False) as stage, trio.open_nursery() as nursery:
        for name, changes in (
            ("token", {"DISCORD_TOKEN": "not.the.token"}),
            ("corrupt", {}),
            ("newer", {}),
            ("full", {}),
            ("config", {"ROADIE_CONFIG": str(wrong)}),
            ("folder", {"ROADIE_DATA": str(tmp_path / "file")}),
        ):
            nursery.start_soon(lambda name=name, changes=changes: start(name, stage, **changes))
    assert {name: code for name, (code, _) in said.items()} == {
        **dict.fromkeys(("token", "corrupt", "newer", "full"), 1),
        **dict.fromkeys(("config", "folder"), 2),
    }
    for name, (_, words) in said.items():
        assert TRACEBACK not in words, name
        assert len(words.strip().splitlines()) <= 2, (name, words)
    assert "does not accept this token" in said["token"][1]
    assert "newer" in said["newer"][1]


async def second_instance_is_refused_and_the_first_undisturbed(tmp_path: Path) -> None:
    async with open_stage(tmp_path / "data", bot=False) as stage:
        bot, _ = await start_again(stage)
        code, words = await trio.to_thread.run_sync(lambda: run_once(stage, stage.data))
        assert code == 1
        assert TRACEBACK not in words
        assert "**prefix** is" in await stage.ask("settings", name="prefix")
        assert len(stage.sandbox.gateway.hub.sessions) == 1
        assert await trio.to_thread.run_sync(bot.terminate) == 0


async def without_message_content_slash_works_and_the_log_says_how(tmp_path: Path) -> None:
    async with open_stage(tmp_path / "data", bot=False) as stage:
        stage.sandbox.world.application.flags = ApplicationFlags(0)
        bot, _ = await start_again(stage)
        stage.ada.send_message(MUSIC_ID, "!settings timezone")
        assert "**prefix** is" in await stage.ask("settings", name="prefix")
        assert not any("**timezone** is" in line for line in stage.read())
        assert await trio.to_thread.run_sync(bot.terminate) == 0
        log = (tmp_path / "bot.log").read_text()
        assert log.count("Message Content is not granted") == 1
        assert "developer portal" in log


async def unreachable_discord_is_waited_for(tmp_path: Path) -> None:
    async with open_stage(tmp_path / "data", bot=False) as stage:
        with socket.socket() as reserved:  # bound and not listening: refuses, and nobody else gets it
            reserved.bind(("127.0.0.1", 0))
            port = reserved.getsockname()[1]
            bot = start_process(stage, DISCORD_API_BASE=f"http://127.0.0.1:{port}/api/v10")
            log = tmp_path / "bot.log"
            await until(lambda: "cannot be asked" in log.read_text())
        assert await trio.to_thread.run_sync(bot.terminate) == 0
        assert TRACEBACK not in log.read_text()


async def full_disk_at_run_time_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    async with open_stage(tmp_path / "data", bot=False) as stage:
        bot, _ = await start_again(stage)
        soft, hard = resource.prlimit(bot.process.pid, resource.RLIMIT_FSIZE)
        size = max((file.stat().st_size for file in stage.data.glob("*") if file.is_file()), default=0)
        resource.prlimit(bot.process.pid, resource.RLIMIT_FSIZE, (min(size, 1024), hard))
        told = await stage.ask("settings", name="prefix", value="?")
        assert "is now" not in told
        assert "**prefix** is `!`" in await stage.ask("settings", name="prefix")
        resource.prlimit(bot.process.pid, resource.RLIMIT_FSIZE, (soft, hard))
        assert await stage.ask("settings", name="prefix", value="?") == "**prefix** is now `?`."
        bot.kill()
        bot, _ = await start_again(stage)
        assert "`?`" in await stage.ask("settings", name="prefix")
        assert await trio.to_thread.run_sync(bot.terminate) == 0


async def test_what_is_wrong_with_the_place_is_said(tmp_path: Path) -> None:
    async with trio.open_nursery() as nursery:
        for play in (
            start_that_cannot_work_says_why,
            second_instance_is_refused_and_the_first_undisturbed,
            without_message_content_slash_works_and_the_log_says_how,
            unreachable_discord_is_waited_for,
            full_disk_at_run_time_is_told_and_nothing_is_lost,
        ):
            folder = tmp_path / play.__name__
            folder.mkdir()
            nursery.start_soon(play, folder)
