"""What the player reaches besides its cell's ports: the resolver of ``media`` and the handle of ``voice``.

Protocols, so that tests bring their own.
"""

from typing import Protocol

from attrs import define, field, frozen

from gateway_client.ids import GuildId
from media.errors import MediaError
from media.tracks import Playable, Query, Resolved, Track
from voice.protocol import Desired

DEFAULT_MAX_DURATION_S = 3600.0


class Resolver(Protocol):
    """Query → tracks, track → playable; see ``media.resolve``."""

    async def resolve(self, query: Query, guild_id: GuildId) -> Resolved:
        """Find what a query stands for. Raises ``MediaError``."""
        ...

    async def open(self, track: Track) -> Playable:
        """Make a track playable, right before playing it. Raises ``MediaError``."""
        ...

    def release(self, playable: Playable) -> None:
        """The node has let go of a playable."""
        ...

    def failure(self, playable: Playable) -> MediaError | None:
        """What the guard refused while this playable was read."""
        ...

    def complete(self, guild_id: GuildId, text: str) -> list[str]:
        """Names for autocomplete, from memory and disk."""
        ...


class Voice(Protocol):
    """The voice node as told; see ``voice.client``."""

    def tell(self, desired: Desired) -> None:
        """Make this the whole state of its call."""
        ...

    def drop(self, call: GuildId) -> None:
        """Leave a call and forget it."""
        ...


@frozen(kw_only=True)
class Rules:
    """What the configuration says.

    ``max_duration_s`` in seconds, 0 for no limit; ``insecure`` dials voice servers with ``ws://``.
    """

    max_duration_s: float = DEFAULT_MAX_DURATION_S
    insecure: bool = False


@define(eq=False, kw_only=True)
class Outside:
    """One value for all players of a process.

    ``seen`` are the guilds whose player has been loaded before in this process: for them a load means that
    the actor crashed or woke up, not that the bot was restarted.
    """

    resolver: Resolver
    voice: Voice
    rules: Rules
    seen: set[GuildId] = field(factory=set[GuildId], init=False)
