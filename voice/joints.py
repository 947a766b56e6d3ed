"""Where two playbacks meet: when the one ends for the other to go on, and how they sound together meanwhile.

A core; imports ``voice.timeline`` and its slots. Rules:

- Nothing is decided before the last slot of the ending playback was read: so a stream without an end needs
  no rule of its own, and a length that nobody told is no problem.
- Crossfade: the last slots of the one and the first of the other sound together at equal power, for as long
  as wanted or as the shorter one, or what is left of it, allows.
- Without crossfade, into packets that are sent as they are: the last packet of the one and the first of the
  other share a frame. The decoder's run-up at the beginning of a file of Opus, and what its last packet was
  filled up with, would be a gap otherwise; the two frames after it are encoded as well.
- Without crossfade, from such packets into something encoded: the last packet is encoded up to its last
  sample, the first sample of the other follows.
- Where both are encoded, the rest of the last frame is handed over as sound (``Timeline.give_tail``).

Whatever was decided can be taken back until the first frame of the other one was sent.

Source: RFC 7845 section 4.2 (pre-skip; of libopus 312 samples) and 4.4 (end trimming). Joined packet by
packet, the second of two files of one tone begins up to 2.7 times too loud and takes 100 ms to settle, since
its packets build upon another state of the decoder (measured; a test shows it).
"""

from typing import Final

from attrs import frozen

from voice.rtp import SAMPLES_PER_FRAME
from voice.slots import Joint, Parting, samples_of
from voice.timeline import Timeline

DECIDE_AT: Final = 12
"""Slots before a joint that it is decided: enough to render its beginning, little to take back."""
LEAST: Final = 5
"""Slots that are still sent as they were, at least."""
READY: Final = 25
"""Slots of the beginning playback that have to be there, if it is not over with less."""
PRE_SKIP: Final = 312
RAMP: Final = 240
"""Samples of the shortest fade: 5 ms."""


@frozen(kw_only=True)
class Meeting:
    """What was decided.

    Args:
        cut: number of the slot of the ending playback that is the first one of the other.
        slots: how many of them sound together.
    """

    cut: int
    slots: int


def meet(ending: Timeline, beginning: Timeline, overlap: int) -> Meeting | None:
    """Let ``beginning`` go on for ``ending``, if it is time; ``overlap`` slots shall sound together."""
    if not ending.finished or not beginning.is_untouched:
        return None
    is_ready = beginning.finished or beginning.length >= READY
    if not is_ready or ending.length - ending.position > overlap + DECIDE_AT * ending.sound.pace:
        return None
    if overlap:
        return _crossfade(ending, beginning, overlap)
    if beginning.begins_untouched:
        return _splice(ending, beginning)
    return _follow(ending, beginning) if ending.ends_untouched else None


def _crossfade(ending: Timeline, beginning: Timeline, overlap: int) -> Meeting | None:
    end = ending.length
    earliest = max(end - overlap, ending.blended, int(ending.position) + LEAST)
    if beginning.finished:
        earliest = max(earliest, end - beginning.length)
    cut = ending.cut_for(earliest)
    if cut is None or cut >= end:
        return None
    gain_db = 0.0
    if ending.level_db is not None and beginning.sound.leveling_db is not None:
        gain_db = ending.level_db - beginning.sound.leveling_db
    parting = ending.part(cut)
    samples = len(parting.rest) * SAMPLES_PER_FRAME
    joint = Joint(out_from=0, out_samples=samples, in_from=0, in_samples=samples, gain=10 ** (gain_db / 20))
    beginning.enter(parting, joint)
    return Meeting(cut=cut, slots=len(parting.rest))


def _splice(ending: Timeline, beginning: Timeline) -> Meeting | None:
    parting = _last_slot(ending)
    if parting is None:
        return None
    last = samples_of(parting.rest[0])
    start, ramp = PRE_SKIP, last - PRE_SKIP
    if ramp < RAMP:
        start, ramp = max(0, last - RAMP), RAMP
    joint = Joint(
        out_from=start,
        out_samples=max(1, min(ramp, last)),
        in_from=PRE_SKIP,
        in_samples=ramp,
        equal_power=False,
    )
    beginning.enter(parting, joint)
    return Meeting(cut=ending.length - 1, slots=1)


def _follow(ending: Timeline, beginning: Timeline) -> Meeting | None:
    parting = _last_slot(ending)
    if parting is None:
        return None
    beginning.enter(parting, None)
    return Meeting(cut=ending.length - 1, slots=0)


def _last_slot(ending: Timeline) -> Parting | None:
    last = ending.length - 1
    if ending.blended > last or ending.cut_for(last) != last:
        return None
    return ending.part(last)
