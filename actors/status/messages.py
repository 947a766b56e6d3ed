"""What the mailbox of a guild's status actor takes, besides ``core.claim.Claim``."""

from attrs import frozen

from gateway_client.ids import ChannelId, MessageId


@frozen
class GuildSeen:
    """The guild came into sight: what a former life left there can be mended."""


@frozen
class Moved:
    """A work or a reaction has changed: show what is true now."""


@frozen(kw_only=True)
class MessagesGone:
    """Messages were deleted."""

    channel_id: ChannelId
    message_ids: tuple[MessageId, ...]


@frozen(kw_only=True)
class MessageEdited:
    """Somebody wrote their message anew: it no longer says what was asked."""

    message_id: MessageId
