"""Decoding the packets of a source into slots of 20 ms, whatever their length and rate.

A shell over PyAV without I/O of its own, used only in the node, only on reading threads. Imports
``voice.codecs`` and the slots.

Failure mode: a damaged packet is skipped; too many in a row are a :class:`SourceFailed`.
"""

from collections.abc import Iterator
from typing import Final

import av.error
from attrs import define, field
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.packet import Packet

from voice.codecs import decode
from voice.protocol import Reason
from voice.rtp import SAMPLE_RATE_HZ, SAMPLES_PER_FRAME
from voice.slots import SAMPLE_BYTES, Pcm
from voice.source import SourceFailed

HALF_FRAME_S: Final = 0.010
MAX_DAMAGED: Final = 400
"""Packets in a row that may be damaged before the source counts as such."""


@define
class Decoder:
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
