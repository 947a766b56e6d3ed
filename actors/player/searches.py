"""The player's child tasks: searching and opening, which take as long as the web takes.

Each runs beside the actor and brings its result back as a message. What takes too long counts as failed; an
error of ``media`` is a result, any other is a crash and the actor's.
"""

import logging
from functools import partial

import trio
from attrs import define, field

from actors.core.cell import Context
from actors.player.messages import Found, NotFound, NotOpened, Opened, TrackKey
from actors.player.outside import Resolver
from gateway_client.ids import GuildId
from media.errors import MediaError, MediaFailure
from media.tracks import Query, Resolved, Track

log = logging.getLogger(__name__)

SEARCH_S = 60.0
OPEN_S = 30.0


@define(eq=False)
class Searches:
    """Running searches of one player, by request."""

    _context: Context
    _resolver: Resolver
    _scopes: dict[int, trio.CancelScope] = field(factory=dict[int, trio.CancelScope])

    def resolve(self, request: int, queries: tuple[Query, ...]) -> None:
        """Search; ``Found`` or ``NotFound`` comes back."""
        self._scopes[request] = self._context.run(partial(self._resolve, request, queries))

    def give_up(self, request: int) -> None:
        """Nobody waits for this search any more."""
        scope = self._scopes.pop(request, None)
        if scope is not None:
            scope.cancel()

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
