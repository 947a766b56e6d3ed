"""Ogg Opus by pages: the packets of a whole page at once.

A core over bytes; imports nothing of ours but ``voice.rtp`` constants. A general demuxer makes an object of
each packet; a call that only passes packets on spends more on that than on encrypting them (measured with
ten minutes of 128 kbit/s: 2.9 µs per packet through PyAV, 0.6 here, checksum included).

Rule: this reads files that are as their specification says, and nothing else. Whatever is not (a page that
is damaged or missing, another stream in between, packets that do not last 20 ms) is :class:`NotPlain`, and
somebody who knows how to find their way goes on from there.

Source: RFC 3533 section 6 (pages, checksum); RFC 7845 sections 3 to 5 (headers, granule positions, end
trimming).
"""

import math
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final

from attrs import define, field, frozen

from voice.rtp import SAMPLES_PER_FRAME

_HEADER: Final = struct.Struct("<4sBBqIIIB")
"""Capture pattern, version, flags, granule position, serial number, sequence number, checksum, segments."""
_CAPTURE: Final = b"OggS"
_CHECKSUM_AT: Final = 22
_CONTINUED: Final = 1
_BEGINS: Final = 2
_ENDS: Final = 4
_FULL: Final = 255
"""A segment of this length is followed by more of the same packet."""
_PRE_SKIP: Final = struct.Struct("<H")
_PRE_SKIP_AT: Final = 10
_MIRRORED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class NotPlain(Exception):
    """From here on the file has to be read by a whole demuxer."""


@frozen
class _Page:
    flags: int
    granule: int
    lengths: bytes
    head: bytes
    """Everything before the body."""

    @property
    def ends_whole(self) -> bool:
        return bool(self.lengths) and self.lengths[-1] != _FULL

    @property
    def complete(self) -> int:
        """How many packets end on it."""
        return len(self.lengths) - self.lengths.count(_FULL)


def checksum_of(page: bytes) -> int:
    """The checksum of ``page``, whose own checksum is set to zero.

    It is the CRC-32 of zlib in a mirror: most significant bit first, and begun with zero.
    """
    mirrored = zlib.crc32(page.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(_MIRRORED), "big")


@define
class OggOpus:
    """Reads one file of one stream, from its beginning on.

    Args:
        file: at its beginning; whoever opened it closes it.
        fits: whether a packet is one that lasts 20 ms and needs nothing done to it.

    Attributes:
        passed: packets of sound before those that come next.

    Raises:
        NotPlain: it is no such file.
        OSError: the disk.
    """

    _file: BinaryIO
    _fits: Callable[[bytes], bool]
    passed: int = field(default=0, init=False)
    _serial: int | None = field(default=None, init=False)
    _sequence: int = field(default=0, init=False)
    _pre_skip: int = field(default=0, init=False)
    _carried: bytes = field(default=b"", init=False)
    """The beginning of a packet that the next page goes on with."""
    _expected: int | None = field(default=None, init=False)
    """Granule position where the next packet begins."""

    def __attrs_post_init__(self) -> None:
        head = self._headers(_BEGINS)
        if len(head) < _PRE_SKIP_AT + _PRE_SKIP.size:
            raise NotPlain
        (self._pre_skip,) = _PRE_SKIP.unpack_from(head, _PRE_SKIP_AT)
        self._headers(0)

    def runs(self, start: float) -> Iterator[tuple[list[bytes], int]]:
        """The packets that begin at or behind ``start``, those of each page together; to be called once.

        Args:
            start: in samples from the beginning of the sound; the run-up of the decoder lies before 0.

        Returns:
            The packets, at least one, and how many samples at the end of the last one are no sound.

        Raises:
            NotPlain: see there; what was given until then is right.
            OSError: the disk.
        """
        while (page := self._next_page()) is not None:
            if page.flags & _BEGINS:
                raise NotPlain
            if self._is_early(page, start):
                self._file.seek(sum(page.lengths), 1)
                self.passed += page.complete
                self._expected = page.granule
                continue
            packets = self._cut(page)
            if not all(map(self._fits, packets)):
                raise NotPlain
            if packets:
                began, padding = self._place(page, len(packets))
                early = math.ceil((start - began) / SAMPLES_PER_FRAME) if start > began else 0
                self.passed += len(packets)
                if early < len(packets):
                    yield packets[early:], padding

    def _headers(self, flags: int) -> bytes:
        """The header packet that comes next, alone on its pages."""
        packets: list[bytes] = []
        while not packets:
            page = self._next_page()
            if page is None or page.flags & ~_CONTINUED != flags:
                raise NotPlain
            packets = self._cut(page)
        if len(packets) != 1 or self._carried:
            raise NotPlain
        return packets[0]

    def _next_page(self) -> _Page | None:
        """The header of the next page, ``None`` behind the last one."""
        head = self._file.read(_HEADER.size)
        if not head:
            return None
        if len(head) < _HEADER.size:
            raise NotPlain
        capture, version, flags, granule, serial, sequence, _checksum, segments = _HEADER.unpack(head)
        if self._serial is None:
            self._serial = serial
        if (capture, version, serial, sequence) != (_CAPTURE, 0, self._serial, self._sequence):
            raise NotPlain
        self._sequence = (sequence + 1) & 0xFFFFFFFF
        lengths = self._file.read(segments)
        return _Page(flags, granule, lengths, head + lengths)

    def _is_early(self, page: _Page, start: float) -> bool:
        """Whether everything on it lies before ``start``, and nothing of it is needed for the next page."""
        whole = page.ends_whole and not self._carried and not page.flags & (_ENDS | _CONTINUED)
        return whole and page.granule - self._pre_skip - SAMPLES_PER_FRAME < start

    def _cut(self, page: _Page) -> list[bytes]:
        """The packets that end on ``page``."""
        body = self._file.read(sum(page.lengths))
        bare = page.head[:_CHECKSUM_AT] + bytes(4) + page.head[_CHECKSUM_AT + 4 :]
        found = int.from_bytes(page.head[_CHECKSUM_AT : _CHECKSUM_AT + 4], "little")
        if checksum_of(bare + body) != found or bool(page.flags & _CONTINUED) != bool(self._carried):
            raise NotPlain
        packets: list[bytes] = []
        begin = end = 0
        for length in page.lengths:
            end += length
            if length != _FULL:
                packets.append(body[begin:end])
                begin = end
        if self._carried and packets:
            packets[0] = self._carried + packets[0]
            self._carried = b""
        self._carried += body[begin:]
        return packets

    def _place(self, page: _Page, count: int) -> tuple[int, int]:
        """When ``count`` packets that end on ``page`` begin, in samples, and the padding of the last one."""
        length = count * SAMPLES_PER_FRAME
        ends = bool(page.flags & _ENDS)
        if self._expected is None:
            self._expected = 0 if ends else page.granule - length
        padding = self._expected + length - page.granule
        if self._expected < 0 or not 0 <= padding < (SAMPLES_PER_FRAME if ends else 1):
            raise NotPlain
        began = self._expected - self._pre_skip
        self._expected += length
        return began, padding
