"""What the local Discord consists of. State that changes is ``define``, what travels is ``frozen``.

May import ids and JSON values. Names and numbers are Discord's; how they look on the wire is
``sandbox.wire``'s business. An embed or a component is kept as the JSON that was accepted.
"""

from datetime import datetime
from enum import IntEnum, IntFlag

from attrs import define, field, frozen

from gateway_client.ids import (
    ApplicationId,
    AttachmentId,
    ChannelId,
    CommandId,
    EmojiId,
    GuildId,
    InteractionId,
    MessageId,
    RoleId,
    UserId,
)
from sandbox.json_values import JsonObject


class ChannelType(IntEnum):
    """Source: Channel resource, section "Channel Types"."""

    TEXT = 0
    DM = 1
    VOICE = 2
    CATEGORY = 4
    STAGE = 13


VOICE_TYPES = frozenset({ChannelType.VOICE, ChannelType.STAGE})


class MessageType(IntEnum):
    """Source: Message resource, section "Message Types"."""

    DEFAULT = 0
    REPLY = 19
    CHAT_INPUT_COMMAND = 20
    CONTEXT_MENU_COMMAND = 23


class MessageFlags(IntFlag):
    """Source: Message resource, section "Message Flags"."""

    NONE = 0
    SUPPRESS_EMBEDS = 1 << 2
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    IS_COMPONENTS_V2 = 1 << 15


@define(kw_only=True)
class User:
    """A person or a bot."""

    id: UserId
    username: str
    global_name: str | None = None
    bot: bool = False
    avatar: str | None = None


@define(kw_only=True)
class Role:
    """A role; the one whose id is the guild's is @everyone."""

    id: RoleId
    name: str
    position: int
    permissions: int
    color: int = 0
    hoist: bool = False
    managed: bool = False
    mentionable: bool = False


@frozen(kw_only=True)
class Overwrite:
    """What a channel allows or denies to a role (type 0) or a member (type 1)."""

    id: int
    type: int
    allow: int = 0
    deny: int = 0


@define(kw_only=True)
class Channel:
    """A guild channel, or a direct-message channel (``guild_id`` None, ``recipients`` set)."""

    id: ChannelId
    type: ChannelType
    name: str = ""
    guild_id: GuildId | None = None
    position: int = 0
    parent_id: ChannelId | None = None
    overwrites: tuple[Overwrite, ...] = ()
    topic: str | None = None
    user_limit: int = 0
    bitrate: int = 64_000
    status: str | None = None
    recipients: tuple[UserId, ...] = ()
    last_message_id: MessageId | None = None

    @property
    def is_voice(self) -> bool:
        """Whether people can sit in it."""
        return self.type in VOICE_TYPES


@define(kw_only=True)
class Member:
    """A user in one guild."""

    user: User
    joined_at: datetime
    nick: str | None = None
    roles: tuple[RoleId, ...] = ()
    mute: bool = False
    deaf: bool = False


@frozen(kw_only=True)
class VoiceState:
    """Where somebody sits. ``channel_id`` None only in events: just left."""

    guild_id: GuildId
    channel_id: ChannelId | None
    user_id: UserId
    session_id: str
    mute: bool = False
    deaf: bool = False
    self_mute: bool = False
    self_deaf: bool = False
    suppress: bool = False


@define(kw_only=True)
class Guild:
    """A server. ``available`` False is an outage: told to clients as unavailable."""

    id: GuildId
    name: str
    owner_id: UserId
    joined_at: datetime
    roles: dict[RoleId, Role] = field(factory=dict[RoleId, Role])
    channels: dict[ChannelId, Channel] = field(factory=dict[ChannelId, Channel])
    members: dict[UserId, Member] = field(factory=dict[UserId, Member])
    voice_states: dict[UserId, VoiceState] = field(factory=dict[UserId, VoiceState])
    event_ids: set[str] = field(factory=set[str])
    """Of the scheduled events."""
    emojis: dict[EmojiId, str] = field(factory=dict[EmojiId, str])
    """Names of the custom ones."""
    afk_channel_id: ChannelId | None = None
    afk_timeout_s: int = 300
    preferred_locale: str = "en-US"
    available: bool = True


