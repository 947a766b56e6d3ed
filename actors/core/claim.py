"""A claim: somebody asked for something, and slices that show its progress may follow its work.

A claim is told in the step in which its event is read, before the command is offered to its actor, so nothing
that happens to the work can be missed. It is read-only: whoever follows a work never ends it.
"""

from attrs import field, frozen

from actors.core.address import Address
from actors.core.work import Work
from gateway_client.ids import ChannelId, GuildId, MessageId, UserId


@frozen(kw_only=True)
class Place:
    """The message that somebody wrote; ``author_id`` tells whose."""

    guild_id: GuildId
    channel_id: ChannelId
    message_id: MessageId
    author_id: UserId


@frozen(kw_only=True, eq=False)
class Claim:
    """A command on its way.

    Attributes:
        guild_id: where it was asked for.
        work: its life.
        lane: whose earlier work it waits for; ``None`` if it acts at once.
        place: the message of its prefix form; a slash command has none, but others wait behind it.
    """

    guild_id: GuildId
    work: Work = field(repr=False)
    lane: Address | None
    place: Place | None = None
