"""A message as we send it: a frozen value within Discord's limits, and its wire forms.

Who may be pinged is stated in every message; by default nobody is. Imports ``checks``, ``components``,
``embeds``, ``errors`` and ``ids``.

An edit sends the complete picture (content, embeds, components), so what the value does not hold disappears.
Two things differ: attachments are left alone unless the value has files (then these replace them), and the
suppression of embeds is only ever switched on.

Source: Discord, "Message" resource, sections "Create Message", "Edit Message", "Allowed Mentions Object".
"""

import enum

import attrs
import msgspec

from actors.rest.checks import check_count, check_text, check_unique
from actors.rest.components import MAX_ROWS, ActionRow, to_wire_row
from actors.rest.embeds import Embed, to_wire_embed
from actors.rest.errors import PayloadError
from gateway_client.ids import MessageId, RoleId, UserId

MAX_CONTENT = 2000
MAX_EMBEDS = 10
MAX_EMBED_CHARACTERS = 6000
MAX_FILES = 10
MAX_FILE_NAME = 1024
MAX_MENTIONS = 100
MAX_NONCE = 25


class MessageFlag(enum.IntFlag):
    """The flags of a message that a bot may set.

    Source: Discord, "Message" resource, section "Message Flags".
    """

    NONE = 0
    SUPPRESS_EMBEDS = 1 << 2
    EPHEMERAL = 1 << 6
    SUPPRESS_NOTIFICATIONS = 1 << 12


@attrs.frozen(kw_only=True)
class AllowedMentions:
    """Whom a message may ping, whatever its text says. The empty value: nobody."""

    users: tuple[UserId, ...] = ()
    roles: tuple[RoleId, ...] = ()
    everyone: bool = False
    replied_user: bool = False

    def __attrs_post_init__(self) -> None:
        for where, ids in (("mentioned users", self.users), ("mentioned roles", self.roles)):
            check_count(where, ids, most=MAX_MENTIONS)
            check_unique(where, ids)


@attrs.frozen(kw_only=True)
class File:
    """An attachment to upload; shown in an embed as ``attachment://name``."""

    name: str
    content: bytes = attrs.field(repr=lambda content: f"<{len(content)} bytes>")

    def __attrs_post_init__(self) -> None:
        check_text("file name", self.name, most=MAX_FILE_NAME, least=1)


@attrs.frozen(kw_only=True)
class Message:
    """What a message shows.

    ``ephemeral`` counts only where an interaction is answered; ``silent`` sends no push; ``reply_to`` is a
    message of the same channel that may be gone by then.
    """

    content: str = ""
    embeds: tuple[Embed, ...] = ()
    components: tuple[ActionRow, ...] = ()
    files: tuple[File, ...] = ()
    mentions: AllowedMentions = AllowedMentions()
    ephemeral: bool = False
    suppress_embeds: bool = False
    silent: bool = False
    reply_to: MessageId | None = None

    def __attrs_post_init__(self) -> None:
        check_text("message content", self.content, most=MAX_CONTENT)
        check_count("message embeds", self.embeds, most=MAX_EMBEDS)
        check_count("message rows", self.components, most=MAX_ROWS)
        check_count("message files", self.files, most=MAX_FILES)
        characters = sum(embed.characters for embed in self.embeds)
        if characters > MAX_EMBED_CHARACTERS:
            raise PayloadError(
                f"message embeds: {characters} characters in sum, at most {MAX_EMBED_CHARACTERS} are allowed"
            )
        items = [item.custom_id for row in self.components for item in row.items]
        check_unique("message custom_ids", [custom_id for custom_id in items if custom_id is not None])

    @property
    def is_empty(self) -> bool:
        """Nothing that Discord would show: it refuses to create such a message (50006)."""
        return not (self.content.strip() or self.embeds or self.components or self.files)


def to_wire_create(message: Message, *, nonce: str | None = None) -> dict[str, object]:
    """Give the body that creates ``message`` in a channel.

    Args:
        message: what to send.
        nonce: at most 25 characters; Discord then answers a repeated request with the first message.

    Raises:
        PayloadError: the message is empty, or the nonce too long.

    """
    wire = to_wire_answer(message)
    flags = _flags_of(message) & ~MessageFlag.EPHEMERAL
    wire.pop("flags", None)
    if flags:
        wire["flags"] = int(flags)
    if message.reply_to is not None:
        wire["message_reference"] = {"message_id": str(message.reply_to), "fail_if_not_exists": False}
    if nonce is not None:
        check_text("message nonce", nonce, most=MAX_NONCE, least=1)
        wire |= {"nonce": nonce, "enforce_nonce": True}
    return wire


def to_wire_answer(message: Message) -> dict[str, object]:
    """Give the body of an interaction's answer or follow-up, where ``ephemeral`` counts and a reply does not.

    Raises:
        PayloadError: the message is empty.

    """
    if message.is_empty:
        raise PayloadError("message: is empty")
    wire: dict[str, object] = {"allowed_mentions": to_wire_mentions(message.mentions)}
    if message.content:
        wire["content"] = message.content
    if message.embeds:
        wire["embeds"] = [to_wire_embed(embed) for embed in message.embeds]
    if message.components:
        wire["components"] = [to_wire_row(row) for row in message.components]
    flags = _flags_of(message)
    if flags:
        wire["flags"] = int(flags)
    return wire | _to_wire_attachments(message)


def to_wire_edit(message: Message) -> dict[str, object]:
    """Give the body that makes an existing message look like ``message``."""
    wire: dict[str, object] = {
        "content": message.content,
        "embeds": [to_wire_embed(embed) for embed in message.embeds],
        "components": [to_wire_row(row) for row in message.components],
        "allowed_mentions": to_wire_mentions(message.mentions),
    }
    if message.suppress_embeds:
        wire["flags"] = int(MessageFlag.SUPPRESS_EMBEDS)
    return wire | _to_wire_attachments(message)


def pack_answer(message: Message) -> bytes | None:
    """Give what fills an interaction's answer with ``message``, to be kept; ``None`` if it has files."""
    return None if message.files else msgspec.json.encode(to_wire_edit(message))


def to_wire_mentions(mentions: AllowedMentions) -> dict[str, object]:
    """Give Discord's allowed mentions object, complete."""
    return {
        "parse": ["everyone"] if mentions.everyone else [],
        "users": [str(user) for user in mentions.users],
        "roles": [str(role) for role in mentions.roles],
        "replied_user": mentions.replied_user,
    }


def _to_wire_attachments(message: Message) -> dict[str, object]:
    if not message.files:
        return {}
    return {"attachments": [{"id": str(n), "filename": file.name} for n, file in enumerate(message.files)]}


def _flags_of(message: Message) -> MessageFlag:
    flags = MessageFlag.NONE
    if message.ephemeral:
        flags |= MessageFlag.EPHEMERAL
    if message.suppress_embeds:
        flags |= MessageFlag.SUPPRESS_EMBEDS
    if message.silent:
        flags |= MessageFlag.SUPPRESS_NOTIFICATIONS
    return flags
