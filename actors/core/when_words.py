"""The words in which people say when: units, days, parts of a day.

English and Czech are understood on every server, whatever its language: a word means the same thing in both
or belongs to one of them. Words are compared in lower case and without accents, so ``zítra`` and ``zitra``
are one.
"""

import unicodedata
from datetime import time
from types import MappingProxyType

MINUTE_S = 60
HOUR_S = 60 * MINUTE_S
DAY_S = 24 * HOUR_S
WEEK_S = 7 * DAY_S
MONTH_S = 30 * DAY_S
YEAR_S = 365 * DAY_S

_UNIT_WORDS = (
    (1, "s sec secs second seconds sekunda sekundu sekundy sekund"),
    (MINUTE_S, "m min mins minute minutes minuta minutu minuty minut"),
    (HOUR_S, "h hr hrs hour hours hodina hodinu hodiny hodin hod"),
    (DAY_S, "d day days den dny dni dnu"),
    (WEEK_S, "w wk wks week weeks tyden tydny tydnu"),
    (MONTH_S, "mo mon month months mesic mesice mesicu"),
    (YEAR_S, "y yr yrs year years rok roky roku let"),
)
UNITS_S = MappingProxyType({word: seconds for seconds, words in _UNIT_WORDS for word in words.split()})
"""Seconds of a unit. A month has 30 days and a year 365: these are lengths, not leaps in the calendar."""

PRINTED_UNITS = ((WEEK_S, "w"), (DAY_S, "d"), (HOUR_S, "h"), (MINUTE_S, "m"), (1, "s"))

ALONE_S = MappingProxyType({"tomorrow": DAY_S, "zitra": DAY_S, "week": WEEK_S, "tyden": WEEK_S})
"""Words that mean a length when nothing follows them."""

ONE = frozenset({"a", "an", "one"})

_NUMBER_WORDS = (
    (1, "a an one jeden jednu jedna"),
    (2, "two dva dve"),
    (3, "three tri"),
    (4, "four ctyri"),
    (5, "five pet"),
    (6, "six sest"),
    (7, "seven sedm"),
    (8, "eight osm"),
    (9, "nine devet"),
    (10, "ten deset"),
    (15, "fifteen patnact"),
    (20, "twenty dvacet"),
    (30, "thirty tricet"),
)
NUMBERS = MappingProxyType({word: number for number, words in _NUMBER_WORDS for word in words.split()})
HALF = frozenset({"half", "pul"})
AND = frozenset({"and"})
IN = frozenset({"in", "za"})
AT = frozenset({"at", "@", "v", "ve", "o"})
ON = frozenset({"on", "this", "v", "ve"})
NEXT = frozenset({"next", "pristi"})
THIS = frozenset({"this"})
TONIGHT = frozenset({"tonight"})

DAYS_AHEAD = MappingProxyType(
    {
        "today": 0,
        "dnes": 0,
        "dneska": 0,
        "tonight": 0,
        "tomorrow": 1,
        "zitra": 1,
        "overmorrow": 2,
        "pozitri": 2,
    }
)

_WEEKDAY_WORDS = (
    "monday mon pondeli",
    "tuesday tue tues utery",
    "wednesday wed streda stredu",
    "thursday thu thurs ctvrtek",
    "friday fri patek",
    "saturday sat sobota sobotu",
    "sunday sun nedele nedeli",
)
WEEKDAYS = MappingProxyType({word: day for day, words in enumerate(_WEEKDAY_WORDS) for word in words.split()})
"""Monday is 0."""

NAMED_TIMES = MappingProxyType(
    {
        "morning": time(9),
        "rano": time(9),
        "noon": time(12),
        "poledne": time(12),
        "afternoon": time(15),
        "odpoledne": time(15),
        "evening": time(19),
        "vecer": time(19),
        "midnight": time(0),
        "pulnoc": time(0),
        "pulnoci": time(0),
    }
)

MORNING = time(9)
"""When a day without a time of day is meant."""
EVENING = time(19)
"""The same for ``tonight``."""
FIRST_OF_EVENING = 5
"""From this hour on a number after ``tonight`` is one of the second half of the day."""


def plain(word: str) -> str:
    """Lower case, without accents."""
    apart = unicodedata.normalize("NFKD", word.lower())
    return "".join(char for char in apart if not unicodedata.combining(char))
