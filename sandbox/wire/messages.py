"""Messages, attachments and emojis on the wire. Pure.

Sources: Message resource "Message Object", "Attachment Object", "Reaction Object"; Gateway Events "Message
Create" (which adds ``guild_id`` and ``member`` to what REST returns).
"""

import struct
from urllib.parse import quote

from gateway_client.ids import UserId
from sandbox.json_values import JsonObject
from sandbox.model.entities import Attachment, Emoji, InteractionMetadata, Message, MessageFlags, Reaction
from sandbox.wire.people import to_wire_partial_member, to_wire_time, to_wire_user
from sandbox.world import World


def to_wire_emoji(emoji: Emoji) -> JsonObject:
    """Return an emoji as it comes with reactions."""
    return {"id": str(emoji.id) if emoji.id else None, "name": emoji.name}


def to_wire_attachment(attachment: Attachment, public_url: str) -> JsonObject:
    """Return an attachment; its ``url`` is served by the sandbox itself."""
    place = "ephemeral-attachments" if attachment.ephemeral else "attachments"
    name = quote(attachment.filename, safe="")
    url = f"{public_url}/{place}/{attachment.channel_id}/{attachment.id}/{name}"
    wire: JsonObject = {
        "id": str(attachment.id),
        "filename": attachment.filename,
        "size": len(attachment.content),
        "url": url,
        "proxy_url": url,
    }
    if attachment.content_type:
        wire["content_type"] = attachment.content_type
    if attachment.description is not None:
        wire["description"] = attachment.description
    if attachment.ephemeral:
        wire["ephemeral"] = True
    size = _png_size(attachment.content)
    return {**wire, "width": size[0], "height": size[1]} if size else wire


def to_wire_message(world: World, message: Message) -> JsonObject:
    """Return a message as REST does."""
    wire: JsonObject = {
        "id": str(message.id),
        "channel_id": str(message.channel_id),
        "type": int(message.type),
        "author": to_wire_user(message.author),
        "content": message.content,
        "timestamp": to_wire_time(message.created_at),
        "edited_timestamp": to_wire_time(message.edited_at) if message.edited_at else None,
        "tts": message.tts,
        "mention_everyone": message.mention_everyone,
        "mentions": [_to_wire_mention(world, message, user_id) for user_id in message.mentions],
        "mention_roles": [str(role_id) for role_id in message.mention_roles],
        "attachments": [to_wire_attachment(a, world.public_url) for a in message.attachments],
        "embeds": [] if message.flags & MessageFlags.SUPPRESS_EMBEDS else message.embeds,
        "components": message.components,
        "pinned": False,
        "flags": int(message.flags),
    }
    if message.reactions:
        wire["reactions"] = [
            _to_wire_reaction(r, world.application.bot.id) for r in message.reactions.values()
        ]
    if message.nonce is not None:
        wire["nonce"] = message.nonce
    if message.application_id:
        wire |= {"application_id": str(message.application_id), "webhook_id": str(message.webhook_id)}
    if message.interaction:
        wire |= _to_wire_interaction(world, message.interaction)
    if message.reference:
        wire |= _to_wire_reference(world, message)
    return wire


def to_wire_message_event(world: World, message: Message) -> JsonObject:
    """Return a message as MESSAGE_CREATE and MESSAGE_UPDATE carry it."""
    wire = to_wire_message(world, message)
    if message.guild_id is None:
        return {**wire, "channel_type": 1}
    wire["guild_id"] = str(message.guild_id)
    member = world.directory.guilds[message.guild_id].members.get(message.author.id)
    if member:
        wire["member"] = to_wire_partial_member(member)
    return wire


def without_content(wire: JsonObject) -> JsonObject:
    """Return a message event as it goes to a session without MESSAGE_CONTENT."""
    return {**wire, "content": "", "embeds": [], "attachments": [], "components": []}


def _to_wire_mention(world: World, message: Message, user_id: UserId) -> JsonObject:
    wire = to_wire_user(world.directory.users[user_id])
    guild = world.directory.guilds.get(message.guild_id) if message.guild_id else None
    member = guild.members.get(user_id) if guild else None
    return {**wire, "member": to_wire_partial_member(member)} if member else wire


def _to_wire_reaction(reaction: Reaction, bot_id: UserId) -> JsonObject:
    count = len(reaction.users)
    return {
        "emoji": to_wire_emoji(reaction.emoji),
        "count": count,
        "count_details": {"burst": 0, "normal": count},
        "me": bot_id in reaction.users,
        "me_burst": False,
        "burst_colors": [],
    }


def _to_wire_interaction(world: World, metadata: InteractionMetadata) -> JsonObject:
    user = to_wire_user(world.directory.users[metadata.user_id])
    wire: JsonObject = {
        "id": str(metadata.id),
        "type": metadata.type,
        "user": user,
        "authorizing_integration_owners": {},
    }
    if metadata.original_response_message_id:
        wire["original_response_message_id"] = str(metadata.original_response_message_id)
    if metadata.interacted_message_id:
        wire["interacted_message_id"] = str(metadata.interacted_message_id)
    if metadata.name is None:
        return {"interaction_metadata": wire}
    older: JsonObject = {"id": wire["id"], "type": metadata.type, "name": metadata.name, "user": user}
    return {"interaction_metadata": {**wire, "name": metadata.name}, "interaction": older}


def _to_wire_reference(world: World, message: Message) -> JsonObject:
    reference = message.reference
    assert reference is not None
    wire: JsonObject = {
        "type": 0,
        "channel_id": str(reference.channel_id),
        "message_id": str(reference.message_id),
    }
    if reference.guild_id:
        wire["guild_id"] = str(reference.guild_id)
    channel = world.board.history(reference.channel_id)
    target = next((m for m in channel if m.id == reference.message_id), None)
    quoted = None
    if target:
        quoted = to_wire_message(world, target)
        quoted.pop("referenced_message", None)
    return {"message_reference": wire, "referenced_message": quoted}


def _png_size(content: bytes) -> tuple[int, int] | None:
    if content[:8] != b"\x89PNG\r\n\x1a\n" or len(content) < 24:
        return None
    width, height = struct.unpack(">II", content[16:24])
    return width, height
