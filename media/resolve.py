"""The way into this room: query → tracks, track → playable.

A `Source` is one way to find and open sound. The resolver asks its sources in their order and takes the
first that claims a query; later sources (sites, music services) are put in front of the general ones. The
last source claims everything that is left and says why there is nothing.

The player keeps tracks. It calls `Resolver.open` right before playing and `Resolver.release` when the node
has let go of the playable, since that ends the guard's job behind it.

Words that are neither a link nor the name of a library file are searched for: `Resolver.is_search` tells them
apart without looking further than memory and disk, `Resolver.search` gives what a picker shows.

Fails with `MediaError` only, apart from cancellation.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from attrs import evolve, frozen

from gateway_client.ids import GuildId
from media.choices import Candidate
from media.errors import MediaError, MediaFailure
from media.loudness import LoudnessMemory
from media.resolution import Resolution, read_whole
from media.tracks import Loudness, Playable, Query, Resolved, SourceKind, TextQuery, Track

RESULTS = 5


class Source(Protocol):
    """One way to find and open sound."""

    @property
    def kinds(self) -> frozenset[SourceKind]:
        """The kinds of track that this source makes and opens."""
        ...

    def claims(self, query: Query, guild_id: GuildId) -> bool:
        """Whether this source answers the query; looks at the query only (no network)."""
        ...

    def stream(self, query: Query, guild_id: GuildId) -> AbstractAsyncContextManager[Resolution]:
        """Find the tracks; see `media.resolution`.

        Raises:
            MediaError: there is nothing to play.
        """
        ...

    async def open(self, track: Track, guild_id: GuildId | None, *, fresh: bool) -> Playable:
        """Make the track playable now.

        Raises:
            MediaError: it cannot be played any more.
        """
        ...

    def complete(self, guild_id: GuildId, text: str) -> list[str]:
        """Names for autocomplete, best first; memory and disk only."""
        ...


class Searcher(Source, Protocol):
    """The source that claims words which are neither a link nor a library name."""

    async def search(self, words: str, guild_id: GuildId, count: int) -> tuple[Track, ...]:
        """What the words may mean, best first, at most ``count``; empty if nothing is found.

        Raises:
            MediaError: it cannot be asked.
        """
        ...


class Matcher(Protocol):
    """Finds the videos that may be a song of a music service."""

    async def candidates(self, track: Track, guild_id: GuildId) -> tuple[Candidate, ...]:
        """What may be the song, surest first.

        Raises:
            MediaError: it cannot be asked.
        """
        ...

    async def choose(self, track: Track, guild_id: GuildId, chosen: Candidate) -> Track:
        """Remember what a person chose; the track as it plays from now on."""
        ...


class Sites(Protocol):
    """Finds what fits to a track, and takes its time to start."""

    def prepare(self, text: str) -> None:
        """Somebody types this and will ask for it soon; cheap."""
        ...

    async def related(self, track: Track, guild_id: GuildId, count: int) -> tuple[Track, ...]:
        """What could come after it, at most ``count``; empty where nobody knows.

        Raises:
            MediaError: it cannot be asked.
        """
        ...


class Jobs(Protocol):
    """What the resolver needs of the guard: the life of the credentials in playables."""

    def end(self, proxy_url: str) -> None:
        """Revoke a job and cut its connections; unknown ones are fine."""
        ...

    def failure(self, proxy_url: str) -> MediaError | None:
        """Why the guard last refused something of this job, if it did."""
        ...


class Titles(Protocol):
    """Who hears what a radio says it plays."""

    def listen(self, proxy_url: str, hear: Callable[[str], None]) -> None:
        """Call ``hear`` with every new title while the job lives, and at once with one already known."""
        ...


@frozen(kw_only=True)
class Resolver:
    """The ordered sources of this bot."""

    sources: Sequence[Source]
    jobs: Jobs
    titles: Titles | None = None
    loudness: LoudnessMemory | None = None
    searcher: Searcher | None = None
    matcher: Matcher | None = None
    sites: Sites | None = None

    @asynccontextmanager
    async def stream(self, query: Query, guild_id: GuildId) -> AsyncGenerator[Resolution]:
        """Find what a query stands for, as it comes in; see `media.resolution`.

        Raises:
            MediaError: there is nothing to play, and why.
        """
        async with self._source_of(query, guild_id).stream(query, guild_id) as resolution:
            yield resolution

    async def resolve(self, query: Query, guild_id: GuildId) -> Resolved:
        """Find what a query stands for, all of it.

        Raises:
            MediaError: there is nothing to play, and why.
        """
        async with self.stream(query, guild_id) as resolution:
            return await read_whole(resolution)

    def is_search(self, query: Query, guild_id: GuildId) -> bool:
        """Whether a query is words to search for, so that a person has to pick; memory and disk only."""
        if self.searcher is None or not isinstance(query, TextQuery):
            return False
        return bool(query.text.strip()) and self._source_of(query, guild_id) is self.searcher

    async def search(self, words: str, guild_id: GuildId, count: int = RESULTS) -> tuple[Track, ...]:
        """What words may mean, for a picker: at most ``count`` tracks, best first.

        Raises:
            MediaError: ``NO_MATCH``, or it cannot be asked.
        """
        found = () if self.searcher is None else await self.searcher.search(words, guild_id, count)
        if not found:
            raise MediaError(kind=MediaFailure.NO_MATCH)
        return found

    async def candidates(self, track: Track, guild_id: GuildId) -> tuple[Candidate, ...]:
        """What else a matched track may be, surest first; empty for tracks that need no match.

        Raises:
            MediaError: it cannot be asked.
        """
        if self.matcher is None or not track.source.is_matched:
            return ()
        return await self.matcher.candidates(track, guild_id)

    async def choose(self, track: Track, guild_id: GuildId, chosen: Candidate) -> Track:
        """Say that a matched track is this video, from now on in this guild.

        Returns:
            The track as it plays now: opened anew, it is the chosen one.
        """
        if self.matcher is None or not track.source.is_matched:
            return track
        return await self.matcher.choose(track, guild_id, chosen)

    def prepare(self, text: str) -> None:
        """Somebody types this, which nobody here knows, and will ask for it soon: start what takes time."""
        if self.sites is not None:
            self.sites.prepare(text)

    async def related(self, track: Track, guild_id: GuildId, count: int = 10) -> tuple[Track, ...]:
        """What could be played after a track, without the track itself; empty where nobody knows.

        Raises:
            MediaError: it cannot be asked.
        """
        return () if self.sites is None else await self.sites.related(track, guild_id, count)

    async def open(self, track: Track, guild_id: GuildId | None = None, *, fresh: bool = False) -> Playable:
        """Make a track playable; call it right before playing, and `release` afterwards.

        Args:
            track: what is queued.
            guild_id: where it plays, for choices of that guild.
            fresh: do not use an address that was found before (`Playable.renewable`).

        Raises:
            MediaError: it cannot be played any more.
        """
        for source in self.sources:
            if track.source in source.kinds:
                playable = await source.open(track, guild_id, fresh=fresh)
                return playable if self.loudness is None else await self._with_loudness(track, playable)
        raise MediaError(kind=MediaFailure.UNSUPPORTED_SITE, detail=f"no source for {track.source}")

    async def remember_loudness(self, track: Track, measured: Loudness) -> None:
        """Keep what the node measured of a whole track, for every guild that plays it."""
        if self.loudness is not None:
            await self.loudness.remember(track, measured)

    def release(self, playable: Playable) -> None:
        """End the guard's job of a playable; calling it twice is fine."""
        if playable.proxy is not None:
            self.jobs.end(playable.proxy)

    def failure(self, playable: Playable) -> MediaError | None:
        """What the guard refused while this playable was read; asked when the node says it failed."""
        return None if playable.proxy is None else self.jobs.failure(playable.proxy)

    def on_title(self, playable: Playable, hear: Callable[[str], None]) -> None:
        """Hear of the titles that a radio names (ICY), until the playable is released.

        Args:
            playable: what plays; others than radios name nothing.
            hear: called synchronously with each new title, not escaped, never twice in a row with the same.
        """
        if self.titles is not None and playable.proxy is not None:
            self.titles.listen(playable.proxy, hear)

    def complete(self, guild_id: GuildId, text: str) -> list[str]:
        """Names for autocomplete, at most 25, without repetition; memory and disk only."""
        names = [name for source in self.sources for name in source.complete(guild_id, text)]
        return list(dict.fromkeys(names))[:25]

    async def _with_loudness(self, track: Track, playable: Playable) -> Playable:
        assert self.loudness is not None
        try:
            return evolve(playable, loudness=await self.loudness.find(track))
        except BaseException:
            self.release(playable)  # nobody else would
            raise

    def _source_of(self, query: Query, guild_id: GuildId) -> Source:
        for source in self.sources:
            if source.claims(query, guild_id):
                return source
        raise MediaError(kind=MediaFailure.NO_MATCH)
