"""Tracks kept on disk, so that they play again without the web, also after a restart; shared by all guilds.

What may change behind its key is put here with its version only; the caller knows, and asks before playing it
(`media.validators`). A track comes in by one of three
ways, each of which reads it once, for its first player too:

- `grow` fetches a file whose link may end before it is played, and lets it be read meanwhile
  (`media.growing`).
- `keep_what_passes` collects one file of a known size while it is played (`media.keeping`), or else
- lets the node write what it reads in pieces to a place that is named here (`Place`). The node says whether
  it read from the beginning to the end without a hole; whether the servers gave all they announced, the
  witness of the job's answers does (`media.witness`). Only if both say so, the file gets its name.

A file appears under its name only when it is whole and synced (`media.cache_files`); a crash leaves halves,
removed at the next start. Failures of all three are logged once: a track that is not in the cache plays from
where it is.
"""

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import trio
from attrs import Factory, define, field, frozen

from media.cache_files import WHOLE, CacheFiles
from media.errors import MediaError
from media.growing import Growing
from media.guard import Guard
from media.guard_job import Job
from media.keeping import Keeper
from media.tracks import Place, Track
from media.version import Version
from media.witness import Witness, watch

KEPT_S = 600.0  # longer tracks are not kept, seconds
MOST_GROWING = 8  # files on their way at once
SHORTER_S = 2.0  # what a page says of a track's length may be so much more than its sound lasts,
SHORTER = 0.02  # or this share
_log = logging.getLogger(__name__)


@frozen(kw_only=True)
class CacheFigures:
    """How the cache is doing.

    Attributes:
        tracks: that lie there.
        bytes: of everything that lies there.
        max_bytes: its bound; 0 for no cache.
        found: tracks played from it since the start.
        missed: tracks that were looked for and had to be fetched.
    """

    tracks: int
    bytes: int
    max_bytes: int
    found: int
    missed: int


async def _tell_nobody(track: Track, version: Version | None) -> None:
    await trio.lowlevel.checkpoint()


@define(eq=False)
class _Way:
    """A file on its way into the cache."""

    growing: Growing
    is_wanted: trio.Event = Factory(trio.Event)
    scope: trio.CancelScope = Factory(trio.CancelScope)