@frozen(kw_only=True)
class Emoji:
    """A unicode emoji (``id`` None) or a custom one."""

    name: str
    id: EmojiId | None = None

    @property
    def key(self) -> str:
        """The form used in REST paths."""
        return self.name if self.id is None else f"{self.name}:{self.id}"


@define(kw_only=True)
class Reaction:
    """One emoji under a message, and who put it there, in order."""

    emoji: Emoji
    users: list[UserId] = field(factory=list[UserId])


@frozen(kw_only=True)
class Attachment:
    """A file that was uploaded. Its bytes are kept, and served under its message's channel."""

    id: AttachmentId
    channel_id: ChannelId
    filename: str
    content: bytes = field(repr=False)
    content_type: str | None = None
    description: str | None = None
    ephemeral: bool = False


@frozen(kw_only=True)
class MessageReference:
    """What a reply answers."""

    channel_id: ChannelId
    message_id: MessageId
    guild_id: GuildId | None = None


@frozen(kw_only=True)
class InteractionMetadata:
    """Which interaction a message answers, as shown above it."""

    id: InteractionId
    type: int
    user_id: UserId
    name: str | None = None
    original_response_message_id: MessageId | None = None
    interacted_message_id: MessageId | None = None


@define(kw_only=True)
class Message:
    """A message. ``visible_to`` is set for ephemeral ones: only that person sees it."""

    id: MessageId
    channel_id: ChannelId
    author: User
    created_at: datetime
    guild_id: GuildId | None = None
    type: MessageType = MessageType.DEFAULT
    content: str = ""
    embeds: list[JsonObject] = field(factory=list[JsonObject])
    components: list[JsonObject] = field(factory=list[JsonObject])
    attachments: tuple[Attachment, ...] = ()
    reactions: dict[str, Reaction] = field(factory=dict[str, Reaction])
    mentions: tuple[UserId, ...] = ()
    mention_roles: tuple[RoleId, ...] = ()
    mention_everyone: bool = False
    flags: MessageFlags = MessageFlags.NONE
    edited_at: datetime | None = None
    tts: bool = False
    nonce: str | int | None = None
    reference: MessageReference | None = None
    webhook_id: ApplicationId | None = None
    application_id: ApplicationId | None = None
    interaction: InteractionMetadata | None = None
    visible_to: UserId | None = None


class ApplicationFlags(IntFlag):
    """Which privileged intents the application may use.

    Source: Application resource, section "Application Flags".
    """

    NONE = 0
    GATEWAY_PRESENCE_LIMITED = 1 << 13
    GATEWAY_GUILD_MEMBERS_LIMITED = 1 << 15
    GATEWAY_MESSAGE_CONTENT_LIMITED = 1 << 19


ALL_PRIVILEGED = (
    ApplicationFlags.GATEWAY_PRESENCE_LIMITED
    | ApplicationFlags.GATEWAY_GUILD_MEMBERS_LIMITED
    | ApplicationFlags.GATEWAY_MESSAGE_CONTENT_LIMITED
)


@define(kw_only=True)
class Application:
    """The bot's application. The token is no secret: it opens nothing but this sandbox."""

    id: ApplicationId
    name: str
    bot: User
    owner: User
    token: str
    flags: ApplicationFlags = ALL_PRIVILEGED


@frozen(kw_only=True)
class Command:
    """A registered application command; ``body`` is its wire form, defaults filled in."""

    id: CommandId
    guild_id: GuildId | None
    type: int
    name: str
    body: JsonObject


@frozen(kw_only=True)
class Upload:
    """A file on its way in."""

    filename: str
    content: bytes = field(repr=False)
    content_type: str | None = None
    description: str | None = None
