"""Messages, reactions and typing: the text side of every channel.

Rules: a message belongs to one channel; an ephemeral one is seen by one person and is in no channel's
history; mentions are worked out when it is written or edited, within what its author allowed; only the
newest ``KEPT_PER_CHANNEL`` of a channel are kept. Permission is checked by whoever calls.
"""

from collections.abc import Callable

from attrs import define, field, frozen

from gateway_client.ids import ApplicationId, AttachmentId, ChannelId, MessageId, UserId
from sandbox.json_values import JsonObject
from sandbox.model import events
from sandbox.model.directory import Directory, Kind, Unknown
from sandbox.model.entities import (
    Attachment,
    Channel,
    Emoji,
    InteractionMetadata,
    Message,
    MessageFlags,
    MessageReference,
    MessageType,
    Reaction,
    Upload,
    User,
)
from sandbox.model.ledger import Ledger
from sandbox.model.mentions import EVERYTHING_PINGS, AllowedMentions, find_mentions

KEPT_PER_CHANNEL = 5_000
MAX_REACTIONS = 20
"""Different emojis under one message. Source: opcodes, JSON error code 30010."""


class TooManyReactions(Exception):
    """A message has its 20 different emojis already (30010)."""


@frozen(kw_only=True)
class Draft:
    """What a new message shall hold."""

    content: str = ""
    embeds: tuple[JsonObject, ...] = ()
    components: tuple[JsonObject, ...] = ()
    uploads: tuple[Upload, ...] = ()
    flags: MessageFlags = MessageFlags.NONE
    tts: bool = False
    nonce: str | int | None = None
    enforce_nonce: bool = False
    reference: MessageReference | None = None
    allowed: AllowedMentions = EVERYTHING_PINGS


@frozen(kw_only=True)
class Edit:
    """What shall change; None keeps."""

    content: str | None = None
    embeds: tuple[JsonObject, ...] | None = None
    components: tuple[JsonObject, ...] | None = None
    kept_attachments: frozenset[AttachmentId] | None = None
    uploads: tuple[Upload, ...] = ()
    flags: MessageFlags | None = None
    allowed: AllowedMentions = EVERYTHING_PINGS


@frozen(kw_only=True)
class Origin:
    """Where a message of the bot comes from when it is not an ordinary one."""

    type: MessageType = MessageType.DEFAULT
    application_id: ApplicationId | None = None
    interaction: InteractionMetadata | None = None
    visible_to: UserId | None = None


ORDINARY = Origin()


