"""The frames of one playback that are ready to be sent, and those sent last.

A core; imports ``voice.slots``. Frames are known by their distance from the next one to be sent.
"""

from collections import deque
from itertools import islice
from typing import Final

from attrs import define, field

from voice.slots import Output, Pcm

WARM_UP: Final = 4
"""Frames of sound that an encoder is warmed up with."""


@define
class Ready:
    """What waits to be sent.

    Attributes:
        waiting: the next one first.
        taken: frames that were sent.
        position: where in the source the last one ended, in slots.
    """

    waiting: deque[Output] = field(factory=deque[Output], init=False)
    taken: int = field(default=0, init=False)
    position: float = field(default=0.0, init=False)
    _past: deque[Output] = field(factory=lambda: deque[Output](maxlen=WARM_UP), init=False)

    def take(self) -> Output:
        """The next one."""
        output = self.waiting.popleft()
        self._past.append(output)
        self.taken += 1
        self.position = output.end
        return output

    def take_many(self, frames: int) -> None:
        """The next ones, at once; there must be so many."""
        if not frames:
            return
        take = self.waiting.popleft
        for _ in range(frames - WARM_UP):
            take()
        self._past.extend(take() for _ in range(min(frames, WARM_UP)))
        self.position = self._past[-1].end
        self.taken += frames

    def keep(self, kept: int) -> None:
        """Drop all but the next ``kept``."""
        while len(self.waiting) > kept:
            self.waiting.pop()

    def end(self, kept: int) -> int:
        """Number of the slot that follows the next ``kept`` frames."""
        return round(self.waiting[kept - 1].end if kept else self.position)

    @property
    def reach(self) -> int:
        """Number of the slot that follows all of them."""
        return self.end(len(self.waiting))

    def until(self, slot: int) -> int:
        """How many of them end no later than where ``slot`` begins."""
        return sum(1 for output in self.waiting if output.end <= slot + 0.5)

    def is_untouched(self, kept: int) -> bool:
        """Whether the frame before the distance ``kept`` is a packet of the source."""
        last = self.waiting[kept - 1] if kept else self._past[-1] if self._past else None
        return last is not None and last.pcm is None

    def level_db(self, kept: int) -> float | None:
        """Gain of the normalization in the frame before the distance ``kept``."""
        last = self.waiting[kept - 1] if kept else self._past[-1] if self._past else None
        return None if last is None else last.level_db

    def sounds_before(self, kept: int) -> tuple[Pcm, ...]:
        """The sound of the frames before the distance ``kept``, as far as it was rendered, oldest first."""
        sounds: list[Pcm] = []
        for output in reversed([*self._past, *islice(self.waiting, kept)]):
            if output.pcm is None or len(sounds) == WARM_UP:
                break
            sounds.append(Pcm(output.pcm))
        return tuple(reversed(sounds))
