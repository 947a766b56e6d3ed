"""What is known of one guild: roles, channels, voice states, the bot's own membership, who may do what.

Held and patched by `cache`; the questions here concern one guild only. Imports: the room's values
and `permission_rules`. No I/O, nothing to fail.
"""

from collections.abc import Collection, Iterable

from attrs import define, evolve

from gateway_client.ids import ChannelId, RoleId, UserId
from gateway_client.objects import Channel, Guild, Member, Role, VoiceState
from gateway_client.permission_rules import THREADS, guild_permissions, with_overwrites, without_implied
from gateway_client.permissions import ALL_PERMISSIONS, Permissions


@define(kw_only=True)
class Picture:
    """One guild. `guild` is bare: its own fields, without the parts that are kept beside it."""

    guild: Guild
    shard_id: int
    roles: dict[RoleId, Role]
    channels: dict[ChannelId, Channel]
    voice: dict[UserId, VoiceState]
    me: Member | None = None

    def top_role(self, role_ids: Iterable[RoleId]) -> Role | None:
        """The highest of the roles by position, of equals the older one; @everyone if none is known."""
        held = [self.roles[role_id] for role_id in role_ids if role_id in self.roles]
        if not held:
            return self.roles.get(RoleId(self.guild.id))
        return max(held, key=lambda role: (role.position, -role.id))

    def threads_of(self, parents: Collection[ChannelId] | None) -> list[Channel]:
        """The active threads of some channels, or of all."""
        return [
            channel
            for channel in self.channels.values()
            if channel.type in THREADS and (parents is None or channel.parent_id in parents)
        ]

    def permissions(
        self, channel_id: ChannelId | None, user_id: UserId, role_ids: tuple[RoleId, ...]
    ) -> Permissions:
        """What somebody with these roles may do in a channel, or in the guild as far as none is known."""
        if self.guild.owner_id == user_id:
            return ALL_PERMISSIONS
        granted = guild_permissions(self.roles, self.guild.id, role_ids)
        channel = self.channels.get(channel_id) if channel_id is not None else None
        if channel is None or granted & Permissions.ADMINISTRATOR:
            return granted
        overwrites = self._overwriting(channel).permission_overwrites
        granted = with_overwrites(granted, overwrites, self.guild.id, user_id, role_ids)
        return without_implied(granted, channel.type)

    def _overwriting(self, channel: Channel) -> Channel:
        """The channel whose overwrites count: a thread has its parent's."""
        if channel.type in THREADS and channel.parent_id is not None:
            return self.channels.get(channel.parent_id, channel)
        return channel


def bare(guild: Guild) -> Guild:
    """The guild without its parts."""
    return evolve(guild, roles=(), channels=(), threads=(), members=(), voice_states=())


def picture_of(guild: Guild, shard_id: int) -> Picture:
    """What GUILD_CREATE tells, and which shard told it."""
    members = {member.user.id: member for member in guild.members if member.user}
    return Picture(
        guild=bare(guild),
        shard_id=shard_id,
        roles={role.id: role for role in guild.roles},
        channels={
            channel.id: evolve(channel, guild_id=guild.id) for channel in (*guild.channels, *guild.threads)
        },
        voice={
            state.user_id: evolve(state, guild_id=guild.id, member=members.get(state.user_id))
            for state in guild.voice_states
            if state.channel_id is not None
        },
    )
