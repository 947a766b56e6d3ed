"""Users, members, roles, voice states and the application on the wire. Pure.

Sources: User resource "User Object"; Guild resource "Guild Member Object"; Permissions topic "Role Object";
Voice resource "Voice State Object"; Application resource "Application Object".
"""

from datetime import datetime

from gateway_client.ids import GuildId
from sandbox.json_values import JsonObject
from sandbox.model.entities import Application, Member, Role, User, VoiceState


def to_wire_time(at: datetime) -> str:
    """Return an ISO 8601 time with microseconds, as Discord does."""
    return at.isoformat(timespec="microseconds")


def to_wire_user(user: User) -> JsonObject:
    """Return a user as others see it."""
    wire: JsonObject = {
        "id": str(user.id),
        "username": user.username,
        "global_name": user.global_name,
        "discriminator": "0000" if user.bot else "0",
        "avatar": user.avatar,
        "avatar_decoration_data": None,
        "collectibles": None,
        "primary_guild": None,
        "public_flags": 0,
    }
    return {**wire, "bot": True} if user.bot else wire


def to_wire_own_user(user: User) -> JsonObject:
    """Return the bot's user as the bot sees it."""
    own: JsonObject = {"verified": True, "mfa_enabled": False, "email": None, "flags": 0, "locale": "en-US"}
    return {**to_wire_user(user), **own, "banner": None, "accent_color": None, "bio": ""}


def to_wire_partial_member(member: Member) -> JsonObject:
    """Return a member without its user, as it comes with messages and interactions."""
    return {
        "nick": member.nick,
        "avatar": None,
        "banner": None,
        "roles": [str(role_id) for role_id in member.roles],
        "joined_at": to_wire_time(member.joined_at),
        "premium_since": None,
        "communication_disabled_until": None,
        "flags": 0,
        "pending": False,
        "mute": member.mute,
        "deaf": member.deaf,
    }


def to_wire_member(member: Member) -> JsonObject:
    """Return a whole member."""
    return {**to_wire_partial_member(member), "user": to_wire_user(member.user)}


def to_wire_role(role: Role) -> JsonObject:
    """Return a role."""
    return {
        "id": str(role.id),
        "name": role.name,
        "color": role.color,
        "colors": {"primary_color": role.color, "secondary_color": None, "tertiary_color": None},
        "hoist": role.hoist,
        "icon": None,
        "unicode_emoji": None,
        "position": role.position,
        "permissions": str(int(role.permissions)),
        "managed": role.managed,
        "mentionable": role.mentionable,
        "flags": 0,
    }


def to_wire_voice_state(state: VoiceState, member: Member | None = None) -> JsonObject:
    """Return a voice state; with a member in events and REST, without one inside GUILD_CREATE."""
    wire: JsonObject = {
        "guild_id": str(state.guild_id),
        "channel_id": str(state.channel_id) if state.channel_id else None,
        "user_id": str(state.user_id),
        "session_id": state.session_id,
        "deaf": state.deaf,
        "mute": state.mute,
        "self_deaf": state.self_deaf,
        "self_mute": state.self_mute,
        "self_video": False,
        "self_stream": False,
        "suppress": state.suppress,
        "request_to_speak_timestamp": None,
    }
    return {**wire, "member": to_wire_member(member)} if member else wire


def to_wire_application(application: Application, guild_count: int) -> JsonObject:
    """Return the bot's application as ``/applications/@me`` does."""
    return {
        "id": str(application.id),
        "name": application.name,
        "icon": None,
        "description": "Lives in a sandbox",
        "type": None,
        "summary": "",
        "bot": to_wire_user(application.bot),
        "bot_public": True,
        "bot_require_code_grant": False,
        "owner": to_wire_user(application.owner),
        "team": None,
        "verify_key": "0" * 64,
        "flags": int(application.flags),
        "approximate_guild_count": guild_count,
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "event_webhooks_url": None,
        "event_webhooks_status": 1,
        "integration_types_config": {"0": {}},
        "hook": True,
        "is_monetized": False,
        "is_verified": False,
        "storefront_available": False,
        "rpc_origins": [],
        "tags": [],
    }


def to_wire_caller(member: Member, channel_bits: int) -> JsonObject:
    """Return the member of an interaction, who carries their permissions in the channel."""
    return {
        **to_wire_member(member),
        "permissions": str(int(channel_bits)),
        "unusual_dm_activity_until": None,
    }


def to_wire_unavailable(guild_id: GuildId) -> JsonObject:
    """Return a guild that is not there yet, or has an outage."""
    return {"id": str(guild_id), "unavailable": True}
