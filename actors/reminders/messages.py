"""What the mailbox of the reminders takes. ``PageWanted`` comes from ``core.pages``."""

from attrs import frozen

from actors.core.pages import PageWanted
from gateway_client.ids import MessageId, UserId


@frozen(kw_only=True)
class Remind:
    """Remind people at a moment; no ``targets`` means whoever asks."""

    targets: tuple[UserId, ...] = ()
    when: str
    note: str | None = None


@frozen
class ShowWaiting:
    """Show what waits for the caller, and what they asked for."""


@frozen
class Remove:
    """Forget a reminder."""

    reminder_id: int


@frozen
class Snooze:
    """Remind whoever presses once more, after so many seconds."""

    reminder_id: int
    seconds: int


@frozen
class SetZone:
    """Whoever submits lives in this time zone; their reminder was meant in it."""

    reminder_id: int
    words: str


@frozen
class Wake:
    """The connection stands (again): look at the clock, perhaps time has passed unseen."""


@frozen
class Confirmed:
    """The confirmation is in the channel as this message, and the reminder shall point to it."""

    reminder_id: int
    message_id: MessageId


@frozen
class Attempted:
    """A delivery has ended, well or not."""

    reminder_id: int


Command = Remind | ShowWaiting | Remove | Snooze | SetZone
Fact = Wake | Confirmed | Attempted | PageWanted
