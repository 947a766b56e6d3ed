"""The loop of a node: Trio as a guest between the ticks of the metronome.

A shell; imports trio and ``voice.metronome``. The thread of the node belongs to the music: it sleeps until
the next tick and lets it be sent. What else there is to do (sockets, pipes, timers) Trio hands over in
pieces, which run on the same thread between two ticks: nothing of a call is shared between threads.

Why not a task of Trio: waking one costs several times as much as a bare sleep, fifty times per second and
more, and it sleeps in whole milliseconds. Measured with 30 calls of ``tests/bench/voice_pacing.py``:
outside of the sending itself a tick costs 0.15 ms of CPU instead of 0.5.

Rules: of a tick and a piece that are both due, the tick comes first; after each tick there is room for a
piece, so that calls that are always late do not keep the node from hearing that they shall end.

Source: Trio's reference, "Using guest mode to run Trio on top of other event loops".
"""

import math
from collections.abc import Awaitable, Callable
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, TypeVar, cast

import trio
from attrs import define, field

from voice.metronome import Metronome

if TYPE_CHECKING:
    from outcome import Outcome

T = TypeVar("T")


def run_as_guest(
    main: Callable[[], Awaitable[T]], metronome: Metronome, on_rest: Callable[[float], None] = lambda _: None
) -> T:
    """Run ``main`` to its end, as ``trio.run`` does, and serve ``metronome`` meanwhile.

    What ``main`` raises is raised here; so is what a call raises, after ``main`` was cancelled for it.

    Args:
        main: takes no arguments.
        metronome: its times are those of ``trio.current_time``.
        on_rest: told after each tick how many seconds are left until the next one.
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
            while not ended:
                self._run_piece(self._serve())
        finally:
            # A call raised: the guest comes to its end before that goes on.
            while not ended:
                self._scope.cancel()
                self._run_piece(math.inf)
        # Nobody else cancels the scope: what comes here ended with a result of ``main``.
        return cast("T", ended[0].unwrap())

    async def _run_guest(self, main: Callable[[], Awaitable[T]]) -> T | None:
        with self._scope:
            return await main()
        return None

    def _serve(self) -> float:
        """Let the calls send if any is due; the result is the seconds until the next one is."""
        gap_s = self._metronome.deadline - trio.current_time()
        if gap_s > 0:
            return gap_s
        self._metronome.serve(trio.current_time())
        gap_s = self._metronome.deadline - trio.current_time()
        self._on_rest(gap_s)
        return max(0.0, gap_s)

    def _run_piece(self, within_s: float) -> None:
        try:
            piece = self._pieces.get(timeout=None if within_s == math.inf else within_s)
        except Empty:
            return
        piece()
