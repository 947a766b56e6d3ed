"""The gather as the supervisor knows it, and which events it hears.

Voice states are not coalesced: who came and went again in one moment did come. They get the time at which
they were read here, because an actor that is busy would stamp people with its own delay.
"""

from collections.abc import Iterable

import trio

from actors.core.address import Address
from actors.core.declare import Delivery, SettingChanged, Slice
from actors.gather.actor import GatherActor
from actors.gather.commands import BUTTONS, COMMANDS
from actors.gather.messages import (
    ChannelGone,
    ChannelSeen,
    GuildLost,
    GuildSeen,
    Happened,
    MemberGone,
    MessagesGone,
    VoiceSeen,
)
from actors.gather.opening import EVENTS
from actors.gather.sound import SOUND
from actors.gather.view import KIND, VERSION
from gateway_client.events import (
    ChannelDeleted,
    ChannelUpdated,
    Event,
    GuildCreated,
    GuildDeleted,
    MemberRemoved,
    MessageDeleted,
    MessagesDeletedInBulk,
    VoiceStateUpdated,
)

SETTINGS = (EVENTS, SOUND)


def listen(event: Event | SettingChanged) -> Iterable[Delivery]:
    """What an event means for a gather; nobody is woken by it."""
    guild_id, fact = _read(event)
    if guild_id is None or fact is None:
        return ()
    return (Delivery(address=Address(KIND, guild_id), message=fact),)


def _read(event: Event | SettingChanged) -> tuple[int | None, Happened | None]:  # noqa: PLR0911 - a table
    match event:
        case VoiceStateUpdated(state=state):
            return state.guild_id, VoiceSeen(state=state, now=trio.current_time())
        case GuildCreated(guild=guild) if not guild.unavailable:
            return guild.id, GuildSeen()
        case GuildDeleted(guild_id=guild_id, unavailable=False):
            return guild_id, GuildLost()
        case MessageDeleted(guild_id=guild_id, message_id=message_id):
            return guild_id, MessagesGone((message_id,))
        case MessagesDeletedInBulk(guild_id=guild_id, message_ids=message_ids):
            return guild_id, MessagesGone(message_ids)
        case ChannelUpdated(channel=channel):
            return channel.guild_id, ChannelSeen(channel.id, channel.user_limit or 0)
        case ChannelDeleted(channel=channel):
            return channel.guild_id, ChannelGone(channel.id)
        case MemberRemoved(guild_id=guild_id, user=user):
            return guild_id, MemberGone(user.id)
        case _:
            return None, None


GATHER = Slice(
    kind=KIND,
    package="actors.gather",
    factory=GatherActor,
    commands=COMMANDS,
    components=BUTTONS,
    settings=SETTINGS,
    version=VERSION,
    listen=listen,
    restore=True,
    again="gather start",
)
