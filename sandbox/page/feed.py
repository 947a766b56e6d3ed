"""What changed, told to one viewer's page: a `WorldEvent` in, a JSON event out, or nothing. Pure.

Messages are sent whole whenever anything about them changes, reactions included; the page replaces what it
shows. What changes seldom (channels, members, roles) is sent as a whole guild.
"""

from typing import assert_never

from gateway_client.ids import UserId
from sandbox.json_values import JsonObject
from sandbox.model import events
from sandbox.model.directory import Unknown
from sandbox.model.entities import Message
from sandbox.model.events import WorldEvent
from sandbox.page.views import (
    may_see,
    view_commands,
    view_guild,
    view_interaction,
    view_message,
    view_presence,
    view_voice,
)
from sandbox.world import World


def view_event(world: World, event: WorldEvent, viewer: UserId) -> JsonObject | None:  # noqa: C901, PLR0911, PLR0912 - one flat table
    """What the viewer's page is told of an event; None if it does not concern it."""
    match event:
        case events.MessageCreated(message=message):
            return _message(world, message, viewer, fresh=True)
        case events.MessageEdited(message=message) | events.ReactionsCleared(message=message):
            return _message(world, message, viewer)
        case events.ReactionAdded(message=message) | events.ReactionRemoved(message=message):
            return _message(world, message, viewer)
        case events.MessageDeleted(message=message):
            return {"t": "gone", "channel_id": str(message.channel_id), "ids": [str(message.id)]}
        case events.MessagesDeletedInBulk():
            ids = [str(message_id) for message_id in event.message_ids]
            return {"t": "gone", "channel_id": str(event.channel_id), "ids": ids}
        case events.TypingStarted(channel=channel, user=user):
            return {"t": "typing", "channel_id": str(channel.id), "user_id": str(user.id)}
        case events.VoiceStateChanged(state=state):
            return {"t": "voice", **view_voice(state)} if state.guild_id == world.home else None
        case events.InteractionChanged(interaction=interaction):
            mine = interaction.user_id == viewer
            return {"t": "interaction", **view_interaction(interaction)} if mine else None
        case events.CommandsChanged():
            return {"t": "commands", "commands": view_commands(world)}
        case events.PresenceChanged():
            return {"t": "presence", **view_presence(world)}
        case (
            events.MemberJoined()
            | events.MemberUpdated()
            | events.MemberLeft()
            | events.ChannelCreated()
            | events.ChannelUpdated()
            | events.ChannelDeleted()
            | events.VoiceStatusChanged()
            | events.RoleCreated()
            | events.RoleUpdated()
            | events.RoleDeleted()
            | events.GuildJoined()
            | events.GuildUpdated()
            | events.GuildLeft()
        ):
            return {"t": "guild", "guild": view_guild(world, viewer)}
        case events.InteractionCreated() | events.ScheduledEventCreated():
            return None
        case _:
            assert_never(event)


def _message(world: World, message: Message, viewer: UserId, *, fresh: bool = False) -> JsonObject | None:
    if message.visible_to not in {None, viewer}:
        return None
    try:
        channel = world.directory.channel(message.channel_id)
    except Unknown:
        return None  # the guild has an outage, or the channel was deleted with its messages
    if not may_see(world, channel, viewer):
        return None
    return {"t": "message", "fresh": fresh, "message": view_message(world, message)}
