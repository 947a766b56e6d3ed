"""What the reputation actor's mailbox takes. ``PageWanted`` comes from ``core.pages``."""

from attrs import frozen

from actors.core.pages import PageWanted
from gateway_client.ids import UserId


@frozen(kw_only=True)
class Give:
    """Give somebody a point for (+1) or against (−1)."""

    receiver: UserId
    points: int
    reason: str


@frozen
class ShowReceived:
    """Show what somebody was given; ``None`` means oneself."""

    person: UserId | None


@frozen
class ShowLeaderboard:
    """Show everybody in order."""


@frozen
class Undo:
    """Take the latest own entry back."""


Command = Give | ShowReceived | ShowLeaderboard | Undo
Fact = PageWanted
