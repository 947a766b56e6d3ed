"""From what a file or the environment says to a value of the declared type, and to words a person would type.

May import ``cli.config`` for its types.
"""

import re
from collections.abc import Iterator
from typing import Any, Final, cast

import msgspec

from cli.config import Duration

UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
DURATION: Final = re.compile(r"\s*(\d+)\s*([smhd])\s*")
SHOWN_CHARACTERS: Final = 60


def convert(value: object, kind: Any) -> object:
    """A raw value as the declared type. Raises ValueError or msgspec.ValidationError."""
    if kind == tuple[str, ...] and isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    return msgspec.convert(value, kind, strict=False, dec_hook=lambda _, raw: parse_duration(raw))


def parse_duration(raw: object) -> Duration:
    """Seconds of ``90``, ``"45s"``, ``"1h 30m"``. Raises ValueError."""
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        return Duration(raw)
    text = str(raw).strip().lower()
    if text.isdecimal():
        return Duration(text)
    parts = list(take_durations(text))
    return Duration(sum(parts))


def take_durations(text: str) -> Iterator[int]:
    """The seconds of each part of a duration. Raises ValueError at anything else."""
    position = 0
    while position < len(text) or position == 0:
        part = DURATION.match(text, position)
        if part is None:
            raise ValueError(f"{text!r} is no duration")
        yield int(part[1]) * UNITS[part[2]]
        position = part.end()


def shown(value: object) -> str:
    """A raw value as it stands in a sentence, cut where it is long."""
    text = msgspec.json.encode(value, enc_hook=str).decode()
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"


def to_words(value: object) -> str:
    """A TOML value as a person would type it into the settings command."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return ", ".join(to_words(part) for part in cast("list[object]", value))
    return str(value)
