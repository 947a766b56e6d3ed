"""Making a track as loud as wanted: what is known of its loudness, and the gain that follows from it.

A shell; trio and threads around ``voice.loudness`` and ``voice.ear``, so it belongs to the node's process
only. One :class:`Leveler` serves one playback. What it finds is remembered for the node (:class:`Memory`), so
that a seek needs no second look.

Rules:

- Before the first frame of a file a glance is waited for; of something from the web, what is read ahead is
  heard first (:meth:`Leveler.listens`). Each takes a second at most, so that the loudness is right at once.
- Whoever has heard more of a track knows better. What is corrected later comes so slowly that nobody notices
  (``Timeline.glide``). Whatever a person asks for comes at once.
- Only a loudness of the whole track, heard or from a tag, is told.

Failure mode: a file that raises whatever it may while it is measured has no loudness; whoever plays it finds
out why.
"""

from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

import trio
from attrs import define, field

from voice.contained import contained
from voice.ear import Ear
from voice.loudness import Glance, glance, loudness_of_tags, measure
from voice.protocol import Leveling, Measured, Playing
from voice.source import SourceFailed

GLANCE_THREADS: Final = 4
"""Somebody waits for these."""
MEASURE_THREADS: Final = 1
REMEMBERED: Final = 64
"""Locations whose loudness is remembered."""
LISTEN_S: Final = 8.0
"""Seconds of a track that are heard before its first frame is sent."""
PATIENCE_S: Final = 1.0
"""Longest that somebody waits for the music because of that."""
NEAR_ENOUGH_DB: Final = 0.1

_T = TypeVar("_T")


async def _look(job: Callable[[], _T], threads: trio.CapacityLimiter) -> _T | None:
    """The result of ``job``, which PyAV may end as it likes, ``None`` if it did."""
    found = await trio.to_thread.run_sync(contained, job, abandon_on_cancel=True, limiter=threads)
    return None if isinstance(found, SourceFailed) else found


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
        ear: hears the playback.
        on_gain: told that ``gain_db`` is another one, and whether that shall come at once.
        on_measured: told how loud the whole track is.
    """

    playing: Playing
    leveling: Leveling | None
    memory: Memory
    ear: Ear
    on_gain: Callable[[bool], None]
    on_measured: Callable[[Measured], None]
    gain_db: float | None = field(default=None, init=False)
    _seen: Glance | None = field(default=None, init=False)
    _closed: bool = field(default=False, init=False)
    _busy: bool = field(default=False, init=False)
    _tagged: Measured | None = field(default=None, init=False)
    _patient_until: float | None = field(default=None, init=False)
    _scope: trio.CancelScope = field(factory=trio.CancelScope, init=False)

    def __attrs_post_init__(self) -> None:
        self._seen = self.memory.find(self.playing)
        self._let_listen()
        self.gain_db = self._wanted_db

    def _let_listen(self) -> None:
        # Of a file more is known sooner by looking at it.
        self.ear.wanted = self.wants_to_know and not self.playing.source.is_file

    @property
    def wants_to_know(self) -> bool:
        """Whether something is wanted and what it takes is not known for sure."""
        return self.leveling is not None and (self._seen is None or not self._seen.exact)

    @property
    def needs_a_look(self) -> bool:
        """Whether somebody has to look for what it takes."""
        return self.wants_to_know and not self._busy

    def listens(self) -> bool:
        """Whether the first frame shall wait, because what is read ahead was not heard yet."""
        if self._seen is not None or not self.wants_to_know or self.ear.heard_s >= LISTEN_S:
            return False
        now = trio.current_time()
        if self._patient_until is None:
            self._patient_until = now + PATIENCE_S
        return now < self._patient_until

    def want(self, leveling: Leveling | None) -> None:
        """Something else is wanted, from now on."""
        if leveling != self.leveling:
            self.leveling = leveling
            self._let_listen()
            self.listen()
            self.gain_db = self._wanted_db

    def close(self) -> None:
        """Nobody listens any more; what was heard helps whoever plays the same again."""
        self._closed = True
        self._scope.cancel()
        heard = self.ear.heard
        if heard is None or self.playing.source.is_file or not self._knows_less_than(heard.seconds):
            return
        self.memory.note(self.playing, Glance(measured=heard.measured, exact=False, seconds=heard.seconds))

    def read_tags(self, tags: dict[str, str]) -> None:
        """Reader's side: what the source says about itself."""
        self._tagged = loudness_of_tags(tags)

    def listen(self) -> None:
        """Take over what the source says, or what the ear has heard by now."""
        heard = self.ear.heard
        if self._seen is not None and self._seen.exact:
            return
        if self._tagged is not None:
            self._learn(Glance(measured=self._tagged, exact=True))
        elif heard is None:
            return
        elif heard.whole and not self.playing.offset_ms:
            self._learn(Glance(measured=heard.measured, exact=True))
        elif self.wants_to_know and self._knows_less_than(heard.seconds):
            self._learn(Glance(measured=heard.measured, exact=False, seconds=heard.seconds))

    def _knows_less_than(self, seconds: float) -> bool:
        if self._seen is None:
            return True
        # A glance at a file has looked all over it: that is better than any part.
        return not self._seen.exact and not self.playing.source.is_file and seconds > self._seen.seconds

    def _learn(self, seen: Glance) -> None:
        first, self._seen = self._seen is None, seen
        self._let_listen()
        self.memory.note(self.playing, seen)
        if seen.exact:
            self.on_measured(seen.measured)
        wanted_db = self._wanted_db
        if wanted_db is not None and (self.gain_db is None or abs(wanted_db - self.gain_db) > NEAR_ENOUGH_DB):
            self.gain_db = wanted_db
            self.on_gain(first)

    async def glance(self) -> None:
        """A first look at a file, if there was none yet."""
        if self._seen is None and self.playing.source.is_file:
            seen = await _look(partial(glance, self.playing.source), self.memory.glancing)
            if seen is not None:
                self._learn(seen)

    async def run(self) -> None:
        """Look as often as it takes; may be asked for again whenever it has ended."""
        if self._busy or self._closed:
            return
        self._busy = True
        with trio.CancelScope() as self._scope:
            await self._hear_what_was_read()
            await self.glance()
            if self._seen is None or not self._seen.exact:
                await self._listen_to_all()
        self._busy = False

    async def _hear_what_was_read(self) -> None:
        self._let_listen()
        if self._seen is None:
            await _look(self.ear.catch_up, self.memory.glancing)
            self.listen()

    async def _listen_to_all(self) -> None:
        if not self.playing.source.is_file:
            return
        # Not the scope: that may only be asked on the event loop.
        job = partial(measure, self.playing.source, lambda: not self._closed)
        measured = await _look(job, self.memory.measuring)
        if measured is not None:
            self._learn(Glance(measured=measured, exact=True))

    @property
    def _wanted_db(self) -> float | None:
        if self.leveling is None:
            return None
        return 0.0 if self._seen is None else self.leveling.gain_db(self._seen.measured)
