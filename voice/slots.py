"""The values between reading, rendering and sending: slots of a source, outputs, and the jobs in between.

A core; imports ``voice.rtp`` constants and ``voice.effects``. A slot is 20 ms of a source as it was read;
an output is 20 ms of sound as it is sent. ``voice.timeline`` holds both, ``voice.render`` makes outputs of
slots.

Those that come fifty times per second and call are structs of msgspec, which are made in a ninth of the time
(0.05 µs instead of 0.44) and are nothing that garbage collection has to look at; the others are attrs.
"""

from typing import Final, TypeAlias

import msgspec
from attrs import field, frozen

from voice.effects import Sound
from voice.rtp import SAMPLES_PER_FRAME


class OpusPacket(msgspec.Struct, frozen=True, gc=False):
    """A packet of the source that may be sent as it is: 20 ms, stereo.

    ``padding`` is how many samples at its end are no sound: the last packet of a file is filled up.
    """

    data: bytes
    padding: int = 0


class Pcm(msgspec.Struct, frozen=True, gc=False):
    """20 ms of sound: 960 interleaved stereo samples of 32-bit floats, 48 kHz."""

    data: bytes


SAMPLE_BYTES: Final = 8
"""One sample of two channels."""
PCM_BYTES: Final = SAMPLES_PER_FRAME * SAMPLE_BYTES
SILENCE: Final = Pcm(bytes(PCM_BYTES))

RawFrame: TypeAlias = OpusPacket | Pcm


@frozen(kw_only=True)
class Joint:
    """How one playback gives way to another; in samples from their first common slot on.

    Args:
        out_from: where the one begins to fade out, within ``out_samples``.
        in_from: where the other begins to fade in, within ``in_samples``.
        equal_power: for sounds that have nothing to do with each other; otherwise equal amplitude.
        gain: of the one that fades out, linear: how much louder it was levelled than the other is.
    """

    out_from: int
    out_samples: int
    in_from: int
    in_samples: int
    equal_power: bool = True
    gain: float = 1.0


@frozen
class Foreign:
    """A slot of the playback before, alone: for a chain to warm up with."""

    raw: RawFrame


@frozen(kw_only=True)
class Blend:
    """A slot of a playback and one of the playback before, sounding together; ``number`` counts from 0."""

    own: RawFrame
    other: RawFrame
    number: int
    joint: Joint


Slot: TypeAlias = RawFrame | Blend | Foreign


class Output(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """20 ms of sound, ready to be sent.

    Args:
        pcm: the same before it was encoded; ``None`` for a packet of the source.
        end: where in the source it ends, in slots.
        level_db: gain of the normalization in it.
    """

    packet: bytes
    pcm: bytes | None = None
    end: float
    level_db: float | None = None


@frozen(kw_only=True)
class Job:
    """Something to render.

    Args:
        epoch: changes with each change of sound; a new epoch wants fresh codecs.
        start: number of the first slot of ``frames``.
        fresh: what was sent before did not come out of the renderer's chain: start a new one.
        history: what came right before ``start``, oldest first, to warm up a fresh chain.
        before: the sound right before the first frame, where it was another one, oldest first.
        replaced: sound that the first frame fades over from.
        over_source: both of these are the source itself.
        lead: sound of another playback that comes first of all; it is no multiple of a frame.
        lead_slot: the same as a slot of that playback, whose slots before are ``history``.
        goal_db: gain of the normalization that is wanted by and by.
        last: no slot follows.
        pads: nothing at all follows: fill the last frame with silence.
        wanted: give only so many frames, and lose the rest.
        replaces: number of the output from which on older ones are replaced.
    """

    epoch: int
    start: int
    fresh: bool
    history: tuple[Slot, ...] = ()
    frames: tuple[Slot, ...]
    sound: Sound
    before: tuple[Pcm, ...] = ()
    replaced: Pcm | None = None
    over_source: bool = False
    lead: bytes | None = field(default=None, repr=False)
    lead_slot: RawFrame | None = None
    goal_db: float | None = None
    last: bool = False
    pads: bool = False
    wanted: int | None = None
    replaces: int | None = None


@frozen(kw_only=True)
class Tail:
    """The end of a playback, which becomes the beginning of the next one.

    Args:
        before: the last whole frames, oldest first.
        rest: what follows them, less than two frames.
    """

    before: tuple[Pcm, ...]
    rest: bytes = field(repr=False)


@frozen(kw_only=True)
class Parting:
    """What a playback leaves to another that takes over before its end.

    Args:
        history: the slots before it, oldest first.
        rest: its own slots from there on.
        before: what was rendered of ``history``; nothing if its packets were sent as they are.
        replaced: what was rendered of the first frame of ``rest``, where it does not sound as the slots do.
    """

    history: tuple[RawFrame, ...]
    rest: tuple[RawFrame, ...]
    before: tuple[Pcm, ...] = ()
    replaced: Pcm | None = None


def samples_of(raw: RawFrame) -> int:
    """How many samples of a slot are sound; only the last slot of a source has less than a frame."""
    match raw:
        case OpusPacket(padding=padding):
            return max(0, SAMPLES_PER_FRAME - padding)
        case Pcm(data):
            return min(SAMPLES_PER_FRAME, len(data) // SAMPLE_BYTES)
