"""Library names as a source of tracks.

Where words can be searched for elsewhere, it claims only texts that are a whole name (``only_exact``). Where
they cannot, it is the last of the sources and claims every text, since anything may be a part of a name, and
says ``NO_MATCH`` when it is none.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from attrs import define

from gateway_client.ids import GuildId
from media.errors import MediaError, MediaFailure
from media.library import Library
from media.names import exact_names
from media.resolution import Resolution, Whole
from media.tracks import Playable, Query, SourceKind, TextQuery, Track


@define(eq=False)
class LibrarySource:
    """A `media.resolve.Source` for the files of a guild."""

    library: Library
    only_exact: bool = False

    @property
    def kinds(self) -> frozenset[SourceKind]:
        """Library files."""
        return frozenset({SourceKind.LIBRARY})

    def claims(self, query: Query, guild_id: GuildId) -> bool:
        """Every text, or every whole name."""
        if not isinstance(query, TextQuery):
            return False
        return not self.only_exact or bool(exact_names(self.library.names(guild_id), query.text))

    @asynccontextmanager
    async def stream(self, query: Query, guild_id: GuildId) -> AsyncGenerator[Resolution]:
        """The track of the one name that is meant.

        Raises:
            MediaError: NO_MATCH, AMBIGUOUS, TOO_LONG, or the file cannot be played.
        """
        if not isinstance(query, TextQuery):
            raise MediaError(kind=MediaFailure.NO_MATCH)
        track = await self.library.track(guild_id, self.library.find(guild_id, query.text))
        self.library.looker.check_length(guild_id, track.duration_s)
        yield Whole(tracks=(track,))

    async def open(self, track: Track, guild_id: GuildId | None, *, fresh: bool) -> Playable:
        """The file behind a track.

        Raises:
            MediaError: ``NOT_FOUND``: it was removed.
        """
        guild, _, name = track.locator.partition("/")
        if not guild.isascii() or not guild.isdigit():
            raise MediaError(kind=MediaFailure.NOT_FOUND)
        try:
            path = self.library.path(GuildId(int(guild)), name)
        except MediaError:
            renamed = self.library.find_key(GuildId(int(guild)), track.key)
            if renamed is None:
                raise
            path = renamed
        return Playable(location=str(path), is_file=True)

    def complete(self, guild_id: GuildId, text: str) -> list[str]:
        """Matching names, those that begin with the text first; all without a text."""
        wanted = text.strip().casefold()
        names = [name for name in self.library.names(guild_id) if wanted in name.casefold()]
        return sorted(names, key=lambda name: not name.casefold().startswith(wanted))
