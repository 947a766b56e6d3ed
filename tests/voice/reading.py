"""A source read as the node reads it: to its end, or until there is enough."""

from collections.abc import Iterator
from typing import Protocol

from voice.slots import RawFrame

ALL = 10**9


class Readable(Protocol):
    """What gives frames in runs."""

    def runs(self) -> Iterator[list[RawFrame]]: ...
    def close(self) -> None: ...


def frames_of(reader: Readable, limit: int = ALL) -> list[RawFrame]:
    """Its first frames; it is closed afterwards."""
    frames: list[RawFrame] = []
    try:
        for run in reader.runs():
            frames += run
            if len(frames) >= limit:
                break
    finally:
        reader.close()
    return frames[:limit]
