"""The pager's machine: which page is wanted, which is shown, who may turn, when it ends.

Pure and synchronous; wall time in seconds is an argument, so that a pager's expiry outlives a restart.
States::

    new ──opened──▶ open ──idle for two minutes──▶ closed
                      │  turn (owner): page ± 1, clamped to what is known
                      │  turn (somebody else): refused, at most once per 5 s and person
                      ├─ private, and a quarter of an hour old ──▶ closed
                      └─ message deleted ──▶ closed

A page is asked of the source once at a time: turns that come meanwhile only move the wanted number, and the
newest one is asked next. So a hundred presses cost as many renderings as the source could answer, and one
last edit.
"""

from math import inf

from attrs import define, field, frozen

from actors.core.pages import OpenPages, PageReady
from actors.core.strangers import RefuseOther, Strangers
from actors.core.viewing import Posted, Viewing, viewing_of
from actors.rest.payloads import Message
from gateway_client.ids import UserId

IDLE_S = 120.0
SOURCE_S = 10.0
PRIVATE_S = 14 * 60.0
"""An interaction's token, which alone can change a private list, lives for 15 minutes.

Source: Discord, "Receiving and Responding to Interactions", "Followup Messages".
"""


@frozen(kw_only=True)
class Saved:
    """What a pager keeps over a restart. ``expires_at`` is Unix time in seconds."""

    viewing: Viewing
    place: Posted | None = None
    page: int
    total: int
    vanishes: bool
    expires_at: float
    command: str = ""


@frozen
class AskPage:
    """Tell the source that this page is wanted."""

    page: int


@frozen
class Show:
    """Show this page."""

    payload: Message
    page: int
    total: int


@frozen
class Close:
    """The pager ends: the message goes, or loses its buttons."""

    vanishes: bool


Effect = AskPage | Show | RefuseOther | Close


@define(kw_only=True)
class PagerState:
    """One pager."""

    viewing: Viewing
    place: Posted | None = None
    vanishes: bool
    wanted: int
    expires_at: float
    ends_at: float = inf
    command: str = ""
    total: int = 0
    asked: int | None = None
    last: Message | None = None
    closed: bool = False
    _waited: bool = False
    _strangers: Strangers = field(factory=Strangers)

    def opened(self) -> list[Effect]:
        """Ask for the first page, or after a restart for the current one."""
        return self._ask()

    def turn(self, by: int, who: UserId, at: float) -> list[Effect]:
        """Somebody pressed an arrow at wall time ``at``."""
        if who != self.viewing.owner:
            return [*self._strangers.refuse(who, at)]
        self.expires_at = min(at + IDLE_S, self.ends_at)
        last = max(self.total, 1)
        self.wanted = min(max(self.wanted + by, 1), last)
        return self._ask()

    def ready(self, page: PageReady) -> list[Effect]:
        """The source has rendered a page."""
        if self.closed or self.asked is None:
            return []
        self.asked, asked = None, self.asked
        self.total = page.total
        self.last = page.payload
        if self.wanted == asked:
            self.wanted = page.page
        else:
            self.wanted = min(max(self.wanted, 1), max(page.total, 1))
        show: list[Effect] = [Show(page.payload, page.page, page.total)]
        return show if self.wanted == page.page else self._ask()

    def tick(self, at: float) -> list[Effect]:
        """Close when idle for too long."""
        if self.closed or at < self.expires_at:
            return []
        if self.last is None and self.asked is not None and not self.vanishes and not self._waited:
            self._waited = True  # after a restart: what keeps its page needs that page once more
            self.expires_at = at + SOURCE_S
            return []
        self.closed = True
        return [Close(self.vanishes)]

    def gone(self) -> list[Effect]:
        """The message was deleted: nothing to close any more."""
        self.closed = True
        return []

    def to_saved(self) -> Saved:
        """What outlives a restart."""
        return Saved(
            viewing=self.viewing,
            place=self.place,
            page=self.wanted,
            total=self.total,
            vanishes=self.vanishes,
            expires_at=self.expires_at,
            command=self.command,
        )

    def _ask(self) -> list[Effect]:
        if self.closed or self.asked is not None:
            return []
        self.asked = self.wanted
        return [AskPage(self.wanted)]


def open_pager(wish: OpenPages, at: float) -> PagerState:
    """A new pager."""
    return PagerState(
        viewing=viewing_of(wish),
        vanishes=wish.vanishes,
        wanted=max(wish.page, 1),
        expires_at=at + IDLE_S,
        ends_at=at + PRIVATE_S if wish.private else inf,
        command=wish.command or wish.query,
    )


def restore_pager(saved: Saved) -> PagerState:
    """A pager as it was before a restart."""
    return PagerState(
        viewing=saved.viewing,
        place=saved.place,
        vanishes=saved.vanishes,
        wanted=saved.page,
        total=saved.total,
        expires_at=saved.expires_at,
        command=saved.command,
    )
