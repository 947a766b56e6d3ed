"""Which bytes of a file are there: ranges that grow together. Pure."""

from attrs import define, field


@define
class Spans:
    """Half-open ranges, sorted, never touching each other."""

    _spans: list[tuple[int, int]] = field(factory=list[tuple[int, int]], init=False)

    def add(self, start: int, end: int) -> None:
        """These bytes are there now."""
        apart: list[tuple[int, int]] = []
        for span in self._spans:
            if span[1] < start or span[0] > end:
                apart.append(span)
            else:
                start, end = min(start, span[0]), max(end, span[1])
        self._spans = sorted([*apart, (start, end)]) if end > start else apart

    def reach(self, at: int) -> int:
        """How far the bytes are there from a place on: the place itself if it is not."""
        return next((end for start, end in self._spans if start <= at < end), at)

    def covers(self, size: int) -> bool:
        """Whether every byte of a file of this size is there."""
        return self._spans == [(0, size)]
