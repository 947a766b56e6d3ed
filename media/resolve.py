"""The way into this room: query → tracks, track → playable.

A `Source` is one way to find and open sound. The resolver asks its sources in their order and takes the
first that claims a query; later sources (sites, music services) are put in front of the general ones. The
last source claims everything that is left and says why there is nothing.

The player keeps tracks. It calls `Resolver.open` right before playing and `Resolver.release` when the node
has let go of the playable, since that ends the guard's job behind it.

Fails with `MediaError` only, apart from cancellation.
"""

from collections.abc import Sequence
from typing import Protocol

from attrs import frozen

from gateway_client.ids import GuildId
from media.errors import MediaError, MediaFailure
from media.tracks import Playable, Query, Resolved, SourceKind, Track


class Source(Protocol):
    """One way to find and open sound."""

    @property
    def kinds(self) -> frozenset[SourceKind]:
        """The kinds of track that this source makes and opens."""
        ...

    def claims(self, query: Query, guild_id: GuildId) -> bool:
        """Whether this source answers the query; looks at the query only (no network)."""
        ...

    async def resolve(self, query: Query, guild_id: GuildId) -> Resolved:
        """Find the tracks.

        Raises:
            MediaError: there is nothing to play.
        """
        ...

    async def open(self, track: Track) -> Playable:
        """Make the track playable now.

        Raises:
            MediaError: it cannot be played any more.
        """
        ...

    def complete(self, guild_id: GuildId, text: str) -> list[str]:
        """Names for autocomplete, best first; memory and disk only."""
        ...


class Jobs(Protocol):
    """What the resolver needs of the guard: the life of the credentials in playables."""

    def end(self, proxy_url: str) -> None:
        """Revoke a job and cut its connections; unknown ones are fine."""
        ...

    def failure(self, proxy_url: str) -> MediaError | None:
        """Why the guard last refused something of this job, if it did."""
        ...


@frozen(kw_only=True)
class Resolver:
    """The ordered sources of this bot."""

    sources: Sequence[Source]
    jobs: Jobs

    async def resolve(self, query: Query, guild_id: GuildId) -> Resolved:
        """Find what a query stands for.

        Raises:
            MediaError: there is nothing to play, and why.
        """
        for source in self.sources:
            if source.claims(query, guild_id):
                return await source.resolve(query, guild_id)
        raise MediaError(kind=MediaFailure.NO_MATCH)

    async def open(self, track: Track) -> Playable:
        """Make a track playable; call it right before playing, and `release` afterwards.

        Raises:
            MediaError: it cannot be played any more.
        """
        for source in self.sources:
            if track.source in source.kinds:
                return await source.open(track)
        raise MediaError(kind=MediaFailure.UNSUPPORTED_SITE, detail=f"no source for {track.source}")

    def release(self, playable: Playable) -> None:
        """End the guard's job of a playable; calling it twice is fine."""
        if playable.proxy is not None:
            self.jobs.end(playable.proxy)

    def failure(self, playable: Playable) -> MediaError | None:
        """What the guard refused while this playable was read; asked when the node says it failed."""
        return None if playable.proxy is None else self.jobs.failure(playable.proxy)

    def complete(self, guild_id: GuildId, text: str) -> list[str]:
        """Names for autocomplete, at most 25, without repetition; memory and disk only."""
        names = [name for source in self.sources for name in source.complete(guild_id, text)]
        return list(dict.fromkeys(names))[:25]
