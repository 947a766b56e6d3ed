"""When which call is due: the deadlines of all calls of a node in one row.

A core: imports ``voice.departures`` and ``voice.pacer``; time is an argument. Whoever drives it
(``voice.host``) sleeps until ``deadline`` and calls ``serve``. Deadlines lie on a common grid, so that
thirty calls cost hardly more wake-ups than one.

Failure mode: a call that raises ends the node; the bot restarts it and tells it everything anew.
"""

import math
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Final, Protocol, TypeAlias

from attrs import define, field

from voice.departures import DEPARTURES
from voice.pacer import GRID_S, PHASES, Pacer, choose_phase

EARLY_S: Final = 0.0005
"""Whoever is due within this is served with the others; less than the jitter of a network by far."""


class Paced(Protocol):
    """Something that sends frames at the deadlines of its pacer."""

    @property
    def pacer(self) -> Pacer:
        """Its deadlines, always the same object; once it is stopped, the metronome forgets it."""
        ...

    def beat(self, now: float) -> None:
        """Send what is due at ``now``, in monotonic seconds."""
        ...


_Expected: TypeAlias = tuple[Pacer, Callable[[float], None]]


@define
class Metronome:
    """Serves the deadlines of all calls."""

    _rows: dict[int, list[_Expected]] = field(factory=dict[int, list[_Expected]], init=False)
    """Who is expected at which point of the grid. Who has another deadline by then is left out."""
    _ticks: list[int] = field(factory=list[int], init=False)
    """A heap of the points in ``_rows``."""

    @property
    def phase(self) -> int:
        """The phase on which another call shall lie."""
        crowds = [0] * PHASES
        for tick, row in self._rows.items():
            crowds[tick % PHASES] += len(row)
        return choose_phase(crowds)

    def watch(self, paced: Paced) -> None:
        """Serve ``paced`` for as long as it has a deadline."""
        if paced.pacer.tick is not None:
            self._row(paced.pacer.tick).append((paced.pacer, paced.beat))

    @property
    def deadline(self) -> float:
        """When somebody is due, in monotonic seconds; infinite while nobody is."""
        return self._ticks[0] * GRID_S if self._ticks else math.inf

    def serve(self, now: float) -> None:
        """Let everybody send who is due at ``now``."""
        DEPARTURES.gather()
        try:
            while self._ticks and self._ticks[0] * GRID_S <= now + EARLY_S:
                tick = heappop(self._ticks)
                self._serve_row(tick, self._rows.pop(tick), max(now, tick * GRID_S))
        finally:
            DEPARTURES.depart()

    def _serve_row(self, tick: int, row: list[_Expected], now: float) -> None:
        usual = tick + PHASES
        onward: list[_Expected] = []
        for expected in row:
            pacer, beat = expected
            # Who stands here twice is served once: with the first beat its tick has moved on.
            if pacer.tick == tick:
                beat(now)
                if pacer.tick == usual:
                    onward.append(expected)
                elif pacer.tick is not None:
                    self._row(pacer.tick).append(expected)
        if onward:
            self._row(usual).extend(onward)

    def _row(self, tick: int) -> list[_Expected]:
        row = self._rows.get(tick)
        if row is None:
            row = self._rows[tick] = []
            heappush(self._ticks, tick)
        return row
