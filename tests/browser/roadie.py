"""The newcomer's minute with Roadie itself: started without a token, opened, a file played and heard."""

import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import trio

from sandbox.voice.ogg import OggOpus
from tests.browser.commands import use_commands
from tests.browser.music import fill_library, pick_a_song, use_panel
from tests.browser.scenario import HEARD_DB, Steps
from tests.sandbox.opus_source import encode_tone

ROOT = Path(__file__).resolve().parents[2]
TONE_S = 30.0
PAGE = 25
"""Packets in a page of a file: half a second."""
LONG = 8
"""How many times the tone goes round in the songs of the library, so that none ends by itself."""


@asynccontextmanager
async def open_roadie(data: Path) -> AsyncGenerator[str]:
    """Start `roadie` as a person would, with a data folder of its own; yields the address that it prints."""
    environment = {**os.environ, "ROADIE_DATA": str(data), "PYTHONPATH": str(ROOT)}
    environment.pop("DISCORD_TOKEN", None)
    argv = [sys.executable, "-m", "cli.main"]
    start = partial(
        trio.run_process, argv, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=None, check=False
    )
    async with trio.open_nursery() as nursery:
        process: trio.Process = await nursery.start(start)
        yield await _read_address(process)
        process.terminate()


async def _read_address(process: trio.Process) -> str:
    assert process.stdout is not None
    said = b""
    while b"http://" not in said or not said.endswith(b"\n"):
        chunk = await process.stdout.receive_some(1000)
        assert chunk, "Roadie ended before it printed its address"
        said += chunk
    return said[said.index(b"http://") :].split()[0].decode()


def write_tone(path: Path, rounds: int = 1) -> None:
    """A file that is no silence: Ogg/Opus in stereo."""
    ogg, packets = OggOpus(serial=1), encode_tone(TONE_S) * rounds
    pages = [ogg.audio(packets[start : start + PAGE]) for start in range(0, len(packets), PAGE)]
    path.write_bytes(ogg.head() + b"".join(pages))


async def _rename_by_menu(steps: Steps) -> None:
    """A person's context menu opens Roadie's form; what is typed into it comes back as a name."""
    browser = steps.browser
    await steps.rename_ben(("WakeUp!", "Rename"), "roadie-")
    await browser.see("Ben → Ben the Great", "#messages")
    await browser.see("Ben the Great", "#members")
    await steps.picture("roadie-renamed")


async def run_newcomer(steps: Steps) -> None:
    """From nothing to music; raises or hangs where it does not work."""
    browser = steps.browser
    with tempfile.TemporaryDirectory(prefix="page-roadie-") as folder:
        song = Path(folder) / "First Song.ogg"
        write_tone(song)
        write_tone(Path(folder) / "long.ogg", LONG)
        fill_library(Path(folder) / "data", Path(folder) / "long.ogg")
        async with open_roadie(Path(folder) / "data") as url:
            await browser.open(url)
            await browser.until("roadie.store.commands.length > 0")
            await steps.sit_down()
            await _rename_by_menu(steps)
            await browser.upload("#file-picker", song)
            await browser.type("#composer-input", "/play ")
            await browser.see("First Song.ogg", ".chip-file")
            await steps.picture("roadie-play-a-file")
            await browser.press("enter")
            await browser.see("Track added", "#messages")
            await browser.see("Now playing", "#messages")
            await browser.until(f"roadie.sound.levelDb() > {HEARD_DB}")
            await trio.sleep(2)
            assert await browser.run("return roadie.sound.levelDb()") > HEARD_DB
            await steps.picture("roadie-now-playing")
            await pick_a_song(steps)
            await use_panel(steps)
            await use_commands(steps, Path(folder))
            errors = await browser.console()  # before Roadie ends: a page whose server is gone complains
    assert not errors, errors
