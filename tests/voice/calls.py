"""A call of the node without its node: real files, threads and codecs, but no clock and no network.

Frames are sent one by one, and between two of them everything that is being rendered is finished. So what a
command does is counted in frames, whatever else the machine is doing.
"""

from array import array
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from math import pi, sin
from pathlib import Path
from typing import Final, TypeVar, cast

import trio
import trio.testing
from attrs import define, evolve, field
from av.audio.frame import AudioFrame

from gateway_client.ids import GuildId
from tests.voice.listening import FRAME, RATE_HZ, Floats, listen
from tests.voice.sounds import write_frames
from voice.call import Call
from voice.connection import Connection
from voice.metronome import Metronome
from voice.playback import Workshop
from voice.protocol import Desired, FromNode, Playing, Source, TrackFailed
from voice.unpacking import new_frame

FED: Final = 25
"""Slots that are there at each deadline, unless the source ends."""
SILENCE: Final = b"\xf8\xff\xfe"
_F = TypeVar("_F", bound=FromNode)


@define
class Ears:
    """Instead of a connection: keeps what it is given."""

    can_send: bool = True
    packets: list[bytes] = field(factory=list[bytes])

    def announce(self) -> bool:
        return True

    def send(self, packet: bytes) -> None:
        self.packets.append(packet)

    def speak(self, speaking: bool) -> None:
        assert not speaking

    def hush(self) -> None:
        return


@define
class Driven:
    """A call that sends a frame when it is told to."""

    call: Call
    workshop: Workshop
    ears: Ears
    facts: list[FromNode]
    desired: Desired

    async def want(self, **changes: object) -> None:
        """Another desired state."""
        self.desired = evolve(self.desired, **changes)
        self.call.want(self.desired)
        await self.settle()

    async def settle(self) -> None:
        """Until nothing is being rendered."""
        await trio.testing.wait_all_tasks_blocked()
        while self.workshop.rendering.borrowed_tokens or self.workshop.memory.glancing.borrowed_tokens:
            await trio.sleep(0.0005)
            await trio.testing.wait_all_tasks_blocked()

    async def play(self, frames: int) -> list[bytes]:
        """So many deadlines; what was sent in them."""
        before = len(self.ears.packets)
        for _ in range(frames):
            await self._let_read()
            self.call._send_one()
            self.call._deck.tell_heard()
            await self.settle()
        return self.ears.packets[before:]

    async def _let_read(self) -> None:
        """Wait for the readers, which have no clock either."""
        for playback in list(self.call._deck._playbacks.values()):
            timeline = playback._timeline
            while (
                not timeline.finished
                and timeline.waiting < FED + playback._ahead
                and playback.failure is None
                and playback.repeats is None
            ):
                await trio.sleep(0.0005)
                playback.pump()
        await self.settle()

    async def play_until(self, kind: type[FromNode], track_id: int, limit: int = 3000) -> int:
        """Until a fact about a track was told; how many frames were sent by then."""
        for _ in range(limit):
            if any(getattr(fact, "track_id", 0) == track_id for fact in self.told(kind)):
                return len(self.ears.packets)
            await self.play(1)
        raise AssertionError(f"{kind.__name__} was not told")

    def told(self, kind: type[_F]) -> list[_F]:
        return [fact for fact in self.facts if isinstance(fact, kind)]

    @property
    def heard(self) -> Floats:
        """Everything, decoded: the left channel."""
        return listen(self.ears.packets)


@asynccontextmanager
async def open_call(**desired: object) -> AsyncGenerator[Driven]:
    """A call that plays; its first frames are ready, unless its track cannot be played."""
    facts: list[FromNode] = []
    async with trio.open_nursery() as nursery:
        workshop = Workshop(nursery=nursery)
        call = Call(call=GuildId(1), emit=facts.append, workshop=workshop, metronome=Metronome())
        ears = Ears()
        call._connection = cast("Connection", ears)
        driven = Driven(call, workshop, ears, facts, Desired(call=GuildId(1), attempt=0, server=None))
        await driven.want(**desired)
        for _ in range(2000):
            await driven.play(1)
            if ears.packets or driven.told(TrackFailed):
                break
            await trio.sleep(0.001)
        yield driven
        await driven.want(track=None, next=None)
        nursery.cancel_scope.cancel()


def a_track(path: Path, track_id: int = 1, **others: object) -> Playing:
    playing = Playing(track_id=track_id, source=Source(location=str(path), is_file=True))
    return evolve(playing, **others)


def write_tone(
    path: Path,
    seconds: float,
    hertz: float = 100.0,
    *,
    first: int = 0,
    level: float = 0.3,
    then_hz: float | None = None,
) -> Path:
    """A tone from its sample ``first`` on, its second half perhaps another one; Opus or PCM by the suffix."""
    codec = "libopus" if path.suffix in (".ogg", ".webm") else "pcm_s16le"
    step = 2 * pi * hertz / RATE_HZ
    count = round(seconds * RATE_HZ)
    frames: list[AudioFrame] = []
    for start in range(0, count, FRAME):
        if then_hz is not None and 2 * start >= count:
            step = 2 * pi * then_hz / RATE_HZ
        values = (level * sin(step * (first + at)) for at in range(start, min(start + FRAME, count)))
        frames.append(new_frame(array("f", (value for value in values for _ in range(2))).tobytes(), start))
    return write_frames(path, codec, frames)


def level_of(samples: Sequence[float]) -> float:
    """Root mean square."""
    return (sum(value * value for value in samples) / max(1, len(samples))) ** 0.5


def power_of(samples: Floats, hertz: float) -> float:
    """Amplitude of one tone in ``samples``, by Goertzel's algorithm."""
    turn = 2 * pi * hertz / RATE_HZ
    sines = sum(value * sin(turn * at) for at, value in enumerate(samples))
    cosines = sum(value * sin(turn * at + pi / 2) for at, value in enumerate(samples))
    return 2 * (sines * sines + cosines * cosines) ** 0.5 / len(samples)
