"""Discord's objects that make up a guild: users, members, roles, channels, voice states.

Read about decoding in `objects`, which exports these classes too: import them from there.
"""

from datetime import datetime

from attrs import frozen

from gateway_client.ids import ChannelId, GuildId, MessageId, RoleId, UserId
from gateway_client.kinds import ChannelType


@frozen(kw_only=True)
class User:
    """A person or a bot. Source: User Resource, "User Structure".

    `member` comes only with the users in a message's `mentions`.
    """

    id: UserId
    username: str = ""
    global_name: str | None = None
    bot: bool = False
    system: bool = False
    avatar: str | None = None
    member: "Member | None" = None

    @property
    def display_name(self) -> str:
        """The name that people see where no nickname is set."""
        return self.global_name or self.username


@frozen(kw_only=True)
class Member:
    """A user in one guild. Source: Guild Resource, "Guild Member Structure".

    `user` is absent in messages, `permissions` (a bit set, computed for the channel) present in
    interactions only.
    """

    user: User | None = None
    nick: str | None = None
    avatar: str | None = None
    roles: tuple[RoleId, ...] = ()
    permissions: int | None = None
    joined_at: str | None = None
    communication_disabled_until: datetime | None = None


@frozen(kw_only=True)
class Role:
    """Source: Topics, Permissions, "Role Structure". The role @everyone has the id of its guild."""

    id: RoleId
    name: str = ""
    position: int = 0
    permissions: int = 0
    managed: bool = False
    mentionable: bool = False


@frozen(kw_only=True)
class Overwrite:
    """What a channel changes for a role or a member (`id` names which, `type` says what it is)."""

    id: int
    type: int
    allow: int = 0
    deny: int = 0


@frozen(kw_only=True)
class Channel:
    """A channel or thread. Source: Channel Resource, "Channel Structure".

    `permissions` is the caller's, in a command's resolved channels only.
    """

    id: ChannelId
    type: int = ChannelType.GUILD_TEXT
    guild_id: GuildId | None = None
    name: str | None = None
    position: int = 0
    parent_id: ChannelId | None = None
    permission_overwrites: tuple[Overwrite, ...] = ()
    bitrate: int | None = None
    user_limit: int | None = None
    nsfw: bool = False
    last_message_id: MessageId | None = None
    permissions: int | None = None


@frozen(kw_only=True)
class VoiceState:
    """Where a user sits, and whether they hear and speak. Source: Voice Resource, "Voice State Structure".

    `guild_id` is absent inside GUILD_CREATE; `channel_id` is None once the user has left.
    """

    user_id: UserId
    session_id: str = ""
    guild_id: GuildId | None = None
    channel_id: ChannelId | None = None
    member: Member | None = None
    deaf: bool = False
    mute: bool = False
    self_deaf: bool = False
    self_mute: bool = False
    self_stream: bool = False
    self_video: bool = False
    suppress: bool = False


@frozen(kw_only=True)
class Guild:
    """A guild as GUILD_CREATE and GUILD_UPDATE carry it. Source: Guild Resource, "Guild Structure".

    Channels, threads, members and voice states come with GUILD_CREATE only. `unavailable` guilds have an id
    and nothing else.
    """

    id: GuildId
    name: str = ""
    owner_id: UserId | None = None
    afk_channel_id: ChannelId | None = None
    preferred_locale: str = "en-US"
    unavailable: bool = False
    large: bool = False
    member_count: int | None = None
    premium_tier: int = 0
    roles: tuple[Role, ...] = ()
    channels: tuple[Channel, ...] = ()
    threads: tuple[Channel, ...] = ()
    members: tuple[Member, ...] = ()
    voice_states: tuple[VoiceState, ...] = ()
