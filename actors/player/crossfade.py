"""The crossfade of a guild: for how long two tracks sound together, and how people write that.

A value and its parser, pure. Seconds, 0 to 12; 0 and ``off`` mean that tracks follow each other without a
gap.
"""

from actors.core.setting import InvalidSetting, Setting
from actors.core.texts import text
from voice.protocol import LONGEST_CROSSFADE_S

OFF_WORDS = frozenset({"off", "none", "no"})


def _seconds(words: str) -> float:
    written = words.strip().lower()
    if written in OFF_WORDS:
        return 0.0
    refusal = text("player.bad_crossfade", longest=f"{LONGEST_CROSSFADE_S:g}")
    try:
        seconds = float(written.removesuffix("s").replace(",", ".").strip())
    except ValueError:
        raise InvalidSetting(refusal) from None
    if not 0 <= seconds <= LONGEST_CROSSFADE_S:
        raise InvalidSetting(refusal)
    return seconds


CROSSFADE = Setting(name="crossfade", default="0", parse=_seconds, choices=("0", "3", "5", "8", "12"))
