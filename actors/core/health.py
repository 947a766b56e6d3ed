"""How the bot is doing, as values, and the port that gathers them: what ``status`` and ``diagnose`` read.

Nothing in here is a secret, a message or a name of a person. ``None`` stands for what is not known: on a
machine that does not tell the memory of processes, before the first heartbeat, before the first commit.

May import: core values, ids.
"""

from datetime import datetime
from typing import Protocol

from attrs import frozen

from actors.core.address import Address
from gateway_client.ids import GuildId, UserId


@frozen(kw_only=True)
class Spread:
    """Measured times in milliseconds: how many, the middle one, the 99th of a hundred, the longest."""

    count: int
    p50_ms: float
    p99_ms: float
    max_ms: float


@frozen(kw_only=True)
class ShardHealth:
    """One connection to the gateway. ``phase`` in its own words, ``latency_ms`` of the last heartbeat."""

    shard_id: int
    phase: str
    latency_ms: float | None


@frozen(kw_only=True)
class Brief:
    """What everybody may know.

    Attributes:
        version: of the program.
        uptime_s: since the bot stood.
        shards: every connection to the gateway.
        calls: voice channels that the bot sits in.
        playing: what plays in the guild that was asked for, not escaped.
        extractor: version of the yt-dlp in use; ``None`` for none.
        guilds: how many servers there are; ``None`` where the asker does not run the bot.
    """

    version: str
    uptime_s: float
    shards: tuple[ShardHealth, ...]
    calls: int
    playing: str | None
    extractor: str | None
    guilds: int | None


@frozen(kw_only=True)
class MailboxHealth:
    """How many items wait for one actor."""

    address: Address
    depth: int


@frozen(kw_only=True)
class RestHealth:
    """The limits of the REST interface.

    Attributes:
        waiting: requests that wait for their turn.
        in_flight: requests whose answer is awaited.
        buckets: how many buckets are known.
        closed: how many of them are closed at this moment.
        closed_s: until all of them are open again, and the global limit too.
        invalid: answers within ten minutes that Discord counts towards a ban.
        invalid_most: from how many on the bot stops by itself.
    """

    waiting: int
    in_flight: int
    buckets: int
    closed: int
    closed_s: float
    invalid: int
    invalid_most: int


@frozen(kw_only=True)
class VoiceHealth:
    """The processes that send sound: how many run, for how many calls, and how many were lost so far."""

    nodes: int
    calls: int
    restarts: int


@frozen(kw_only=True)
class ExtractorHealth:
    """yt-dlp.

    Attributes:
        version: of the one in use.
        bundled: whether it is the one that came with the program.
        proven: whether it has proved itself in use; the bundled one always has.
        refused: how many newer ones were found wanting.
        checked_at: when a newer one was last looked for.
        renewal: how the last look ended, in the extractor's word.
        runtime: whether there is a JavaScript runtime.
    """

    version: str
    bundled: bool
    proven: bool
    refused: int
    checked_at: datetime | None
    renewal: str | None
    runtime: bool


@frozen(kw_only=True)
class StoreHealth:
    """The database: its size on the disk with what is not merged yet, and how long writing takes."""

    size_mb: float
    commits: Spread | None


@frozen(kw_only=True)
class CacheHealth:
    """The tracks that play without the web.

    Attributes:
        tracks: that are there.
        size_mb: of all of them, with those that are just coming.
        most_mb: their bound; 0 for no cache.
        found: tracks that were played from there since the start.
        asked: tracks that were looked for there.
    """

    tracks: int
    size_mb: float
    most_mb: float
    found: int
    asked: int


@frozen(kw_only=True)
class ProcessHealth:
    """One process of the program; ``memory_mb`` is resident."""

    name: str
    pid: int
    memory_mb: float | None


@frozen(kw_only=True)
class Trouble:
    """A kind of warning or error in the log: how often it was written, and when last."""

    kind: str
    is_error: bool
    count: int
    last_at: datetime


@frozen(kw_only=True)
class Diagnosis:
    """What the person who runs the bot may know.

    Attributes:
        lag: how much later than asked the event loop wakes up.
        actors: how many are alive.
        mailboxes: the fullest ones, fullest first; empty ones are left out.
        session_starts: how many sessions may still be started, and of how many; ``None`` before it is known.
        troubles: most recent first.
    """

    brief: Brief
    lag: Spread | None
    actors: int
    mailboxes: tuple[MailboxHealth, ...]
    session_starts: tuple[int, int] | None
    rest: RestHealth
    voice: VoiceHealth
    extractor: ExtractorHealth | None
    store: StoreHealth
    cache: CacheHealth
    processes: tuple[ProcessHealth, ...]
    troubles: tuple[Trouble, ...]


class Health(Protocol):
    """Whoever knows all parts of the program."""

    def brief(self, guild_id: GuildId, asker: UserId) -> Brief:
        """What anybody in this guild may know; with the number of servers for whoever runs the bot."""
        ...

    async def diagnose(self, guild_id: GuildId, asker: UserId) -> Diagnosis:
        """Everything; looks at files and processes."""
        ...
