"""What a listener shall hear of a source: the sound as a value, and the filters that make it.

A core without codecs; imports ``voice.protocol`` values. :class:`Sound` is everything that changes the sound
of a playback, whole: two equal ones sound alike, and ``NEUTRAL`` leaves every packet as it is. ``filters_of``
says which of FFmpeg's filters make it, in their order.

Rules:

- ``pace`` is how much of the source one second of sound uses up. Speed keeps the pitch (``atempo``);
  nightcore and vaporwave are tapes that run faster and slower (``asetrate``).
- Whatever may come out louder than the source passes a limiter at the end, which looks ahead and does not
  change the level by itself.
- No filter here adds a delay: the limiter makes up for its own.

Source: FFmpeg, "Filters"; each of these is in the wheel of PyAV (a test builds every chain).
"""

from typing import Final, TypeAlias

from attrs import frozen

from voice.protocol import TAPE_SPEEDS, Filter, pace_of

CEILING: Final = 0.89
"""Highest sample before the encoder: -1 dB. What the codec adds reaches 0 dB only with drums that are limited
hard (0.5 dB above it, measured), and decoders bend that softly."""
_RATE: Final = 48_000
_LIMITER: Final = (
    "alimiter",
    f"limit={CEILING}:attack=5:release=80:level=disabled:latency=enabled",
)

LEVEL_AT: Final = -2
"""Where the gain of the normalization is in a chain that has one: before the limiter, which ends it."""

Chain: TypeAlias = tuple[tuple[str, str], ...]


@frozen(kw_only=True)
class Sound:
    """Everything that changes the sound.

    Args:
        gain: volume, linear.
        filter: one of the named filters.
        speed: 0.5 to 2, without a change of pitch.
        leveling_db: gain of the normalization; ``None`` while it is off.
    """

    gain: float = 1.0
    filter: Filter | None = None
    speed: float = 1.0
    leveling_db: float | None = None

    @property
    def is_neutral(self) -> bool:
        """Whether packets of the source may be sent as they are."""
        return self == NEUTRAL

    @property
    def pace(self) -> float:
        """Seconds of the source that one second of sound uses up."""
        return pace_of(self.filter, self.speed)


NEUTRAL: Final = Sound()
SILENT: Final = Sound(gain=0.0)


def _bands(*bands: tuple[int, float]) -> Chain:
    return tuple(("equalizer", f"f={hertz}:t=o:w=1.4:g={gain_db}") for hertz, gain_db in bands)


_FILTERS: Final[dict[Filter, Chain]] = {
    Filter.BASSBOOST: (("bass", "g=9:f=110:w=0.6"),),
    Filter.NIGHTCORE: (),
    Filter.VAPORWAVE: (),
    Filter.EIGHT_D: (("apulsator", "mode=sine:hz=0.125:amount=0.9"),),
    # What both channels share is the voice, mostly; below 120 Hz it is the bass, which comes back.
    Filter.KARAOKE: (("stereotools", "mlev=0.03"), ("bass", "g=4:f=100:w=0.5")),
    Filter.TREMOLO: (("tremolo", "f=5:d=0.7"),),
    Filter.POP: _bands((80, -1.5), (300, 1.5), (1000, 3.5), (3000, 2.0), (10_000, -1.0)),
    Filter.ROCK: _bands((80, 4.5), (250, 2.0), (800, -2.0), (3000, 2.0), (9000, 4.0)),
    Filter.JAZZ: _bands((100, 3.0), (500, -1.0), (2000, 1.5), (8000, 2.5)),
    Filter.CLASSICAL: _bands((100, 2.5), (1000, -1.5), (4000, 1.0), (10_000, 3.0)),
    Filter.ELECTRONIC: _bands((60, 5.0), (200, 2.0), (900, -2.0), (4000, 1.5), (12_000, 4.0)),
    Filter.VOICE: _bands((100, -6.0), (300, -2.0), (1500, 3.5), (3500, 3.0), (10_000, -3.0)),
    Filter.TREBLE: (("treble", "g=7:f=4000:w=0.6"),),
}


def filters_of(sound: Sound) -> Chain:
    """The filters from source to sound, in their order; none for a neutral one."""
    chain: list[tuple[str, str]] = []
    tape = TAPE_SPEEDS.get(sound.filter) if sound.filter is not None else None
    if tape is not None:
        chain += [("asetrate", f"r={round(_RATE * tape)}"), ("aresample", f"{_RATE}")]
    if sound.speed != 1.0:
        chain.append(("atempo", f"{sound.speed:.4f}"))
    if sound.filter is not None:
        chain += _FILTERS[sound.filter]
    if sound.gain != 1.0:
        chain.append(("volume", f"volume={sound.gain:.6f}:precision=float"))
    if sound.leveling_db is not None:
        chain.append(("volume", f"volume={10 ** (sound.leveling_db / 20):.6f}:precision=float"))
    if sound.gain > 1.0 or _FILTERS.get(sound.filter or Filter.NIGHTCORE) or sound.leveling_db is not None:
        chain.append(_LIMITER)
    return tuple(chain)
