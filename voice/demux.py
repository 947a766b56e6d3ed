"""From an opened source to slots of 20 ms: packets of Opus as they are, everything else decoded.

A shell over PyAV, used only in the node, only on worker threads. Imports ``voice.source``, ``voice.decoder``,
``voice.keeping``, ``voice.ogg`` and the raw frames of ``voice.slots``.

Rules:

- A packet of Opus stays as it is if its table of contents says: one frame of 20 ms, stereo. From the first
  packet on that says otherwise, the rest of the source is decoded here.
- Reading starts ``PREROLL_MS`` before the asked offset and everything before the offset is dropped, because
  decoders need a run-up and containers only find the neighbourhood. A source without length and size (a
  radio) starts wherever it is.
- Slots are given in runs, because what is done once per run need not be done for each: as many as a page of
  Ogg has, or :data:`TOGETHER` of another file. What comes from the web is given slot by slot, at once.
- A damaged packet is skipped. A source that breaks off after some sound has ended, not failed, unless it was
  the network that broke.

Source: RFC 6716 section 3.1 (table of contents); RFC 7845 section 5.1 (output gain, channel mapping).
"""

import math
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

import av
import av.error
from attrs import define, field
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet

from voice.decoder import HALF_FRAME_S, Decoder
from voice.keeping import Keeping
from voice.ogg import NotPlain, OggOpus
from voice.protocol import Playing, Reason, Source
from voice.rtp import SAMPLE_RATE_HZ
from voice.slots import OpusPacket, RawFrame
from voice.source import Ending, SourceFailed, ending_of, failure_of, open_source

PREROLL_MS: Final = 160
TOGETHER: Final = 25
"""Slots of a file in one run."""

# Configurations whose frames last 20 ms: three of SILK, two of hybrid, four of CELT (RFC 6716, table 2).
_CONFIGURATIONS_20_MS: Final = (1, 5, 9, 13, 15, 19, 23, 27, 31)
_STEREO: Final = 0b100
_UNTOUCHED: Final = frozenset(configuration << 3 | _STEREO for configuration in _CONFIGURATIONS_20_MS)
"""Tables of contents of one stereo frame of 20 ms."""


def fits_untouched(packet: bytes) -> bool:
    """Whether ``packet`` is one stereo frame of 20 ms."""
    return bool(packet) and packet[0] in _UNTOUCHED


def head_fits(head: bytes | None) -> bool:
    """Whether an ``OpusHead`` asks for nothing that must be applied: stereo, no gain, plain mapping."""
    if head is None or len(head) < 19 or not head.startswith(b"OpusHead"):
        return False
    channels, gain, mapping = head[9], head[16:18], head[18]
    return channels == 2 and gain == b"\0\0" and mapping == 0


def in_runs(slots: Iterator[RawFrame], most: int) -> Iterator[list[RawFrame]]:
    """The same slots, so many together; what was read before a failure comes before it."""
    run: list[RawFrame] = []
    try:
        for slot in slots:
            run.append(slot)
            if len(run) >= most:
                yield run
                run = []
    except (SourceFailed, av.error.FFmpegError):
        if run:
            yield run
        raise
    if run:
        yield run


@define
class _Pages:
    """A file of Ogg that is read without PyAV, for as long as that goes well."""

    _file: BinaryIO
    _ogg: OggOpus

    @classmethod
    def open(cls, source: Source, container: InputContainer) -> "_Pages | None":
        if not source.is_file or container.format.name != "ogg":
            return None
        try:
            file = Path(source.location).open("rb")  # noqa: SIM115 - closed with the reader
        except OSError:
            return None
        try:
            return cls(file, OggOpus(file, fits_untouched))
        except (NotPlain, OSError):
            file.close()
            return None

    @property
    def passed(self) -> int:
        """Packets of the file that need not be read again."""
        return self._ogg.passed

    def close(self) -> None:
        self._file.close()

    def runs(self, start_s: float) -> Iterator[list[RawFrame]]:
        """See ``OggOpus.runs``, with its errors."""
        for packets, padding in self._ogg.runs(start_s * SAMPLE_RATE_HZ):
            run: list[RawFrame] = list(map(OpusPacket, packets))
            if padding:
                run[-1] = OpusPacket(packets[-1], padding)
            yield run