@define
class MessageBoard:
    """All messages."""

    _ledger: Ledger
    _directory: Directory
    _by_channel: dict[ChannelId, dict[MessageId, Message]] = field(
        factory=dict[ChannelId, dict[MessageId, Message]]
    )
    _attachments: dict[AttachmentId, Attachment] = field(factory=dict[AttachmentId, Attachment])

    def get(self, channel_id: ChannelId, message_id: MessageId) -> Message:
        """Return a message, ephemeral or not, or raise ``Unknown``."""
        message = self._by_channel.get(channel_id, {}).get(message_id)
        if message is None:
            raise Unknown(Kind.MESSAGE)
        return message

    def history(self, channel_id: ChannelId, viewer: UserId | None = None) -> list[Message]:
        """Return a channel's messages, oldest first; ephemeral ones only for ``viewer``."""
        messages = self._by_channel.get(channel_id, {}).values()
        return [m for m in messages if m.visible_to is None or m.visible_to == viewer]

    def attachment(self, attachment_id: AttachmentId) -> Attachment | None:
        """Return an uploaded file."""
        return self._attachments.get(attachment_id)

    def keep_upload(self, channel_id: ChannelId, upload: Upload, *, ephemeral: bool = False) -> Attachment:
        """Store a file so that it can be fetched by its address."""
        attachment = Attachment(
            id=AttachmentId(self._ledger.ids.next()),
            channel_id=channel_id,
            filename=upload.filename,
            content=upload.content,
            content_type=upload.content_type,
            description=upload.description,
            ephemeral=ephemeral,
        )
        self._attachments[attachment.id] = attachment
        return attachment

    def post(self, channel: Channel, author: User, draft: Draft, origin: Origin = ORDINARY) -> Message:
        """Write a message. With ``enforce_nonce`` one that was just written is returned instead."""
        repeated = self._find_nonce(channel, author, draft)
        if repeated:
            return repeated
        mentioned = find_mentions(self._directory, channel, draft.content, draft.allowed)
        message = Message(
            id=MessageId(self._ledger.ids.next()),
            channel_id=channel.id,
            guild_id=channel.guild_id,
            author=author,
            created_at=self._ledger.clock.date(),
            type=MessageType.REPLY if draft.reference else origin.type,
            content=draft.content,
            embeds=list(draft.embeds),
            components=list(draft.components),
            mentions=self._with_replied_author(mentioned.users, draft),
            mention_roles=mentioned.roles,
            mention_everyone=mentioned.everyone,
            flags=draft.flags,
            tts=draft.tts,
            nonce=draft.nonce,
            reference=draft.reference,
            webhook_id=origin.application_id,
            application_id=origin.application_id,
            interaction=origin.interaction,
            visible_to=origin.visible_to,
            attachments=self._keep_all(channel.id, draft.uploads, ephemeral=origin.visible_to is not None),
        )
        self._store(channel, message)
        self._ledger.publish(events.MessageCreated(message=message))
        return message

    def edit(self, message: Message, edit: Edit) -> Message:
        """Change a message in place; an answer that was waited for is not shown as edited."""
        channel = self._directory.channel(message.channel_id)
        is_awaited = bool(message.flags & MessageFlags.LOADING)
        if edit.content is not None:
            mentioned = find_mentions(self._directory, channel, edit.content, edit.allowed)
            message.content, message.mentions = edit.content, mentioned.users
            message.mention_roles, message.mention_everyone = mentioned.roles, mentioned.everyone
        if edit.embeds is not None:
            message.embeds = list(edit.embeds)
        if edit.components is not None:
            message.components = list(edit.components)
        if edit.flags is not None:
            message.flags = edit.flags
        if edit.kept_attachments is not None:
            kept = edit.kept_attachments
            message.attachments = tuple(a for a in message.attachments if a.id in kept)
        ephemeral = message.visible_to is not None
        message.attachments += self._keep_all(channel.id, edit.uploads, ephemeral=ephemeral)
        if not is_awaited:
            message.edited_at = self._ledger.clock.date()
        self._ledger.publish(events.MessageEdited(message=message))
        return message

    def delete(self, message: Message) -> None:
        """Remove a message and its files."""
        self._by_channel[message.channel_id].pop(message.id, None)
        self._forget_files(message)
        self._ledger.publish(events.MessageDeleted(message=message))

    def delete_many(self, channel: Channel, message_ids: tuple[MessageId, ...]) -> None:
        """Remove what is there of these; the rest is ignored, as Discord does."""
        board = self._by_channel.get(channel.id, {})
        gone = tuple(message_id for message_id in message_ids if message_id in board)
        for message_id in gone:
            self._forget_files(board.pop(message_id))
        self._ledger.publish(
            events.MessagesDeletedInBulk(guild_id=channel.guild_id, channel_id=channel.id, message_ids=gone)
        )

    def react(self, message: Message, user: User, emoji: Emoji) -> None:
        """Add somebody's reaction. A repeated one changes nothing.

        Raises:
            TooManyReactions: there are 20 other emojis.
        """
        reaction = message.reactions.get(emoji.key)
        if reaction is None:
            if len(message.reactions) >= MAX_REACTIONS:
                raise TooManyReactions
            reaction = message.reactions[emoji.key] = Reaction(emoji=emoji)
        if user.id in reaction.users:
            return
        reaction.users.append(user.id)
        self._ledger.publish(events.ReactionAdded(message=message, user=user, emoji=emoji))

    def unreact(self, message: Message, user: User, emoji: Emoji) -> None:
        """Take somebody's reaction back. One that is not there changes nothing."""
        reaction = message.reactions.get(emoji.key)
        if reaction is None or user.id not in reaction.users:
            return
        reaction.users.remove(user.id)
        if not reaction.users:
            del message.reactions[emoji.key]
        self._ledger.publish(events.ReactionRemoved(message=message, user=user, emoji=emoji))

    def clear_reactions(self, message: Message, emoji: Emoji | None = None) -> None:
        """Take all reactions away, or all of one emoji."""
        if emoji is None:
            message.reactions.clear()
        else:
            message.reactions.pop(emoji.key, None)
        self._ledger.publish(events.ReactionsCleared(message=message, emoji=emoji))

    def type_in(self, channel: Channel, user: User) -> None:
        """Show that somebody types."""
        self._ledger.publish(events.TypingStarted(channel=channel, user=user, at=self._ledger.clock.date()))

    def each(self, take: Callable[[Message], None]) -> None:
        """Call ``take`` with every message that is kept."""
        for board in self._by_channel.values():
            for message in board.values():
                take(message)

    def restore(self, message: Message) -> None:
        """Put a message back that was saved: no event."""
        self._by_channel.setdefault(message.channel_id, {})[message.id] = message
        self._attachments.update({a.id: a for a in message.attachments})

    def _find_nonce(self, channel: Channel, author: User, draft: Draft) -> Message | None:
        if not draft.enforce_nonce or draft.nonce is None:
            return None
        recent = reversed(self._by_channel.get(channel.id, {}).values())
        return next((m for m in recent if m.nonce == draft.nonce and m.author.id == author.id), None)

    def _with_replied_author(self, users: tuple[UserId, ...], draft: Draft) -> tuple[UserId, ...]:
        if draft.reference is None or not draft.allowed.replied_user:
            return users
        target = self._by_channel.get(draft.reference.channel_id, {}).get(draft.reference.message_id)
        return users if target is None or target.author.id in users else (*users, target.author.id)

    def _keep_all(
        self, channel_id: ChannelId, uploads: tuple[Upload, ...], *, ephemeral: bool
    ) -> tuple[Attachment, ...]:
        return tuple(self.keep_upload(channel_id, upload, ephemeral=ephemeral) for upload in uploads)

    def _store(self, channel: Channel, message: Message) -> None:
        board = self._by_channel.setdefault(channel.id, {})
        board[message.id] = message
        if message.visible_to is None:
            channel.last_message_id = message.id
        if len(board) > KEPT_PER_CHANNEL:
            self._forget_files(board.pop(next(iter(board))))

    def _forget_files(self, message: Message) -> None:
        for attachment in message.attachments:
            self._attachments.pop(attachment.id, None)
