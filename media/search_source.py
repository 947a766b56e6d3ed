"""Words: what the library has, then what YouTube finds.

The picker gets both; where nobody can pick (`SearchSource.stream`), the best find plays, and the library's
only match where nothing is found. A library name that is meant exactly never comes here
(`media.library_source`).
"""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from attrs import define

from gateway_client.ids import GuildId
from media.errors import MediaError, MediaFailure
from media.extractor.contract import Extractor
from media.extractor.failures import ExtractionFailed
from media.library import Library
from media.resolution import Resolution, Whole
from media.site_values import to_error, to_lazy_track
from media.tracks import Playable, Query, SourceKind, TextQuery, Track

FROM_LIBRARY = 2  # of a picker's five
MORE = 3  # asked for besides, since some are too long
_log = logging.getLogger(__name__)


@define(eq=False)
class SearchSource:
    """A `media.resolve.Searcher`."""

    extractor: Extractor
    library: Library

    @property
    def kinds(self) -> frozenset[SourceKind]:
        """None: what is found belongs to others."""
        return frozenset()

    def claims(self, query: Query, guild_id: GuildId) -> bool:
        """Every text that nobody before claimed."""
        return isinstance(query, TextQuery) and bool(query.text.strip())

    @asynccontextmanager
    async def stream(self, query: Query, guild_id: GuildId) -> AsyncGenerator[Resolution]:
        """The best find.

        Raises:
            MediaError: ``NO_MATCH``, or YouTube cannot be asked.
        """
        if not isinstance(query, TextQuery):
            raise MediaError(kind=MediaFailure.NO_MATCH)
        tracks = await self._in_youtube(query.text, guild_id, 1) or await self._in_library(
            query.text, guild_id, 1
        )
        if not tracks:
            raise MediaError(kind=MediaFailure.NO_MATCH)
        yield Whole(tracks=tracks)

    async def search(self, words: str, guild_id: GuildId, count: int) -> tuple[Track, ...]:
        """The library's matches, then YouTube's; what is too long here is left out.

        Raises:
            MediaError: YouTube cannot be asked, and the library has nothing.
        """
        own = await self._in_library(words, guild_id, min(FROM_LIBRARY, count))
        try:
            return own + await self._in_youtube(words, guild_id, count - len(own))
        except MediaError as error:
            if not own:
                raise
            _log.warning("YouTube cannot be searched, only the library is offered: %s", error)
            return own

    async def open(self, track: Track, guild_id: GuildId | None, *, fresh: bool) -> Playable:
        """Nothing is opened here.

        Raises:
            MediaError: always.
        """
        raise MediaError(kind=MediaFailure.UNSUPPORTED_SITE)

    def complete(self, guild_id: GuildId, text: str) -> list[str]:
        """`media.suggest` asks the web."""
        return []

    async def _in_youtube(self, words: str, guild_id: GuildId, count: int) -> tuple[Track, ...]:
        limit_s = self.library.looker.max_duration_s(guild_id)
        try:
            found = await self.extractor.search(words, count + MORE)
        except ExtractionFailed as error:
            # yt-dlp repeats what it searched for, and no log shall know what people write.
            quiet = ExtractionFailed(error.kind, error.detail.replace(words, "…"))
            raise to_error(quiet) from error
        tracks = [to_lazy_track(entry) for entry in found if entry.available]
        return tuple(
            [track for track in tracks if limit_s is None or (track.duration_s or 0.0) <= limit_s][:count]
        )

    async def _in_library(self, words: str, guild_id: GuildId, count: int) -> tuple[Track, ...]:
        tracks: list[Track] = []
        for name in self.library.match(guild_id, words)[:count]:
            try:
                track = await self.library.track(guild_id, name)
                self.library.looker.check_length(guild_id, track.duration_s)
            except MediaError as error:
                _log.info("a file of the library is no find: %s", error)
            else:
                tracks.append(track)
        return tuple(tracks)
