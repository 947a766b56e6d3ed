"""The player's child tasks that find and open: they take as long as the web takes.

A few searches of one player run at a time; the others wait in the order of the calls, and are seen waiting.
Each runs beside the actor and brings its result back as a message. A list is brought part by part, the next
one only when the player has taken the last (``read_on``): nothing piles up in the mailbox, and the source
is read no faster than that. What takes too long counts as failed; an error of ``media`` is a result, any
other is a crash and the actor's.
"""

import logging
import math
from collections.abc import Callable
from functools import partial

import trio
from attrs import define, field, frozen

from actors.core.cell import Context
from actors.player.asks import ChosenSong, Known, Wanted
from actors.player.outside import Resolver
from actors.player.results import Found, NotFound, NotOpened, Offered, Opened, TitleHeard, Unsure
from actors.store.errors import StoreError
from media.choices import UnsureMatch
from media.errors import MediaError, MediaFailure
from media.resolution import Resolution, read_whole
from media.tracks import Playable, Query, TextQuery, Track
from voice.protocol import TrackKey

log = logging.getLogger(__name__)

SEARCH_S = 60.0
OPEN_S = 30.0
SEARCHES_AT_ONCE = 4
"""Enough that a slow one holds nobody up, and few enough that a burst is not a burst for the sites."""
EXPIRES_EARLY_S = 10.0
"""An address is given up before its time: the node needs a moment to connect."""


@frozen(kw_only=True)
class _Search:
    """A search that waits for its turn."""

    queries: tuple[Wanted, ...]
    picks: bool
    started: Callable[[], None]