@define(eq=False)
class Cache:
    """The kept files.

    Attributes:
        folder: made when first needed.
        max_bytes: of all files together; 0 keeps nothing.
        max_s: longer tracks are not kept, seconds.
        on_kept: told of each track that was kept while it was played, and of its version.
    """

    folder: Path
    max_bytes: int
    guard: Guard
    nursery: trio.Nursery
    max_s: float = KEPT_S
    on_kept: Callable[[Track, Version | None], Awaitable[None]] = _tell_nobody
    files: CacheFiles = field(init=False)
    _found: int = field(default=0, init=False)
    _missed: int = field(default=0, init=False)
    _growing: dict[str, _Way] = field(factory=dict[str, _Way], init=False)
    _read: set[Growing] = field(factory=set[Growing], init=False)
    _passing: dict[str, Keeper] = field(factory=dict[str, Keeper], init=False)
    _settling: dict[trio.Event, str] = field(factory=dict[trio.Event, str], init=False)
    _keepers: set[Keeper] = field(factory=set[Keeper], init=False)
    _naming: trio.Lock = field(factory=trio.Lock, init=False)

    def __attrs_post_init__(self) -> None:
        self.files = CacheFiles(self.folder, self.max_bytes)

    async def find(self, key: str) -> Path | None:
        """The whole file of a track that is about to be played, as used now; None if it is not kept."""
        await self.settled(key)
        path = self.files.find(key)
        if path is None:
            self._missed += 1
        else:
            self._found += 1
        return path

    async def settled(self, key: str) -> None:
        """Wait while a track that was read just now gets its name."""
        for event in [event for event, other in self._settling.items() if other == key]:
            await event.wait()

    async def figures(self) -> CacheFigures:
        """How it is doing."""
        stock = await trio.to_thread.run_sync(self.files.stock)
        return CacheFigures(
            tracks=stock.tracks,
            bytes=stock.bytes,
            max_bytes=self.max_bytes,
            found=self._found,
            missed=self._missed,
        )

    def wants(self, track: Track) -> bool:
        """Whether a track is short enough to be kept, and known to be."""
        return bool(self.max_bytes) and not track.live and 0.0 < (track.duration_s or 0.0) <= self.max_s

    def grow(self, key: str, url: str, size: int | None = None) -> Growing | None:
        """Fetch a file, to be read while it comes; it is kept only once somebody says `keep`.

        Args:
            key: of the track.
            url: what it is fetched from.
            size: bytes, where known.

        Returns:
            None if it is there already, too large, or too many are on their way.
        """
        known = self.growing(key)
        if known is not None:
            return known
        is_too_much = (size or 0) > self.files.largest or len(self._growing) >= MOST_GROWING
        if not self.max_bytes or is_too_much or self.files.find(key) is not None or not self._has_space():
            return None
        growing = Growing(url=url, part=self.files.new_part(key), max_bytes=self.files.largest)
        way = self._growing[key] = _Way(growing)
        self._read = {other for other in self._read if not other.is_closed} | {growing}
        self.nursery.start_soon(self._grow, key, way)
        return growing

    def growing(self, key: str) -> Growing | None:
        """What is on its way, if it is."""
        way = self._growing.get(key)
        return None if way is None else way.growing

    def keep(self, key: str) -> None:
        """What is on its way is a track worth keeping."""
        if key in self._growing:
            self._growing[key].is_wanted.set()
            self._growing[key].growing.want()

    def drop(self, key: str) -> None:
        """What is on its way is not, unless somebody else has said that it is."""
        way = self._growing.get(key)
        if way is not None and not way.is_wanted.is_set():
            way.scope.cancel()

    def keep_what_passes(
        self, track: Track, job: Job, url: str, size: int | None = None, *, may_change: bool = False
    ) -> Place | None:
        """Keep a short track that is about to be played under this job, if it is played to its end.

        Args:
            track: what plays; of several at the same time each writes its own, and the last one whole stays.
            job: its answers are pieces of one file, or else of the one track.
            url: of the sound; whoever plays the same reads what has come already.
            size: bytes, where known.
            may_change: its link may serve something else another time, so it is kept only with its version.

        Returns:
            Where the node may keep what only it can put together; None for nowhere.
        """
        if not self.wants(track) or (size or 0) > self.files.largest or not self._has_space():
            return None
        part = self.files.new_part(track.key)
        keeper = Keeper(
            part=part,
            whole=self.files.path_of(track.key),
            max_bytes=self.files.largest,
            start=self.nursery.start_soon,
            may_change=may_change,
            done=partial(self._finish_soon, track),
        )
        self._keepers = {other for other in self._keepers if not other.is_over} | {keeper}
        known = self._passing.get(url)
        job.stored = keeper if known is None or known.is_over else known
        self._passing = {url: keeper} | {url: one for url, one in self._passing.items() if not one.is_over}
        witness, place = watch(job, keeper.tap), None if may_change else self._place(track)
        job.at_end.append(keeper.end)
        job.at_end.append(partial(self._settle_soon, track, job, keeper, witness, place))
        return place

    def close(self) -> None:
        """Let go of what is half there; called once, when nothing passes any more."""
        while self._keepers:
            self._keepers.pop().give_up()
        while self._read:
            self._read.pop().close()

    def clean_up(self) -> None:
        """Remove what a crash left behind and what has no room any more; called once, at the start."""
        self.files.clean_up()

    def _has_space(self) -> bool:
        has_space = self.files.has_space
        if not has_space:
            _log.warning("a track is not kept: the disk is almost full")
        return has_space

    def _place(self, track: Track) -> Place:
        part, duration_s = self.files.new_part(track.key), track.duration_s or 0.0
        with suppress(OSError):  # then the node finds no place, and says so
            self.folder.mkdir(parents=True, exist_ok=True)
        return Place(
            part=str(part),
            whole=str(part.with_suffix(WHOLE)),
            max_bytes=self.files.largest,
            least_s=max(0.0, duration_s - max(SHORTER_S, duration_s * SHORTER)),
        )

    def _finish_soon(self, track: Track, keeper: Keeper) -> None:
        self.nursery.start_soon(self._finish, track, keeper)

    async def _finish(self, track: Track, keeper: Keeper) -> None:
        """Give a collected file its name; whoever plays it on gets it from there."""
        try:
            await trio.to_thread.run_sync(keeper.seal)
            await self._name(keeper.part, track, keeper.version)
        except OSError as error:
            _log.warning("a track is not kept: %s", error.strerror)
        finally:
            keeper.let_go()
            _remove(keeper.part)

    def _settle_soon(
        self, track: Track, job: Job, keeper: Keeper, witness: Witness, place: Place | None
    ) -> None:
        """A track was read: whoever plays it next waits until it is clear what comes of that."""
        is_whole = place is not None and not witness.is_torn and job.denial is None
        settled = trio.Event()
        self._settling[settled] = track.key
        self.nursery.start_soon(self._settle, track, keeper, place if is_whole else None, settled)
        if place is not None and not is_whole:
            _remove(Path(place.part))
            _remove(Path(place.whole))

    async def _settle(self, track: Track, keeper: Keeper, place: Place | None, settled: trio.Event) -> None:
        """What the node wrote gets its name, if it is the whole; otherwise nothing of it is left."""
        try:
            await keeper.settled.wait()
            if place is not None and await trio.to_thread.run_sync(Path(place.whole).exists):
                await self._name(Path(place.whole), track, None)
        except OSError as error:
            _log.warning("a track is not kept: %s", error.strerror)
        finally:
            settled.set()
            del self._settling[settled]
            if place is not None:
                _remove(Path(place.part))
                _remove(Path(place.whole))

    async def _grow(self, key: str, way: _Way) -> None:
        growing = way.growing
        try:
            with way.scope:
                await growing.run(self.guard)
                await way.is_wanted.wait()
                async with self._naming:
                    name = partial(self.files.name, key=key)
                    await trio.to_thread.run_sync(growing.settle, name)
                _log.info("kept a track")
        except MediaError as error:
            _log.info("a track is not kept: %s", error)
        except OSError as error:
            _log.warning("a track is not kept: %s", error.strerror)
        finally:
            del self._growing[key]
            growing.forget()
            _remove(growing.part)

    async def _name(self, part: Path, track: Track, version: Version | None) -> None:
        async with self._naming:
            await trio.to_thread.run_sync(self.files.name, part, track.key)
        _log.info("kept a track that was played")
        await self.on_kept(track, version)


def _remove(path: Path) -> None:
    with suppress(OSError):  # Windows: somebody reads it; the next start removes it
        path.unlink(missing_ok=True)
