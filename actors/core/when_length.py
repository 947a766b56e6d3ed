"""Lengths of time as people type them: words → seconds, and back.

Pure. Used by ``when``, which cuts a line into words; it hands them over in lower case and without accents.
A length is a sum of amounts with units: ``1h30m``, ``1mo 15s``, ``2 hours and 5 minutes``, ``half an
hour``, ``two days``; the word ``in`` may come first. A month has 30 days and a year 365.
"""

import re
from collections.abc import Sequence
from datetime import timedelta

from actors.core import when_words as words_of

_AMOUNT = re.compile(r"(\d{1,9}(?:[.,]\d{1,3})?)([a-z]*)")


def print_duration(length: timedelta) -> str:
    """A length in whole seconds, for example ``1h 30m``; it reads back as the same one."""
    left = round(length.total_seconds())
    parts: list[str] = []
    for unit_s, letter in words_of.PRINTED_UNITS:
        count, left = divmod(left, unit_s)
        if count:
            parts.append(f"{count}{letter}")
    return " ".join(parts) or "0s"


def length_s(tokens: Sequence[str]) -> float | None:
    """Seconds of a length; ``None`` if the tokens are none."""
    if tokens and tokens[0] in words_of.IN:
        tokens = tokens[1:]
        if len(tokens) == 1 and tokens[0] in words_of.UNITS_S:
            return float(words_of.UNITS_S[tokens[0]])
    elif len(tokens) == 2 and tokens[0] in words_of.NEXT:
        tokens = tokens[1:]
    if len(tokens) == 1 and tokens[0] in words_of.ALONE_S:
        return float(words_of.ALONE_S[tokens[0]])
    if not tokens:
        return None
    total, place = 0.0, 0
    while place < len(tokens):
        if place and tokens[place] in words_of.AND:
            place += 1
        part = _part_s(tokens[place : place + 3])
        if part is None:
            return None
        seconds, taken = part
        total, place = total + seconds, place + taken
    return total


def _part_s(tokens: Sequence[str]) -> tuple[float, int] | None:
    """Seconds of the first part of a length, and how many tokens it took."""
    match list(tokens):
        case [half, article, unit, *_] if half in words_of.HALF and article in words_of.ONE:
            return _units(0.5, unit, 3)
        case [half, unit, *_] if half in words_of.HALF:
            return _units(0.5, unit, 2)
        case [number, unit, *_] if number in words_of.NUMBERS:
            return _units(float(words_of.NUMBERS[number]), unit, 2)
        case [first, *rest]:
            return _glued_s(first) or _apart_s(first, rest)
        case _:
            return None


def _glued_s(token: str) -> tuple[float, int] | None:
    """``1h30m``: amounts with their units in one word."""
    total, place = 0.0, 0
    while found := _AMOUNT.match(token, place):
        unit_s = words_of.UNITS_S.get(found.group(2))
        if unit_s is None:
            return None
        total, place = total + _number(found.group(1)) * unit_s, found.end()
    return (total, 1) if place and place == len(token) else None


def _apart_s(amount: str, rest: Sequence[str]) -> tuple[float, int] | None:
    """``2 hours``: an amount and its unit in two words."""
    found = _AMOUNT.fullmatch(amount)
    if found is None or found.group(2) or not rest:
        return None
    return _units(_number(found.group(1)), rest[0], 2)


def _units(count: float, unit: str, taken: int) -> tuple[float, int] | None:
    unit_s = words_of.UNITS_S.get(unit)
    return None if unit_s is None else (count * unit_s, taken)


def _number(digits: str) -> float:
    return float(digits.replace(",", "."))
