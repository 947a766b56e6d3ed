"""A server as large as Discord lets one be: its GUILD_CREATE has megabytes, although members are withheld."""

from gateway_client.ids import ChannelId, GuildId, RoleId
from sandbox.model.default import build_crowd
from sandbox.model.entities import Channel, ChannelType, Guild, Overwrite, Role, VoiceState

CHANNELS = 500
ROLES = 250
OVERWRITES = 100
"""Per channel; fewer than there may be."""
LISTENERS = 2_000
TOPIC = "All about " + "music, " * 20


def build_metropolis(guild: Guild) -> ChannelId:
    """Fill a guild with channels, roles, overwrites and people who sit in voice; its last text channel."""
    first = int(guild.id) + 10_000_000
    for number in range(ROLES - len(guild.roles)):
        role_id = RoleId(first + number)
        guild.roles[role_id] = Role(id=role_id, name=f"Fans of {number}", position=number + 3, permissions=0)
    roles = list(guild.roles)[-OVERWRITES:]
    overwrites = tuple(Overwrite(id=int(role_id), type=0, allow=1 << 10, deny=0) for role_id in roles)
    ids = [ChannelId(first + 1_000 + number) for number in range(CHANNELS - len(guild.channels))]
    for number, channel_id in enumerate(ids):
        guild.channels[channel_id] = Channel(
            id=channel_id,
            type=ChannelType.VOICE if number % 10 == 0 else ChannelType.TEXT,
            name=f"room-{number}",
            guild_id=guild.id,
            position=number,
            overwrites=overwrites,
            topic=TOPIC,
        )
    build_crowd(guild, 3 * LISTENERS)
    seat_people(guild, ids[::10])
    return ids[-1]


def seat_people(guild: Guild, rooms: list[ChannelId]) -> None:
    """Let people of a guild sit in its voice channels."""
    people = [member.user for member in guild.members.values() if not member.user.bot][-LISTENERS:]
    for number, user in enumerate(people):
        guild.voice_states[user.id] = VoiceState(
            guild_id=GuildId(guild.id),
            channel_id=rooms[number % len(rooms)],
            user_id=user.id,
            session_id=f"person-{user.id}",
        )
