"""What a pager's mailbox takes. ``OpenPages`` and ``PageReady`` come from ``core.pages``."""

from attrs import frozen

from actors.core.pages import OpenPages, PageReady
from gateway_client.ids import ChannelId, MessageId


@frozen
class Turn:
    """Somebody pressed ◀ (``by`` −1) or ▶ (``by`` +1); ``command`` gets a new list."""

    by: int
    command: str = ""


@frozen(kw_only=True)
class Posted:
    """The first page is in the channel as this message."""

    channel_id: ChannelId
    message_id: MessageId


@frozen
class Gone:
    """Somebody deleted the message."""


Command = Turn
Fact = OpenPages | PageReady | Posted | Gone
