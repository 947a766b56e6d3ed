"""How punctual a voice node is, and what it costs.

Run ``python -m tests.bench.voice_pacing --calls 30 --seconds 10``.

A real node plays to a process of its own that listens (``voice_ear``). Lateness is measured where the packets
arrive, by the kernel's stamp: the distance of each packet from the row of 20 ms deadlines that fits its call
best (the earliest packet is on time). CPU and memory (proportional set size) are those of the node. With
``--busy`` another thread burns one core's worth of Python in the process that stands for the bot.
"""

import argparse
import gc
import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Final

import trio
from attrs import frozen

from tests.bench.voice_ear import Notes, open_ear
from tests.voice.fakes import open_fake_server
from tests.voice.nodes import a_file, open_bot, wanted
from tests.voice.sounds import KINDS, write_sound
from voice.protocol import TrackStarted

FRAME_S: Final = 0.020
HEARTBEAT_MS: Final = 13_750
"""What Discord's voice servers ask for."""
TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")


@frozen
class Row:
    """One line of the table."""

    load: str
    calls: int
    lateness_ms: list[float]
    lost: int
    cpu_ms_per_call_s: float
    pss_mb: float


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def pss_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def lateness_ms(times: list[float]) -> list[float]:
    offsets = [at - number * FRAME_S for number, at in enumerate(times)]
    on_time = min(offsets)
    return [(offset - on_time) * 1000 for offset in offsets]


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


async def measure(kind: str, path: Path, calls: int, seconds: float, volume_pct: int) -> Row:
    with open_ear() as ear:
        async with (
            open_fake_server(heartbeat_ms=HEARTBEAT_MS, udp_port=ear.port) as server,
            open_bot() as bot,
        ):
            for guild in range(1, calls + 1):
                bot.client.tell(wanted(server.server_of(guild), a_file(path), volume_pct=volume_pct))
            for guild in range(1, calls + 1):
                await bot.wait_for_kind(TrackStarted, guild)
            await trio.sleep(1.0)
            pid = bot.pid
            assert pid is not None
            began_at, began_cpu_s = time.time(), cpu_s(pid)
            await trio.sleep(seconds)
            ended_at, used_s, memory = time.time(), cpu_s(pid) - began_cpu_s, pss_mb(pid)
            problems = server.all_problems()
            assert not problems, problems[:3]
        late, lost = heard_between(ear.hear_out(), began_at, ended_at)
    per_call = 1000 * used_s / (ended_at - began_at) / calls
    return Row(kind, calls, late, lost, per_call, memory)


def heard_between(heard: dict[int, Notes], began_at: float, ended_at: float) -> tuple[list[float], int]:
    late: list[float] = []
    lost = 0
    for notes in heard.values():
        times = [at for at in notes.at if began_at <= at < ended_at]
        late += lateness_ms(times)
        lost += max(0, round((ended_at - began_at) / FRAME_S) - len(times) - 1)
    return late, lost


def burn() -> None:
    """What a careless handler does to the process of the bot."""
    while True:
        sum(range(1000))


def table(rows: list[Row]) -> str:
    head = "load          calls   p50 ms   p99 ms  p99.9 ms   max ms   missing   CPU ms/s per call   PSS MB"
    lines = [head]
    for row in rows:
        p50, p99, p999 = (percentile(row.lateness_ms, share) for share in (0.5, 0.99, 0.999))
        lines.append(
            f"{row.load:12} {row.calls:6} {p50:8.2f} {p99:8.2f} {p999:9.2f} {max(row.lateness_ms):8.2f}"
            f" {row.lost:9} {row.cpu_ms_per_call_s:19.2f} {row.pss_mb:8.1f}"
        )
    return "\n".join(lines)


LOADS: Final = (("passthrough", "ogg", 100), ("transcoded", "mp3", 100), ("with volume", "ogg", 50))


async def run(calls: int, seconds: float, loads: list[str]) -> None:
    gc.disable()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for load, kind, volume_pct in LOADS:
            if load not in loads:
                continue
            codec, rate = KINDS[kind]
            path = write_sound(Path(folder) / f"{load}.{kind}", codec, rate, seconds=seconds + 10)
            rows.append(await measure(load, path, calls, seconds, volume_pct))
            gc.collect()
    sys.stdout.write(table(rows) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=10)
    names = [load for load, _kind, _volume_pct in LOADS]
    parser.add_argument("--loads", nargs="+", choices=names, default=names)
    parser.add_argument("--busy", action="store_true")
    options = parser.parse_args()
    if options.busy:
        threading.Thread(target=burn, daemon=True).start()
    trio.run(run, options.calls, options.seconds, options.loads)


if __name__ == "__main__":
    main()
