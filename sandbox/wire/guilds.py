"""Guilds and channels on the wire. Pure.

Sources: Guild resource "Guild Object"; Channel resource "Channel Object"; Gateway Events "Guild Create".
"""

from sandbox.json_values import JsonObject
from sandbox.model.directory import Directory
from sandbox.model.entities import Channel, ChannelType, Guild
from sandbox.wire.people import (
    to_wire_member,
    to_wire_role,
    to_wire_time,
    to_wire_user,
    to_wire_voice_state,
)

MAX_LISTED = 75_000
"""A guild above this lists only the bot and who sits in voice. Source: Gateway Events, "Guild Create"."""


def to_wire_channel(channel: Channel, directory: Directory) -> JsonObject:
    """Return a channel of a guild, or a direct-message channel."""
    wire: JsonObject = {
        "id": str(channel.id),
        "type": int(channel.type),
        "last_message_id": str(channel.last_message_id) if channel.last_message_id else None,
        "flags": 0,
    }
    if channel.type is ChannelType.DM:
        recipients = [to_wire_user(directory.users[user_id]) for user_id in channel.recipients]
        return {**wire, "recipients": recipients}
    wire |= {
        "guild_id": str(channel.guild_id),
        "name": channel.name,
        "position": channel.position,
        "parent_id": str(channel.parent_id) if channel.parent_id else None,
        "permission_overwrites": [
            {"id": str(o.id), "type": o.type, "allow": str(int(o.allow)), "deny": str(int(o.deny))}
            for o in channel.overwrites
        ],
        "nsfw": False,
        "topic": channel.topic,
        "rate_limit_per_user": 0,
    }
    if channel.is_voice:
        wire |= {
            "bitrate": channel.bitrate,
            "user_limit": channel.user_limit,
            "rtc_region": None,
            "status": channel.status,
        }
    return wire


_PLAIN: JsonObject = {
    "icon": None,
    "splash": None,
    "discovery_splash": None,
    "banner": None,
    "description": None,
    "widget_enabled": False,
    "widget_channel_id": None,
    "verification_level": 0,
    "default_message_notifications": 0,
    "explicit_content_filter": 0,
    "stickers": [],
    "features": [],
    "mfa_level": 0,
    "application_id": None,
    "system_channel_id": None,
    "system_channel_flags": 0,
    "rules_channel_id": None,
    "public_updates_channel_id": None,
    "safety_alerts_channel_id": None,
    "vanity_url_code": None,
    "premium_tier": 0,
    "premium_subscription_count": 0,
    "premium_progress_bar_enabled": False,
    "max_presences": None,
    "max_members": 500_000,
    "max_video_channel_users": 25,
    "max_stage_video_channel_users": 50,
    "nsfw_level": 0,
    "nsfw": False,
    "region": "deprecated",
    "hub_type": None,
    "incidents_data": None,
}
"""What a guild has and the sandbox has no use for."""


def to_wire_guild(guild: Guild) -> JsonObject:
    """Return a guild as REST does: without channels, members and voice states."""
    return {
        **_PLAIN,
        "id": str(guild.id),
        "name": guild.name,
        "owner_id": str(guild.owner_id),
        "afk_channel_id": str(guild.afk_channel_id) if guild.afk_channel_id else None,
        "afk_timeout": guild.afk_timeout_s,
        "preferred_locale": guild.preferred_locale,
        "roles": [to_wire_role(role) for role in guild.roles.values()],
        "emojis": [
            {"id": str(emoji_id), "name": name, "roles": [], "require_colons": True, "available": True}
            for emoji_id, name in guild.emojis.items()
        ],
    }


def to_wire_guild_create(
    guild: Guild, directory: Directory, *, everyone: bool, large_threshold: int
) -> JsonObject:
    """Return what GUILD_CREATE carries.

    Args:
        guild: which.
        directory: to name people.
        everyone: list all members (the session asked for GUILD_PRESENCES); otherwise only the bot and who
            sits in voice.
        large_threshold: above this many members the guild calls itself large.
    """
    bot_id = directory.bot.id
    members = guild.members.values()
    if not everyone or len(members) > MAX_LISTED:
        members = [m for m in members if m.user.id == bot_id or m.user.id in guild.voice_states]
    return {
        **to_wire_guild(guild),
        "joined_at": to_wire_time(guild.joined_at),
        "large": len(guild.members) > large_threshold,
        "unavailable": False,
        "member_count": len(guild.members),
        "members": [to_wire_member(member) for member in members],
        "channels": [to_wire_channel(channel, directory) for channel in guild.channels.values()],
        "voice_states": [_without_guild(to_wire_voice_state(state)) for state in guild.voice_states.values()],
        "threads": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def to_wire_own_guild(guild: Guild, permissions: int) -> JsonObject:
    """Return an entry of ``/users/@me/guilds``."""
    return {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "banner": None,
        "owner": False,
        "permissions": str(int(permissions)),
        "features": [],
        "approximate_member_count": len(guild.members),
        "approximate_presence_count": len(guild.members),
    }


def _without_guild(wire: JsonObject) -> JsonObject:
    return {key: value for key, value in wire.items() if key != "guild_id"}
