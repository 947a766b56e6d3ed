"""Volume: how people write it, and the setting that a guild without its own volume starts with.

1 to 100; with an exclamation mark behind it up to 500, so that nobody deafens a channel by a slip.
"""

import re

from actors.core.arguments import Usage
from actors.core.setting import InvalidSetting, Setting
from actors.core.texts import text
from voice.protocol import MAX_VOLUME_PCT

DEFAULT_PCT = 100
LOWEST_PCT = 1
HIGHEST_PCT = 100
_VOLUME = re.compile(r"(-?\d{1,9})\s*%?\s*(!?)")


def parse_volume(words: str) -> int | None:
    """The volume in percent, clamped; ``None`` if the words are no volume."""
    found = _VOLUME.fullmatch(words.strip())
    if found is None:
        return None
    highest = MAX_VOLUME_PCT if found.group(2) else HIGHEST_PCT
    return max(LOWEST_PCT, min(highest, int(found.group(1))))


def volume_argument(words: str) -> int:
    """The volume that a command names.

    Raises:
        Usage: it is none.
    """
    volume_pct = parse_volume(words)
    if volume_pct is None:
        raise Usage(text("player.bad_volume", highest=HIGHEST_PCT, shouted=MAX_VOLUME_PCT))
    return volume_pct


def _setting(words: str) -> int:
    volume_pct = parse_volume(words)
    if volume_pct is None:
        raise InvalidSetting(text("player.bad_volume", highest=HIGHEST_PCT, shouted=MAX_VOLUME_PCT))
    return volume_pct


def _spelled(volume_pct: object) -> str:
    """As a person would have to type it; what was clamped is shown as what it is."""
    return f"{volume_pct}!" if isinstance(volume_pct, int) and volume_pct > HIGHEST_PCT else str(volume_pct)


VOLUME = Setting(
    name="volume",
    default=str(DEFAULT_PCT),
    parse=_setting,
    spell=_spelled,
    choices=("25", "50", "75", "100", "150!", "200!"),
)
