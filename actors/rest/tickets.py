"""A request's way through the limits, as values: the ticket, what is to be done with it, and the diagnosis.

Shared by the core ``buckets`` and the shell ``sender``. May import ``routes`` only.
"""

from typing import TypeAlias

import attrs

from actors.rest.routes import Priority, Target

LaneKey: TypeAlias = tuple[str, str]
"""A bucket's name and its major parameter."""


@attrs.define(eq=False, kw_only=True)
class Ticket:
    """One request's place in the world of limits; only the limiter changes it.

    Only ``target`` may be changed by its sender, between its turn and its answer, to one of the same kind:
    what a turn is used for may be decided when it comes. ``rank`` is the moment (monotonic seconds) by
    which it is ordered among the waiting, ``refusals`` counts its 429s, ``lane_key`` is set while it is in
    flight.
    """

    target: Target
    rank: float
    number: int
    refusals: int = 0
    lane_key: LaneKey | None = None
    withdrawn: bool = False


@attrs.frozen
class Send:
    """This one may leave now, and is counted as being in flight."""

    ticket: Ticket


@attrs.frozen(kw_only=True)
class Refuse:
    """This one is not sent, because the way is closed for ``retry_after_s``; ``why`` is a sentence."""

    ticket: Ticket
    why: str
    retry_after_s: float


@attrs.frozen(kw_only=True)
class LaneState:
    """A lane as the diagnosis shows it. ``bucket`` is Discord's name, ``major`` ids and digests."""

    bucket: str
    major: str
    limit: int | None
    in_flight: int
    closed_s: float


@attrs.frozen(kw_only=True)
class Diagnosis:
    """The limiter at one moment. ``waiting`` is by priority; ``invalid`` counts ten minutes."""

    waiting: dict[Priority, int]
    in_flight: int
    lanes: tuple[LaneState, ...]
    routes_known: int
    invalid: int
    global_closed_s: float
