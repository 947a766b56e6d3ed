"""What a picker's mailbox takes. ``OpenPicker`` comes from ``core.pages``."""

from attrs import frozen

from actors.core.pages import OpenPicker
from gateway_client.ids import ChannelId, MessageId


@frozen
class Pick:
    """Somebody pressed the number of a choice; ``index`` counts all of them from 0."""

    index: int


@frozen
class Turn:
    """Somebody pressed ◀ (``by`` −1) or ▶ (``by`` +1)."""

    by: int


@frozen
class Cancel:
    """Somebody pressed Cancel."""


@frozen(kw_only=True)
class Posted:
    """The picker is in the channel as this message."""

    channel_id: ChannelId
    message_id: MessageId


@frozen
class Shown:
    """What was said last is there, or has failed."""


Command = Pick | Turn | Cancel
Fact = OpenPicker | Posted | Shown
