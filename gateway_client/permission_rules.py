"""Discord's permission algorithm, as pure functions over a guild's roles and a channel's overwrites.

Order: the owner and administrators hold everything; otherwise @everyone and the member's roles are joined,
then the channel's overwrites apply (for @everyone, for all roles together, for the member; in each step
denials first), and at last what is lost by implication. Imports: `objects`, `permissions`, `ids`, `kinds`.

Source: Topics, Permissions, "Permission Overwrites", "Implicit Permissions", "Inherited Permissions
(Threads)", "Permissions for Timed Out Members".
"""

from collections.abc import Iterable, Mapping

from gateway_client.ids import GuildId, RoleId, UserId
from gateway_client.kinds import ChannelType, OverwriteType
from gateway_client.objects import Overwrite, Role
from gateway_client.permissions import ALL_PERMISSIONS, Permissions

THREADS = frozenset({ChannelType.ANNOUNCEMENT_THREAD, ChannelType.PUBLIC_THREAD, ChannelType.PRIVATE_THREAD})
"""Channels that inherit from their parent."""

VOICE = frozenset({ChannelType.GUILD_VOICE, ChannelType.GUILD_STAGE_VOICE})
"""Channels in which CONNECT is the condition of everything else."""

_WITHOUT_SENDING = int(
    Permissions.MENTION_EVERYONE
    | Permissions.SEND_TTS_MESSAGES
    | Permissions.ATTACH_FILES
    | Permissions.EMBED_LINKS
)

_WITHOUT_CONNECTING = int(
    Permissions.MANAGE_CHANNELS
    | Permissions.MANAGE_ROLES
    | Permissions.PRIORITY_SPEAKER
    | Permissions.STREAM
    | Permissions.SPEAK
    | Permissions.MUTE_MEMBERS
    | Permissions.DEAFEN_MEMBERS
    | Permissions.MOVE_MEMBERS
    | Permissions.USE_VAD
    | Permissions.REQUEST_TO_SPEAK
    | Permissions.USE_SOUNDBOARD
    | Permissions.USE_EXTERNAL_SOUNDS
)

_LEFT_IN_TIMEOUT = int(Permissions.VIEW_CHANNEL | Permissions.READ_MESSAGE_HISTORY)


def guild_permissions(
    roles: Mapping[RoleId, Role], guild_id: GuildId, role_ids: Iterable[RoleId]
) -> Permissions:
    """What @everyone and the given roles grant together; everything, if that includes ADMINISTRATOR."""
    everyone = roles.get(RoleId(guild_id))
    granted = everyone.permissions if everyone else 0
    for role_id in role_ids:
        role = roles.get(role_id)
        if role is not None:
            granted |= role.permissions
    if granted & Permissions.ADMINISTRATOR:
        return ALL_PERMISSIONS
    return Permissions(granted)


def with_overwrites(
    granted: Permissions,
    overwrites: Iterable[Overwrite],
    guild_id: GuildId,
    user_id: UserId,
    role_ids: Iterable[RoleId],
) -> Permissions:
    """Apply a channel's overwrites to guild permissions that do not include ADMINISTRATOR."""
    by_key = {(overwrite.type, overwrite.id): overwrite for overwrite in overwrites}
    bits = _apply(int(granted), [by_key.get((OverwriteType.ROLE, guild_id))])
    roles = (role_id for role_id in role_ids if role_id != guild_id)
    bits = _apply(bits, [by_key.get((OverwriteType.ROLE, role_id)) for role_id in roles])
    return Permissions(_apply(bits, [by_key.get((OverwriteType.MEMBER, user_id))]))


def _apply(bits: int, overwrites: Iterable[Overwrite | None]) -> int:
    allow = deny = 0
    for overwrite in overwrites:
        if overwrite is not None:
            allow |= overwrite.allow
            deny |= overwrite.deny
    return bits & ~deny | allow


def without_implied(permissions: Permissions, channel_type: int) -> Permissions:
    """Take away what is useless without VIEW_CHANNEL, SEND_MESSAGES or, in voice channels, CONNECT.

    In a thread SEND_MESSAGES means the thread: it is there if and only if SEND_MESSAGES_IN_THREADS is.
    """
    bits = int(permissions)
    if not bits & Permissions.VIEW_CHANNEL:
        return Permissions(0)
    if channel_type in THREADS:
        bits &= ~Permissions.SEND_MESSAGES
        if bits & Permissions.SEND_MESSAGES_IN_THREADS:
            bits |= Permissions.SEND_MESSAGES
    if not bits & Permissions.SEND_MESSAGES:
        bits &= ~_WITHOUT_SENDING
    if channel_type in VOICE and not bits & Permissions.CONNECT:
        bits &= ~_WITHOUT_CONNECTING
    return Permissions(bits)


def in_timeout(permissions: Permissions) -> Permissions:
    """What a member keeps whose communication is disabled (owners and administrators are exempt)."""
    return Permissions(permissions & _LEFT_IN_TIMEOUT)
