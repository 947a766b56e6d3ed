"""The one task of a node that sends frames: it wakes when calls are due and lets them send.

A shell; imports trio and ``voice.departures``. Every wake-up serves all calls that are due, and deadlines lie
on a common grid (``voice.pacer``), so that thirty calls cost hardly more wake-ups than one.

Failure mode: a call that raises ends the node; the bot restarts it and tells it everything anew.
"""

from heapq import heappop, heappush
from typing import Final, Protocol

import trio
from attrs import define, field

from voice.departures import DEPARTURES

EARLY_S: Final = 0.0005
"""Whoever is due within this is served with the others; less than the jitter of a network by far."""


class Paced(Protocol):
    """Something that sends frames at deadlines."""

    @property
    def deadline(self) -> float | None:
        """When it is due; ``None`` removes it from the metronome."""
        ...

    def beat(self, now: float) -> None:
        """Send what is due at ``now``."""
        ...


@define
class Metronome:
    """Serves the deadlines of all calls."""

    _paced: dict[int, Paced] = field(factory=dict[int, Paced], init=False)
    _due: list[tuple[float, int]] = field(factory=list[tuple[float, int]], init=False)
    """A heap of deadlines. Those that are not true any more are left out when their turn comes."""
    _changed: trio.Event = field(factory=trio.Event, init=False)

    def watch(self, paced: Paced) -> None:
        """Serve ``paced`` for as long as it has a deadline."""
        self._paced[id(paced)] = paced
        self._expect(paced)
        self._changed.set()

    async def run(self) -> None:
        """Serve until cancelled."""
        while True:
            deadline = self._next_deadline()
            with trio.move_on_at(trio.current_time() + 3600 if deadline is None else deadline):
                await self._changed.wait()
                self._changed = trio.Event()
                continue
            self._beat(trio.current_time())

    def _next_deadline(self) -> float | None:
        while self._due:
            deadline, key = self._due[0]
            if self._is_true(deadline, key):
                return deadline
            heappop(self._due)
        return None

    def _is_true(self, deadline: float, key: int) -> bool:
        """Whether this is still when ``key`` is due; who has no deadline any more is forgotten."""
        paced = self._paced.get(key)
        if paced is None:
            return False
        actual = paced.deadline
        if actual is None:
            del self._paced[key]
        return actual == deadline

    def _beat(self, now: float) -> None:
        DEPARTURES.gather()
        try:
            while self._due and self._due[0][0] <= now + EARLY_S:
                deadline, key = heappop(self._due)
                if self._is_true(deadline, key):
                    paced = self._paced[key]
                    paced.beat(max(now, deadline))
                    self._expect(paced)
        finally:
            DEPARTURES.depart()

    def _expect(self, paced: Paced) -> None:
        deadline = paced.deadline
        if deadline is None:
            self._paced.pop(id(paced), None)
        else:
            heappush(self._due, (deadline, id(paced)))
