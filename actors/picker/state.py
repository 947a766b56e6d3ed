"""The picker's machine: which page of choices is shown, who may press, how it ends.

Pure and synchronous; wall time in seconds is an argument, so that the two minutes outlive a restart. States::

    open ──number (owner)──▶ picked
      ├────Cancel (owner)──▶ cancelled
      ├────two minutes─────▶ expired
      ├─ ◀ ▶ (owner): page ± 1, clamped; puts nothing off
      └─ anything (somebody else): refused, at most once per 5 s and person

A number names its choice, not its place on the page: a press that was on its way while the page turned picks
what the person saw.
"""

from attrs import define, field, frozen

from actors.core.pages import Choice, OpenPicker
from actors.core.strangers import RefuseOther, Strangers
from actors.core.viewing import Posted, Viewing, viewing_of
from actors.core.way_back import WayBack
from gateway_client.ids import UserId

LIFE_S = 120.0
PAGE = 5


@frozen(kw_only=True)
class Saved:
    """What a picker keeps over a restart.

    ``expires_at`` is Unix time in seconds; ``place`` is ``None`` until Discord has said which message it is:
    as long, ``way`` leads there.
    """

    viewing: Viewing
    place: Posted | None
    title: str
    choices: tuple[Choice, ...]
    page: int
    expires_at: float
    way: WayBack | None = None


@frozen
class Show:
    """Show the page as it is now."""


@frozen
class Give:
    """Tell the source what was picked."""

    choice: Choice


@frozen
class GiveUp:
    """Put the picker away with a sentence."""

    expired: bool


Effect = Show | RefuseOther | Give | GiveUp


@define(kw_only=True)
class PickerState:
    """One picker. ``page`` counts from 0."""

    viewing: Viewing
    title: str
    choices: tuple[Choice, ...]
    expires_at: float
    page: int = 0
    closed: bool = False
    _strangers: Strangers = field(factory=Strangers)

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-len(self.choices) // PAGE))

    @property
    def shown(self) -> tuple[tuple[int, Choice], ...]:
        """The choices of the page with their index."""
        first = self.page * PAGE
        return tuple(enumerate(self.choices))[first : first + PAGE]

    def pick(self, index: int, who: UserId, at: float) -> list[Effect]:
        """Somebody pressed a number at wall time ``at``."""
        if who != self.viewing.owner:
            return [*self._strangers.refuse(who, at)]
        if self.closed or not 0 <= index < len(self.choices):
            return []
        self.closed = True
        return [Give(self.choices[index])]

    def turn(self, by: int, who: UserId, at: float) -> list[Effect]:
        """Somebody pressed an arrow."""
        if who != self.viewing.owner:
            return [*self._strangers.refuse(who, at)]
        before, self.page = self.page, min(max(self.page + by, 0), self.pages - 1)
        return [] if self.closed or self.page == before else [Show()]

    def cancel(self, who: UserId, at: float) -> list[Effect]:
        """Somebody pressed Cancel."""
        if who != self.viewing.owner:
            return [*self._strangers.refuse(who, at)]
        return self._give_up(expired=False)

    def tick(self, at: float) -> list[Effect]:
        """Give up when the time is over."""
        return self._give_up(expired=True) if at >= self.expires_at else []

    def to_saved(self, place: Posted | None, way: WayBack | None = None) -> Saved:
        """What outlives a restart."""
        return Saved(
            viewing=self.viewing,
            place=place,
            title=self.title,
            choices=self.choices,
            page=self.page,
            expires_at=self.expires_at,
            way=way,
        )

    def _give_up(self, *, expired: bool) -> list[Effect]:
        if self.closed:
            return []
        self.closed = True
        return [GiveUp(expired)]


def open_picker(wish: OpenPicker, at: float) -> PickerState:
    """A new picker."""
    return PickerState(
        viewing=viewing_of(wish),
        title=wish.title,
        choices=wish.choices,
        expires_at=at + LIFE_S,
    )


def restore_picker(saved: Saved) -> PickerState:
    """A picker as it was before a restart."""
    return PickerState(
        viewing=saved.viewing,
        title=saved.title,
        choices=saved.choices,
        page=saved.page,
        expires_at=saved.expires_at,
    )
