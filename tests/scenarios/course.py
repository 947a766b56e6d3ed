"""Where in a song the frames lie that were heard of it: packets that are passed through tell it exactly.

A song is known by its packets, no two of them alike. What was encoded anew (where a song fades) counts one
frame like any other, silence counts none. Nothing here looks at the clock: that a song goes on is a row of
numbers, whenever its frames came.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from attrs import frozen

from sandbox.voice.opus import SILENCE
from sandbox.voice.values import Frame
from tests.voice.sounds import packets_of_file


@frozen
class Leap:
    """The song leaps behind a frame: so many packets were not heard, or, if negative, are heard again."""

    count: int
    behind: int
    """The RTP sequence number of what was heard last, be it silence."""

    def lies_in(self, sequences: set[int]) -> bool:
        """Whether as many packets as are missing followed in these RTP sequence numbers."""
        return all((self.behind + 1 + at) & 0xFFFF in sequences for at in range(self.count))


@frozen
class Song:
    """The packets of a song, and which is which."""

    numbers: dict[bytes, int]

    def begins(self, frames: Iterable[Frame]) -> int:
        """The number of the packet with which a row of sound begins, also if it fades in."""
        sound = sound_of(frames)
        at, frame = next((at, frame) for at, frame in enumerate(sound) if frame.opus in self.numbers)
        return self.numbers[frame.opus] - at

    def ends(self, frames: Sequence[Frame]) -> int:
        """The number of the packet behind a row of sound; what faded out was not yet heard."""
        return next(self.numbers[one.opus] for one in reversed(frames) if one.opus in self.numbers) + 1

    def leaps(self, frames: Iterable[Frame]) -> list[Leap]:
        """Wherever the song does not go on frame by frame."""
        found: list[Leap] = []
        due: int | None = None
        behind: int | None = None
        for frame in frames:
            number = self.numbers.get(frame.opus)
            if number is None:
                due = due + 1 if due is not None and frame.opus != SILENCE else due
            else:
                if behind is not None and due not in (None, number):
                    found.append(Leap(number - due, behind))
                due = number + 1
            behind = frame.sequence
        return found


def read_song(file: Path) -> Song:
    """Read a file of Opus.

    Raises:
        ValueError: two of its packets are alike.
    """
    packets = packets_of_file(file)
    numbers = {packet: number for number, packet in enumerate(packets)}
    if len(numbers) != len(packets):
        raise ValueError(f"two packets of {file.name} are alike")
    return Song(numbers)


def sound_of(frames: Iterable[Frame]) -> list[Frame]:
    """Silence left out."""
    return [frame for frame in frames if frame.opus != SILENCE]
