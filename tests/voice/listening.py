"""A listener for the sound engine: tones to play, and what is heard of a timeline, sample by sample."""

from array import array
from collections.abc import Sequence
from itertools import pairwise
from math import pi, sin
from typing import TypeAlias

from attrs import define, field

from voice.codecs import decode, encode, new_opus_decoder, new_opus_encoder, to_packet
from voice.effects import NEUTRAL, Sound
from voice.joints import meet
from voice.render import Renderer
from voice.slots import OpusPacket, Pcm
from voice.timeline import Timeline
from voice.unpacking import new_frame

RATE_HZ = 48_000
FRAME = 960
AMPLITUDE = 0.5
Floats: TypeAlias = "array[float]"


def tone(frames: int, hertz: float = 100.0, *, first: int = 0) -> list[Pcm]:
    """A slow, loud tone on both channels: a jump would stand out between two samples."""
    step = 2 * pi * hertz / RATE_HZ
    slots: list[Pcm] = []
    for start in range(first, first + frames * FRAME, FRAME):
        values = (AMPLITUDE * sin(step * at) for at in range(start, start + FRAME))
        slots.append(Pcm(array("f", (value for value in values for _ in range(2))).tobytes()))
    return slots


def as_opus(slots: Sequence[Pcm]) -> list[OpusPacket]:
    """The same as packets of a source."""
    encoder = new_opus_encoder()
    found: list[OpusPacket] = []
    for number, slot in enumerate(slots):
        packets = encode(encoder, new_frame(slot.data, number * FRAME))
        found += [OpusPacket(packet) for packet in packets]
    return found


def left_of(slots: Sequence[Pcm]) -> Floats:
    """The left channel of sound that was not encoded."""
    samples = array("f")
    for slot in slots:
        samples.frombytes(slot.data)
    return samples[::2]


def listen(packets: Sequence[bytes]) -> Floats:
    """The left channel as a listener decodes it."""
    decoder = new_opus_decoder()
    samples = array("f")
    for packet in packets:
        for frame in decode(decoder, to_packet(packet)):
            samples.frombytes(bytes(frame.planes[0])[: frame.samples * 8])
    return samples[::2]


def roughness(samples: Floats) -> float:
    """The greatest second difference: small for a smooth signal, great at the smallest jump."""
    return max(abs(a - 2 * b + c) for a, b, c in zip(samples, samples[1:], samples[2:], strict=False))


def crossings_hz(samples: Floats) -> float:
    """The pitch of a tone, by how often it rises through zero."""
    rises = sum(before < 0 <= after for before, after in pairwise(samples))
    return rises / (len(samples) / RATE_HZ)


@define
class Player:
    """A timeline and its renderer, without threads: what is planned is rendered at once."""

    sound: Sound = NEUTRAL
    from_silence: bool = False
    timeline: Timeline = field(init=False)
    renderer: Renderer = field(factory=Renderer, init=False)
    sent: list[bytes] = field(factory=list[bytes], init=False)

    def __attrs_post_init__(self) -> None:
        self.timeline = Timeline(sound=self.sound, from_silence=self.from_silence)

    def put(self, slots: Sequence[Pcm | OpusPacket]) -> "Player":
        """All of a source."""
        self.timeline.push(slots)
        self.timeline.finish()
        return self

    def work(self) -> None:
        """Render what is due."""
        while (job := self.timeline.plan()) is not None:
            if job.fresh:
                self.renderer = Renderer()
            self.timeline.commit(job, self.renderer.render(job))

    def play(self, frames: int = 10_000) -> list[bytes]:
        """Send so many frames, or all there are; what was sent."""
        before = len(self.sent)
        while len(self.sent) - before < frames:
            self.work()
            packet = self.timeline.take()
            if packet is None:
                break
            self.sent.append(packet)
        return self.sent[before:]

    def meet(self, following: "Player", overlap: int = 0) -> list[bytes]:
        """Send all of this one and of another that takes over where they meet; what was sent."""
        meeting = None
        while meeting is None and not self.timeline.over:
            self.work()
            following.work()
            meeting = meet(self.timeline, following.timeline, overlap)
            if meeting is None:
                self.play(1)
        self.play()
        return [*self.sent, *following.play()]

    def join(self, following: "Player") -> None:
        """Let another one begin within the last frame of this one."""
        following.work()
        assert self.timeline.has_rest
        assert following.timeline.takes_lead
        following.timeline.lead_in(self.timeline.give_tail(self.renderer.residue))
