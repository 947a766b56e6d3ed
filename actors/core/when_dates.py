"""Dates as people type them: one word → a day.

Pure. Used by ``when``. Day first: ``24-12-2026``, ``24.12.2026``; ``2026-12-24``; without a year, ``24-12``
and ``24.12.``, it is the next such day. ``24.12`` is none, because it could be a time.
"""

import re
from datetime import date

_DATE = re.compile(r"(\d{1,2})([-.])(\d{1,2})\2(\d{4})|(\d{4})-(\d{1,2})-(\d{1,2})")
_DAY_OF_YEAR = re.compile(r"(\d{1,2})-(\d{1,2})|(\d{1,2})\.(\d{1,2})\.")
_LEAP_YEARS = 8
"""So far apart are two of them at most."""


def read_date(token: str, today: date) -> date | None:
    """The day that a word means; ``None`` if it is no date."""
    return _whole_date(token) or _day_of_year(token, today)


def _whole_date(token: str) -> date | None:
    found = _DATE.fullmatch(token)
    if found is None:
        return None
    day, _, month, year, iso_year, iso_month, iso_day = found.groups()
    try:
        return date(int(year or iso_year), int(month or iso_month), int(day or iso_day))
    except ValueError:
        return None


def _day_of_year(token: str, today: date) -> date | None:
    """A day and a month, in the first year in which that is still to come."""
    found = _DAY_OF_YEAR.fullmatch(token)
    if found is None:
        return None
    day, month = (int(part) for part in found.groups() if part is not None)
    for year in range(today.year, today.year + _LEAP_YEARS + 1):
        try:
            wanted = date(year, month, day)
        except ValueError:
            continue
        if wanted >= today:
            return wanted
    return None
