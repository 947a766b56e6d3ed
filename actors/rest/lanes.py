"""One rate-limited resource, and the arithmetic that never overruns it.

A *lane* is a bucket together with its major parameter. A core: no I/O, time is an argument, imports nothing
of ours.

The rule: a request holds one place from the moment it is sent until the moment at which the window that
counted it has surely ended. While it is in flight that is unknown, so the place stays held; its answer says
``reset_after`` at some time before we read it, so *arrival + reset_after* is never too early. At most
``limit`` places are held, therefore at most ``limit`` requests fall into one window, in whatever order they
and their answers travel. The clock of the other side is never used.

``remaining`` is used beside it, for what others (an earlier process, another program) took from the same
window: not more may be in flight than the smallest number reported for it.

Failure modes: a request without an answer may or may not have been counted; its place stays held for one
window as we know it. A 429 closes the lane for as long as Discord asks.
"""

import heapq
import math

import attrs

UNKNOWN_WINDOW_S = 1.0
"""How long a lost request holds its place while no answer told the window's length."""


@attrs.define(kw_only=True)
class Lane:
    """Places held in one bucket of one channel, guild or webhook. ``limit`` None: not limited."""

    limit: int | None = None
    window_s: float = UNKNOWN_WINDOW_S
    in_flight: int = 0
    closed_until: float = 0.0
    _held_until: list[float] = attrs.field(factory=list[float])
    _left: int | None = None
    _left_until: float = 0.0

    def is_open(self, now: float) -> bool:
        """Whether one more request may be sent now."""
        self._release(now)
        if now < self.closed_until:
            return False
        if self.limit is None:
            return True
        if self._left is not None and self.in_flight >= self._left:
            return False
        return self.in_flight + len(self._held_until) < self.limit

    def free(self, now: float) -> float:
        """How many places nobody holds; of a lane without a limit there is no end."""
        self._release(now)
        return math.inf if self.limit is None else self.limit - self.in_flight - len(self._held_until)

    def opens_at(self, now: float) -> float | None:
        """When asking again makes sense if nothing happens until then; None: only an answer can help."""
        times = [self.closed_until] if self.closed_until > now else []
        times += self._held_until[:1]
        if self._left is not None:
            times.append(self._left_until)
        later = [time for time in times if time > now]
        return min(later) if later else None

    def is_idle(self, now: float) -> bool:
        """Nothing is held here that a new lane would not know."""
        self._release(now)
        return not self.in_flight and not self._held_until and self._left is None and now >= self.closed_until

    def send(self) -> None:
        """Take a place for a request that leaves now."""
        self.in_flight += 1

    def forget(self) -> None:
        """Give back the place of a request that was counted elsewhere, or never left."""
        self.in_flight -= 1

    def answer(self, now: float, *, limit: int, remaining: int, reset_after_s: float) -> None:
        """Note what the answer to one of the requests in flight says about the window that counted it."""
        self.in_flight -= 1
        self.limit = max(1, limit)
        self.window_s = max(self.window_s, reset_after_s)
        until = now + reset_after_s
        heapq.heappush(self._held_until, until)
        if self._left is None or now >= self._left_until:
            self._left, self._left_until = remaining, until
        else:
            self._left = min(self._left, remaining)
            self._left_until = max(self._left_until, until)

    def lose(self, now: float) -> None:
        """Note that the answer to one of the requests in flight will not come."""
        self.in_flight -= 1
        if self.limit is not None:
            heapq.heappush(self._held_until, now + self.window_s)

    def close(self, until: float) -> None:
        """Let nothing out before ``until``."""
        self.closed_until = max(self.closed_until, until)

    def _release(self, now: float) -> None:
        while self._held_until and self._held_until[0] <= now:
            heapq.heappop(self._held_until)
        if self._left is not None and now >= self._left_until:
            self._left = None
