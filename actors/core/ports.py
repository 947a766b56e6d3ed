"""What an actor may reach: the outside as Protocols, in one value that is passed in.

Every port can be a fake in a test. Awaited ports are awaited in child tasks of the actor (``Context.run``);
only a commit to the store is awaited in the actor's loop.
"""

import random
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from attrs import frozen

from actors.core.address import Address
from actors.core.lane import Spawn
from actors.core.reactions import Reactions
from actors.core.setting import Settings
from actors.core.texts import Say
from actors.rest.payloads import UNSET, Message, Scheduled, ScheduledEvent, Unset
from actors.store.rows import Params, Snapshot, Statement
from gateway_client.cache import Cache
from gateway_client.ids import ApplicationId, ChannelId, EventId, GuildId, MessageId, UserId
from gateway_client.objects import Channel
from gateway_client.objects import Message as SentMessage

Row = TypeVar("Row")


class Rest(Protocol):
    """The requests that actors make. Every method raises ``RestError`` and its kinds."""

    async def create_message(
        self, channel_id: ChannelId, message: Message, *, nonce: str | None = None
    ) -> SentMessage:
        """Post a message; with a nonce, repeating it is safe."""
        ...

    async def get_messages(
        self, channel_id: ChannelId, after: MessageId, *, limit: int = 100
    ) -> tuple[SentMessage, ...]:
        """What was written next after a message, which need not exist, newest first; at most 100."""
        ...

    async def edit_message(
        self, channel_id: ChannelId, message_id: MessageId, message: Message
    ) -> SentMessage:
        """Replace a message of ours by the whole new picture."""
        ...

    async def delete_message(self, channel_id: ChannelId, message_id: MessageId) -> None:
        """Delete a message."""
        ...

    async def edit_answer(self, application_id: ApplicationId, token: str, message: Message) -> SentMessage:
        """Fill or replace the first response of an interaction."""
        ...

    async def clear_components(self, application_id: ApplicationId, token: str) -> None:
        """Take the buttons off the message that a deferred update belongs to; the rest of it stays."""
        ...

    async def follow_up(self, application_id: ApplicationId, token: str, message: Message) -> SentMessage:
        """Post a further message to an interaction."""
        ...

    async def edit_follow_up(
        self, application_id: ApplicationId, token: str, message_id: MessageId, message: Message
    ) -> SentMessage:
        """Replace a follow-up."""
        ...

    async def modify_member(
        self,
        guild_id: GuildId,
        user_id: UserId,
        *,
        nick: str | Unset | None = UNSET,
        channel_id: ChannelId | Unset | None = UNSET,
    ) -> None:
        """Rename a member (``None``: no nickname) or move them (``None``: out of voice)."""
        ...

    async def modify_own_voice_state(
        self,
        guild_id: GuildId,
        channel_id: ChannelId,
        *,
        suppress: bool | Unset = UNSET,
        request_to_speak_at: datetime | Unset | None = UNSET,
    ) -> None:
        """Become a speaker of a stage (``suppress=False``), or ask to (an aware time)."""
        ...

    async def set_voice_status(self, channel_id: ChannelId, status: str) -> None:
        """Write the line under a voice channel's name; empty text takes it away."""
        ...

    async def create_scheduled_event(self, guild_id: GuildId, event: ScheduledEvent) -> Scheduled:
        """Announce a meeting in a voice channel."""
        ...

    async def delete_scheduled_event(self, guild_id: GuildId, event_id: EventId) -> None:
        """Take a meeting back."""
        ...

    async def open_dm(self, user_id: UserId) -> Channel:
        """The private channel with a person; asking again gives the same one."""
        ...

    async def delete_answer(
        self, application_id: ApplicationId, token: str, message_id: MessageId | None = None
    ) -> None:
        """Delete the first response, or a follow-up."""
        ...


class Store(Protocol):
    """Snapshots and the journal. Every awaited method raises ``StoreError``."""

    async def save(self, kind: str, key: int, schema: int, data: bytes) -> None:
        """Keep the state of an actor; returns when it is durable."""
        ...

    async def load(self, kind: str, key: int) -> Snapshot | None:
        """The state of an actor."""
        ...

    async def load_all(self, kind: str) -> list[Snapshot]:
        """The states of all actors of a kind."""
        ...

    async def delete(self, kind: str, key: int) -> None:
        """Forget an actor."""
        ...

    async def quarantine(self, kind: str, key: int, reason: str) -> None:
        """Set an unreadable snapshot aside."""
        ...

    async def run(self, statement: Statement[Row]) -> list[Row]:
        """Run a statement of the slice's own SQL and read its rows."""
        ...

    async def execute(self, name: str, params: Params) -> int:
        """Run a statement for its effect; how many rows it changed."""
        ...

    async def execute_all(self, steps: Sequence[tuple[str, Params]]) -> int:
        """Run several statements as one: all happen or none; how many rows they changed."""
        ...

    def journal(self, kind: str, key: int, data: bytes) -> None:
        """Note a value that changes all the time; written once per second."""
        ...

    async def load_journal(self, kind: str, key: int) -> bytes | None:
        """The latest noted value."""
        ...


class Gateway(Protocol):
    """What actors ask of the gateway connection; told at once, sent when it may be."""

    def update_voice_state(
        self,
        guild_id: GuildId,
        channel_id: ChannelId | None,
        *,
        self_mute: bool = False,
        self_deaf: bool = True,
    ) -> None:
        """Join, move to or leave a voice channel."""
        ...


class NowPlaying(Protocol):
    """Collects what the guilds play for the bot's presence."""

    def playing(self, guild_id: GuildId, title: str | None) -> None:
        """This guild plays a track, or nothing."""
        ...


@frozen(kw_only=True)
class Clock:
    """Time and randomness: ``now`` is monotonic seconds, ``at`` wall time in UTC."""

    now: Callable[[], float]
    at: Callable[[], datetime]
    random: random.Random

    def wall_s(self) -> float:
        """Wall time as Unix seconds."""
        return self.at().timestamp()

    def deadline(self, wall_s: float) -> float:
        """When the clock on the wall will show ``wall_s``, in monotonic seconds; now if it has already."""
        return self.now() + max(0.0, wall_s - self.wall_s())


@frozen(kw_only=True)
class Ports:
    """Everything outside an actor.

    Attributes:
        reactions: shows reactions of ours under messages; shared, so that nobody removes somebody else's.
        tell: put a fact into another actor's mailbox; it is started if nobody lives there.
        spawn: run a send outside the actor, so that it outlives it.
        me: the bot's own user.
    """

    rest: Rest
    store: Store
    gateway: Gateway
    presence: NowPlaying
    reactions: Reactions
    cache: Cache
    settings: Settings
    clock: Clock
    tell: Callable[[Address, object], None]
    spawn: Spawn
    say_in: Callable[[GuildId], Say]
    me: UserId
    application_id: ApplicationId
