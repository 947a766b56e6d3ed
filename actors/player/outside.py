"""What the player reaches besides its cell's ports: the resolver of ``media`` and the handle of ``voice``.

Protocols, so that tests bring their own.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from attrs import define, field, frozen

from actors.player.heard import Heard
from gateway_client.ids import ChannelId, GuildId
from media.choices import Candidate
from media.errors import MediaError
from media.resolution import Resolution
from media.suggestions import Suggestion, Suggestions, Typed
from media.tracks import Loudness, Playable, Query, Track
from voice.protocol import Desired

DEFAULT_MAX_DURATION_S = 3600.0


class Resolver(Protocol):
    """Query → tracks, track → playable; see ``media.resolve``. What is awaited raises ``MediaError``."""

    def stream(self, query: Query, guild_id: GuildId) -> AbstractAsyncContextManager[Resolution]:
        """What a query stands for, as it comes in."""
        ...

    def is_search(self, query: Query, guild_id: GuildId) -> bool:
        """Whether a query is words of which a person has to pick the meaning; memory and disk only."""
        ...

    def prepare(self, text: str) -> None:
        """Somebody types this, which nobody here knows, and will ask for it soon; cheap."""
        ...

    async def search(self, words: str, guild_id: GuildId) -> tuple[Track, ...]:
        """What words may mean, best first."""
        ...

    async def candidates(self, track: Track, guild_id: GuildId) -> tuple[Candidate, ...]:
        """What a matched track may be, surest first."""
        ...

    async def choose(self, track: Track, guild_id: GuildId, chosen: Candidate) -> Track:
        """Keep that a matched track is this video; the track as it plays now. Also raises ``StoreError``."""
        ...

    async def related(self, track: Track, guild_id: GuildId) -> tuple[Track, ...]:
        """What could come after a track."""
        ...

    async def open(self, track: Track, guild_id: GuildId | None = None, *, fresh: bool = False) -> Playable:
        """Make a track playable, right before playing it; ``fresh``: its last address was refused."""
        ...

    async def remember_loudness(self, track: Track, measured: Loudness) -> None:
        """Keep what was measured of a whole track, for every guild."""
        ...

    def release(self, playable: Playable) -> None:
        """The node has let go of a playable."""
        ...

    def failure(self, playable: Playable) -> MediaError | None:
        """What the guard refused while this playable was read."""
        ...

    def on_title(self, playable: Playable, hear: Callable[[str], None]) -> None:
        """Hear what a radio says it plays, until the playable is released."""
        ...


class Suggester(Protocol):
    """Autocompletion of what to play; see ``media.suggest``."""

    known: list[Suggestions]

    async def complete(self, typed: Typed) -> tuple[Suggestion, ...]:
        """What may be meant, best first, in time."""
        ...


class Voice(Protocol):
    """The voice node as told; see ``voice.client``."""

    def tell(self, desired: Desired) -> None:
        """Make this the whole state of its call."""
        ...

    def drop(self, call: GuildId) -> None:
        """Leave a call and forget it."""
        ...

    def warm(self) -> None:
        """Be ready: a call may be told of in a moment; cheap."""
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
    the actor crashed or woke up, not that the bot was restarted. ``heard`` is what guilds know, for
    completion.
    ``watched`` is where each guild's panel is: what is written elsewhere concerns no player.
    """

    resolver: Resolver
    voice: Voice
    rules: Rules
    seen: set[GuildId] = field(factory=set[GuildId], init=False)
    heard: Heard = field(factory=Heard, init=False)
    watched: dict[GuildId, ChannelId] = field(factory=dict[GuildId, ChannelId], init=False)
