"""A clock that stands still while other programs have the processor, for stories of fractions of a second."""

import os
import time
from pathlib import Path

import trio
from attrs import define, field

_STATISTICS = Path("/proc/thread-self/schedstat")


def is_own_clock_here() -> bool:
    """Whether this system tells what the clock goes by."""
    return _STATISTICS.exists()


@define(eq=False)
class OwnClock(trio.abc.Clock, trio.abc.Instrument):
    """The wall's time without that in which this thread was not let run, and never late for a deadline.

    What other threads of this process take of the interpreter counts. Linux tells how long a thread stood
    in line for a processor. Source: Linux, "Scheduler Statistics", section "/proc/<pid>/schedstat".
    """

    _now: float = 0.0
    _ran_at: float = 0.0
    _waits_since: float = 0.0
    _statistics: int = field(factory=lambda: os.open(_STATISTICS, os.O_RDONLY))

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
