"""How long a question to the extractor takes, cold and warm, beside the yt-dlp command line; and its memory.

Run ``python -m tests.bench.extractor``. A server of ours on loopback has a page with a sound in it; both ask
for the same page, in turns, in one run:

- cold: the first question to an extractor that was not running.
- warm: further ones, when everything is loaded; best, median and worst of the rounds.
- command line: ``yt-dlp -j`` for the same link, a process each.
- ten at once: until the last of ten questions is answered, while an eleventh hangs.
- cancel: from giving up a question whose worker hangs to the death of its process.
- memory: the proportional set size of the extractor, idle but warm, and with ten hanging workers.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import trio

from tests.bench.start import family, pss_kb
from tests.media.extracting import Bench, open_bench
from tests.media.sounds import sound
from tests.media.web import body, silent
from tests.patience import until

ROUNDS = 15
WARM_TARGET_S = 0.8
TIMES_TARGET = 3.0
SETTLE_S = 3.0


async def main() -> None:
    """Measure and print beside the targets."""
    page = b"<html><head><title>A page</title></head><body><audio src='/a.ogg'></audio></body></html>"
    pages = {"/page": body(page, "text/html"), "/a.ogg": body(sound("ogg"), "audio/ogg"), "/hang": silent}
    with tempfile.TemporaryDirectory() as folder:
        async with open_bench(Path(folder), pages=pages) as bench:
            cold_s = await ask(bench)
            await trio.sleep(SETTLE_S)
            warm: list[float] = []
            command_line: list[float] = []
            for _ in range(ROUNDS):
                warm.append(await ask(bench))
                command_line.append(await run_command_line(bench.url("/page")))
            idle_mb = memory_mb(bench)
            ten_s, cancel_s, busy_mb = await ask_ten(bench)
    times = statistics.median(command_line) / statistics.median(warm)
    print(f"cold: {cold_s:.2f} s")
    print(f"warm: {spread(warm)} (target {WARM_TARGET_S} s)")
    print(f"command line: {spread(command_line)}; warm is {times:.1f} times faster (target {TIMES_TARGET})")
    print(f"ten at once beside one that hangs: {ten_s:.2f} s; a hanging one dies in {cancel_s * 1000:.0f} ms")
    print(f"memory: {idle_mb:.0f} MB idle, {busy_mb:.0f} MB with ten hanging workers")


def spread(times: Sequence[float]) -> str:
    """Best, median and worst in words."""
    return f"best {min(times):.3f} s, median {statistics.median(times):.3f} s, worst {max(times):.3f} s"


async def ask(bench: Bench) -> float:
    """One question; how long it took in seconds."""
    began = time.perf_counter()
    await bench.extractor.look(bench.url("/page"))
    return time.perf_counter() - began


async def run_command_line(url: str) -> float:
    """The same question to a yt-dlp that is started for it."""
    began = time.perf_counter()
    argv = [sys.executable, "-m", "yt_dlp", "--ignore-config", "-j", url]
    await trio.run_process(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


async def ask_ten(bench: Bench) -> tuple[float, float, float]:
    """Seconds for ten beside one that hangs; seconds a hanging one takes to die; MB with ten hanging."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bench.extractor.look, bench.url("/hang"))
        await until(lambda: len(workers(bench)) == 1)
        began = time.perf_counter()
        async with trio.open_nursery() as ten:
            for _ in range(10):
                ten.start_soon(ask, bench)
        ten_s = time.perf_counter() - began
        for _ in range(9):
            nursery.start_soon(bench.extractor.look, bench.url("/hang"))
        await until(lambda: len(workers(bench)) == 10)
        await trio.sleep(1)
        busy_mb = memory_mb(bench)
        nursery.cancel_scope.cancel()
        began = time.perf_counter()
        with trio.CancelScope(shield=True):
            await until(lambda: not workers(bench))
    return ten_s, time.perf_counter() - began, busy_mb


def processes(bench: Bench) -> list[int]:
    """The broker and its workers."""
    process = bench.pool.children[0]._process
    assert process is not None
    return family(process.pid)


def workers(bench: Bench) -> list[int]:
    """The workers alone."""
    return processes(bench)[1:]


def memory_mb(bench: Bench) -> float:
    """What they hold together."""
    return sum(pss_kb(process) for process in processes(bench)) / 1024


if __name__ == "__main__":
    trio.run(main)
