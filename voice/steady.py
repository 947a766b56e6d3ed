"""Reading a source to its end although the network breaks: opened again where it broke off.

A shell, used only in the node, only on worker threads (everything here may block). Imports ``voice.demux``
and ``voice.recognition``.

Rules:

- A source that has told where it ends is opened again at the time that was reached: by a range where the
  server knows ranges, otherwise from its beginning, of which everything is dropped that was heard.
- An answer that ends where its connection does may be over or broken off; FFmpeg calls both an error. It is
  over if it says how long it is and has been heard so far. Otherwise it is asked for again, and only what was
  not there before is heard: a file ends once it has come twice, a file that had broken off and a radio go on.
- A radio goes on at its live edge. One that says that it is a radio may end in no other way than by coming
  again as it was.
- What is missing meanwhile is silence; nothing is played twice.
- After :data:`ATTEMPTS` (:data:`PATIENT_ATTEMPTS` where it may be a radio, whose server may start anew)
  without a single new slot the source has failed. FFmpeg's own way (``reconnect_streamed``) would play the
  beginning again and again where a server knows no ranges.
"""

import time
from collections.abc import Callable, Iterator
from typing import Final

from attrs import define, evolve, field

from voice.demux import Reader
from voice.protocol import Playing, Reason
from voice.recognition import Recognition
from voice.rtp import FRAME_MS
from voice.slots import RawFrame
from voice.source import Ending, SourceFailed

ATTEMPTS: Final = 4
PATIENT_ATTEMPTS: Final = 24
PAUSE_S: Final = 0.3
"""More before each further attempt: 2 s in all, 83 s for a radio."""
NEAR_S: Final = 0.25
"""Containers round how long they are."""
REPEATED_S: Final = 60.0
"""For so long a source may come as it was before until it counts as one that has ended."""
_BROKEN: Final = frozenset({Reason.NETWORK, Reason.TIMEOUT})
_AT_ONCE: Final = 50
_BREATH_S: Final = 0.002


@define
class SteadyReader:
    """Reads one playback of a source, run by run.

    Args:
        is_wanted: asked, from the reading thread, before it waits for a server.
    """

    _playing: Playing
    _reader: Reader
    _is_wanted: Callable[[], bool] = lambda: True
    _ending: Ending = field(init=False)
    _given: int = field(default=0, init=False)
    _attempts: int = field(default=0, init=False)
    _recognition: Recognition = field(factory=Recognition, init=False)

    def __attrs_post_init__(self) -> None:
        self._ending = self._reader.ending

    @classmethod
    def open(cls, playing: Playing, is_wanted: Callable[[], bool] = lambda: True) -> "SteadyReader":
        """Open ``playing`` and find its offset.

        Raises:
            SourceFailed: it cannot be opened.
        """
        return cls(playing, Reader.open(playing), is_wanted)

    @property
    def tags(self) -> dict[str, str]:
        """What the source says about itself."""
        return self._reader.tags

    @property
    def is_kept(self) -> bool:
        """Whether what is read is written down meanwhile."""
        return self._reader.is_kept

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
                for run in self._runs_of_reader():
                    self._given += len(run)
                    yield run
            except SourceFailed as failure:
                if self._is_over:
                    return
                if self._given > before:
                    self._attempts = 0
                self._open_again(failure)
            else:
                return

    def _runs_of_reader(self) -> Iterator[list[RawFrame]]:
        if self._ending in {Ending.UNTOLD, Ending.NEVER}:
            return self._new_runs()
        return self._reader.runs()

    def _new_runs(self) -> Iterator[list[RawFrame]]:
        """What an answer without an end brings that was not there when it came before."""
        is_new, at_most, known = self._recognition.is_new, time.monotonic() + REPEATED_S, 0
        for run in self._reader.runs():
            new = [slot for slot in run if is_new(slot)]
            if new:
                yield new
                continue
            known += 1
            if not known % _AT_ONCE:
                if time.monotonic() > at_most:
                    return
                # A file comes as fast as it can be decoded, and others have something to say.
                time.sleep(_BREATH_S)
        if self._ending is Ending.NEVER:
            raise SourceFailed(Reason.NETWORK, "a radio ended")

    @property
    def _reached_ms(self) -> int:
        return self._playing.offset_ms + self._given * FRAME_MS

    @property
    def _is_over(self) -> bool:
        """Whether an answer that has ended without a word is all there is."""
        if self._ending not in {Ending.UNTOLD, Ending.NEVER}:
            return False
        return self._reached_ms / 1000 >= self._reader.length_s - NEAR_S or self._recognition.is_complete

    def _open_again(self, failure: SourceFailed) -> None:
        if self._playing.source.is_file or not self._given or failure.reason not in _BROKEN:
            raise failure
        told = self._ending is Ending.TOLD
        playing = evolve(self._playing, offset_ms=self._reached_ms) if told else self._playing
        # What is kept has no place for another beginning.
        playing = evolve(playing, source=evolve(playing.source, keep=None))
        while self._attempts < (ATTEMPTS if told else PATIENT_ATTEMPTS) and self._is_wanted():
            time.sleep(PAUSE_S * self._attempts)
            self._attempts += 1
            try:
                reader = Reader.open(playing)
            except SourceFailed:
                continue
            if told and reader.ending is not Ending.TOLD:
                # There is no way to the time that was reached.
                reader.close()
                continue
            self._reader.close()
            self._reader = reader
            self._recognition.begin_again()
            return
        raise failure
