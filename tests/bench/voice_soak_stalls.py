"""How long the machine let processes wait: what a listener misses then is nobody's doing.

A witness process sleeps a little for ever and notes how late it woke; a task of this process does the same.
The first tells that the machine was busy, the second that this process was. Times are those of
``trio.current_time``.

Run as ``python -m tests.bench.voice_soak_stalls`` it is the witness: it prints a line for each late waking.
"""

import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import trio
from attrs import define, field, frozen

NAP_S: Final = 0.005
LATE_S: Final = 0.015
"""Shorter waits are what sleeping costs anywhere."""
ROOT: Final = Path(__file__).resolve().parents[2]


@frozen
class Stall:
    """Somebody wanted to run at ``due_s`` and did, so much later (seconds)."""

    due_s: float
    late_s: float


@define
class Stalls:
    """All stalls of a run: the machine's and this process's."""

    machine: list[Stall] = field(factory=list[Stall])
    process: list[Stall] = field(factory=list[Stall])

    def between(self, since_s: float, until_s: float) -> float:
        """How much somebody who waited from then till then may have been held up, in seconds."""
        return max(_sum(self.machine, since_s, until_s), _sum(self.process, since_s, until_s))

    async def watch(self) -> None:
        """Note how late this process's own tasks wake."""
        while True:
            due = trio.current_time() + NAP_S
            await trio.sleep_until(due)
            late_s = trio.current_time() - due
            if late_s > LATE_S:
                self.process.append(Stall(due, late_s))

    async def listen(self, witness: trio.Process) -> None:
        """Note what the witness says."""
        assert witness.stdout is not None
        offset_s = trio.current_time() - time.perf_counter()
        rest = b""
        async for data in witness.stdout:
            *lines, rest = (rest + bytes(data)).split(b"\n")
            for line in lines:
                due, late = line.split()
                self.machine.append(Stall(float(due) + offset_s, float(late)))


def _sum(stalls: list[Stall], since_s: float, until_s: float) -> float:
    return sum(one.late_s for one in stalls if one.due_s < until_s and one.due_s + one.late_s > since_s)


@asynccontextmanager
async def watch_stalls() -> AsyncGenerator[Stalls]:
    """Watch until the context is left."""
    stalls = Stalls()
    argv = [sys.executable, "-m", "tests.bench.voice_soak_stalls"]
    witness = await trio.lowlevel.open_process(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(stalls.watch)
            nursery.start_soon(stalls.listen, witness)
            yield stalls
            nursery.cancel_scope.cancel()
    finally:
        witness.kill()
        with trio.CancelScope(shield=True):
            await witness.wait()
            for stream in (witness.stdin, witness.stdout):
                if stream is not None:
                    await stream.aclose()


def main() -> None:
    """Be the witness, until killed or until nobody listens."""
    while True:
        due = time.perf_counter() + NAP_S
        time.sleep(NAP_S)
        late_s = time.perf_counter() - due
        if late_s > LATE_S:
            try:
                print(due, late_s, flush=True)
            except BrokenPipeError:
                return  # nobody listens any more


if __name__ == "__main__":
    main()