@define(eq=False)
class Searches:
    """Running searches of one player, by request."""

    _context: Context
    _resolver: Resolver
    _scopes: dict[int, trio.CancelScope] = field(factory=dict[int, trio.CancelScope])
    _waiting: dict[int, _Search] = field(factory=dict[int, _Search])
    _taken: dict[int, trio.Event] = field(factory=dict[int, trio.Event])

    def resolve(
        self, request: int, queries: tuple[Wanted, ...], started: Callable[[], None], *, picks: bool
    ) -> None:
        """Search; ``started`` is called when it is its turn, and what was found comes back.

        ``picks``: the one query is words, and somebody shall pick.
        """
        self._waiting[request] = _Search(queries=queries, picks=picks, started=started)
        self._begin()

    def read_on(self, request: int) -> None:
        """The last part of a list was taken."""
        taken = self._taken.get(request)
        if taken is not None:
            taken.set()

    def give_up(self, request: int) -> None:
        """Nobody waits for this search any more."""
        self._waiting.pop(request, None)
        scope = self._scopes.pop(request, None)
        if scope is not None:
            scope.cancel()

    def open(self, key: TrackKey, track: Track, *, fresh: bool) -> None:
        """Open; ``Opened`` or ``NotOpened`` comes back, and then what a radio says it plays."""
        self._context.run(partial(self._open, key, track, fresh=fresh))

    def _begin(self) -> None:
        """Let those search whose turn it is, in the order of the calls."""
        while self._waiting and len(self._scopes) < SEARCHES_AT_ONCE:
            request = next(iter(self._waiting))
            search = self._waiting.pop(request)
            self._scopes[request] = self._context.run(partial(self._resolve, request, search))
            search.started()

    async def _resolve(self, request: int, search: _Search) -> None:
        try:
            await self._find(request, search)
        except MediaError as error:
            log.info("a search found nothing", extra={"guild": self._context.guild_id, "error": str(error)})
            self._context.tell_self(_nothing(request, search, error))
        except trio.TooSlowError:
            self._context.tell_self(NotFound(request=request, error=_too_slow()))
        finally:
            self._scopes.pop(request, None)
            self._taken.pop(request, None)
            self._begin()

    async def _find(self, request: int, search: _Search) -> None:
        only = search.queries[0] if len(search.queries) == 1 else None
        if search.picks and isinstance(only, TextQuery):
            with trio.fail_after(SEARCH_S):
                tracks = await self._resolver.search(only.text, self._context.guild_id)
            self._context.tell_self(Offered(request=request, tracks=tracks))
        elif only is not None and not isinstance(only, Known | ChosenSong):
            await self._stream(request, only)
        else:
            with trio.fail_after(SEARCH_S):
                parts = [await self._whole(wanted) for wanted in search.queries]
            tracks = tuple(track for part in parts for track in part.tracks)
            lost = sum(part.lost for part in parts)
            self._context.tell_self(Found(request=request, tracks=tracks, skipped=lost))

    async def _whole(self, wanted: Wanted) -> Known:
        if isinstance(wanted, Known):
            return wanted
        if isinstance(wanted, ChosenSong):
            return await self._choose(wanted)
        async with self._resolver.stream(wanted, self._context.guild_id) as resolution:
            resolved = await read_whole(resolution)
        return Known(tracks=resolved.tracks, lost=resolved.skipped)

    async def _choose(self, song: ChosenSong) -> Known:
        """Keep a choice; the song as it plays from now on."""
        try:
            track = await self._resolver.choose(song.track, self._context.guild_id, song.candidate)
        except StoreError as error:
            log.warning("a choice was not kept", extra={"guild": self._context.guild_id, "error": str(error)})
            raise MediaError(kind=MediaFailure.DISK) from error
        return Known(tracks=(track,))

    async def _stream(self, request: int, query: Query) -> None:
        """Bring what a query stands for, a list part by part."""
        with trio.CancelScope(deadline=trio.current_time() + SEARCH_S) as scope:
            async with self._resolver.stream(query, self._context.guild_id) as resolution:
                if resolution.playlist_title is None:
                    resolved = await read_whole(resolution)
                    self._context.tell_self(Found(request=request, tracks=resolved.tracks))
                else:
                    await self._read(request, resolution, scope)
        if not scope.cancelled_caught:
            return
        if request not in self._taken:
            raise trio.TooSlowError
        self._context.tell_self(Found(request=request, tracks=(), error=_too_slow()))

    async def _read(self, request: int, resolution: Resolution, scope: trio.CancelScope) -> None:
        error: MediaError | None = None
        title = resolution.playlist_title
        try:
            async for batch in resolution:
                taken = self._taken[request] = trio.Event()
                part = Found(
                    request=request,
                    tracks=batch.tracks,
                    playlist_title=title,
                    skipped=batch.skipped,
                    too_long=batch.too_long,
                    ended=False,
                )
                self._context.tell_self(part)
                scope.deadline = math.inf  # whoever takes it has all the time there is
                await taken.wait()
                scope.deadline = trio.current_time() + SEARCH_S
        except MediaError as broken:
            if request not in self._taken:
                raise
            log.info("a list broke off", extra={"guild": self._context.guild_id, "error": str(broken)})
            error = broken
        self._context.tell_self(
            Found(request=request, tracks=(), playlist_title=title, cut_off=resolution.cut_off, error=error)
        )

    async def _open(self, key: TrackKey, track: Track, *, fresh: bool) -> None:
        try:
            with trio.fail_after(OPEN_S):
                playable = await self._resolver.open(track, self._context.guild_id, fresh=fresh)
        except MediaError as error:
            log.info("a track cannot be opened", extra={"guild": self._context.guild_id, "error": str(error)})
            self._context.tell_self(NotOpened(key=key, error=error))
        except trio.TooSlowError:
            self._context.tell_self(NotOpened(key=key, error=_too_slow()))
        else:
            self._context.tell_self(Opened(key=key, playable=playable, good_until=self._good_until(playable)))
            self._resolver.on_title(playable, partial(self._hear_title, key))

    def _good_until(self, playable: Playable) -> float | None:
        if playable.expires_at is None:
            return None
        clock = self._context.ports.clock
        return clock.now() + (playable.expires_at - clock.at()).total_seconds() - EXPIRES_EARLY_S

    def _hear_title(self, key: TrackKey, title: str) -> None:
        self._context.tell_self(TitleHeard(key=key, title=title), f"title:{key[0]}:{key[1]}")


def _nothing(request: int, search: _Search, error: MediaError) -> NotFound | Unsure:
    """What a search is told that has failed; of several queries nobody could choose for one."""
    if not isinstance(error, UnsureMatch) or len(search.queries) != 1:
        return NotFound(request=request, error=error)
    limit_pct = error.limit or 0.0
    return Unsure(request=request, track=error.track, candidates=error.candidates, limit_pct=limit_pct)


def _too_slow() -> MediaError:
    return MediaError(kind=MediaFailure.TIMEOUT)
