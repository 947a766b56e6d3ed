"""When something shall happen, as people type it: words → a moment, and back.

Pure: the time it is (an aware ``datetime``) and the zone are arguments. Moments are aware and in UTC.
What is understood, in English and in Czech::

    10m · 90s · 7d · 1mo 15s · 1h30m · 2 hours · in 2 hours · half an hour     a length
    tomorrow · week                                                            +24 h, +7 d
    14:30 · 9am · at 9 · noon                      when the clock next shows it
    tomorrow 9:00 · friday · next monday at 9      a day; 09:00 unless said
    tonight · tonight at 8 · this evening          today; 19:00 unless said
    24-12-2026 · 24.12.2026 15:30 · 24.12.         a date; 09:00 unless said, the next one without a year
    24-12-2026_15:30 · 2026-12-24T15:30+01:00      the same in one word
    <t:1798122600:F>                               as Discord's clients write it

What happens in the nights in which clocks change:

- A length is time that passes: ``7d`` is 168 hours, whatever the clocks do meanwhile.
- A time that a night leaves out (02:30 when 02:00 becomes 03:00) means as far behind the gap as it was
  said to be into it: 03:30. Once the clock is past it, it is past.
- A time that a night has twice means the first one that is still ahead. With an offset it means exactly
  one, and printing gives the offset where it is needed.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from attrs import frozen

from actors.core import when_words as words_of
from actors.core.when_dates import read_date
from actors.core.when_length import length_s

HORIZON = timedelta(days=36525)
"""A hundred years: what is further away is a slip of the finger."""

RUN_LIMIT = 12
"""So many words can belong to one moment: ``in 1 week 2 days 3 hours 4 minutes and 5 seconds``."""

_UTC = ZoneInfo("UTC")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_QUOTES = "\"'“”„`"
_STAMP = re.compile(r"<t:(\d{1,12})(?::[a-z])?>")
_DATE_AND_TIME = re.compile(r"([\d.-]{8,10})[_t](.+)")
_CLOCK = re.compile(
    r"(\d{1,2})(?::(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?)?(am|pm)?(z|[+-](?:0\d|1[0-4]):[0-5]\d)?"
)


class Problem(Enum):
    """Why words are no moment that one can wait for."""

    UNREADABLE = "unreadable"
    NOT_AHEAD = "not_ahead"
    TOO_FAR = "too_far"


class WhenError(Exception):
    """These words cannot be used; ``problem`` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.value)
        self.problem = problem


@frozen(kw_only=True)
class Split:
    """A line that began with a moment: ``words`` said it, ``rest`` is what follows, as it was typed."""

    moment: datetime
    words: str
    rest: str


@frozen
class _Clock:
    """A time of day; with an offset it is exact."""

    time: time
    offset: timedelta | None = None


def parse_duration(words: str) -> timedelta:
    """A length: ``10m``, ``1h 30m``, ``1mo 15s``, ``2 hours``, ``in 2 hours``, ``week``.

    Raises:
        WhenError: it is no length, nothing, or more than a hundred years.
    """
    seconds = length_s(_tokens(words))
    if seconds is None:
        raise WhenError(Problem.UNREADABLE)
    if seconds <= 0:
        raise WhenError(Problem.NOT_AHEAD)
    if seconds > HORIZON.total_seconds():
        raise WhenError(Problem.TOO_FAR)
    return timedelta(seconds=seconds)


def parse_when(words: str, *, at: datetime, zone: ZoneInfo) -> datetime:
    """The moment that words mean for somebody in ``zone`` at the moment ``at``; in UTC, after ``at``.

    Raises:
        WhenError: not readable, not ahead, or more than a hundred years away.
    """
    try:
        moment = _moment(_tokens(words), at.astimezone(UTC), zone)
        if moment is None:
            raise WhenError(Problem.UNREADABLE)
        if moment <= at:
            raise WhenError(Problem.NOT_AHEAD)
        if moment - at > HORIZON:
            raise WhenError(Problem.TOO_FAR)
    except OverflowError as error:  # beyond the year 9999
        raise WhenError(Problem.TOO_FAR) from error
    return moment


def split_when(line: str, *, at: datetime, zone: ZoneInfo) -> Split:
    """The longest leading run of words that is a moment, and the rest of the line.

    Raises:
        WhenError: no leading run can be read, or the longest one that can is not ahead or too far away.
    """
    ends = [found.end() for found in re.finditer(r"\S+", line)][:RUN_LIMIT]
    for end in reversed(ends):
        try:
            moment = parse_when(line[:end], at=at, zone=zone)
        except WhenError as error:
            if error.problem is Problem.UNREADABLE:
                continue
            raise
        return Split(moment=moment, words=line[:end].strip(), rest=line[end:].strip())
    raise WhenError(Problem.UNREADABLE)


def count_leading(words: Sequence[str]) -> int:
    """How many words, from the first on, say when: what a declared option takes of a line. 0: none.

    Whether words are readable does not depend on when and where they are read.
    """
    for count in range(min(len(words), RUN_LIMIT), 0, -1):
        try:
            parse_when(" ".join(words[:count]), at=_EPOCH, zone=_UTC)
        except WhenError as error:
            if error.problem is Problem.UNREADABLE:
                continue
        return count
    return 0


def print_when(moment: datetime, zone: ZoneInfo) -> str:
    """A moment as a date and time in ``zone``; ``parse_when`` reads it back as the same moment.

    The form is ``24-12-2026_15:30``; seconds only if there are any, the offset only where the clock shows
    this time twice.
    """
    local = moment.astimezone(zone)
    iso = local.isoformat(timespec="microseconds")
    printed = f"{local.day:02}-{local.month:02}-{local.year:04}_{local:%H:%M}"
    if local.second or local.microsecond:
        printed += f":{local.second:02}"
    if local.microsecond:
        printed += f".{local.microsecond:06}".rstrip("0")
    if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        printed += iso[len("2026-12-24T15:30:00.000000") :]
    return printed


