"""The rules of reminders that need no store and no clock of their own. Pure.

A reminder's life::

    waiting ──due──▶ sending ──sent──────────────────────────▶ ended, snooze buttons live on
       ▲                ├─ a failure that may pass ──▶ waiting, with a growing pause of at most a minute
       │                └─ one that never will ──────▶ its owner is told in private ──▶ ended
       └── snoozed: a new reminder for whoever pressed

The pause stays under a minute because Discord knows a repeated nonce for a few minutes only: a message that
was sent although its answer was lost is recognised at the next attempt.
"""

from datetime import UTC, datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from attrs import frozen

from actors.core.when import Problem, WhenError, parse_when, split_when
from actors.rest.errors import BadRequest, Forbidden, NotFound, PayloadError, RateLimitedOut, RestError
from gateway_client.ids import UserId

LATE_S = 1.5
"""A reminder that comes later than this says so."""

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
SNOOZES_S = (600, 3600, 86400)
LIST_PAGE = 10
KEEP_ENDED = timedelta(days=30)
"""So long do the snooze buttons of a delivered reminder work."""

SNOWFLAKES_BEGAN = datetime(2015, 1, 1, tzinfo=UTC)
"""Source: Discord, "Reference", section "Snowflakes"."""

_WEST, _EAST = ZoneInfo("Etc/GMT+12"), ZoneInfo("Etc/GMT-14")


@frozen(kw_only=True)
class Said:
    """What somebody asked for: the moment, the words that said it and the note."""

    due: datetime
    words: str
    note: str


def read_wish(when: str, note: str | None, *, at: datetime, zone: ZoneInfo) -> Said:
    """The moment of a wish; without a note, what follows the moment in ``when`` is the note.

    Raises:
        WhenError: there is no moment to wait for.
    """
    try:
        return Said(due=parse_when(when, at=at, zone=zone), words=when, note=note or "")
    except WhenError as error:
        if error.problem is not Problem.UNREADABLE or note is not None:
            raise
    split = split_when(when, at=at, zone=zone)
    return Said(due=split.moment, words=split.words, note=split.rest)


def depends_on_zone(words: str, at: datetime) -> bool:
    """Whether words mean another moment in another place: a clock time does, a length does not."""
    try:
        return parse_when(words, at=at, zone=_WEST) != parse_when(words, at=at, zone=_EAST)
    except WhenError:
        return True  # past in one of them


def is_ahead_elsewhere(when: str, note: str | None, at: datetime) -> bool:
    """Whether what is past here is still to come somewhere: where the clocks are the farthest behind."""
    try:
        read_wish(when, note, at=at, zone=_WEST)
    except WhenError:
        return False
    return True


def may_pass(error: RestError) -> bool:
    """Whether the same message may be taken later."""
    return not isinstance(error, NotFound | Forbidden | BadRequest | PayloadError)


def pause_s(attempts: int, error: RestError) -> float:
    """Seconds until the next attempt, after so many failed ones before this."""
    growing = min(FIRST_PAUSE_S * 2 ** min(attempts, 10), LONGEST_PAUSE_S)
    return max(growing, error.retry_after_s) if isinstance(error, RateLimitedOut) else growing


def is_late(due: datetime, at: datetime) -> bool:
    """Whether a reminder that comes at ``at`` should say that it is late."""
    return (at - due).total_seconds() > LATE_S


def without(targets: tuple[UserId, ...], person: UserId) -> tuple[UserId, ...]:
    """The others."""
    return tuple(target for target in targets if target != person)


def cut_list(wanted: int, count: int) -> tuple[int, int]:
    """The clamped page number and how many pages there are; 0 for an empty list."""
    total = ceil(count / LIST_PAGE)
    return min(max(wanted, 1), max(total, 1)), total


def from_micros(micros: int) -> datetime:
    """A moment from microseconds since 1970."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)


def to_micros(at: datetime) -> int:
    """Microseconds since 1970."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
