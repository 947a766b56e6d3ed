"""What a query stands for, as it comes in: one track at once, or a playlist in batches.

A `Resolution` is read like this, and closes itself when the ``async with`` ends, whatever is still to come::

    async with resolver.stream(query, guild_id) as resolution:
        async for batch in resolution:
            ...

Rules: the first batch holds the first track that can be played, alone, as soon as it is known; later ones
hold up to `BATCH` tracks. Nothing is read ahead of the reader but one batch, so whoever takes its time
slows the source down (back-pressure). What cannot be played is counted in the batch in whose place it
stood, and the last batch may hold counts only. No more than `Intake.most` tracks are taken; then
``cut_off`` is set.

Failure modes: nothing to play at all raises `MediaError` when the first batch is asked for, or on entering; a
source that breaks off later raises from the iteration, and what came before stays valid.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from typing import Protocol

from attrs import define, field, frozen

from media.errors import MediaError, MediaFailure
from media.tracks import Resolved, Track

BATCH = 25
MOST = 1000  # tracks of one playlist


@frozen(kw_only=True)
class Batch:
    """Some tracks in their order, and how many entries between them were left out.

    Attributes:
        skipped: could not be played.
        too_long: over the guild's limit.
    """

    tracks: tuple[Track, ...] = ()
    skipped: int = 0
    too_long: int = 0


class Resolution(Protocol):
    """A query's tracks as they come in.

    Attributes:
        playlist_title: None for a single track.
        count: how many entries there are, where the source says so.
        cut_off: not everything is taken; final once the iteration has ended.
    """

    playlist_title: str | None
    count: int | None
    cut_off: bool

    def __aiter__(self) -> AsyncIterator[Batch]:
        """The batches; to be walked once."""
        ...


@define(eq=False, kw_only=True)
class Whole:
    """A `Resolution` that is there at once."""

    tracks: Sequence[Track]
    playlist_title: str | None = None
    count: int | None = None
    cut_off: bool = False
    _given: bool = field(default=False, init=False)

    def __aiter__(self) -> "Whole":
        """Itself."""
        return self

    async def __anext__(self) -> Batch:
        """One batch."""
        if self._given:
            raise StopAsyncIteration
        self._given = True
        return Batch(tracks=tuple(self.tracks))

    async def aclose(self) -> None:
        """Nothing is open."""


async def read_whole(resolution: Resolution) -> Resolved:
    """Everything of a resolution, in one value."""
    tracks: list[Track] = []
    skipped = too_long = 0
    async for batch in resolution:
        tracks += batch.tracks
        skipped += batch.skipped
        too_long += batch.too_long
    return Resolved(
        tracks=tuple(tracks),
        playlist_title=resolution.playlist_title,
        skipped=skipped,
        too_long=too_long,
        cut_off=resolution.cut_off,
    )


@define(kw_only=True)
class Intake:
    """Sorts a playlist's entries into batches: a machine without I/O.

    Attributes:
        limit_s: longest track, None for no limit.
        most: tracks that are taken.
    """

    limit_s: float | None = None
    most: int = MOST
    taken: int = 0
    _waiting: list[Track] = field(factory=list[Track], init=False)
    _skipped: int = field(default=0, init=False)
    _too_long: int = field(default=0, init=False)

    @property
    def is_full(self) -> bool:
        """No more is taken."""
        return self.taken >= self.most

    def put(self, track: Track | None) -> Batch | None:
        """Take an entry, None for one that cannot be played; the batch that it completes."""
        if track is None:
            self._skipped += 1
        elif self.limit_s is not None and not track.live and (track.duration_s or 0.0) > self.limit_s:
            self._too_long += 1
        else:
            self._waiting.append(track)
            self.taken += 1
        is_first = self.taken == 1 and len(self._waiting) == 1
        return self._cut() if is_first or len(self._waiting) >= BATCH else None

    def end(self, failure: Callable[[], MediaError] | None = None) -> Batch | None:
        """The rest, None if there is none.

        Raises:
            MediaError: nothing of it can be played: ``TOO_LONG`` if length was the only reason, else what
                ``failure`` makes, or ``NOT_FOUND``.
        """
        if self.taken == 0:
            raise self._nothing(failure)
        return self._cut() if self._waiting or self._skipped or self._too_long else None

    def _cut(self) -> Batch:
        batch = Batch(tracks=tuple(self._waiting), skipped=self._skipped, too_long=self._too_long)
        self._waiting, self._skipped, self._too_long = [], 0, 0
        return batch

    def _nothing(self, failure: Callable[[], MediaError] | None) -> MediaError:
        if self._too_long and not self._skipped:
            return MediaError(kind=MediaFailure.TOO_LONG, limit=self.limit_s)
        return failure() if failure is not None else MediaError(kind=MediaFailure.NOT_FOUND, detail="empty")


@define(eq=False, kw_only=True)
class Streamed:
    """A playlist as a `Resolution`: pulls entries only as fast as its batches are taken.

    ``entries`` gives tracks in their order, None for one that cannot be played, and raises `MediaError` where
    reading breaks off: what was read until then comes first. Whoever makes one closes it.
    """

    playlist_title: str | None
    count: int | None = None
    cut_off: bool = False
    entries: AsyncGenerator[Track | None]
    intake: Intake
    _is_read: bool = field(default=False, init=False)
    _is_told: bool = field(default=False, init=False)
    _broken: MediaError | None = field(default=None, init=False)

    def __aiter__(self) -> "Streamed":
        """Itself."""
        return self

    async def __anext__(self) -> Batch:
        """The first track alone, then batches."""
        while not self._is_read:
            batch = await self._read()
            if batch is not None:
                return batch
        rest = None if self._is_told else self.intake.end()
        self._is_told = True
        if rest is not None:
            return rest
        if self._broken is not None:
            broken, self._broken = self._broken, None
            raise broken
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Read no further."""
        self._is_read = self._is_told = True
        await self.entries.aclose()

    async def _read(self) -> Batch | None:
        """Take one entry; the batch that it completes."""
        try:
            track = await anext(self.entries)
        except StopAsyncIteration:
            self._is_read = True
            return None
        except MediaError as error:
            self._is_read = True
            if not self.intake.taken:
                self._is_told = True
                raise
            self._broken = error
            return None
        batch = self.intake.put(track)
        self._is_read = self.intake.is_full
        self.cut_off = self.cut_off or self.intake.is_full
        return batch
