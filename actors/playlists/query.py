"""A server's playlists where music is asked for: ``playlist: Road trip`` in ``play``, and its completion.

A `media.resolve.Source` that claims such words and gives the tracks of the playlist; they are opened by whom
they come from. People's own playlists are not found here, because a query does not say whose it is: for them
there is ``playlist load``.
"""

import logging
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from attrs import define

from actors.core.declare import Complete, Completion
from actors.core.ports import Store
from actors.playlists.book import Book
from actors.playlists.messages import Scope
from actors.playlists.outside import Shelf
from actors.playlists.state import match, suggest
from actors.playlists.tracks import Opener, parse_data
from actors.rest.payloads import Choice
from actors.store.errors import StoreError
from gateway_client.ids import GuildId, UserId
from media.errors import MediaError, MediaFailure
from media.resolution import Resolution, Whole
from media.tracks import Playable, Query, SourceKind, TextQuery, Track

log = logging.getLogger(__name__)

CHOICES = 25
OFFERED = 5
"""Playlists among the completions of ``play``, which belong to the library and the web too."""
_CALLED = re.compile(r"\s*playlist:\s*(\S.*)", re.IGNORECASE | re.DOTALL)
_NOBODY = UserId(0)


@define(eq=False)
class PlaylistSource:
    """Claims ``playlist: name``."""

    _store: Store | None = None
    _shelf: Shelf | None = None

    def equip(self, store: Store, shelf: Shelf) -> None:
        """Give what it reads, once; the library is there only when media has opened with its sources."""
        self._store, self._shelf = store, shelf

    @property
    def kinds(self) -> frozenset[SourceKind]:
        """It opens nothing itself."""
        return frozenset()

    def claims(self, query: Query, guild_id: GuildId) -> bool:
        """Words that name a playlist as such."""
        return isinstance(query, TextQuery) and _CALLED.fullmatch(query.text) is not None

    @asynccontextmanager
    async def stream(self, query: Query, guild_id: GuildId) -> AsyncGenerator[Resolution]:
        """The tracks of the one playlist that is meant; those that cannot be played are left out.

        Raises:
            MediaError: NOT_FOUND, AMBIGUOUS, or the disk.
        """
        called = _CALLED.fullmatch(query.text) if isinstance(query, TextQuery) else None
        if called is None or self._store is None or self._shelf is None:
            raise MediaError(kind=MediaFailure.NOT_FOUND)
        book = Book(self._store)
        try:
            heads = await book.heads(guild_id, _NOBODY)
            found = match(heads, called[1], Scope.SERVER)
            if len(found) > 1:
                raise MediaError(kind=MediaFailure.AMBIGUOUS, names=tuple(head.name for head in found))
            entries = [entry for head in found for entry in await book.entries(head.id)]
            kept = await Opener(self._shelf, guild_id).open(entries)
        except (StoreError, OSError) as error:
            raise MediaError(kind=MediaFailure.DISK, detail="a playlist cannot be read") from error
        tracks = [track for one in kept if (track := parse_data(one.data)) is not None]
        if not tracks:
            raise MediaError(kind=MediaFailure.NOT_FOUND)
        yield Whole(tracks=tracks, playlist_title=found[0].name, count=len(entries))

    async def open(self, track: Track, guild_id: GuildId | None, *, fresh: bool) -> Playable:
        """Nothing is of this source's kind.

        Raises:
            MediaError: always.
        """
        raise MediaError(kind=MediaFailure.NOT_FOUND)

    def complete(self, guild_id: GuildId, text: str) -> list[str]:
        """Names are in the store, where completion finds them itself."""
        return []


def with_playlists(complete: Complete | None, store: Store) -> Complete:
    """A completion of music that offers the server's playlists first, where some fit what is typed."""

    async def both(completion: Completion) -> list[Choice]:
        if completion.option != "query":
            return [] if complete is None else await complete(completion)
        words = completion.typed.strip()
        called = _CALLED.fullmatch(words)
        wanted = words if called is None else called[1]
        names = await _names_like(store, completion.facts.guild_id, wanted) if wanted else []
        names = names[: OFFERED if called is None else CHOICES]
        found = [Choice(f"🏠 {name}", f"playlist: {name}") for name in names]
        others = [] if complete is None or called is not None else await complete(completion)
        return [*found, *others][:CHOICES]

    return both


async def _names_like(store: Store, guild_id: GuildId, wanted: str) -> list[str]:
    """The server's names that fit; none while the store refuses, because the others still may."""
    try:
        return suggest(await Book(store).heads(guild_id, _NOBODY), wanted)
    except StoreError as error:
        log.warning("playlists cannot be offered", extra={"error": str(error)})
        return []
