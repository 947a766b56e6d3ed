"""The loop of a node: Trio as a guest between the ticks of the metronome.

A shell; imports trio, ``voice.metronome`` and ``voice.precedence``. The thread of the node belongs to the
music: it sleeps until the next tick and lets it be sent. What else there is to do (sockets, pipes, timers)
Trio hands over in pieces, which run on the same thread between two ticks: nothing of a call is shared
between threads.

Why not a task of Trio: waking one costs several times as much as a bare sleep, fifty times per second and
more, and it sleeps in whole milliseconds. Measured with 30 calls of ``tests/bench/voice_pacing.py``:
outside of the sending itself a tick costs 0.15 ms of CPU instead of 0.5.

Rules: of a tick and a piece that are both due, the tick comes first; after each tick there is room for a
piece, so that calls that are always late do not keep the node from hearing that they shall end.

Source: Trio's reference, "Using guest mode to run Trio on top of other event loops".
"""

import math
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final, TypeVar, cast

import trio
from attrs import define, field

from voice.metronome import Metronome
from voice.precedence import FLOOR

if TYPE_CHECKING:
    from outcome import Outcome

T = TypeVar("T")

REST_EVERY: Final = 50
"""Ticks; there is little to tidy up after one."""


def run_as_guest(
    main: Callable[[], Awaitable[T]], metronome: Metronome, on_rest: Callable[[float], None] = lambda _: None
) -> T:
    """Run ``main`` to its end, as ``trio.run`` does, and serve ``metronome`` meanwhile.

    What ``main`` raises is raised here; so is what a call raises, after ``main`` was cancelled for it.

    Args:
        main: takes no arguments.
        metronome: its times are those of ``trio.current_time``.
        on_rest: told after one tick of `REST_EVERY` how many seconds are left until the next one.
    """
    return _Host(metronome, on_rest).run(main)


@define
class _Host:
    _metronome: Metronome
    _on_rest: Callable[[float], None]
    _pieces: "SimpleQueue[Callable[[], object]]" = field(factory=SimpleQueue, init=False)
    _scope: trio.CancelScope = field(factory=trio.CancelScope, init=False)

    def run(self, main: Callable[[], Awaitable[T]]) -> T:
        ended: list[Outcome[T | None]] = []
        trio.lowlevel.start_guest_run(
            partial(self._run_guest, main),
            run_sync_soon_threadsafe=self._pieces.put,
            done_callback=ended.append,
        )
        try:
            self._serve_until(ended)
        finally:
            # A call raised: the guest comes to its end before that goes on.
            while not ended:
                self._scope.cancel()
                self._pieces.get()()
        # Nobody else cancels the scope: what comes here ended with a result of ``main``.
        return cast("T", ended[0].unwrap())

    async def _run_guest(self, main: Callable[[], Awaitable[T]]) -> T | None:
        with self._scope:
            return await main()
        return None

    def _serve_until(self, ended: Sequence[object]) -> None:
        """Run ticks and pieces. This loop is cold each time it wakes: it calls no more than it must."""
        metronome, next_piece, clock = self._metronome, self._pieces.get, time.perf_counter
        shift_s = trio.current_time() - clock()
        ticks = 0
        while not ended:
            gap_s = metronome.deadline - clock() - shift_s
            if gap_s <= 0:
                FLOOR.taken = True
                try:
                    metronome.serve(clock() + shift_s)
                finally:
                    FLOOR.taken = False
                gap_s = max(0.0, metronome.deadline - clock() - shift_s)
                ticks += 1
                if ticks % REST_EVERY == 0:
                    self._on_rest(gap_s)
            try:
                piece = next_piece(timeout=None if gap_s == math.inf else gap_s)
            except Empty:
                continue
            piece()
