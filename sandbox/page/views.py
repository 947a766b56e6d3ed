"""The world as the browser sees it, for one viewer: pure functions from the model to JSON.

Messages have Discord's wire form and a few fields more: who reacted, whether only the viewer sees it. Ids
are decimal strings. May import the model and `sandbox.wire`.
"""

from gateway_client.ids import UserId
from sandbox.json_values import JsonObject
from sandbox.model.directory import Unknown
from sandbox.model.entities import Channel, Guild, Member, Message, User, VoiceState
from sandbox.model.interaction import Interaction
from sandbox.model.permissions import Permissions
from sandbox.wire.messages import to_wire_message
from sandbox.world import World

SHOWN_MESSAGES = 50
"""How many of a channel's newest messages a snapshot holds, and how many come with each step back."""


def view_user(user: User) -> JsonObject:
    """A user, as named everywhere."""
    return {
        "id": str(user.id),
        "name": user.global_name or user.username,
        "username": user.username,
        "bot": user.bot,
    }


def view_member(guild: Guild, member: Member) -> JsonObject:
    """A member: nickname, roles, and the colour of the highest role that has one."""
    roles = sorted((guild.roles[r] for r in member.roles if r in guild.roles), key=lambda r: -r.position)
    color = next((role.color for role in roles if role.color), 0)
    return {
        **view_user(member.user),
        "nick": member.nick,
        "roles": [str(role.id) for role in roles],
        "color": color,
        "owner": member.user.id == guild.owner_id,
    }


def view_channel(channel: Channel) -> JsonObject:
    """A channel."""
    return {
        "id": str(channel.id),
        "type": int(channel.type),
        "name": channel.name,
        "topic": channel.topic,
        "voice": channel.is_voice,
        "position": channel.position,
        "parent_id": str(channel.parent_id) if channel.parent_id else None,
        "user_limit": channel.user_limit,
        "status": channel.status,
    }


def view_guild(world: World, viewer: UserId) -> JsonObject:
    """The home guild: channels that the viewer may see, roles and members."""
    guild = world.directory.guilds[world.home]
    channels = [channel for channel in guild.channels.values() if may_see(world, channel, viewer)]
    direct = world.directory.direct.get(viewer)
    return {
        "id": str(guild.id),
        "name": guild.name,
        "available": guild.available,
        "channels": [view_channel(channel) for channel in sorted(channels, key=lambda c: c.position)],
        "direct": view_channel(direct) if direct else None,
        "roles": [{"id": str(r.id), "name": r.name, "color": r.color} for r in guild.roles.values()],
        "members": [view_member(guild, member) for member in guild.members.values()],
    }


def may_see(world: World, channel: Channel, viewer: UserId) -> bool:
    """Whether the viewer sees a channel at all."""
    try:
        return bool(world.directory.permissions_in(channel, viewer) & Permissions.VIEW_CHANNEL)
    except Unknown:
        return False  # the server has an outage: nobody sees anything


def view_message(world: World, message: Message) -> JsonObject:
    """A message; `reacted` says who put which emoji, `private` that only the viewer sees it."""
    wire = to_wire_message(world, message)
    wire["reactions"] = [
        {
            "emoji": {"id": str(r.emoji.id) if r.emoji.id else None, "name": r.emoji.name},
            "key": r.emoji.key,
            "users": [str(user_id) for user_id in r.users],
        }
        for r in message.reactions.values()
    ]
    wire["private"] = message.visible_to is not None
    return wire


def view_voice(state: VoiceState) -> JsonObject:
    """Where somebody sits."""
    return {
        "user_id": str(state.user_id),
        "channel_id": str(state.channel_id) if state.channel_id else None,
        "muted": state.mute or state.self_mute or state.suppress,
        "deafened": state.deaf or state.self_deaf,
    }


def view_commands(world: World) -> list[JsonObject]:
    """The commands that can be used in the home guild."""
    return [
        {"id": str(command.id), "type": command.type, "name": command.name, **_command_body(command.body)}
        for command in world.commands.usable_in(world.home)
    ]


def _command_body(body: JsonObject) -> JsonObject:
    return {"description": body.get("description", ""), "options": body.get("options") or []}


def view_interaction(interaction: Interaction) -> JsonObject:
    """How far something that the viewer did has come."""
    return {
        "id": str(interaction.id),
        "type": int(interaction.type),
        "state": interaction.state.value,
        "channel_id": str(interaction.channel_id),
        "message_id": str(interaction.message_id) if interaction.message_id else None,
        "name": interaction.data.get("name"),
        "custom_id": interaction.data.get("custom_id"),
        "failure": interaction.failure,
        "modal": interaction.modal,
    }


def view_presence(world: World) -> JsonObject:
    """What the bot shows beside its name."""
    return {"user_id": str(world.application.bot.id), **world.presence}


def view_snapshot(world: World, viewer: UserId, speaking: frozenset[UserId]) -> JsonObject:
    """Everything that a page needs to be drawn from nothing."""
    guild = world.directory.guilds[world.home]
    channels = [channel for channel in guild.channels.values() if may_see(world, channel, viewer)]
    direct = world.directory.direct.get(viewer)
    places = [*channels, direct] if direct else channels
    return {
        "t": "snapshot",
        "me": str(viewer),
        "bot": view_user(world.application.bot),
        "people": [view_user(world.directory.users[user_id]) for user_id in world.people()[:100]],
        "guild": view_guild(world, viewer),
        "messages": {
            str(channel.id): [
                view_message(world, message)
                for message in world.board.history(channel.id, viewer)[-SHOWN_MESSAGES:]
            ]
            for channel in places
        },
        "voice": [view_voice(state) for state in guild.voice_states.values()],
        "speaking": [str(user_id) for user_id in speaking],
        "commands": view_commands(world),
        "presence": view_presence(world),
    }
