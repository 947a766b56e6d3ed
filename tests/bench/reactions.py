"""What progress costs answers: fifty commands at once, with progress off, full, and full under the limit.

    python -m tests.bench.reactions [rounds] [wall]

Prints, per mode, how long answers took from being said to being there (milliseconds), how many reactions were
changed, and how the slowest of a hundred compares with ``off``. The modes take turns.

An answer takes its round trip and the processor's time of bot and sandbox, which share a loop. Time is told
by ``OwnClock``, which stands still while other programs have the processor; ``wall`` measures with the
usual one.
"""

import logging
import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import trio
from attrs import define, field, frozen

from sandbox.model.default import MUSIC_ID
from sandbox.rest.limits import LimitMode
from tests.scenarios.stage import open_stage
from tests.scenarios.toil import Reader, burst, toiling

BURST = 50
NAP_S = 0.1
ROUND_TRIP_S = 0.1
OFF = ("off", LimitMode.OFF)
MODES = (OFF, ("full", LimitMode.OFF), ("full", LimitMode.REACTIONS))
PARTS = (50, 90, 95, 99)


@define(eq=False)
class OwnClock(trio.abc.Clock, trio.abc.Instrument):
    """The wall's time without that in which this thread was not let run, and never late for a deadline.

    What other threads of this process take of the interpreter counts. Linux tells how long a thread stood
    in line for a processor. Source: Linux, "Scheduler Statistics", section "/proc/<pid>/schedstat".
    """

    _now: float = 0.0
    _ran_at: float = 0.0
    _waits_since: float = 0.0
    _statistics: int = field(factory=lambda: os.open("/proc/thread-self/schedstat", os.O_RDONLY))

    def start_clock(self) -> None:
        self._ran_at = self._ran()

    def current_time(self) -> float:
        return self._now + self._ran() - self._ran_at

    def deadline_to_sleep_time(self, deadline: float) -> float:
        return deadline - self.current_time()

    def before_io_wait(self, timeout: float) -> None:
        self._now = self.current_time()
        self._waits_since = self._ran()

    def after_io_wait(self, timeout: float) -> None:
        self._ran_at = self._ran()
        self._now += max(0.0, min(self._ran_at - self._waits_since, timeout))

    def after_run(self) -> None:
        os.close(self._statistics)

    def _ran(self) -> float:
        in_line_ns = int(os.pread(self._statistics, 100, 0).split()[1])
        return time.perf_counter() - in_line_ns / 1e9


@frozen(kw_only=True)
class Result:
    """One burst."""

    answers_ms: list[float]
    reactions: int


async def measure(mode: str, limit: LimitMode) -> Result:
    """One burst in one mode."""
    with pytest.MonkeyPatch.context() as patch, toiling(patch, NAP_S) as diary, TemporaryDirectory() as data:
        async with open_stage(Path(data) / "data", delay_s=ROUND_TRIP_S, checked=False) as stage:
            stage.sandbox.limits.mode = limit
            await stage.ask("settings", name="status_reactions", value=mode)
            reader = Reader(stage)
            # The limits of a route are learned from its first answer.
            stage.ada.send_message(MUSIC_ID, "!toil first")
            await stage.until(lambda: "first" in reader.answered)
            await trio.sleep(1)
            reader.answered.clear()
            before = len(stage.sandbox.requests)
            await burst(stage, MUSIC_ID, BURST)
            await stage.until(lambda: len(reader.answered) == BURST, 60)
            await trio.sleep(1)
            changed = [one for one in stage.sandbox.requests[before:] if "/reactions/" in one.path]
            took = [(there - diary.said[word]) * 1000 for word, there in reader.answered.items()]
            return Result(answers_ms=took, reactions=len(changed))


def _part(figures: list[float], part: int) -> float:
    return sorted(figures)[len(figures) * part // 100]


def _run(mode: tuple[str, LimitMode], *, is_wall: bool) -> Result:
    own = OwnClock()
    return trio.run(measure, *mode) if is_wall else trio.run(measure, *mode, clock=own, instruments=[own])


def main(argv: list[str]) -> int:
    """Measure and print."""
    logging.disable(logging.CRITICAL)
    rounds = int(argv[0]) if argv else 3
    results: dict[tuple[str, LimitMode], list[Result]] = {mode: [] for mode in MODES}
    for _ in range(rounds):
        for mode in MODES:
            results[mode].append(_run(mode, is_wall="wall" in argv))
    base = _part([ms for result in results[OFF] for ms in result.answers_ms], 99)
    for (mode, limit), taken in results.items():
        all_ms = [ms for result in taken for ms in result.answers_ms]
        shown = "  ".join(f"p{part} {_part(all_ms, part):6.1f}" for part in PARTS)
        against = _part(all_ms, 99) / base - 1
        changed = [result.reactions for result in taken]
        print(f"{mode:5} limit {limit.value:10} answers in ms: {shown}  p99 against off {against:+.1%}")
        print(f"      reactions changed per burst: {changed}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
