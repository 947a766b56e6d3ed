"""The values between reading, rendering and sending: slots of a source, outputs, and the jobs in between.

A core; imports ``voice.rtp`` constants and ``voice.effects``. A slot is 20 ms of a source as it was read;
an output is 20 ms of sound as it is sent. ``voice.timeline`` holds both, ``voice.render`` makes outputs of
slots.
"""

from typing import Final, TypeAlias

from attrs import field, frozen

from voice.effects import Sound
from voice.rtp import SAMPLES_PER_FRAME


@frozen
class OpusPacket:
    """A packet of the source that may be sent as it is: 20 ms, stereo."""

    data: bytes = field(repr=False)


@frozen
class Pcm:
    """20 ms of sound: 960 interleaved stereo samples of 32-bit floats, 48 kHz."""

    data: bytes = field(repr=False)


PCM_BYTES: Final = SAMPLES_PER_FRAME * 2 * 4
SILENCE: Final = Pcm(bytes(PCM_BYTES))

RawFrame: TypeAlias = OpusPacket | Pcm


@frozen(kw_only=True)
class Output:
    """20 ms of sound, ready to be sent.

    Args:
        pcm: the same before it was encoded; ``None`` for a packet of the source.
        end: where in the source it ends, in slots.
    """

    packet: bytes = field(repr=False)
    pcm: bytes | None = field(default=None, repr=False)
    end: float


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
        last: no slot follows.
        pads: nothing at all follows: fill the last frame with silence.
        wanted: give only so many frames, and lose the rest.
        replaces: number of the output from which on older ones are replaced.
    """

    epoch: int
    start: int
    fresh: bool
    history: tuple[RawFrame, ...] = ()
    frames: tuple[RawFrame, ...]
    sound: Sound
    before: tuple[Pcm, ...] = ()
    replaced: Pcm | None = None
    over_source: bool = False
    lead: bytes | None = field(default=None, repr=False)
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
