"""Who may do what where: the bits, and how roles and overwrites add up. Pure.

Source: Permissions topic, sections "Bitwise Permission Flags" and "Permission Hierarchy".
"""

from enum import IntFlag

from gateway_client.ids import RoleId
from sandbox.model.entities import Channel, Guild, Member


class Permissions(IntFlag):
    """The permissions that the sandbox checks, and what its default roles hold."""

    KICK_MEMBERS = 1 << 1
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    SEND_TTS_MESSAGES = 1 << 12
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    CONNECT = 1 << 20
    SPEAK = 1 << 21
    MUTE_MEMBERS = 1 << 22
    DEAFEN_MEMBERS = 1 << 23
    MOVE_MEMBERS = 1 << 24
    USE_VAD = 1 << 25
    CHANGE_NICKNAME = 1 << 26
    MANAGE_NICKNAMES = 1 << 27
    MANAGE_ROLES = 1 << 28
    USE_APPLICATION_COMMANDS = 1 << 31
    REQUEST_TO_SPEAK = 1 << 32
    SEND_MESSAGES_IN_THREADS = 1 << 38
    CREATE_EVENTS = 1 << 44
    SET_VOICE_CHANNEL_STATUS = 1 << 48


EVERYTHING = Permissions((1 << 53) - 1)
EVERYONE_DEFAULT = (
    Permissions.ADD_REACTIONS
    | Permissions.VIEW_CHANNEL
    | Permissions.SEND_MESSAGES
    | Permissions.EMBED_LINKS
    | Permissions.ATTACH_FILES
    | Permissions.READ_MESSAGE_HISTORY
    | Permissions.USE_EXTERNAL_EMOJIS
    | Permissions.CONNECT
    | Permissions.SPEAK
    | Permissions.USE_VAD
    | Permissions.CHANGE_NICKNAME
    | Permissions.USE_APPLICATION_COMMANDS
)
BOT_DEFAULT = (
    Permissions.ADD_REACTIONS
    | Permissions.VIEW_CHANNEL
    | Permissions.SEND_MESSAGES
    | Permissions.MANAGE_MESSAGES
    | Permissions.EMBED_LINKS
    | Permissions.ATTACH_FILES
    | Permissions.READ_MESSAGE_HISTORY
    | Permissions.USE_EXTERNAL_EMOJIS
    | Permissions.CONNECT
    | Permissions.SPEAK
    | Permissions.MUTE_MEMBERS
    | Permissions.MOVE_MEMBERS
    | Permissions.USE_VAD
    | Permissions.MANAGE_NICKNAMES
    | Permissions.REQUEST_TO_SPEAK
    | Permissions.SEND_MESSAGES_IN_THREADS
    | Permissions.CREATE_EVENTS
    | Permissions.SET_VOICE_CHANNEL_STATUS
)
"""What the role of an invited bot holds: just what its invitation asks for, as on Discord."""


def guild_permissions(guild: Guild, member: Member) -> int:
    """Return what a member may do in the guild as a whole."""
    if guild.owner_id == member.user.id:
        return EVERYTHING
    bits = guild.roles[RoleId(guild.id)].permissions
    for role_id in member.roles:
        bits |= guild.roles[role_id].permissions
    return EVERYTHING if bits & Permissions.ADMINISTRATOR else bits


def channel_permissions(guild: Guild, member: Member, channel: Channel) -> int:
    """Return what a member may do in one channel: guild, then @everyone, roles, member overwrites."""
    bits = guild_permissions(guild, member)
    if bits & Permissions.ADMINISTRATOR:
        return EVERYTHING
    everyone = next((o for o in channel.overwrites if o.id == guild.id), None)
    if everyone:
        bits = bits & ~everyone.deny | everyone.allow
    of_roles = [o for o in channel.overwrites if o.type == 0 and o.id in member.roles]
    denied = allowed = 0
    for overwrite in of_roles:
        denied |= overwrite.deny
        allowed |= overwrite.allow
    bits = bits & ~denied | allowed
    own = next((o for o in channel.overwrites if o.type == 1 and o.id == member.user.id), None)
    if own:
        bits = bits & ~own.deny | own.allow
    return bits if bits & Permissions.VIEW_CHANNEL else 0


def top_position(guild: Guild, member: Member) -> int:
    """Return the position of a member's highest role; the owner stands above all."""
    if guild.owner_id == member.user.id:
        return 1 << 30
    return max((guild.roles[role_id].position for role_id in member.roles), default=0)
