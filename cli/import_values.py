"""What is taken over from another bot, as values, and what could not be read of it.

May import ids and ``cli.finding``. Times are microseconds since 1970 UTC, as the store keeps them.
"""

from attrs import define, field, frozen

from cli.finding import Finding
from gateway_client.ids import ChannelId, GuildId, MessageId, UserId


@frozen(kw_only=True)
class Point:
    """One entry of a reputation; ``id`` is its number there."""

    id: int
    giver: UserId
    receiver: UserId
    points: int
    reason: str
    at: int


@frozen(kw_only=True)
class Reminder:
    """One reminder that has not fired; ``id`` is its number there."""

    id: int
    guild: GuildId
    channel: ChannelId
    message: MessageId | None
    scheduler: UserId
    targets: tuple[UserId, ...]
    note: str
    asked_at: int
    due_at: int


@define(kw_only=True)
class Found:
    """Everything that a database holds."""

    volumes: dict[GuildId, int] = field(factory=dict[GuildId, int])
    """In percent."""
    guilds: set[GuildId] = field(factory=set[GuildId])
    """Every guild that is named in it."""
    reminders: list[Reminder] = field(factory=list[Reminder])
    points: list[Point] = field(factory=list[Point])
    findings: list[Finding] = field(factory=list[Finding])
