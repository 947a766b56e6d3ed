"""From an opened source to slots of 20 ms: packets of Opus as they are, everything else decoded.

A shell over PyAV, used only in the node, only on worker threads. Imports ``voice.source``, ``voice.keeping``
and the raw frames of ``voice.slots``.

Rules:

- A packet of Opus stays as it is if its table of contents says: one frame of 20 ms, stereo. From the first
  packet on that says otherwise, the rest of the source is decoded here.
- Reading starts ``PREROLL_MS`` before the asked offset and everything before the offset is dropped, because
  decoders need a run-up and containers only find the neighbourhood. A source without length and size (a
  radio) starts wherever it is.
- A damaged packet is skipped. A source that breaks off after some sound has ended, not failed, unless it was
  the network that broke.

Source: RFC 6716 section 3.1 (table of contents); RFC 7845 section 5.1 (output gain, channel mapping).
"""

import math
from collections.abc import Iterator
from typing import Final

import av
import av.error
from attrs import define, field
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet

from voice.codecs import decode
from voice.keeping import Keeping
from voice.protocol import Playing, Reason
from voice.rtp import SAMPLE_RATE_HZ, SAMPLES_PER_FRAME
from voice.slots import SAMPLE_BYTES, OpusPacket, Pcm, RawFrame
from voice.source import SourceFailed, failure_of, open_source

PREROLL_MS: Final = 160
HALF_FRAME_S: Final = 0.010
MAX_DAMAGED: Final = 400
"""Packets in a row that may be damaged before the source counts as such."""

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


@define
class _Decoder:
    """Decodes packets of one stream into slots of PCM from a point of its time on."""

    _stream: AudioStream
    _start_s: float
    _resampler: AudioResampler = field(init=False)
    _damaged: int = field(default=0, init=False)
    heard: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self._resampler = self._new_resampler()

    @staticmethod
    def _new_resampler() -> AudioResampler:
        return AudioResampler(
            format="flt", layout="stereo", rate=SAMPLE_RATE_HZ, frame_size=SAMPLES_PER_FRAME
        )

    def decode(self, packet: "Packet[AudioStream] | None") -> Iterator[Pcm]:
        """Slots that ``packet`` completes; ``None`` flushes.

        Raises:
            SourceFailed: too many damaged packets in a row.
        """
        try:
            frames = decode(self._stream.codec_context, packet)
        except (av.error.InvalidDataError, av.error.EOFError) as error:
            self._damaged += 1
            if self._damaged > MAX_DAMAGED:
                raise SourceFailed(Reason.CORRUPT, "nothing in it can be decoded") from error
            return
        for frame in frames:
            self._damaged = 0
            yield from self._slots(frame)
        if packet is None:
            yield from self._cut(self._resampler.resample(None))

    def _slots(self, frame: AudioFrame) -> Iterator[Pcm]:
        try:
            resampled = self._resampler.resample(frame)
        except ValueError:
            # A radio may change its rate or layout between two pieces.
            yield from self._cut(self._resampler.resample(None))
            self._resampler = self._new_resampler()
            resampled = self._resampler.resample(frame)
        yield from self._cut(resampled)

    def _cut(self, frames: list[AudioFrame]) -> Iterator[Pcm]:
        for frame in frames:
            self.heard = True
            # Whole slots are dropped: the start is right to 20 ms.
            if frame.pts is not None and frame.pts / SAMPLE_RATE_HZ < self._start_s - HALF_FRAME_S:
                continue
            if frame.samples:
                yield Pcm(bytes(frame.planes[0])[: frame.samples * SAMPLE_BYTES])


@define
class Reader:
    """Reads one playback of a source, slot by slot."""

    _container: InputContainer
    _stream: AudioStream
    _start_s: float
    _decoder: _Decoder
    _untouched: bool
    _keeping: Keeping | None = None
    _heard_packet: bool = field(default=False, init=False)

    @classmethod
    def open(cls, playing: Playing) -> "Reader":
        """Open ``playing`` and find its offset.

        Raises:
            SourceFailed: it cannot be opened.
        """
        container, stream = open_source(playing.source)
        start_s = -math.inf
        if playing.offset_ms and not _is_endless(container):
            origin_s = float((stream.start_time or 0) * (stream.time_base or 0))
            start_s = origin_s + playing.offset_ms / 1000
            if not _seek(container, start_s):
                # A demuxer that failed to seek has lost its place: read a new one from the beginning.
                container.close()
                container, stream = open_source(playing.source)
        untouched = stream.codec_context.name == "opus" and head_fits(stream.codec_context.extradata)
        keeping = Keeping.begin(playing, container, stream)
        return cls(container, stream, start_s, _Decoder(stream, start_s), untouched, keeping)

    @property
    def tags(self) -> dict[str, str]:
        """What the source says about itself."""
        return {**self._container.metadata, **self._stream.metadata}

    def close(self) -> None:
        """Let the source go."""
        if self._keeping is not None:
            self._keeping.close()
        self._container.close()

    def slots(self) -> Iterator[RawFrame]:
        """Every slot from the offset on.

        Raises:
            SourceFailed: there is no sound in it, or the network broke.
        """
        try:
            yield from self._read()
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

    def _read(self) -> Iterator[RawFrame]:
        packets = self._container.demux(self._stream)
        if self._keeping is not None:
            packets = self._keeping.along(packets)
        if self._untouched:
            yield from self._read_untouched(packets)
        for packet in packets:
            yield from self._decoder.decode(packet if packet.size else None)

    def _read_untouched(self, packets: "Iterator[Packet[AudioStream]]") -> Iterator[RawFrame]:
        """Packets as they are, up to the first one that has to be decoded. Runs for every 20 ms of a call."""
        early = self._start_s > -math.inf
        for packet in packets:
            data = bytes(packet)
            if not data:
                continue
            if not fits_untouched(data):
                yield from self._decoder.decode(packet)
                return
            self._heard_packet = True
            if early:
                early = self._is_early(packet)
            if not early:
                yield OpusPacket(data, _padding(packet) if packet.has_sidedata("skip_samples") else 0)

    def _is_early(self, packet: "Packet[AudioStream]") -> bool:
        if packet.pts is None:
            return False
        # Containers round (webm to 1 ms) and count the pre-skip as negative time: half a frame of slack.
        return float(packet.pts * packet.time_base) < self._start_s - HALF_FRAME_S


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
