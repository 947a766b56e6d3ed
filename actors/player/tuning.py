"""How a guild wants its music: filter, speed, loop, normalization; and how people write these.

Values and parsers, pure. A :class:`Tuning` is kept with the player and holds for every track until somebody
changes it. Positions are written as ``1:23``, ``1:02:03``, ``90``, ``1m 30s``; with a sign in front they
count from where the track is.
"""

import re
from enum import StrEnum

from attrs import frozen

from actors.core.arguments import Usage
from actors.core.texts import text
from voice.protocol import FASTEST, SLOWEST, Filter

OFF = "off"
FILTERS = (*(name.value for name in Filter), OFF)
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,4}):([0-5]?\d)")
_UNITS = re.compile(
    r"(?=.)(?:(\d{1,3})\s*h[a-z]*\s*)?(?:(\d{1,5})\s*m[a-z]*\s*)?(?:(\d{1,6})\s*(?:s[a-z]*)?)?"
)
_SPEED = re.compile(r"(\d{1,2}(?:[.,]\d{1,3})?|[.,]\d{1,3})\s*[x×]?")


class Loop(StrEnum):
    """What happens with a track that has ended."""

    OFF = "off"
    TRACK = "track"
    QUEUE = "queue"


@frozen(kw_only=True)
class Tuning:
    """What is kept of a guild's wishes; speed keeps the pitch."""

    filter: Filter | None = None
    speed: float = 1.0
    loop: Loop = Loop.OFF
    normalize: bool = False


PLAIN = Tuning()


@frozen
class Jump:
    """Where to go in a track, in seconds; ``relative`` counts from where it is."""

    seconds: int
    relative: bool = False


def parse_jump(words: str) -> Jump | None:
    """A position as people write it; ``None`` if it is none."""
    words = words.strip().lower()
    sign = words[:1] if words[:1] in ("+", "-") else ""
    rest = words.removeprefix(sign).strip()
    found = _CLOCK.fullmatch(rest) or _UNITS.fullmatch(rest)
    if found is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    total = 3600 * hours + 60 * minutes + seconds
    return Jump(-total if sign == "-" else total, relative=bool(sign))


def jump_argument(words: str) -> Jump:
    """The position that a command names.

    Raises:
        Usage: it is none.
    """
    jump = parse_jump(words)
    if jump is None:
        raise Usage(text("player.bad_position"))
    return jump


def speed_argument(words: str) -> float:
    """The speed that a command names, clamped.

    Raises:
        Usage: it is none.
    """
    found = _SPEED.fullmatch(words.strip().lower())
    if found is None:
        raise Usage(text("player.bad_speed", slowest=SLOWEST, fastest=FASTEST))
    return round(max(SLOWEST, min(FASTEST, float(found.group(1).replace(",", ".")))), 2)


def filter_argument(words: str) -> Filter | None:
    """The filter that a command names, ``None`` for off.

    Raises:
        Usage: there is no such filter.
    """
    name = words.strip().lower()
    if name not in FILTERS:
        raise Usage(text("player.bad_filter", names=", ".join(FILTERS)))
    return None if name == OFF else Filter(name)


def loop_argument(words: str) -> Loop:
    """What a command wants repeated.

    Raises:
        Usage: it is nothing that can be.
    """
    name = words.strip().lower()
    if name not in {loop.value for loop in Loop}:
        raise Usage(text("player.bad_loop"))
    return Loop(name)
