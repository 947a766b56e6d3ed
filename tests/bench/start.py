"""How long a start takes, how much memory an idle bot holds, and how soon it sounds again after a kill.

Run ``python -m tests.bench.start``. The sandbox runs in this process, the bot as processes of its own:

- start: from starting the process to READY being sent by the sandbox; best, median and worst of the rounds.
- memory: the proportional set size of the bot and all its children, idle, without a call.
- stop: from SIGTERM to the end of the process, idle; the worst of the rounds.
- sound again: ``kill -9`` in mid-song, a new start, and from its READY to the first frame of sound; how far
  from where it was the song goes on.
"""

import statistics
import tempfile
import time
from pathlib import Path

import trio

from tests.scenarios.chirp import write_chirp
from tests.scenarios.course import read_song
from tests.scenarios.shows import FRAME_S, fill_library, play_all, sound, start_again, until_sound
from tests.scenarios.stage import open_stage

ROUNDS = 7
SETTLE_S = 3.0
START_TARGET_S = 1.0
MEMORY_TARGET_MB = 80.0
SOUND_TARGET_S = 2.0
STOP_TARGET_S = 5.0
MOVED_TARGET_S = 1.0


async def main() -> None:
    """Measure and print beside the targets."""
    with tempfile.TemporaryDirectory() as folder:
        song = write_chirp(Path(folder) / "song.ogg", 60.0)
        async with open_stage(Path(folder) / "data", bot=False, checked=False) as stage:
            starts: list[float] = []
            stops: list[float] = []
            while True:
                began = time.perf_counter()
                bot, _ = await start_again(stage)
                starts.append(time.perf_counter() - began)
                if len(starts) == ROUNDS:
                    break
                began = time.perf_counter()
                await trio.to_thread.run_sync(bot.terminate)
                stops.append(time.perf_counter() - began)
            await trio.sleep(SETTLE_S)
            memory_mb = sum(pss_kb(process) for process in family(bot.process.pid)) / 1024
            fill_library(stage, song)
            await play_all(stage)
            await trio.sleep(SETTLE_S)
            bot.kill()
            before = sound(stage)
            bot, ready = await start_again(stage)
            heard = await until_sound(stage, ready)
            chirp = read_song(song)
            moved_s = FRAME_S * (chirp.begins(heard) - chirp.ends(before))
            await trio.to_thread.run_sync(bot.terminate)
    print(
        f"start to READY: best {min(starts):.2f} s, median {statistics.median(starts):.2f} s, "
        f"worst {max(starts):.2f} s (target {START_TARGET_S} s)"
    )
    print(f"memory, idle, without a call: {memory_mb:.1f} MB (target {MEMORY_TARGET_MB:.0f} MB)")
    print(f"SIGTERM to the end: worst {max(stops):.2f} s (target {STOP_TARGET_S} s)")
    again_s = heard[0].arrived_s - ready
    print(f"READY to sound after kill -9: {again_s:.2f} s (target {SOUND_TARGET_S} s)")
    print(f"it goes on {moved_s:+.2f} s from where it was (target within {MOVED_TARGET_S} s)")


def family(process: int) -> list[int]:
    """A process and everything it started, however deep."""
    tasks = Path(f"/proc/{process}/task")
    children = [int(child) for task in tasks.iterdir() for child in (task / "children").read_text().split()]
    return [process, *(one for child in children for one in family(child))]


def pss_kb(process: int) -> int:
    """The proportional set size of a process, in kB."""
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    raise ValueError("the kernel tells no proportional set size")


if __name__ == "__main__":
    trio.run(main)
