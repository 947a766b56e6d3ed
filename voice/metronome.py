"""When which call is due: the deadlines of all calls of a node in one row.

A core: imports ``voice.departures``, ``voice.booking`` and ``voice.pacer``; time is an argument. Whoever
drives it (``voice.host``) sleeps until ``deadline`` and calls ``serve``. Deadlines lie on a common grid, so
that thirty calls cost hardly more wake-ups than one.

Of one tick, what was made ahead leaves first, then what is made now; then there is time to make more ahead.

Failure mode: a call that raises ends the node; the bot restarts it and tells it everything anew.
"""

import math
from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from typing import Final, Protocol, TypeAlias

from attrs import define, field

from voice.booking import Booking, choose_turn, send_booked
from voice.departures import DEPARTURES
from voice.pacer import FRAME_S, GRID_S, MAX_CATCH_UP, PHASES, Pacer, choose_phase

EARLY_S: Final = 0.0005
"""Whoever is due within this is served with the others; less than the jitter of a network by far."""
TOO_LATE_S: Final = MAX_CATCH_UP * FRAME_S


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
class _Tick:
    """A point of the grid: what leaves, and who is expected. Who has another deadline by then is left out."""

    booked: dict[Booking, bytes] = field(factory=dict[Booking, bytes])
    ending: dict[Booking, None] = field(factory=dict[Booking, None])
    """Those that send their last packet."""
    expected: list[_Expected] = field(factory=list[_Expected])


@define
class Metronome:
    """Serves the deadlines of all calls.

    Attributes:
        deadline: when somebody is due, in monotonic seconds; infinite while nobody is.
    """

    deadline: float = field(default=math.inf, init=False)
    _ticks: dict[int, _Tick] = field(factory=dict[int, _Tick], init=False)
    _heap: list[int] = field(factory=list[int], init=False)
    """The points in ``_ticks``."""
    _ended: dict[Booking, None] = field(factory=dict[Booking, None], init=False)
    """Those that have sent their last packet in the ticks that are being served."""

    @property
    def seat(self) -> tuple[int, int]:
        """The phase on which another call shall lie, and the turn in which it shall make packets ahead."""
        crowds = [0] * PHASES
        for number, tick in self._ticks.items():
            crowds[number % PHASES] += sum(pacer.tick == number for pacer, _ in tick.expected)
        phase = choose_phase(crowds)
        return phase, choose_turn(phase, crowds[phase])

    def watch(self, paced: Paced) -> None:
        """Serve ``paced`` for as long as it has a deadline."""
        if paced.pacer.tick is not None:
            self._tick(paced.pacer.tick).expected.append((paced.pacer, paced.beat))

    def book(self, booking: Booking) -> None:
        """Send its packets, each at its deadline."""
        find, number = self._ticks.get, booking.tick
        for packet in booking.packets:
            (find(number) or self._tick(number)).booked[booking] = packet
            number += PHASES
        self._tick(number - PHASES).ending[booking] = None

    def unsent(self, booking: Booking) -> int:
        """How many of its packets still wait."""
        return sum(booking in tick.booked for tick in self._ticks_of(booking))

    def take_back(self, booking: Booking) -> int:
        """Send nothing more of it; the result is how many were not sent."""
        unsent = 0
        self._ended.pop(booking, None)
        for tick in self._ticks_of(booking):
            unsent += tick.booked.pop(booking, None) is not None
            tick.ending.pop(booking, None)
        return unsent

    def _ticks_of(self, booking: Booking) -> Iterator[_Tick]:
        end = booking.tick + len(booking.packets) * PHASES
        found = map(self._ticks.get, range(booking.tick, end, PHASES))
        return (tick for tick in found if tick is not None)

    def serve(self, now: float) -> None:
        """Let everybody send who is due at ``now``."""
        while self._heap and self._heap[0] * GRID_S <= now + EARLY_S:
            number = self._heap[0]
            if now - number * GRID_S >= TOO_LATE_S:
                # They take it back, all of it.
                for booking in list(self._ticks[number].booked):
                    booking.on_late()
            heappop(self._heap)
            tick = self._ticks.pop(number)
            send_booked(tick.booked)
            self._ended |= tick.ending
            # Tick by tick: who was late has booked the next one, which must not leave before what was missed.
            DEPARTURES.gather()
            try:
                self._serve(number, tick.expected, max(now, number * GRID_S))
            finally:
                DEPARTURES.depart()
        # Whoever was late has served a later tick since, and made another booking: then it is not told.
        while self._ended:
            booking = next(iter(self._ended))
            del self._ended[booking]
            booking.on_sent_out()
        self.deadline = self._heap[0] * GRID_S if self._heap else math.inf

    def _serve(self, number: int, expected: list[_Expected], now: float) -> None:
        for pacer, beat in expected:
            # Who stands here twice is served once: with the first beat its tick has moved on.
            if pacer.tick == number:
                beat(now)
                if pacer.tick is not None:
                    self._tick(pacer.tick).expected.append((pacer, beat))

    def _tick(self, number: int) -> _Tick:
        tick = self._ticks.get(number)
        if tick is None:
            tick = self._ticks[number] = _Tick()
            heappush(self._heap, number)
            self.deadline = self._heap[0] * GRID_S
        return tick
