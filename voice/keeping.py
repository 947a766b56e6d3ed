"""Keeping a track while it is read: its packets as they are, in one file that plays without the web.

A shell over PyAV, used only in the node, only on the reading thread of a playback. It is for sound whose
bytes say nothing by themselves: the segments of an HLS playlist, answers that do not tell their size. What is
one file of a known size is kept by whoever lets its bytes pass, not here.

Rules:

- Packets go into Matroska, which takes every codec and needs no second encoding; those of Opus stay the same
  to the byte. Each is written when the reader comes for the next one, so nothing waits for the disk but the
  reader.
- A file is whole if it was read from its beginning, without a hole in its time and without a damaged packet,
  to the end, and is as long as expected. Only then it is synced and gets its name. A seek, a skip, a
  connection that had to be opened again: each leaves nothing.
- The place is ours alone: a part that is there already belongs to another reader.

Failure modes: a codec that the container does not take, a disk that is full and a file over its bound end the
keeping with one line in the log, never the playing. A crash leaves a part, which the bot removes.

Source: 4 to 20 µs per packet beside 12 for decoding it (measured with five seconds of each codec).
"""

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol, cast

import av
import av.error
from attrs import define, field
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet

from voice.protocol import Keep, Playing

HOLE_S: Final = 0.5
"""Between the end of one packet and the beginning of the next."""
OVERHEAD_BYTES: Final = 8
"""Of the container, per packet."""

_FAILURES: Final = (av.error.FFmpegError, LookupError, OSError, RuntimeError, TypeError, ValueError)
"""PyAV raises what it likes; none of it may cost the song."""

_log: Final = logging.getLogger(__name__)


class _Muxer(Protocol):
    # PyAV's stubs leave type arguments open; these say what is used here.
    def add_stream_from_template(self, template: AudioStream) -> AudioStream: ...

    def mux(self, packets: "Packet[AudioStream]") -> None: ...


class _Torn(Exception):
    """What is read is not the whole track."""


@define
class Keeping:
    """Writes one reading of a source along."""

    _keep: Keep
    _output: OutputContainer
    _stream: AudioStream
    _bytes: int = field(default=0, init=False)
    _shift: int | None = field(default=None, init=False)
    """What the times of the source are ahead of ours."""
    _end_s: float = field(default=0.0, init=False)
    _is_open: bool = field(default=True, init=False)

    @classmethod
    def begin(cls, playing: Playing, container: InputContainer, stream: AudioStream) -> "Keeping | None":
        """Keep what is about to be read, if it is wanted and nobody else can."""
        keep = playing.source.keep
        if keep is None or playing.offset_ms or not _is_in_pieces(container):
            return None
        try:
            Path(keep.part).open("xb").close()
        except OSError as error:
            _log.info("a track is not kept: %s", error.strerror)
            return None
        try:
            output = av.open(f"file:{keep.part}", "w", format="matroska")
            return cls(keep, output, cast("_Muxer", output).add_stream_from_template(stream))
        except _FAILURES as error:
            _log.info("a track is not kept: %s", _words(error))
            _remove(keep.part)
            return None

    @property
    def goes_on(self) -> bool:
        """Whether it is being written, and may become whole."""
        return self._is_open

    def along(self, packets: "Iterator[Packet[AudioStream]]") -> "Iterator[Packet[AudioStream]]":
        """The same packets; each is written once whoever takes them is done with it."""
        try:
            for packet in packets:
                yield packet
                if self._is_open and packet.size:
                    self._write(packet)
            self._finish()
        finally:
            self.close()

    def close(self) -> None:
        """Throw away what is there, unless it was whole."""
        if not self._is_open:
            return
        self._is_open = False
        try:
            self._output.close()
        except _FAILURES:
            _log.debug("a part of a track was closed badly; it goes anyway")
        _remove(self._keep.part)

    def _give_up(self, why: str) -> None:
        _log.warning("a track is not kept: %s", why)
        self.close()

    def _write(self, packet: "Packet[AudioStream]") -> None:
        try:
            self._follow(packet)
            packet.stream = self._stream
            cast("_Muxer", self._output).mux(packet)
        except _Torn as torn:
            self._give_up(str(torn))
        except _FAILURES as error:
            self._give_up(_words(error))

    def _follow(self, packet: "Packet[AudioStream]") -> None:
        """Look at a packet's time and size, and count both from our beginning.

        Raises:
            _Torn: it does not fit to those before.
        """
        at = packet.dts if packet.pts is None else packet.pts
        if at is None or packet.is_corrupt:
            raise _Torn("a packet of it is damaged")
        if self._shift is None:
            self._shift = max(0, at)
        packet.pts = at = at - self._shift
        packet.dts = at
        at_s, lasts_s = float(at * packet.time_base), float((packet.duration or 0) * packet.time_base)
        if abs(at_s - self._end_s) > HOLE_S:
            raise _Torn("there is a hole in it")
        self._end_s = at_s + lasts_s
        self._bytes += packet.size + OVERHEAD_BYTES
        if self._bytes > self._keep.max_bytes:
            raise _Torn("it is too large")

    def _finish(self) -> None:
        """The end was reached: give the file its name, if it is the whole track."""
        if not self._is_open:
            return
        if self._end_s < self._keep.least_s:
            self._give_up("it ended too early")
            return
        try:
            self._output.close()
            with Path(self._keep.part).open("rb+") as file:
                os.fsync(file.fileno())
            Path(self._keep.part).replace(self._keep.whole)
        except _FAILURES as error:
            self._give_up(_words(error))
            return
        self._is_open = False


def _is_in_pieces(container: InputContainer) -> bool:
    """Whether it is no file of a known size, whose bytes are kept where they pass."""
    return container.format.name == "hls" or container.size <= 0


def _words(error: Exception) -> str:
    told = error.strerror if isinstance(error, (av.error.FFmpegError, OSError)) else None
    return told or type(error).__name__


def _remove(part: str) -> None:
    try:
        Path(part).unlink(missing_ok=True)
    except OSError as error:
        _log.warning("a part of a track is left behind: %s", error.strerror)
