"""Roadie's voice node and discord.py beside each other: how punctual, and at what cost.

Run ``python -m tests.bench.voice_compare --out FOLDER`` (``--calls 1 10 30 50 100`` for more).

Both play the same Opus file, passed through, without end-to-end encryption, into the sandbox's voice server
on the same machine, one after the other; the packets themselves go to a process that only listens
(``voice_ear``). Lateness is the distance of a packet from the row of 20 ms deadlines that fits its call best,
by the kernel's time of arrival, so the receiver's own delays are not in it. CPU and memory (proportional set
size) are those of the bot with all its children; a busy thread's CPU cannot be told from the rest. A bot that
does not come to sound in time has no row.
"""

import argparse
import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import attrs
import trio
from attrs import frozen

from sandbox.app import Sandbox, SandboxOptions, full_options, open_sandbox
from sandbox.contracts import VoiceAdmission
from sandbox.voice import VoiceServer
from tests.bench.voice_compare_bots import Job
from tests.bench.voice_compare_plot import plot
from tests.bench.voice_ear import Ear, open_ear
from tests.bench.voice_pacing import heard_between, percentile, pss_mb
from tests.scenarios.servers import Server, add_server
from tests.scenarios.stage import Stage
from tests.voice.sounds import KINDS, packets_of_file, write_sound

KINDS_OF_BOT: Final = ("roadie", "discord.py", "discord.py+ffmpeg")
"""The last one plays as its documentation says, with a process of ffmpeg (which must be installed) for each
call; the one before gets its packets from memory, which is kinder to it than any real use."""
SETTLE_S: Final = 1.0
HEAD: Final = (
    "| bot | calls | busy thread | p50 ms | p99 ms | p99.9 ms | max ms | missing | CPU ms/s per call |"
    " PSS MB | MB per further call |"
)


@frozen(kw_only=True)
class Row:
    """What was measured of one bot under one load."""

    bot: str
    calls: int
    busy: bool
    p50: float
    p99: float
    p999: float
    longest: float
    missing: int
    cpu_ms: float
    pss_mb: float


