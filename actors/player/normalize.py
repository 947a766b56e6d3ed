"""Normalization: the settings behind it, and what is known of the loudness of tracks.

Values, pure. What a whole look at a track found is kept under the track's key, for the next time; the newest
:data:`REMEMBERED` of a guild.
"""

from collections.abc import Iterable

from attrs import define, field, frozen

from actors.core.setting import InvalidSetting, Setting
from actors.core.texts import Text, text
from media.tracks import Track
from voice.protocol import Leveling, Measured

REMEMBERED = 300
LOWEST_LUFS, HIGHEST_LUFS = -40.0, -6.0
HIGHEST_GAIN_DB = 30.0


@frozen(kw_only=True)
class KnownLoudness:
    """One track of which the loudness is known."""

    key: str
    measured: Measured


@define
class Loudnesses:
    """What is known, the newest last."""

    _known: dict[str, Measured] = field(factory=dict[str, Measured])

    def find(self, track: Track) -> Measured | None:
        """How loud a track is, if it was ever measured."""
        return self._known.get(track.key)

    def learn(self, track: Track, measured: Measured) -> bool:
        """Remember; whether it is news. A live stream has no loudness of its own."""
        if track.live or self._known.get(track.key) == measured:
            return False
        self._known.pop(track.key, None)
        self._known[track.key] = measured
        while len(self._known) > REMEMBERED:
            self._known.pop(next(iter(self._known)))
        return True

    def saved(self) -> tuple[KnownLoudness, ...]:
        """As it is kept."""
        return tuple(KnownLoudness(key=key, measured=measured) for key, measured in self._known.items())


def restored(saved: Iterable[KnownLoudness]) -> Loudnesses:
    """As it was kept."""
    return Loudnesses({known.key: known.measured for known in saved})


def _number(words: str, lowest: float, highest: float, refusal: Text) -> float:
    try:
        value = float(words.lower().replace("lufs", "").replace("db", "").replace(",", ".").strip())
    except ValueError:
        raise InvalidSetting(refusal) from None
    if not lowest <= value <= highest:
        raise InvalidSetting(refusal)
    return value


def _target(words: str) -> float:
    refusal = text("player.bad_target", lowest=f"{LOWEST_LUFS:g}", highest=f"{HIGHEST_LUFS:g}")
    return _number(words.replace("−", "-"), LOWEST_LUFS, HIGHEST_LUFS, refusal)


def _gain(words: str) -> float:
    return _number(words, 0.0, HIGHEST_GAIN_DB, text("player.bad_gain", highest=f"{HIGHEST_GAIN_DB:g}"))


TARGET_LUFS = Setting(name="target_lufs", default="-14", parse=_target, choices=("-14", "-16", "-18", "-23"))
MAX_GAIN_DB = Setting(name="max_gain_db", default="12", parse=_gain, choices=("0", "6", "12", "20"))
PLAIN_LEVELING = Leveling()