def _tokens(words: str) -> list[str]:
    """Words in one case and without accents; a date and its time are two of them."""
    tokens: list[str] = []
    for raw in words.split()[: RUN_LIMIT + 1]:
        token = words_of.plain(raw).strip(_QUOTES).rstrip(",")
        joined = _DATE_AND_TIME.fullmatch(token)
        tokens += joined.groups() if joined else [token]
    return tokens


def _moment(tokens: Sequence[str], at: datetime, zone: ZoneInfo) -> datetime | None:
    if len(tokens) == 1 and (stamp := _STAMP.fullmatch(tokens[0])):
        return _EPOCH + timedelta(seconds=int(stamp.group(1)))
    seconds = length_s(tokens)
    if seconds is not None:
        return at + timedelta(seconds=seconds)
    clock = _clock(tokens)
    if clock is not None:
        return _next_time(clock, at, zone)
    return _on_a_day(tokens, at, zone)


def _clock(tokens: Sequence[str]) -> _Clock | None:
    """A time of day; an hour alone is one only after ``at`` or with ``am`` or ``pm``."""
    introduced = bool(tokens) and tokens[0] in words_of.AT
    if introduced or (len(tokens) > 1 and tokens[0] in words_of.THIS and tokens[1] in words_of.NAMED_TIMES):
        tokens = tokens[1:]
    if len(tokens) == 2 and tokens[1] in {"am", "pm"}:
        tokens = [tokens[0] + tokens[1]]
    if len(tokens) != 1:
        return None
    if tokens[0] in words_of.NAMED_TIMES:
        return _Clock(words_of.NAMED_TIMES[tokens[0]])
    found = _CLOCK.fullmatch(tokens[0])
    if found is None or not (introduced or found.group(2) or found.group(5)):
        return None
    return _read_clock(found)


def _read_clock(found: re.Match[str]) -> _Clock | None:
    hour, half = int(found.group(1)), found.group(5)
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    micros = int((found.group(4) or "0").ljust(6, "0"))
    try:
        of_day = time(hour, int(found.group(2) or 0), int(found.group(3) or 0), micros)
    except ValueError:
        return None
    return _Clock(of_day, _read_offset(found.group(6)))


def _read_offset(words: str | None) -> timedelta | None:
    if words is None:
        return None
    if words == "z":
        return timedelta()
    offset = timedelta(hours=int(words[1:3]), minutes=int(words[4:6]))
    return -offset if words.startswith("-") else offset


def _next_time(clock: _Clock, at: datetime, zone: ZoneInfo) -> datetime:
    """The next moment at which the clock shows this time: today, or tomorrow."""
    today = at.astimezone(zone).date()
    moment = _at_wall(today, clock, at, zone)
    return moment if moment > at else _at_wall(today + timedelta(days=1), clock, at, zone)


def _on_a_day(tokens: Sequence[str], at: datetime, zone: ZoneInfo) -> datetime | None:
    """A day, and a time of it or 09:00."""
    if len(tokens) > 1 and tokens[0] in words_of.ON:
        tokens = tokens[1:]
    later = len(tokens) > 1 and tokens[0] in words_of.NEXT
    if later:
        tokens = tokens[1:]
    if not tokens:
        return None
    clock = _clock_of_day(tokens)
    if clock is None:
        return None
    today = at.astimezone(zone).date()
    if tokens[0] in words_of.WEEKDAYS:
        return _on_weekday(words_of.WEEKDAYS[tokens[0]], clock, at, zone, later=later)
    if later:
        return None
    if tokens[0] in words_of.DAYS_AHEAD:
        return _at_wall(today + timedelta(days=words_of.DAYS_AHEAD[tokens[0]]), clock, at, zone)
    day = read_date(tokens[0], today)
    return None if day is None else _at_wall(day, clock, at, zone)


def _clock_of_day(tokens: Sequence[str]) -> _Clock | None:
    """The time behind a day; 8 tonight is 20:00."""
    tonight = tokens[0] in words_of.TONIGHT
    if len(tokens) == 1:
        return _Clock(words_of.EVENING if tonight else words_of.MORNING)
    clock = _clock(tokens[1:])
    if tonight and clock is not None and words_of.FIRST_OF_EVENING <= clock.time.hour < 12:
        return _Clock(clock.time.replace(hour=clock.time.hour + 12), clock.offset)
    return clock


def _on_weekday(weekday: int, clock: _Clock, at: datetime, zone: ZoneInfo, *, later: bool) -> datetime:
    """The first such day whose time is still ahead; ``later`` leaves out today."""
    today = at.astimezone(zone).date()
    ahead = (weekday - today.weekday()) % 7
    if later and ahead == 0:
        ahead = 7
    moment = _at_wall(today + timedelta(days=ahead), clock, at, zone)
    return moment if moment > at else _at_wall(today + timedelta(days=ahead + 7), clock, at, zone)


def _at_wall(day: date, clock: _Clock, at: datetime, zone: ZoneInfo) -> datetime:
    """What the clocks of ``zone`` mean by a day and a time; the rules are in the module's docstring."""
    wall = datetime.combine(day, clock.time)
    if clock.offset is not None:
        return (wall - clock.offset).replace(tzinfo=UTC)
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first < second:
        return first if first > at else second
    if first > second:
        return first if wall > at.astimezone(zone).replace(tzinfo=None) else second
    return first
