"""What a bot hears of an event of the world: names, bodies, and which sessions it concerns. Pure.

An event becomes zero or more ``Dispatch``es. Ephemeral messages, interactions that progressed, and registered
commands are told to nobody. What happens in a channel that the bot cannot see is not told either.

Sources: Gateway Events, "Receive Events"; Gateway, "List of Intents".
"""

from typing import assert_never

from attrs import frozen

from gateway_client.ids import GuildId
from sandbox.gateway.intents import Intents
from sandbox.json_values import JsonObject
from sandbox.model import events
from sandbox.model.entities import Channel, Member, Message, User
from sandbox.model.permissions import Permissions
from sandbox.wire.guilds import to_wire_channel, to_wire_guild
from sandbox.wire.interactions import to_wire_interaction
from sandbox.wire.messages import to_wire_emoji, to_wire_message_event
from sandbox.wire.people import to_wire_member, to_wire_role, to_wire_user, to_wire_voice_state
from sandbox.world import World


@frozen(kw_only=True)
class Dispatch:
    """One event on its way to sessions."""

    name: str
    data: JsonObject
    guild_id: GuildId | None = None
    """Whose shard hears it; None: shard 0."""
    intents: Intents = Intents.NONE
    """One of these is needed; none: everybody hears it."""
    message: Message | None = None
    """Its content goes only to sessions with MESSAGE_CONTENT, but for mentions, own and direct messages."""


def to_dispatches(  # noqa: C901, PLR0911, PLR0912 - a table over a closed union
    world: World, event: events.WorldEvent
) -> list[Dispatch]:
    """Return what sessions are told of ``event``. Guild availability is the hub's own business."""
    match event:
        case events.MessageCreated() | events.MessageEdited() | events.MessageDeleted():
            return _message(world, event)
        case events.MessagesDeletedInBulk():
            data: JsonObject = {
                "ids": [str(message_id) for message_id in event.message_ids],
                "channel_id": str(event.channel_id),
            }
            return [_in_guild(event.guild_id, "MESSAGE_DELETE_BULK", data, Intents.GUILD_MESSAGES)]
        case events.ReactionAdded() | events.ReactionRemoved() | events.ReactionsCleared():
            return _reaction(world, event)
        case events.TypingStarted():
            return _typing(world, event)
        case events.VoiceStateChanged() | events.VoiceStatusChanged():
            return _voice(world, event)
        case events.MemberJoined() | events.MemberUpdated() | events.MemberLeft():
            return _member(world, event)
        case events.ChannelCreated() | events.ChannelUpdated() | events.ChannelDeleted():
            return _channel(world, event)
        case events.RoleCreated() | events.RoleUpdated() | events.RoleDeleted():
            return _role(event)
        case events.GuildUpdated(guild=guild):
            return [_in_guild(guild.id, "GUILD_UPDATE", to_wire_guild(guild), Intents.GUILDS)]
        case events.InteractionCreated(interaction=interaction):
            body = to_wire_interaction(world, interaction)
            return [_in_guild(interaction.guild_id, "INTERACTION_CREATE", body, Intents.NONE)]
        case events.ScheduledEventCreated(guild_id=guild_id, body=body):
            wanted = Intents.GUILD_SCHEDULED_EVENTS
            return [_in_guild(guild_id, "GUILD_SCHEDULED_EVENT_CREATE", body, wanted)]
        case (
            events.GuildJoined()
            | events.GuildLeft()
            | events.InteractionChanged()
            | events.CommandsChanged()
            | events.PresenceChanged()
        ):
            return []
        case _:
            assert_never(event)


def _in_guild(guild_id: GuildId | None, name: str, data: JsonObject, intents: Intents) -> Dispatch:
    placed: JsonObject = {"guild_id": str(guild_id)} if guild_id and not name.startswith("GUILD_UPD") else {}
    return Dispatch(name=name, data={**data, **placed}, guild_id=guild_id, intents=intents)


def _sees(world: World, channel: Channel) -> bool:
    bits = world.directory.permissions_in(channel, world.application.bot.id)
    return bool(bits & Permissions.VIEW_CHANNEL)


def _member_of(world: World, guild_id: GuildId | None, user: User) -> Member | None:
    return world.directory.guilds[guild_id].members.get(user.id) if guild_id else None


def _message(
    world: World, event: events.MessageCreated | events.MessageEdited | events.MessageDeleted
) -> list[Dispatch]:
    message = event.message
    channel = world.directory.channel(message.channel_id)
    if message.visible_to is not None or not _sees(world, channel):
        return []
    intents = Intents.GUILD_MESSAGES if message.guild_id else Intents.DIRECT_MESSAGES
    if isinstance(event, events.MessageDeleted):
        gone: JsonObject = {"id": str(message.id), "channel_id": str(message.channel_id)}
        return [_in_guild(message.guild_id, "MESSAGE_DELETE", gone, intents)]
    name = "MESSAGE_CREATE" if isinstance(event, events.MessageCreated) else "MESSAGE_UPDATE"
    data = to_wire_message_event(world, message)
    return [Dispatch(name=name, data=data, guild_id=message.guild_id, intents=intents, message=message)]


