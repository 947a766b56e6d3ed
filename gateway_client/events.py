"""What Discord tells us, in the past tense: one class per event.

`parse` makes them from the wire. Thread events become channel events, because a thread is a channel with a
parent. Imports: `ids`, `objects`.
"""

from attrs import field, frozen

from gateway_client.ids import ChannelId, GuildId, MessageId, RoleId, UserId
from gateway_client.objects import (
    Application,
    Channel,
    Emoji,
    Guild,
    Interaction,
    Member,
    Message,
    MessagePatch,
    Role,
    User,
    VoiceState,
)


@frozen(kw_only=True)
class Ready:
    """A new session stands. Guilds are still unavailable; each follows as GUILD_CREATE."""

    user: User
    session_id: str = field(repr=False)
    resume_gateway_url: str
    application: Application
    guilds: tuple[Guild, ...] = ()


@frozen(kw_only=True)
class Resumed:
    """The old session goes on, and everything that was missed has been delivered."""


@frozen(kw_only=True)
class GuildCreated:
    """A guild came into sight: after READY, after an outage, or because the bot was invited."""

    guild: Guild


@frozen(kw_only=True)
class GuildUpdated:
    """The guild's own fields and roles changed; channels, members and voice states are not in it."""

    guild: Guild


@frozen(kw_only=True)
class GuildDeleted:
    """A guild went out of sight: `unavailable` is an outage, otherwise the bot was removed from it."""

    guild_id: GuildId
    unavailable: bool = False


@frozen(kw_only=True)
class ChannelCreated:
    """A channel or a thread."""

    channel: Channel


@frozen(kw_only=True)
class ChannelUpdated:
    """A channel or a thread."""

    channel: Channel


@frozen(kw_only=True)
class ChannelDeleted:
    """A channel or a thread."""

    channel: Channel


@frozen(kw_only=True)
class ThreadsSynced:
    """The active threads of channels that came into sight; no `channel_ids` means the whole guild."""

    guild_id: GuildId
    channel_ids: tuple[ChannelId, ...] = ()
    threads: tuple[Channel, ...] = ()


@frozen(kw_only=True)
class RoleCreated:
    """A role was made."""

    guild_id: GuildId
    role: Role


@frozen(kw_only=True)
class RoleUpdated:
    """A role's name, place or permissions changed."""

    guild_id: GuildId
    role: Role


@frozen(kw_only=True)
class RoleDeleted:
    """A role is gone."""

    guild_id: GuildId
    role_id: RoleId


@frozen(kw_only=True)
class MemberAdded:
    """Somebody joined the guild (only with the intent GUILD_MEMBERS)."""

    guild_id: GuildId
    member: Member


@frozen(kw_only=True)
class MemberUpdated:
    """A member's nickname or roles changed (without the intent GUILD_MEMBERS: the bot's own only)."""

    guild_id: GuildId
    member: Member


@frozen(kw_only=True)
class MemberRemoved:
    """Somebody left the guild, or was made to."""

    guild_id: GuildId
    user: User


@frozen(kw_only=True)
class MessageCreated:
    """Somebody wrote; the bot's own messages come back too."""

    message: Message


@frozen(kw_only=True)
class MessageUpdated:
    """A message changed; only told fields are set."""

    message: MessagePatch


@frozen(kw_only=True)
class MessageDeleted:
    """One message is gone."""

    message_id: MessageId
    channel_id: ChannelId
    guild_id: GuildId | None = None


@frozen(kw_only=True)
class MessagesDeletedInBulk:
    """Several messages of one channel are gone at once."""

    message_ids: tuple[MessageId, ...]
    channel_id: ChannelId
    guild_id: GuildId | None = None


@frozen(kw_only=True)
class ReactionAdded:
    """One person's reaction."""

    user_id: UserId
    channel_id: ChannelId
    message_id: MessageId
    emoji: Emoji
    guild_id: GuildId | None = None
    member: Member | None = None


@frozen(kw_only=True)
class ReactionRemoved:
    """One person's reaction was taken back or away."""

    user_id: UserId
    channel_id: ChannelId
    message_id: MessageId
    emoji: Emoji
    guild_id: GuildId | None = None


@frozen(kw_only=True)
class ReactionsCleared:
    """Reactions to one message were removed at once: all of them, or all of one `emoji`."""

    channel_id: ChannelId
    message_id: MessageId
    guild_id: GuildId | None = None
    emoji: Emoji | None = None


@frozen(kw_only=True)
class VoiceStateUpdated:
    """Somebody joined, moved, left or changed how they hear and speak."""

    state: VoiceState


@frozen(kw_only=True)
class VoiceServerUpdated:
    """Where the guild's voice connection goes; without an endpoint, wait for the next one."""

    guild_id: GuildId
    token: str = field(repr=False)
    endpoint: str | None = None


@frozen(kw_only=True)
class InteractionCreated:
    """Somebody called a command, pressed, picked, typed or submitted."""

    interaction: Interaction


Event = (
    Ready
    | Resumed
    | GuildCreated
    | GuildUpdated
    | GuildDeleted
    | ChannelCreated
    | ChannelUpdated
    | ChannelDeleted
    | ThreadsSynced
    | RoleCreated
    | RoleUpdated
    | RoleDeleted
    | MemberAdded
    | MemberUpdated
    | MemberRemoved
    | MessageCreated
    | MessageUpdated
    | MessageDeleted
    | MessagesDeletedInBulk
    | ReactionAdded
    | ReactionRemoved
    | ReactionsCleared
    | VoiceStateUpdated
    | VoiceServerUpdated
    | InteractionCreated
)


@frozen(kw_only=True)
class Received:
    """An event with where it came from. `sequence` counts a session's events, anew after each READY."""

    event: Event
    shard_id: int
    sequence: int
