"""Discord's objects, as frozen values: what events and REST answers are decoded into.

msgspec decodes JSON straight into these attrs classes (`decoder(T)`, `strict=False`: snowflakes arrive as
strings and become integers). Only fields that Roadie reads are named; all others are skipped unseen, and
everything that Discord may leave out has a default, so partial objects decode too. `attrs` converters do
not run under msgspec, so none are used. Enumerations are plain `int` (see `kinds`, re-exported here with
`Permissions`): a new kind must not cost the event.

A value that has the wrong type fails with `msgspec.ValidationError`, whose text names the path and never
the value.
"""

from datetime import datetime
from functools import cache
from typing import Any, TypeVar

import msgspec
from attrs import Factory, field, frozen

from gateway_client.guilds import Channel, Guild, Member, Overwrite, Role, User, VoiceState
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
)
from gateway_client.kinds import (
    ActivityType,
    ApplicationCommandOptionType,
    ApplicationCommandType,
    ApplicationFlags,
    ChannelType,
    ComponentType,
    InteractionType,
    MessageType,
    OverwriteType,
)
from gateway_client.permissions import Permissions

__all__ = [
    "ActivityType",
    "Application",
    "ApplicationCommandOptionType",
    "ApplicationCommandType",
    "ApplicationFlags",
    "Attachment",
    "Channel",
    "ChannelType",
    "Component",
    "ComponentType",
    "Emoji",
    "GatewayBot",
    "Guild",
    "Interaction",
    "InteractionData",
    "InteractionOption",
    "InteractionType",
    "Member",
    "Message",
    "MessagePatch",
    "MessageReference",
    "MessageType",
    "Overwrite",
    "OverwriteType",
    "Permissions",
    "Resolved",
    "Role",
    "SessionStartLimit",
    "User",
    "VoiceState",
    "decoder",
]

_T = TypeVar("_T")


@frozen(kw_only=True)
class Emoji:
    """Unicode (no id) or custom. Source: Emoji Resource, "Emoji Structure"."""

    id: EmojiId | None = None
    name: str | None = None
    animated: bool = False


@frozen(kw_only=True)
class Attachment:
    """A file beside a message or in an option. `size` in bytes, `duration_secs` of voice messages."""

    id: AttachmentId
    filename: str
    size: int = 0
    url: str = ""
    proxy_url: str = ""
    content_type: str | None = None
    title: str | None = None
    description: str | None = None
    duration_secs: float | None = None
    ephemeral: bool = False


@frozen(kw_only=True)
class Component:
    """A component of a message, or an answer in a modal; layouts hold more in `components`/`component`.

    Source: Component Reference; Interactions, "Component Interaction Response Structures".
    """

    type: int
    id: int | None = None
    custom_id: str | None = None
    label: str | None = None
    style: int | None = None
    url: str | None = None
    disabled: bool = False
    value: str | None = None
    values: tuple[str, ...] = ()
    component: "Component | None" = None
    components: "tuple[Component, ...]" = ()


@frozen(kw_only=True)
class MessageReference:
    """The message that a reply, a forward or a crosspost points at."""

    type: int = 0
    message_id: MessageId | None = None
    channel_id: ChannelId | None = None
    guild_id: GuildId | None = None