def _reaction(
    world: World, event: events.ReactionAdded | events.ReactionRemoved | events.ReactionsCleared
) -> list[Dispatch]:
    message = event.message
    if message.visible_to is not None or not _sees(world, world.directory.channel(message.channel_id)):
        return []
    intents = Intents.GUILD_MESSAGE_REACTIONS if message.guild_id else Intents.DIRECT_MESSAGE_REACTIONS
    data: JsonObject = {"channel_id": str(message.channel_id), "message_id": str(message.id)}
    match event:
        case events.ReactionsCleared(emoji=None):
            return [_in_guild(message.guild_id, "MESSAGE_REACTION_REMOVE_ALL", data, intents)]
        case events.ReactionsCleared(emoji=emoji) if emoji is not None:
            data["emoji"] = to_wire_emoji(emoji)
            return [_in_guild(message.guild_id, "MESSAGE_REACTION_REMOVE_EMOJI", data, intents)]
        case events.ReactionAdded() | events.ReactionRemoved():
            data |= {
                "user_id": str(event.user.id),
                "emoji": to_wire_emoji(event.emoji),
                "burst": False,
                "type": 0,
            }
        case _:
            raise AssertionError("every form is handled above")
    if isinstance(event, events.ReactionRemoved):
        return [_in_guild(message.guild_id, "MESSAGE_REACTION_REMOVE", data, intents)]
    data["message_author_id"] = str(message.author.id)
    member = _member_of(world, message.guild_id, event.user)
    if member:
        data["member"] = to_wire_member(member)
    return [_in_guild(message.guild_id, "MESSAGE_REACTION_ADD", data, intents)]


def _typing(world: World, event: events.TypingStarted) -> list[Dispatch]:
    channel = event.channel
    if not _sees(world, channel):
        return []
    data: JsonObject = {
        "channel_id": str(channel.id),
        "user_id": str(event.user.id),
        "timestamp": int(event.at.timestamp()),
    }
    member = _member_of(world, channel.guild_id, event.user)
    if member:
        data["member"] = to_wire_member(member)
    intents = Intents.GUILD_MESSAGE_TYPING if channel.guild_id else Intents.DIRECT_MESSAGE_TYPING
    return [_in_guild(channel.guild_id, "TYPING_START", data, intents)]


def _voice(world: World, event: events.VoiceStateChanged | events.VoiceStatusChanged) -> list[Dispatch]:
    if isinstance(event, events.VoiceStatusChanged):
        data: JsonObject = {"id": str(event.channel.id), "status": event.channel.status}
        return [_in_guild(event.channel.guild_id, "VOICE_CHANNEL_STATUS_UPDATE", data, Intents.GUILDS)]
    state = event.state
    member = world.directory.guilds[state.guild_id].members.get(state.user_id)
    wire = to_wire_voice_state(state, member)
    return [_in_guild(state.guild_id, "VOICE_STATE_UPDATE", wire, Intents.GUILD_VOICE_STATES)]


def _member(
    world: World, event: events.MemberJoined | events.MemberUpdated | events.MemberLeft
) -> list[Dispatch]:
    if isinstance(event, events.MemberLeft):
        gone: JsonObject = {"user": to_wire_user(event.user)}
        return [_in_guild(event.guild_id, "GUILD_MEMBER_REMOVE", gone, Intents.GUILD_MEMBERS)]
    name = "GUILD_MEMBER_ADD" if isinstance(event, events.MemberJoined) else "GUILD_MEMBER_UPDATE"
    own = event.member.user.id == world.application.bot.id  # told to the bot whatever its intents
    intents = Intents.NONE if own else Intents.GUILD_MEMBERS
    return [_in_guild(event.guild_id, name, to_wire_member(event.member), intents)]


def _channel(
    world: World, event: events.ChannelCreated | events.ChannelUpdated | events.ChannelDeleted
) -> list[Dispatch]:
    match event:
        case events.ChannelCreated():
            name = "CHANNEL_CREATE"
        case events.ChannelUpdated():
            name = "CHANNEL_UPDATE"
        case events.ChannelDeleted():
            name = "CHANNEL_DELETE"
    channel = event.channel
    if channel.guild_id is None:
        return []  # direct channels are not announced to bots since v8
    return [_in_guild(channel.guild_id, name, to_wire_channel(channel, world.directory), Intents.GUILDS)]


def _role(event: events.RoleCreated | events.RoleUpdated | events.RoleDeleted) -> list[Dispatch]:
    if isinstance(event, events.RoleDeleted):
        gone: JsonObject = {"role_id": str(event.role_id)}
        return [_in_guild(event.guild_id, "GUILD_ROLE_DELETE", gone, Intents.GUILDS)]
    name = "GUILD_ROLE_CREATE" if isinstance(event, events.RoleCreated) else "GUILD_ROLE_UPDATE"
    return [_in_guild(event.guild_id, name, {"role": to_wire_role(event.role)}, Intents.GUILDS)]
