"""What a mailbox holds: an envelope around a command, or a fact about the world.

An envelope is made in the one synchronous step in which its event is read. It carries what was true at that
instant: rules about the caller read only these facts, because the cache has moved on by the time the envelope
is handled. A fact (a voice state, a finished download, a page that is ready) has no sender and waits for
nobody.
"""

from datetime import datetime
from functools import cache
from typing import Protocol, TypeGuard

from attrs import field, frozen

from actors.core.reply import Reply
from actors.core.work import Work
from gateway_client.ids import ChannelId, GuildId, MessageId, RoleId, UserId
from gateway_client.objects import Permissions

NO_PERMISSIONS = Permissions(0)


@frozen(kw_only=True)
class Facts:
    """What was true when the event arrived.

    ``at`` is wall time in UTC and ``now`` the monotonic clock in seconds; ``voice_channel_id`` is where the
    caller sat, ``bot_voice_channel_id`` where the bot sat. Permissions are the computed ones in
    ``channel_id``. ``message_id`` is the message that was written or whose component was pressed;
    ``target_id`` the person whose context menu was used.
    """

    at: datetime
    now: float
    guild_id: GuildId
    channel_id: ChannelId
    user_id: UserId
    user_name: str
    role_ids: frozenset[RoleId] = frozenset()
    permissions: Permissions = NO_PERMISSIONS
    bot_permissions: Permissions = NO_PERMISSIONS
    voice_channel_id: ChannelId | None = None
    bot_voice_channel_id: ChannelId | None = None
    is_guild_owner: bool = False
    message_id: MessageId | None = None
    target_id: UserId | None = None


@frozen(kw_only=True, eq=False)
class Envelope:
    """A command or a click on its way to an actor.

    ``number`` is the arrival number of its event in this process; ``command`` is what the person typed or
    pressed, for logs; ``message`` is one of the union that the slice's mailbox takes; ``is_click`` tells a
    component from a command, because their budgets differ; ``private`` says that only the caller sees the
    answer.
    """

    number: int
    command: str
    message: object
    facts: Facts
    reply: Reply = field(repr=False)
    work: Work = field(factory=Work, repr=False)
    is_click: bool = False
    private: bool = False


class Carrier(Protocol):
    """What brings a request along: an envelope, or the message by which one actor hands it to another."""

    @property
    def reply(self) -> Reply:
        """The way back to whoever asked."""
        ...

    @property
    def work(self) -> Work:
        """What became of it."""
        ...


@cache
def _carries(kind: type) -> bool:
    return hasattr(kind, "reply") and hasattr(kind, "work")


def is_carrier(message: object) -> TypeGuard[Carrier]:
    """Whether it brings a request along. Asked of every fact, so once per type: a Protocol would ask each."""
    return _carries(type(message))


@frozen(kw_only=True)
class Fact:
    """Something that became true. Facts with the same ``key`` coalesce where no command lies between."""

    message: object
    key: str | None = None
