"""Users, guilds, channels, members and roles: who and what exists, looked up and changed.

Rules: an id names one thing in the whole world; a direct-message channel is made on first use; an outage
makes a guild unavailable without forgetting it. Look-ups that fail raise ``Unknown``, which REST turns into
Discord's code.
"""

from enum import Enum

from attrs import define, evolve, field

from gateway_client.ids import ChannelId, GuildId, RoleId, UserId
from sandbox.model import events, permissions
from sandbox.model.entities import (
    Application,
    Channel,
    ChannelType,
    Guild,
    Member,
    Overwrite,
    Role,
    User,
)
from sandbox.model.ledger import Ledger


class Kind(Enum):
    """What a look-up was for; the value is Discord's error code for not finding it."""

    CHANNEL = 10003
    GUILD = 10004
    MEMBER = 10007
    MESSAGE = 10008
    ROLE = 10011
    USER = 10013
    EMOJI = 10014
    WEBHOOK = 10015
    INTERACTION = 10062
    COMMAND = 10063
    VOICE_STATE = 10065


class Unknown(Exception):
    """There is no such thing."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(f"unknown {kind.name.lower()}")
        self.kind = kind


@define
class Directory:
    """Everybody and every place."""

    _ledger: Ledger
    application: Application
    users: dict[UserId, User] = field(factory=dict[UserId, User])
    guilds: dict[GuildId, Guild] = field(factory=dict[GuildId, Guild])
    direct: dict[UserId, Channel] = field(factory=dict[UserId, Channel])
    """Direct-message channels with the bot, by the person."""

    @property
    def bot(self) -> User:
        """The bot's own user."""
        return self.application.bot

    def user(self, user_id: UserId) -> User:
        """Return a user, or raise ``Unknown``."""
        if user_id not in self.users:
            raise Unknown(Kind.USER)
        return self.users[user_id]

    def guild(self, guild_id: GuildId) -> Guild:
        """Return a guild that is there and available, or raise ``Unknown``."""
        guild = self.guilds.get(guild_id)
        if guild is None or not guild.available:
            raise Unknown(Kind.GUILD)
        return guild

    def channel(self, channel_id: ChannelId) -> Channel:
        """Return a channel of any guild, or a direct one, or raise ``Unknown``."""
        for guild in self.guilds.values():
            if channel_id in guild.channels and guild.available:
                return guild.channels[channel_id]
        for channel in self.direct.values():
            if channel.id == channel_id:
                return channel
        raise Unknown(Kind.CHANNEL)

    def member(self, guild_id: GuildId, user_id: UserId) -> Member:
        """Return a member, or raise ``Unknown``."""
        member = self.guild(guild_id).members.get(user_id)
        if member is None:
            raise Unknown(Kind.MEMBER)
        return member

    def permissions_in(self, channel: Channel, user_id: UserId) -> int:
        """Return what somebody may do in a channel; nothing for strangers."""
        if channel.guild_id is None:
            known = user_id == self.bot.id or user_id in channel.recipients
            return permissions.EVERYTHING if known else 0
        guild = self.guild(channel.guild_id)
        member = guild.members.get(user_id)
        return permissions.channel_permissions(guild, member, channel) if member else 0

    def direct_channel(self, user_id: UserId) -> Channel:
        """Return the channel between the bot and a person; make it if there is none."""
        person = self.user(user_id)
        if user_id not in self.direct:
            channel = Channel(
                id=ChannelId(self._ledger.ids.next()), type=ChannelType.DM, recipients=(person.id,)
            )
            self.direct[user_id] = channel
            self._ledger.publish(events.ChannelCreated(channel=channel))
        return self.direct[user_id]

    def add_member(self, guild: Guild, user: User, roles: tuple[RoleId, ...] = ()) -> Member:
        """Let a user join a guild."""
        member = Member(user=user, joined_at=self._ledger.clock.date(), roles=roles)
        guild.members[user.id] = member
        self._ledger.publish(events.MemberJoined(guild_id=guild.id, member=member))
        return member

    def remove_member(self, guild: Guild, user_id: UserId) -> None:
        """Take a member out of a guild. Whoever sits in voice must have left before."""
        member = guild.members.pop(user_id, None)
        if member is None:
            raise Unknown(Kind.MEMBER)
        self._ledger.publish(events.MemberLeft(guild_id=guild.id, user=member.user))

    def rename(self, guild: Guild, member: Member, nick: str | None) -> None:
        """Give a nickname, or take it away."""
        member.nick = nick or None
        self._ledger.publish(events.MemberUpdated(guild_id=guild.id, member=member))

    def set_roles(self, guild: Guild, member: Member, roles: tuple[RoleId, ...]) -> None:
        """Give a member exactly these roles."""
        if any(role_id not in guild.roles for role_id in roles):
            raise Unknown(Kind.ROLE)
        member.roles = roles
        self._ledger.publish(events.MemberUpdated(guild_id=guild.id, member=member))

    def add_channel(self, guild: Guild, name: str, channel_type: ChannelType = ChannelType.TEXT) -> Channel:
        """Make a channel."""
        channel = Channel(
            id=ChannelId(self._ledger.ids.next()),
            type=channel_type,
            name=name,
            guild_id=guild.id,
            position=len(guild.channels),
        )
        guild.channels[channel.id] = channel
        self._ledger.publish(events.ChannelCreated(channel=channel))
        return channel

    def changed_channel(self, channel: Channel) -> None:
        """Tell that a channel's fields were changed."""
        self._ledger.publish(events.ChannelUpdated(channel=channel))

    def limit_users(self, channel: Channel, user_limit: int) -> None:
        """Set how many may sit in a voice channel; 0 is no limit."""
        channel.user_limit = user_limit
        self.changed_channel(channel)

    def set_overwrite(self, channel: Channel, overwrite: Overwrite) -> None:
        """Allow or deny something in a channel; replaces what was said of that role or member."""
        others = tuple(o for o in channel.overwrites if o.id != overwrite.id)
        channel.overwrites = (*others, overwrite)
        self.changed_channel(channel)

    def remove_channel(self, channel: Channel) -> None:
        """Delete a guild channel. Whoever sits in it must have left before."""
        assert channel.guild_id is not None
        guild = self.guild(channel.guild_id)
        del guild.channels[channel.id]
        if guild.afk_channel_id == channel.id:
            guild.afk_channel_id = None
        self._ledger.publish(events.ChannelDeleted(channel=channel))

    def add_role(self, guild: Guild, name: str, bits: int, *, position: int | None = None) -> Role:
        """Make a role; without a position it goes on top."""
        top = max(role.position for role in guild.roles.values()) + 1
        place = top if position is None else position
        role = Role(id=RoleId(self._ledger.ids.next()), name=name, position=place, permissions=bits)
        guild.roles[role.id] = role
        self._ledger.publish(events.RoleCreated(guild_id=guild.id, role=role))
        return role

    def set_role_permissions(self, guild: Guild, role_id: RoleId, bits: int) -> None:
        """Change what a role may do."""
        role = guild.roles.get(role_id)
        if role is None:
            raise Unknown(Kind.ROLE)
        changed = evolve(role, permissions=bits)
        guild.roles[role_id] = changed
        self._ledger.publish(events.RoleUpdated(guild_id=guild.id, role=changed))

    def add_guild(self, guild: Guild) -> None:
        """Let the bot join a guild that was built."""
        self.guilds[guild.id] = guild
        for member in guild.members.values():
            self.users.setdefault(member.user.id, member.user)
        self._ledger.publish(events.GuildJoined(guild=guild))

    def remove_guild(self, guild_id: GuildId) -> None:
        """Take the bot out of a guild."""
        if self.guilds.pop(guild_id, None) is None:
            raise Unknown(Kind.GUILD)
        self._ledger.publish(events.GuildLeft(guild_id=guild_id, unavailable=False))

    def set_available(self, guild_id: GuildId, available: bool) -> None:
        """Begin or end an outage of a guild."""
        guild = self.guilds[guild_id]
        if guild.available == available:
            return
        guild.available = available
        if available:
            self._ledger.publish(events.GuildJoined(guild=guild))
        else:
            self._ledger.publish(events.GuildLeft(guild_id=guild_id, unavailable=True))