@define
class Reader:
    """Reads one playback of a source, run by run."""

    _source: Source
    _container: InputContainer
    _stream: AudioStream
    _start_s: float
    _decoder: Decoder
    _untouched: bool
    _pages: _Pages | None
    _keeping: Keeping | None
    _heard_packet: bool = field(default=False, init=False)

    @classmethod
    def open(cls, playing: Playing) -> "Reader":
        """Open ``playing`` and find its offset.

        Raises:
            SourceFailed: it cannot be opened.
        """
        source = playing.source
        container, stream = open_source(source)
        start_s = -math.inf
        if playing.offset_ms and not _is_endless(container):
            origin_s = float((stream.start_time or 0) * (stream.time_base or 0))
            start_s = origin_s + playing.offset_ms / 1000
            if not _seek(container, start_s):
                # A demuxer that failed to seek has lost its place: read a new one from the beginning.
                container.close()
                container, stream = open_source(source)
        untouched = stream.codec_context.name == "opus" and head_fits(stream.codec_context.extradata)
        pages = _Pages.open(source, container) if untouched else None
        keeping = Keeping.begin(playing, container, stream)
        return cls(source, container, stream, start_s, Decoder(stream, start_s), untouched, pages, keeping)

    @property
    def tags(self) -> dict[str, str]:
        """What the source says about itself."""
        return {**self._container.metadata, **self._stream.metadata}

    @property
    def is_kept(self) -> bool:
        """Whether what is read is written down meanwhile."""
        return self._keeping is not None and self._keeping.goes_on

    @property
    def ending(self) -> Ending:
        """What says where the source ends."""
        return ending_of(self._container)

    @property
    def length_s(self) -> float:
        """How long the source says to be; infinite if it does not."""
        length = self._container.duration
        return math.inf if length is None else length / av.time_base

    def close(self) -> None:
        """Let the source go."""
        if self._keeping is not None:
            self._keeping.close()
        if self._pages is not None:
            self._pages.close()
        self._container.close()

    def runs(self) -> Iterator[list[RawFrame]]:
        """Every slot from the offset on, some together, none of the lists empty.

        Raises:
            SourceFailed: there is no sound in it, or the network broke.
        """
        try:
            if self._pages is not None:
                yield from self._read_pages(self._pages)
            else:
                demuxed = self._container.demux(self._stream)
                yield from in_runs(self._read(demuxed, self._start_s), self._together)
        except av.error.FFmpegError as error:
            failure = failure_of(error)
            if not self._heard or failure.reason in {Reason.NETWORK, Reason.TIMEOUT}:
                raise failure from error
        # Behind its end there is nothing, which is no failure.
        if not self._heard and self._start_s == -math.inf:
            raise SourceFailed(Reason.CORRUPT, "nothing in it can be decoded")

    @property
    def _heard(self) -> bool:
        return self._heard_packet or self._decoder.heard

    @property
    def _together(self) -> int:
        return TOGETHER if self._source.is_file else 1

    def _read_pages(self, pages: _Pages) -> Iterator[list[RawFrame]]:
        start_s = self._start_s - HALF_FRAME_S
        try:
            for run in pages.runs(start_s):
                self._heard_packet = True
                yield run
        except (NotPlain, OSError):
            yield from self._read_on(pages.passed)

    def _read_on(self, passed: int) -> Iterator[list[RawFrame]]:
        """What follows the first so many packets; times behind a damage are not to be trusted."""
        self._container.close()
        self._container, self._stream = open_source(self._source)
        # Once something was given, nothing that follows is early, whatever its time says.
        start_s = -math.inf if self._heard_packet else self._start_s
        self._decoder = Decoder(self._stream, start_s)
        demuxed = self._container.demux(self._stream)
        yield from in_runs(self._read(islice(demuxed, passed, None), start_s), self._together)

    def _read(self, packets: "Iterator[Packet[AudioStream]]", start_s: float) -> Iterator[RawFrame]:
        if self._keeping is not None:
            packets = self._keeping.along(packets)
        if self._untouched:
            yield from self._read_untouched(packets, start_s)
        for packet in packets:
            yield from self._decoder.decode(packet if packet.size else None)

    def _read_untouched(self, packets: "Iterator[Packet[AudioStream]]", start_s: float) -> Iterator[RawFrame]:
        """Packets as they are, up to the first one that has to be decoded. Runs for every 20 ms of a call."""
        early = start_s > -math.inf
        for packet in packets:
            data = bytes(packet)
            if not data:
                continue
            if not fits_untouched(data):
                yield from self._decoder.decode(packet)
                return
            self._heard_packet = True
            if early:
                early = _is_early(packet, start_s)
            if not early:
                yield OpusPacket(data, _padding(packet) if packet.has_sidedata("skip_samples") else 0)


def _is_early(packet: "Packet[AudioStream]", start_s: float) -> bool:
    if packet.pts is None:
        return False
    # Containers round (webm to 1 ms) and count the pre-skip as negative time: half a frame of slack.
    return float(packet.pts * packet.time_base) < start_s - HALF_FRAME_S


def _padding(packet: "Packet[AudioStream]") -> int:
    """Samples at the end of a packet that are no sound (``AV_PKT_DATA_SKIP_SAMPLES``: two 32-bit counts)."""
    return int.from_bytes(bytes(packet.get_sidedata("skip_samples"))[4:8], "little")


def _is_endless(container: InputContainer) -> bool:
    return container.duration is None and container.size <= 0


def _seek(container: InputContainer, start_s: float) -> bool:
    """Go to ``start_s`` minus the run-up; false if the source cannot seek."""
    try:
        container.seek(max(0, round(start_s * 1_000_000) - PREROLL_MS * 1000))
    except av.error.FFmpegError:
        return False
    return True
