"""Status reactions as the supervisor knows them: no commands, but an ear for everybody's."""

from collections.abc import Iterable

from actors.core.address import of_guild
from actors.core.claim import Claim
from actors.core.declare import Delivery, SettingChanged, Slice
from actors.status.actor import StatusActor
from actors.status.messages import GuildSeen, MessageEdited, MessagesGone
from actors.status.style import SETTINGS
from gateway_client.events import (
    Event,
    GuildCreated,
    MessageDeleted,
    MessagesDeletedInBulk,
    MessageUpdated,
)
from gateway_client.ids import GuildId

KIND = "status"


def follow(claim: Claim) -> Iterable[Delivery]:
    """Every claim wakes the guild's actor."""
    return (Delivery(address=of_guild(KIND, claim.guild_id), message=claim, wake=True),)


def listen(event: Event | SettingChanged) -> Iterable[Delivery]:
    """What an event means for messages whose progress is shown.

    An update without an edit's time is not the author's doing: Discord has added the picture of a link.
    """
    match event:
        case GuildCreated(guild=guild):
            return (Delivery(address=of_guild(KIND, guild.id), message=GuildSeen(), wake=True),)
        case MessageDeleted():
            gone = MessagesGone(channel_id=event.channel_id, message_ids=(event.message_id,))
            return _told(event.guild_id, gone)
        case MessagesDeletedInBulk():
            gone = MessagesGone(channel_id=event.channel_id, message_ids=event.message_ids)
            return _told(event.guild_id, gone)
        case MessageUpdated(message=message) if message.edited_timestamp is not None:
            return _told(message.guild_id, MessageEdited(message_id=message.id))
        case _:
            return ()


def _told(guild_id: GuildId | None, message: object) -> Iterable[Delivery]:
    return () if guild_id is None else (Delivery(address=of_guild(KIND, guild_id), message=message),)


STATUS = Slice(
    kind=KIND,
    package="actors.status",
    factory=StatusActor,
    settings=SETTINGS,
    listen=listen,
    follow=follow,
)
