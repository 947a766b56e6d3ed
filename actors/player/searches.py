"""The player's child tasks: searching and opening, which take as long as the web takes.

A few searches of one player run at a time; the others wait in the order of the calls, and are seen waiting.
Each runs beside the actor and brings its result back as a message. What takes too long counts as failed; an
error of ``media`` is a result, any other is a crash and the actor's.
"""

import logging
from collections.abc import Callable
from functools import partial

import trio
from attrs import define, field, frozen

from actors.core.cell import Context
from actors.player.messages import Found, NotFound, NotOpened, Opened, TrackKey
from actors.player.outside import Resolver
from gateway_client.ids import GuildId
from media.errors import MediaError, MediaFailure
from media.tracks import Query, Resolved, Track

log = logging.getLogger(__name__)

SEARCH_S = 60.0
OPEN_S = 30.0
SEARCHES_AT_ONCE = 4
"""Enough that a slow one holds nobody up, and few enough that a burst is not a burst for the sites."""


@frozen(kw_only=True)
class _Search:
    """A search that waits for its turn."""

    queries: tuple[Query, ...]
    started: Callable[[], None]


@define(eq=False)
class Searches:
    """Running searches of one player, by request."""

    _context: Context
    _resolver: Resolver
    _scopes: dict[int, trio.CancelScope] = field(factory=dict[int, trio.CancelScope])
    _waiting: dict[int, _Search] = field(factory=dict[int, _Search])

    def resolve(self, request: int, queries: tuple[Query, ...], started: Callable[[], None]) -> None:
        """Search; ``started`` is called when it is its turn, and ``Found`` or ``NotFound`` comes back."""
        self._waiting[request] = _Search(queries=queries, started=started)
        self._begin()

    def give_up(self, request: int) -> None:
        """Nobody waits for this search any more."""
        self._waiting.pop(request, None)
        scope = self._scopes.pop(request, None)
        if scope is not None:
            scope.cancel()

    def _begin(self) -> None:
        """Let those search whose turn it is, in the order of the calls."""
        while self._waiting and len(self._scopes) < SEARCHES_AT_ONCE:
            request = next(iter(self._waiting))
            search = self._waiting.pop(request)
            self._scopes[request] = self._context.run(partial(self._resolve, request, search.queries))
            search.started()

    def open(self, key: TrackKey, track: Track) -> None:
        """Open; ``Opened`` or ``NotOpened`` comes back."""
        self._context.run(partial(self._open, key, track))

    async def _resolve(self, request: int, queries: tuple[Query, ...]) -> None:
        try:
            with trio.fail_after(SEARCH_S):
                found = [await self._resolver.resolve(query, self._guild_id) for query in queries]
            self._context.tell_self(_joined(request, found))
        except MediaError as error:
            log.info("a search found nothing", extra={"guild": self._guild_id, "error": str(error)})
            self._context.tell_self(NotFound(request=request, error=error))
        except trio.TooSlowError:
            self._context.tell_self(NotFound(request=request, error=_too_slow()))
        finally:
            self._scopes.pop(request, None)
            self._begin()

    async def _open(self, key: TrackKey, track: Track) -> None:
        try:
            with trio.fail_after(OPEN_S):
                playable = await self._resolver.open(track)
            self._context.tell_self(Opened(key=key, playable=playable))
        except MediaError as error:
            log.info("a track cannot be opened", extra={"guild": self._guild_id, "error": str(error)})
            self._context.tell_self(NotOpened(key=key, error=error))
        except trio.TooSlowError:
            self._context.tell_self(NotOpened(key=key, error=_too_slow()))

    @property
    def _guild_id(self) -> GuildId:
        return GuildId(self._context.address.key)


def _joined(request: int, found: list[Resolved]) -> Found:
    tracks = tuple(track for resolved in found for track in resolved.tracks)
    title = found[0].playlist_title if len(found) == 1 else None
    return Found(request=request, tracks=tracks, playlist_title=title)


def _too_slow() -> MediaError:
    return MediaError(kind=MediaFailure.TIMEOUT)
