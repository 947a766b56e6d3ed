"""What happens in the world, in the past tense. Subscribers get each event right after the change was made.

Events carry the living entities: read them at once, or copy what you keep. ``WorldEvent`` is closed: match it
with ``assert_never``. May import entities, interactions and ids.
"""

from datetime import datetime
from typing import TypeAlias

from attrs import frozen

from gateway_client.ids import ChannelId, GuildId, MessageId, RoleId, UserId
from sandbox.json_values import JsonObject
from sandbox.model.entities import Channel, Emoji, Guild, Member, Message, Role, User, VoiceState
from sandbox.model.interaction import Interaction


@frozen(kw_only=True)
class MessageCreated:
    """Somebody, or the bot, wrote. Ephemeral ones too: check ``message.visible_to``."""

    message: Message


@frozen(kw_only=True)
class MessageEdited:
    """A message looks different: text, embeds, components, attachments or flags."""

    message: Message


@frozen(kw_only=True)
class MessageDeleted:
    """A message is gone."""

    message: Message


@frozen(kw_only=True)
class MessagesDeletedInBulk:
    """Many messages of one channel are gone."""

    guild_id: GuildId | None
    channel_id: ChannelId
    message_ids: tuple[MessageId, ...]


@frozen(kw_only=True)
class ReactionAdded:
    """Somebody reacted."""

    message: Message
    user: User
    emoji: Emoji


@frozen(kw_only=True)
class ReactionRemoved:
    """A reaction was taken back, or removed by a moderator."""

    message: Message
    user: User
    emoji: Emoji


@frozen(kw_only=True)
class ReactionsCleared:
    """All reactions of a message, or all of one emoji, are gone."""

    message: Message
    emoji: Emoji | None


@frozen(kw_only=True)
class TypingStarted:
    """Somebody types."""

    channel: Channel
    user: User
    at: datetime


@frozen(kw_only=True)
class VoiceStateChanged:
    """Somebody joined, moved, left, or changed mute or deaf. ``state.channel_id`` None: left."""

    state: VoiceState
    before: VoiceState | None


@frozen(kw_only=True)
class VoiceStatusChanged:
    """The line of text under a voice channel's name changed."""

    channel: Channel


@frozen(kw_only=True)
class MemberJoined:
    """Somebody new is in the guild."""

    guild_id: GuildId
    member: Member


@frozen(kw_only=True)
class MemberUpdated:
    """A nickname, the roles, or server mute/deaf of a member changed."""

    guild_id: GuildId
    member: Member


@frozen(kw_only=True)
class MemberLeft:
    """Somebody left or was removed."""

    guild_id: GuildId
    user: User


@frozen(kw_only=True)
class PresenceChanged:
    """What the bot shows beside its name."""

    user: User
    presence: JsonObject


@frozen(kw_only=True)
class ChannelCreated:
    """A channel is there. Direct-message channels too."""

    channel: Channel


@frozen(kw_only=True)
class ChannelUpdated:
    """A channel changed."""

    channel: Channel


@frozen(kw_only=True)
class ChannelDeleted:
    """A channel is gone."""

    channel: Channel


@frozen(kw_only=True)
class RoleCreated:
    """A role is there."""

    guild_id: GuildId
    role: Role


@frozen(kw_only=True)
class RoleUpdated:
    """A role changed."""

    guild_id: GuildId
    role: Role


@frozen(kw_only=True)
class RoleDeleted:
    """A role is gone."""

    guild_id: GuildId
    role_id: RoleId


@frozen(kw_only=True)
class GuildJoined:
    """The bot was added to a guild, or an outage ended."""

    guild: Guild


@frozen(kw_only=True)
class GuildUpdated:
    """A guild's own fields changed."""

    guild: Guild


@frozen(kw_only=True)
class GuildLeft:
    """The bot was removed (``unavailable`` False), or an outage began (True)."""

    guild_id: GuildId
    unavailable: bool


@frozen(kw_only=True)
class InteractionCreated:
    """A person used a command, component or modal, or types in an option with autocomplete."""

    interaction: Interaction


@frozen(kw_only=True)
class InteractionChanged:
    """An interaction was deferred, answered, completed, or failed: see its state. Not told to bots."""

    interaction: Interaction


@frozen(kw_only=True)
class CommandsChanged:
    """The bot registered, changed or removed commands. Not told to bots."""

    guild_id: GuildId | None


@frozen(kw_only=True)
class ScheduledEventCreated:
    """A scheduled event of a guild; ``body`` is its wire form."""

    guild_id: GuildId
    creator_id: UserId
    body: JsonObject


WorldEvent: TypeAlias = (
    MessageCreated
    | MessageEdited
    | MessageDeleted
    | MessagesDeletedInBulk
    | ReactionAdded
    | ReactionRemoved
    | ReactionsCleared
    | TypingStarted
    | VoiceStateChanged
    | VoiceStatusChanged
    | MemberJoined
    | MemberUpdated
    | MemberLeft
    | PresenceChanged
    | ChannelCreated
    | ChannelUpdated
    | ChannelDeleted
    | RoleCreated
    | RoleUpdated
    | RoleDeleted
    | GuildJoined
    | GuildUpdated
    | GuildLeft
    | InteractionCreated
    | InteractionChanged
    | CommandsChanged
    | ScheduledEventCreated
)
