"""The check-in's list: everybody who is waited for, each in exactly one group.

Pure. Groups and the ways between them::

    missing ──arrives──▶ here            for good: neither opting out nor forgetting changes a stamp
    missing ──no place──▶ waiting ──arrives──▶ here, with the stamp of when they asked
    missing, waiting ──opts out──▶ out ──reconsiders──▶ missing, or here if they are there
    missing, waiting, out ──is forgotten──▶ nobody any more

A stamp is 0 for whoever was on time, else the whole seconds since the check-in began.
"""

from enum import Enum

from attrs import define, evolve, field, frozen

from actors.gather.inputs import Who
from actors.gather.rules import GRACE_S
from gateway_client.ids import UserId


class Status(Enum):
    """The groups, in the order of the table."""

    HERE = "here"
    OUT = "out"
    WAITING = "waiting"
    MISSING = "missing"


_ROUNDING_S = 1e-6
"""A monotonic clock counts in fractions that are not exact: 99.9999999 s are 100."""
_ORDER = {status: place for place, status in enumerate(Status)}


@frozen(kw_only=True)
class Row:
    """One person. ``called`` says that somebody on the waiting list was told of a free place."""

    who: Who
    status: Status = Status.MISSING
    late_s: int | None = None
    called: bool = False


def stamp(elapsed_s: float) -> int:
    """What an arrival after so many seconds is worth."""
    return 0 if elapsed_s <= GRACE_S else int(elapsed_s + _ROUNDING_S)


@define(eq=False)
class Roster:
    """Who is waited for. Methods that may change nothing say whether they did."""

    _rows: dict[UserId, Row] = field(factory=dict[UserId, Row])

    def __contains__(self, user_id: UserId) -> bool:
        return user_id in self._rows

    def rows(self) -> list[Row]:
        """Everybody in the order of the table: by group, then lateness, then name."""
        return sorted(self._rows.values(), key=_place)

    def of(self, status: Status) -> list[Row]:
        """One group, in the order in which people came into the list."""
        return [row for row in self._rows.values() if row.status is status]

    def status(self, user_id: UserId) -> Status | None:
        """The group of somebody; ``None`` if nobody waits for them."""
        row = self._rows.get(user_id)
        return None if row is None else row.status

    def attendance(self) -> tuple[int, int]:
        """How many are here, and how many are counted: everybody but those who are out."""
        return len(self.of(Status.HERE)), len(self._rows) - len(self.of(Status.OUT))

    def stored(self) -> tuple[Row, ...]:
        """Everybody in the order in which they came into the list, as the snapshot keeps it."""
        return tuple(self._rows.values())

    def rename(self, who: Who) -> bool:
        """Somebody is called something else now."""
        row = self._rows.get(who.id)
        if row is None or row.who == who:
            return False
        self._rows[who.id] = evolve(row, who=who)
        return True

    def expect(self, who: Who) -> bool:
        """Wait for somebody; whoever was out is missing again."""
        row = self._rows.get(who.id)
        if row is not None and row.status is not Status.OUT:
            return False
        self._rows[who.id] = Row(who=who)
        return True

    def arrive(self, who: Who, elapsed_s: float) -> bool:
        """Somebody is here."""
        row = self._rows.get(who.id, Row(who=who))
        if row.status is Status.HERE:
            return False
        late_s = row.late_s if row.status is Status.WAITING else stamp(elapsed_s)
        self._rows[who.id] = Row(who=who, status=Status.HERE, late_s=late_s)
        return True

    def queue(self, who: Who, elapsed_s: float) -> int | None:
        """Somebody is here but has no place: their number on the waiting list, ``None`` if here already."""
        row = self._rows.get(who.id, Row(who=who))
        if row.status is Status.HERE:
            return None
        if row.status is not Status.WAITING:
            self._rows.pop(who.id, None)  # the list's order is the order of asking
            self._rows[who.id] = Row(who=who, status=Status.WAITING, late_s=stamp(elapsed_s))
        waiting = [one.who.id for one in self.of(Status.WAITING)]
        return waiting.index(who.id) + 1

    def call_next(self) -> Who | None:
        """The first on the waiting list who was not told of a free place yet; now they are."""
        for row in self.of(Status.WAITING):
            if not row.called:
                self._rows[row.who.id] = evolve(row, called=True)
                return row.who
        return None

    def opt_out(self, who: Who) -> bool:
        """Somebody will not come; not after they have arrived."""
        row = self._rows.get(who.id)
        if row is not None and row.status in (Status.HERE, Status.OUT):
            return False
        self._rows[who.id] = Row(who=who, status=Status.OUT)
        return True

    def forget(self, user_id: UserId) -> bool:
        """Wait for somebody no longer; not after they have arrived."""
        if self.status(user_id) in (None, Status.HERE):
            return False
        del self._rows[user_id]
        return True


def _place(row: Row) -> tuple[int, int, str, int]:
    return _ORDER[row.status], row.late_s or 0, row.who.name.casefold(), row.who.id