@frozen(kw_only=True)
class Message:
    """A message. Source: Message Resource, "Message Structure".

    `guild_id` and `member` (without `user`) come with gateway events only. Without the message content
    intent `content` and `attachments` are empty unless the bot is mentioned, wrote it, or reads a direct
    message.
    """

    id: MessageId
    channel_id: ChannelId
    author: User
    guild_id: GuildId | None = None
    member: Member | None = None
    content: str = ""
    type: int = MessageType.DEFAULT
    flags: int = 0
    timestamp: datetime | None = None
    edited_timestamp: datetime | None = None
    webhook_id: int | None = None
    application_id: ApplicationId | None = None
    mentions: tuple[User, ...] = ()
    mention_roles: tuple[RoleId, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    components: tuple[Component, ...] = ()
    message_reference: MessageReference | None = None
    pinned: bool = False


@frozen(kw_only=True)
class MessagePatch:
    """What MESSAGE_UPDATE carries: possibly only the fields that changed. None means: not told."""

    id: MessageId
    channel_id: ChannelId
    guild_id: GuildId | None = None
    author: User | None = None
    member: Member | None = None
    content: str | None = None
    type: int | None = None
    flags: int | None = None
    edited_timestamp: datetime | None = None
    webhook_id: int | None = None
    mentions: tuple[User, ...] | None = None
    attachments: tuple[Attachment, ...] | None = None
    components: tuple[Component, ...] | None = None
    pinned: bool | None = None


@frozen(kw_only=True)
class InteractionOption:
    """A value, or a subcommand (group) with `options` of its own. Entities are their id as a string."""

    name: str
    type: int
    value: str | int | float | bool | None = None
    options: "tuple[InteractionOption, ...]" = ()
    focused: bool = False


@frozen(kw_only=True)
class Resolved:
    """What an interaction's ids stand for; keys are ids as strings. Members lack `user`: look in `users`."""

    users: dict[str, User] = Factory(dict[str, User])
    members: dict[str, Member] = Factory(dict[str, Member])
    roles: dict[str, Role] = Factory(dict[str, Role])
    channels: dict[str, Channel] = Factory(dict[str, Channel])
    messages: dict[str, Message] = Factory(dict[str, Message])
    attachments: dict[str, Attachment] = Factory(dict[str, Attachment])


@frozen(kw_only=True)
class InteractionData:
    """What was called, pressed or submitted. Which fields are set depends on the interaction's type."""

    id: CommandId | None = None
    name: str | None = None
    type: int | None = None
    options: tuple[InteractionOption, ...] = ()
    target_id: int | None = None
    custom_id: str | None = None
    component_type: int | None = None
    values: tuple[str, ...] = ()
    components: tuple[Component, ...] = ()
    resolved: Resolved = Resolved()


@frozen(kw_only=True)
class Interaction:
    """A command, a click, an autocompletion or a submitted modal.

    Source: Interactions, "Interaction Structure". `member` in guilds, `user` elsewhere. `app_permissions`
    are the bot's own in that channel. `token` answers it for 15 minutes and is kept out of `repr`.
    """

    id: InteractionId
    application_id: ApplicationId
    type: int
    token: str = field(repr=False)
    data: InteractionData | None = None
    guild_id: GuildId | None = None
    channel_id: ChannelId | None = None
    channel: Channel | None = None
    member: Member | None = None
    user: User | None = None
    message: Message | None = None
    locale: str | None = None
    guild_locale: str | None = None
    app_permissions: int = 0

    @property
    def caller(self) -> User:
        """Who did it.

        Raises:
            ValueError: Discord named nobody, as in a PING (which the gateway never delivers).
        """
        user = self.user or (self.member and self.member.user)
        if user is None:
            raise ValueError("the interaction names no user")
        return user


@frozen(kw_only=True)
class Application:
    """The bot's application. `flags` tell the granted privileged intents (see `intents.granted_intents`)."""

    id: ApplicationId
    flags: int = 0
    name: str = ""
    owner: User | None = None


@frozen(kw_only=True)
class SessionStartLimit:
    """How many sessions may still be started, and when (`reset_after` ms) the count starts anew.

    `max_concurrency` is the number of identifies allowed per 5 s.
    """

    total: int
    remaining: int
    reset_after: int
    max_concurrency: int = 1


@frozen(kw_only=True)
class GatewayBot:
    """The answer of `GET /gateway/bot`. Source: Gateway, "Get Gateway Bot"."""

    url: str
    shards: int
    session_start_limit: SessionStartLimit


def decoder(kind: type[_T]) -> msgspec.json.Decoder[_T]:
    """The JSON decoder for one of these classes (or a `tuple[...]` of them), made once and kept.

    Its `decode` takes bytes, str or `msgspec.Raw` and raises `msgspec.DecodeError` (`ValidationError` where
    the JSON is well-formed but has a wrong type).
    """
    return _decoder(kind)


@cache
def _decoder(kind: type[Any]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind, strict=False)