def family(pid: int) -> list[int]:
    """A process and all its descendants."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += family(int(child))
    return found


def cpu_s(pids: list[int]) -> float:
    """Time on a processor, of all threads that live."""
    files = [file for pid in pids for file in Path(f"/proc/{pid}/task").glob("*/schedstat")]
    return sum(int(file.read_text().split()[0]) for file in files) / 1e9


def job_for(sandbox: Sandbox, voice: VoiceServer, servers: list[Server], file: Path, *, busy: bool) -> Job:
    return Job(
        api_base=sandbox.api_base,
        gateway=sandbox.gateway_url,
        token=sandbox.token,
        voice_url=f"ws://{voice.endpoint}/?v=8",
        user_id=sandbox.world.application.bot.id,
        calls=[(server.guild_id, server.voice_id) for server in servers],
        file=str(file),
        packets=str(file.with_suffix(".packets")),
        busy=busy,
    )


def admit(voice: VoiceServer, job: Job, servers: list[Server]) -> None:
    """What the main gateway would have arranged for our node."""
    for server in servers:
        voice.admit(
            VoiceAdmission(
                guild_id=server.guild_id,
                channel_id=server.voice_id,
                user_id=server.stage.sandbox.world.application.bot.id,
                session_id=f"session-{server.guild_id}",
                token=f"token-{server.guild_id}",
            )
        )


async def measure(kind: str, calls: int, seconds: float, folder: Path, *, busy: bool) -> Row:
    codec, rate = KINDS["ogg"]
    file = write_sound(folder / f"song{calls}.ogg", codec, rate, seconds=seconds + 10 + calls / 2)
    packets = packets_of_file(file)
    lengths = b"".join(len(packet).to_bytes(4, "big") + packet for packet in packets)
    file.with_suffix(".packets").write_bytes(lengths)
    async with (
        open_sandbox(full_options(SandboxOptions(), encryption="off")) as sandbox,
        trio.open_nursery() as nursery,
    ):
        voice = sandbox.voice
        assert isinstance(voice, VoiceServer)
        stage = Stage(sandbox, folder, nursery)
        servers = [add_server(stage, number) for number in range(1, calls + 1)]
        job = job_for(sandbox, voice, servers, file, busy=busy)
        if kind == "roadie":
            admit(voice, job, servers)
        path = folder / "job.json"
        path.write_text(json.dumps(attrs.asdict(job)))
        with open_ear() as ear:
            # Where the packets arrive is no part of the server's interface.
            voice._regions[-1].hub.udp_address = ("127.0.0.1", ear.port)
            row = await watch(kind, path, ear, calls, seconds, busy=busy)
        nursery.cancel_scope.cancel()
    return row


async def watch(kind: str, job: Path, ear: Ear, calls: int, seconds: float, *, busy: bool) -> Row:
    argv = [sys.executable, "-m", "tests.bench.voice_compare_bots", kind, str(job)]
    process = await trio.lowlevel.open_process(argv, stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    try:
        with trio.fail_after(60 + calls):
            if await process.stdout.receive_some(16) != b"ready\n":
                raise RuntimeError(f"{kind} did not come to sound")
        await trio.sleep(SETTLE_S)
        pids = family(process.pid)
        began_at, began_cpu_s = time.time(), cpu_s(pids)
        await trio.sleep(seconds)
        ended_at, used_s = time.time(), cpu_s(pids) - began_cpu_s
        memory = sum(pss_mb(pid) for pid in pids)
        late, missing = heard_between(ear.hear_out(), began_at, ended_at)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    return Row(
        bot=kind,
        calls=calls,
        busy=busy,
        p50=percentile(late, 0.5),
        p99=percentile(late, 0.99),
        p999=percentile(late, 0.999),
        longest=max(late),
        missing=missing,
        cpu_ms=1000 * used_s / (ended_at - began_at) / calls,
        pss_mb=memory,
    )


def table(rows: list[Row]) -> str:
    lines = [HEAD, "| --- " * HEAD.count(" | ") + "| --- |"]
    alone = {(row.bot, row.busy): row.pss_mb for row in rows if row.calls == 1}
    for row in rows:
        base = alone.get((row.bot, row.busy))
        further = f"{(row.pss_mb - base) / (row.calls - 1):.2f}" if base and row.calls > 1 else ""
        cpu = "" if row.busy else f"{row.cpu_ms:.2f}"
        lines.append(
            f"| {row.bot} | {row.calls} | {'yes' if row.busy else 'no'} | {row.p50:.2f} | {row.p99:.2f} |"
            f" {row.p999:.2f} | {row.longest:.2f} | {row.missing} | {cpu} | {row.pss_mb:.1f} | {further} |"
        )
    return "\n".join(lines) + "\n"


async def run(calls: list[int], seconds: float, bots: list[str], busies: list[bool]) -> list[Row]:
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for busy in busies:
            for count in calls:
                for kind in bots:
                    try:
                        rows.append(await measure(kind, count, seconds, Path(folder), busy=busy))
                    except* (RuntimeError, trio.TooSlowError):
                        sys.stderr.write(f"{kind} did not come to sound in {count} calls\n")
                    else:
                        sys.stderr.write(table(rows[-1:]).splitlines()[-1] + "\n")
                    gc.collect()
    return rows


def write(rows: list[Row], out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    (out / "voice_compare.md").write_text(table(rows))
    lines = {
        f"{kind}{', busy' if busy else ''}": [
            (row.calls, row.p999) for row in rows if (row.bot, row.busy) == (kind, busy)
        ]
        for kind in KINDS_OF_BOT
        for busy in (False, True)
    }
    (out / "voice_compare.svg").write_text(plot("Lateness of packets, p99.9", "calls", "ms", lines))
    sys.stdout.write(table(rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, nargs="+", default=[1, 10, 30])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--bots", nargs="+", choices=KINDS_OF_BOT, default=list(KINDS_OF_BOT[:2]))
    parser.add_argument("--busy", choices=("no", "yes", "both"), default="both")
    parser.add_argument("--out", type=Path, required=True, help="folder for the table and the plot")
    options = parser.parse_args()
    gc.disable()
    busies = {"no": [False], "yes": [True], "both": [False, True]}[options.busy]
    write(trio.run(run, options.calls, options.seconds, options.bots, busies), options.out)


if __name__ == "__main__":
    main()
