"""How long ``/play`` of a link takes to the first packet of sound, beside the yt-dlp command line.

Run ``python -m tests.bench.play``. The sandbox and a web server run in this process, the bot as processes
of its own; all on loopback, so a server's own time is next to nothing. One run, in turns:

- joining: ``/play`` of a sound file by somebody whose channel the bot has yet to join.
- direct: the same, the bot sits there already.
- page: ``/play`` of a page that yt-dlp's generic extractor reads, another one each time, the extractor warm.
- command line: ``yt-dlp -j`` for the same page, which says where the sound is and plays nothing.

The first of each is told apart: processes start for it (the voice node, the probe, the extractor). Every
time is from running the command to the arrival of the first Opus packet that is not silence.
"""

import statistics
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import trio
from attrs import define, field

from tests.bench.extractor import run_command_line
from tests.media.web import Page, Web, body, open_web
from tests.patience import until
from tests.scenarios.audio import write_tone
from tests.scenarios.shows import sound
from tests.scenarios.stage import Stage, open_stage, start_process
from tests.scenarios.web import allow

ROUNDS = 12
SONG_S = 60.0
QUIET_S = 0.3
"""Without a packet of sound for so long: it has stopped."""
DIRECT_TARGET_S = 0.4
WARM_TARGET_S = 0.8
TIMES_TARGET = 3.0


@define
class Times:
    """What was measured, seconds."""

    joining: list[float] = field(factory=list[float])
    direct: list[float] = field(factory=list[float])
    page: list[float] = field(factory=list[float])
    command_line: list[float] = field(factory=list[float])


async def main() -> None:
    """Measure and print beside the targets."""
    times = Times()
    async with open_scene(SONG_S) as (stage, web):
        for number in range(ROUNDS + 1):
            await measure(stage, web, number, times)
    show(times)


@asynccontextmanager
async def open_scene(song_s: float) -> AsyncGenerator[tuple[Stage, Web]]:
    """A web with a song and pages around it, and a bot in a process of its own; Ada sits in the Lounge.

    Args:
        song_s: how long the song is, seconds.
    """
    with tempfile.TemporaryDirectory() as folder:
        song = write_tone(Path(folder) / "song.ogg", seconds=song_s).read_bytes()
        async with (
            open_web(pages(song)) as web,
            open_stage(Path(folder) / "data", bot=False, checked=False, allow_hosts=allow(web)) as stage,
        ):
            bot = start_process(stage)
            await stage.until_ready()
            stage.sit()
            yield stage, web
            await trio.to_thread.run_sync(bot.terminate)


async def measure(stage: Stage, web: Web, number: int, times: Times) -> None:
    """One turn of everything."""
    times.joining.append(await play(stage, web.url(f"/song.ogg?joining={number}")))
    times.direct.append(await play(stage, web.url(f"/song.ogg?direct={number}")))
    page = web.url(f"/page{number}")
    times.page.append(await play(stage, page))
    times.command_line.append(await run_command_line(page))
    await stage.ask("leave")


def pages(song: bytes) -> dict[str, Page]:
    """A sound file, and a page around it for each round."""
    html = b"<html><head><title>A page</title></head><body><audio src='/song.ogg'></audio></body></html>"
    return {"/song.ogg": body(song, "audio/ogg")} | {
        f"/page{number}": body(html, "text/html") for number in range(ROUNDS + 1)
    }


async def play(stage: Stage, link: str) -> float:
    """Play a link and stop it again; seconds to the first packet."""
    began = trio.current_time()
    stage.run("play", query=link)
    await until(lambda: bool(sound(stage, began)))
    first = sound(stage, began)[0].arrived_s
    await stage.ask("stop")
    await until(lambda: trio.current_time() - sound(stage, began)[-1].arrived_s > QUIET_S)
    return first - began


def show(times: Times) -> None:
    """All figures, each beside its target."""
    ratio = statistics.median(times.command_line[1:]) / statistics.median(times.page[1:])
    print(f"joining: {spread(times.joining)}")
    print(f"direct: {spread(times.direct)} (target {DIRECT_TARGET_S} s)")
    print(f"page, extractor warm: {spread(times.page)} (target {WARM_TARGET_S} s)")
    print(f"command line: {spread(times.command_line)}")
    print(f"a page sounds {ratio:.1f} times faster than the command line answers (target {TIMES_TARGET})")


def spread(times: Sequence[float]) -> str:
    """The first, then best, median and worst of the others."""
    first, *others = times
    return (
        f"first {first:.3f} s, then best {min(others):.3f} s, median {statistics.median(others):.3f} s, "
        f"worst {max(others):.3f} s"
    )


if __name__ == "__main__":
    trio.run(main)
