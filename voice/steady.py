"""Reading a source to its end although the network breaks: opened again where it broke off.

A shell, used only in the node, only on worker threads (everything here may block). Imports ``voice.demux``.

Rules:

- A finite source is opened again at the time that was reached: by a range where the server knows ranges,
  otherwise from its beginning, of which everything is dropped that was heard. A stream without an end goes on
  at its live edge. What is missing meanwhile is silence; nothing is played twice.
- After :data:`ATTEMPTS` without a single slot in between the source has failed. FFmpeg's own way
  (``reconnect_streamed``) would play the beginning again and again where a server knows no ranges.
"""

import time
from collections.abc import Iterator
from typing import Final

from attrs import define, evolve, field

from voice.demux import Reader
from voice.protocol import Playing, Reason
from voice.rtp import FRAME_MS
from voice.slots import RawFrame
from voice.source import SourceFailed

ATTEMPTS: Final = 4
PAUSE_S: Final = 0.3
_BROKEN: Final = frozenset({Reason.NETWORK, Reason.TIMEOUT})


@define
class SteadyReader:
    """Reads one playback of a source, run by run."""

    _playing: Playing
    _reader: Reader
    _given: int = field(default=0, init=False)
    _attempts: int = field(default=0, init=False)

    @classmethod
    def open(cls, playing: Playing) -> "SteadyReader":
        """Open ``playing`` and find its offset.

        Raises:
            SourceFailed: it cannot be opened.
        """
        return cls(playing, Reader.open(playing))

    @property
    def tags(self) -> dict[str, str]:
        """What the source says about itself."""
        return self._reader.tags

    def close(self) -> None:
        """Let the source go."""
        self._reader.close()

    def runs(self) -> Iterator[list[RawFrame]]:
        """Every slot from the offset on, some together, none of the lists empty.

        Raises:
            SourceFailed: there is no sound in it, or the network broke for good.
        """
        while True:
            before = self._given
            try:
                for run in self._reader.runs():
                    self._given += len(run)
                    yield run
            except SourceFailed as failure:
                if self._given > before:
                    self._attempts = 0
                self._open_again(failure)
            else:
                return

    def _open_again(self, failure: SourceFailed) -> None:
        if self._playing.source.is_file or not self._given or failure.reason not in _BROKEN:
            raise failure
        reached = evolve(self._playing, offset_ms=self._playing.offset_ms + self._given * FRAME_MS)
        while self._attempts < ATTEMPTS:
            time.sleep(PAUSE_S * self._attempts)
            self._attempts += 1
            try:
                reader = Reader.open(reached)
            except SourceFailed:
                continue
            self._reader.close()
            self._reader = reader
            return
        raise failure
