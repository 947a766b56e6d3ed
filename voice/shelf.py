"""The slots of one playback by their numbers: those to come, and a few that were.

A core; imports ``voice.slots``. A playback that takes over from another lays the rest of that one over its
own first slots, which become blends, also those that are read later; the slots before number 0 are foreign
then. If the source ends before what lies over it, silence takes its place.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice

from attrs import define, field

from voice.slots import SILENCE, Blend, Foreign, Joint, OpusPacket, RawFrame, Slot


def _plain(slot: Slot) -> RawFrame:
    match slot:
        case Blend(own=own):
            return own
        case Foreign(raw):
            return raw
        case _:
            return slot


@define
class Shelf:
    """Slots in a row, each known by its number.

    Attributes:
        first: number of the oldest one that is kept.
        blended: number of the first slot behind the blends; 0 without any.
    """

    first: int = field(default=0, init=False)
    blended: int = field(default=0, init=False)
    _slots: deque[Slot] = field(factory=deque[Slot], init=False)
    _over: deque[Blend] = field(factory=deque[Blend], init=False)
    """Blends whose own slot was not read yet."""

    @property
    def end(self) -> int:
        """Number of the next slot that will be put here."""
        return self.first + len(self._slots)

    def put(self, frames: Sequence[RawFrame]) -> None:
        """Append what was read."""
        if not self._over:
            self._slots.extend(frames)
            return
        for frame in frames:
            self._slots.append(self._blend(frame))

    def _blend(self, own: RawFrame) -> Slot:
        if not self._over:
            return own
        over = self._over.popleft()
        return Blend(own=own, other=over.other, number=over.number, joint=over.joint)

    def forget(self, before: int) -> None:
        """Let go of the slots before a number."""
        while self._slots and self.first < before:
            self._slots.popleft()
            self.first += 1

    def __getitem__(self, number: int) -> Slot:
        return self._slots[number - self.first]

    def is_opus(self, number: int) -> bool:
        """Whether there is a packet at this number that may be sent as it is."""
        return self.first <= number < self.end and isinstance(self[number], OpusPacket)

    def packets(self, start: int) -> Iterator[OpusPacket]:
        """Those from ``start`` on that may be sent as they are, up to the first that may not."""
        if start < self.first:
            return
        for slot in islice(self._slots, start - self.first, None):
            if not isinstance(slot, OpusPacket):
                return
            yield slot

    def slots(self, start: int, end: int) -> tuple[Slot, ...]:
        """Those from ``start`` to before ``end``, as far as they are here."""
        return tuple(islice(self._slots, max(0, start - self.first), max(0, end - self.first)))

    def plain(self, start: int, end: int) -> tuple[RawFrame, ...]:
        """The same, each alone."""
        return tuple(_plain(slot) for slot in self.slots(start, end))

    def lay_over(self, history: Sequence[RawFrame], rest: Sequence[RawFrame], joint: Joint) -> None:
        """Let ``rest`` of another playback sound together with the first slots; ``history`` came before."""
        own = self.plain(0, self.end)
        self.first, self.blended = -len(history), len(rest)
        self._slots = deque(Foreign(raw) for raw in history)
        self._over = deque(
            Blend(own=SILENCE, other=other, number=number, joint=joint) for number, other in enumerate(rest)
        )
        self.put(own)

    def precede(self, history: Sequence[RawFrame]) -> None:
        """Remember what came before in another playback."""
        self.lay_over(history, (), Joint(out_from=0, out_samples=1, in_from=0, in_samples=1))

    def uncover(self, start: int) -> None:
        """From ``start`` on every slot is alone."""
        self._over.clear()
        for index in range(max(0, start - self.first), len(self._slots)):
            self._slots[index] = _plain(self._slots[index])
        self.blended = min(self.blended, max(0, start))

    def close(self) -> None:
        """Nothing more is put here: what lies over the source sounds on over silence."""
        self._slots.extend(self._over)
        self._over.clear()
