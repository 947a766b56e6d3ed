"""How punctual a voice node is, and what it costs.

Run ``python -m tests.bench.voice_pacing --calls 30 --seconds 10``.

A real node plays into a fake voice server in this process. Lateness is measured where the packets arrive:
the distance of each packet from the row of 20 ms deadlines that fits its call best (the earliest packet is on
time), so the delays of the receiver are in it. CPU and memory (proportional set size) are those of the node.
"""

import argparse
import gc
import os
import sys
import tempfile
from pathlib import Path
from typing import Final

import trio
from attrs import frozen

from tests.voice.fakes import FakeVoiceServer, open_fake_server
from tests.voice.nodes import a_file, open_bot, wanted
from tests.voice.sounds import KINDS, write_sound
from voice.protocol import TrackStarted

FRAME_S: Final = 0.020
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
    async with open_fake_server(heartbeat_ms=10_000) as server, open_bot() as bot:
        for guild in range(1, calls + 1):
            bot.client.tell(wanted(server.server_of(guild), a_file(path), volume_pct=volume_pct))
        for guild in range(1, calls + 1):
            await bot.wait_for_kind(TrackStarted, guild, within_s=20)
        await trio.sleep(1.0)
        pid = bot.client.pid
        assert pid is not None
        began_at, began_cpu_s = trio.current_time(), cpu_s(pid)
        await trio.sleep(seconds)
        ended_at, used_s, memory = trio.current_time(), cpu_s(pid) - began_cpu_s, pss_mb(pid)
        late, lost = heard_between(server, began_at, ended_at)
        problems = server.all_problems()
        assert not problems, problems[:3]
    per_call = 1000 * used_s / (ended_at - began_at) / calls
    return Row(kind, calls, late, lost, per_call, memory)


def heard_between(server: FakeVoiceServer, began_at: float, ended_at: float) -> tuple[list[float], int]:
    late: list[float] = []
    lost = 0
    for heard in server.sessions:
        times = [packet.at for packet in heard.packets if began_at <= packet.at < ended_at]
        late += lateness_ms(times)
        lost += max(0, round((ended_at - began_at) / FRAME_S) - len(times) - 1)
    return late, lost


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


async def run(calls: int, seconds: float) -> None:
    gc.disable()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for load, kind, volume_pct in (
            ("passthrough", "ogg", 100),
            ("transcoded", "mp3", 100),
            ("with volume", "ogg", 50),
        ):
            codec, rate = KINDS[kind]
            path = write_sound(Path(folder) / f"{load}.{kind}", codec, rate, seconds=seconds + 10)
            rows.append(await measure(load, path, calls, seconds, volume_pct))
            gc.collect()
    sys.stdout.write(table(rows) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    trio.run(run, options.calls, options.seconds)


if __name__ == "__main__":
    main()
