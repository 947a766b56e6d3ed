"""Interactions on the wire: INTERACTION_CREATE and the callback's response. Pure.

Source: Receiving and Responding to Interactions, "Interaction Object", "Resolved Data Structure",
"Interaction Callback Response Object".
"""

from gateway_client.ids import AttachmentId, ChannelId, MessageId, RoleId, UserId
from sandbox.json_values import JsonObject
from sandbox.model.entities import Channel, Message, MessageFlags
from sandbox.model.interaction import CallbackType, Interaction
from sandbox.wire.guilds import to_wire_channel
from sandbox.wire.messages import to_wire_attachment, to_wire_message
from sandbox.wire.people import to_wire_caller, to_wire_partial_member, to_wire_role, to_wire_user
from sandbox.world import World

_CHANNEL_FIELDS = frozenset(
    {
        "id",
        "name",
        "type",
        "last_message_id",
        "nsfw",
        "parent_id",
        "guild_id",
        "flags",
        "rate_limit_per_user",
        "topic",
        "position",
    }
)


def to_wire_interaction(world: World, interaction: Interaction) -> JsonObject:
    """Return what INTERACTION_CREATE carries."""
    channel = world.directory.channel(interaction.channel_id)
    bot_bits = world.directory.permissions_in(channel, world.application.bot.id)
    wire: JsonObject = {
        "version": 1,
        "id": str(interaction.id),
        "application_id": str(world.application.id),
        "type": int(interaction.type),
        "token": interaction.token,
        "data": _to_wire_data(world, interaction, channel),
        "channel_id": str(channel.id),
        "channel": _to_wire_partial_channel(world, channel, bot_bits),
        "app_permissions": str(int(bot_bits)),
        "locale": interaction.locale,
        "entitlements": [],
        "entitlement_sku_ids": [],
        "attachment_size_limit": 10_485_760,
    }
    if interaction.message_id is not None:
        message = world.board.get(channel.id, interaction.message_id)
        wire["message"] = to_wire_message(world, message)
    return wire | _to_wire_place(world, interaction, channel)


def to_wire_callback(world: World, interaction: Interaction, message: Message | None) -> JsonObject:
    """Return the body of a callback that asked ``with_response``."""
    about: JsonObject = {"id": str(interaction.id), "type": int(interaction.type)}
    if interaction.original_id is not None:
        loading = message is not None and bool(message.flags & MessageFlags.LOADING)
        about |= {
            "response_message_id": str(interaction.original_id),
            "response_message_loading": loading,
            "response_message_ephemeral": interaction.ephemeral,
        }
    assert interaction.callback is not None
    resource: JsonObject = {"type": int(interaction.callback)}
    shown = {CallbackType.MESSAGE, CallbackType.DEFERRED_MESSAGE, CallbackType.UPDATE}
    if message is not None and interaction.callback in shown:
        resource["message"] = to_wire_message(world, message)
    return {"interaction": about, "resource": resource}


def _to_wire_place(world: World, interaction: Interaction, channel: Channel) -> JsonObject:
    user = world.directory.user(interaction.user_id)
    if interaction.guild_id is None:
        return {"user": to_wire_user(user), "context": 1, "authorizing_integration_owners": {"0": "0"}}
    guild = world.directory.guild(interaction.guild_id)
    bits = world.directory.permissions_in(channel, user.id)
    guild_id = str(guild.id)
    return {
        "guild_id": guild_id,
        "guild": {"id": guild_id, "locale": guild.preferred_locale, "features": []},
        "guild_locale": guild.preferred_locale,
        "member": to_wire_caller(guild.members[user.id], bits),
        "context": 0,
        "authorizing_integration_owners": {"0": guild_id},
    }


def _to_wire_data(world: World, interaction: Interaction, channel: Channel) -> JsonObject:
    references: dict[str, list[str]] = interaction.data.get("resolved") or {}
    if not references:
        return {key: value for key, value in interaction.data.items() if key != "resolved"}
    resolved: dict[str, JsonObject] = {}
    for table, ids in references.items():
        resolved[table] = {digits: _to_wire_resolved(world, channel, table, int(digits)) for digits in ids}
    if "users" in references and channel.guild_id:
        members = world.directory.guild(channel.guild_id).members
        known = [members[UserId(int(digits))] for digits in references["users"] if int(digits) in members]
        resolved["members"] = {str(m.user.id): _without_voice(to_wire_partial_member(m)) for m in known}
    return {**interaction.data, "resolved": resolved}


def _to_wire_resolved(world: World, channel: Channel, table: str, number: int) -> JsonObject:
    match table:
        case "users":
            return to_wire_user(world.directory.user(UserId(number)))
        case "channels":
            target = world.directory.channel(ChannelId(number))
            bits = world.directory.permissions_in(target, world.application.bot.id)
            return _to_wire_partial_channel(world, target, bits)
        case "roles":
            assert channel.guild_id is not None
            return to_wire_role(world.directory.guild(channel.guild_id).roles[RoleId(number)])
        case "messages":
            return to_wire_message(world, world.board.get(channel.id, MessageId(number)))
        case _:
            attachment = world.board.attachment(AttachmentId(number))
            assert attachment is not None
            return to_wire_attachment(attachment, world.public_url)


def _to_wire_partial_channel(world: World, channel: Channel, bits: int) -> JsonObject:
    whole = to_wire_channel(channel, world.directory)
    if channel.guild_id is None:
        return whole
    return {key: value for key, value in whole.items() if key in _CHANNEL_FIELDS} | {
        "permissions": str(int(bits))
    }


def _without_voice(member: JsonObject) -> JsonObject:
    return {key: value for key, value in member.items() if key not in {"mute", "deaf"}}
