"""Making a track as loud as wanted: what is known of its loudness, and the gain that follows from it.

A shell; trio and threads around ``voice.loudness``, so it belongs to the node's process only. One
:class:`Leveler` serves one playback. What it finds is remembered for the node (:class:`Memory`), so that a
seek needs no second look.

Rules:

- Before the first frame a glance is waited for, a second at most, so that the loudness is right at once.
- What a later look corrects comes so slowly that nobody notices. Whatever a person asks for comes at once.
- Only a loudness that was found by a whole look, or in a tag, is told.
"""

from collections.abc import Callable
from typing import Final

import trio
from attrs import define, field

from voice.loudness import Glance, glance, measure
from voice.protocol import Leveling, Measured, Playing

GLANCE_THREADS: Final = 4
"""Somebody waits for these."""
MEASURE_THREADS: Final = 1
REMEMBERED: Final = 64
"""Locations whose loudness is remembered."""
STEP_DB: Final = 0.4
STEP_S: Final = 0.3
"""Steps of a slow correction: 1.3 dB per second."""
NEAR_ENOUGH_DB: Final = 0.05


@define
class Memory:
    """The loudness of what was played lately, by location, and the threads that measure."""

    glancing: trio.CapacityLimiter = field(factory=lambda: trio.CapacityLimiter(GLANCE_THREADS), init=False)
    measuring: trio.CapacityLimiter = field(factory=lambda: trio.CapacityLimiter(MEASURE_THREADS), init=False)
    _known: dict[str, Glance] = field(factory=dict[str, Glance], init=False)

    def find(self, playing: Playing) -> Glance | None:
        """What is known of a track."""
        if playing.loudness is not None:
            return Glance(measured=playing.loudness, exact=True)
        return self._known.get(playing.source.location)

    def note(self, playing: Playing, seen: Glance) -> None:
        """Remember what was found."""
        self._known.pop(playing.source.location, None)
        self._known[playing.source.location] = seen
        if len(self._known) > REMEMBERED:
            self._known.pop(next(iter(self._known)))


@define(kw_only=True)
class Leveler:
    """The loudness of one playback.

    Args:
        leveling: what is wanted, ``None`` for nothing.
        on_gain: told that ``gain_db`` is another one.
        on_measured: told how loud the whole track is.
    """

    playing: Playing
    leveling: Leveling | None
    memory: Memory
    on_gain: Callable[[], None]
    on_measured: Callable[[Measured], None]
    gain_db: float | None = field(default=None, init=False)
    _seen: Glance | None = field(default=None, init=False)
    _busy: bool = field(default=False, init=False)
    _scope: trio.CancelScope = field(factory=trio.CancelScope, init=False)

    def __attrs_post_init__(self) -> None:
        self._seen = self.memory.find(self.playing)
        self.gain_db = self._wanted_db

    @property
    def needs_a_look(self) -> bool:
        """Whether something is wanted and nobody looks for what it takes."""
        known = self._seen is not None and (self._seen.exact or not self.playing.source.is_file)
        return self.leveling is not None and not known and not self._busy

    def want(self, leveling: Leveling | None) -> None:
        """Something else is wanted, from now on."""
        if leveling != self.leveling:
            self.leveling = leveling
            self.gain_db = self._wanted_db

    def close(self) -> None:
        """Nobody listens any more."""
        self._scope.cancel()

    async def glance(self) -> None:
        """A first look, if there was none yet."""
        if self._seen is None:
            self._seen = await trio.to_thread.run_sync(
                glance, self.playing.source, abandon_on_cancel=True, limiter=self.memory.glancing
            )
            if self._seen is not None:
                self._note(self._seen)
                self.gain_db = self._wanted_db
                self.on_gain()

    async def run(self) -> None:
        """Look as often as it takes, and correct what was wrong."""
        if self._busy:
            return
        self._busy = True
        with self._scope:
            await self.glance()
            if self._seen is None or not self._seen.exact:
                await self._listen_to_all()
        self._busy = False

    async def _listen_to_all(self) -> None:
        if not self.playing.source.is_file:
            return
        measured = await trio.to_thread.run_sync(
            measure,
            self.playing.source,
            lambda: not self._scope.cancel_called,
            abandon_on_cancel=True,
            limiter=self.memory.measuring,
        )
        if measured is None:
            return
        self._seen = Glance(measured=measured, exact=True)
        self._note(self._seen)
        await self._glide()

    def _note(self, seen: Glance) -> None:
        self.memory.note(self.playing, seen)
        if seen.exact:
            self.on_measured(seen.measured)

    async def _glide(self) -> None:
        while self.gain_db is not None and self._wanted_db is not None:
            missing_db = self._wanted_db - self.gain_db
            if abs(missing_db) < NEAR_ENOUGH_DB:
                return
            self.gain_db += max(-STEP_DB, min(STEP_DB, missing_db))
            self.on_gain()
            await trio.sleep(STEP_S)

    @property
    def _wanted_db(self) -> float | None:
        if self.leveling is None:
            return None
        return 0.0 if self._seen is None else self.leveling.gain_db(self._seen.measured)
