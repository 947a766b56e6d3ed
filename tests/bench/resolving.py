"""How commands act and how even the sound is while ten links are being resolved and one hangs.

Run ``python -m tests.bench.resolving``. The sandbox and a web server run in this process, the bot as
processes of its own, yt-dlp among them. A song plays; then the same is measured twice, at rest and while
ten ``/play`` of pages and one of a page that never answers are on their way:

- quiet: from ``/pause`` to the last packet of sound, its fade included.
- told: from ``/pause`` to its answer.
- sounds again: from ``/resume`` to the first packet of sound.
- late: how far behind its time a packet arrives, the machine's own hiccups included.
"""

import statistics
from collections.abc import Sequence

import trio
from attrs import define, field

from sandbox.voice.values import Frame
from tests.bench.play import open_scene
from tests.media.web import Web, silent
from tests.patience import until
from tests.scenarios.shows import FRAME_S, answer, sound
from tests.scenarios.stage import Stage

SONG_S = 300.0
TEN = 10
ROUNDS = 6
EVEN_S = 1.0
QUIET_S = 0.15
"""Without a packet of sound for so long: the pause is heard."""
TARGET_S = 0.05
"""For a command to act, beside what is in the audio buffer."""


@define
class Measured:
    """Seconds."""

    quiet: list[float] = field(factory=list[float])
    told: list[float] = field(factory=list[float])
    again: list[float] = field(factory=list[float])
    late: list[float] = field(factory=list[float])


async def main() -> None:
    """Measure at rest and at work, and print both beside the target."""
    async with open_scene(SONG_S) as (stage, web):
        web.pages["/hang"] = silent
        began = trio.current_time()
        stage.run("play", query=web.url("/song.ogg"))
        await until(lambda: len(sound(stage, began)) > 1 / FRAME_S)
        show("at rest", await measure(stage, web, number=0))
        show("resolving", await measure(stage, web, number=TEN))


async def measure(stage: Stage, web: Web, number: int) -> Measured:
    """Pauses and evenness, each time with so many pages and one that hangs on their way."""
    found = Measured()
    for _ in range(ROUNDS):
        if number:
            stage.run("play", query=web.url("/hang"))
        for page in range(number):
            stage.run("play", query=web.url(f"/page{page}"))
        began = trio.current_time()
        await trio.sleep(EVEN_S)
        found.late += lateness(sound(stage, began))
        await pause(stage, found)
        await stage.ask("clear")
    return found


async def pause(stage: Stage, found: Measured) -> None:
    """One pause and what it takes to go on."""
    began = trio.current_time()
    asked = stage.run("pause")
    await until(lambda: "Paused" in answer(stage, asked))
    found.told.append(trio.current_time() - began)
    await until(lambda: trio.current_time() - sound(stage)[-1].arrived_s > QUIET_S)
    found.quiet.append(sound(stage)[-1].arrived_s - began)
    began = trio.current_time()
    stage.run("resume")
    await until(lambda: bool(sound(stage, began)))
    found.again.append(sound(stage, began)[0].arrived_s - began)


def lateness(frames: Sequence[Frame]) -> list[float]:
    """How far each packet is behind the most punctual one of them."""
    times = [frame.arrived_s - number * FRAME_S for number, frame in enumerate(frames)]
    return [time - min(times) for time in times]


def show(name: str, found: Measured) -> None:
    """One line per figure."""
    for label, times in (("quiet", found.quiet), ("told", found.told), ("sounds again", found.again)):
        print(
            f"{name:>9}, {label}: median {statistics.median(times) * 1000:.0f} ms, "
            f"worst {max(times) * 1000:.0f} ms (target {TARGET_S * 1000:.0f} ms and the audio buffer)"
        )
    late = sorted(found.late)
    print(
        f"{name:>9}, late: median {statistics.median(late) * 1000:.1f} ms, "
        f"p99 {late[int(len(late) * 0.99)] * 1000:.1f} ms, worst {late[-1] * 1000:.1f} ms"
    )


if __name__ == "__main__":
    trio.run(main)
