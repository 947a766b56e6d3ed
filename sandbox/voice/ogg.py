"""Opus packets into an Ogg stream: for browsers without a decoder of their own, and for recordings.

A stream opens with two pages (`OpusHead`, `OpusTags`) and goes on with a page per call of `audio`, which a
player can play as soon as it has it. Positions count samples of 48 kHz. No I/O. Source: RFC 3533 (Ogg pages
and their checksum), RFC 7845 (Opus in Ogg).
"""

import struct
from collections.abc import Sequence

from attrs import define, field

from sandbox.voice.opus import SAMPLE_RATE_HZ, opus_samples

_PAGE = struct.Struct("<4sBBqIII")
_CHECKSUM_AT = 22
_POLYNOMIAL = 0x04C11DB7
_FIRST_PAGE = 2
_LAST_PAGE = 4
_SEGMENTS_MAX = 255
_VENDOR = b"Roadie sandbox"


def _crc_table() -> tuple[int, ...]:
    table = list[int]()
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1) ^ (_POLYNOMIAL if value & 0x80000000 else 0)
        table.append(value & 0xFFFFFFFF)
    return tuple(table)


_CRC = _crc_table()


def _checksum(page: bytes) -> int:
    value = 0
    for byte in page:
        value = ((value << 8) & 0xFFFFFFFF) ^ _CRC[(value >> 24) ^ byte]
    return value


def _lacing(packet: bytes) -> bytes:
    """A packet's length as segments: 255 for each full one, and a last one below 255."""
    full, rest = divmod(len(packet), 255)
    return b"\xff" * full + bytes([rest])


@define
class OggOpus:
    """One logical stream.

    Args:
        serial: number of the stream, 32 bits; players of chained streams tell them apart by it.
        channels: 1 or 2, as the decoder shall put it out.
    """

    serial: int
    channels: int = 2
    _page_number: int = field(init=False, default=0)
    _position: int = field(init=False, default=0)

    def head(self) -> bytes:
        """The two pages that every stream opens with."""
        opus_head = struct.pack("<8sBBHIhB", b"OpusHead", 1, self.channels, 0, SAMPLE_RATE_HZ, 0, 0)
        tags = b"OpusTags" + struct.pack("<I", len(_VENDOR)) + _VENDOR + struct.pack("<I", 0)
        return self._page([opus_head], _FIRST_PAGE) + self._page([tags], 0)

    def audio(self, packets: Sequence[bytes], *, last: bool = False) -> bytes:
        """A page with these packets, at most a second of them.

        Raises:
            ValueError: more than fits into one page.
        """
        self._position += sum(opus_samples(packet) for packet in packets)
        return self._page(packets, _LAST_PAGE if last else 0)

    def skip(self, samples: int) -> None:
        """Leave a hole: the next page begins that much later. Players show silence, or wait."""
        self._position += samples

    def _page(self, packets: Sequence[bytes], kind: int) -> bytes:
        segments = b"".join(_lacing(packet) for packet in packets)
        if len(segments) > _SEGMENTS_MAX:
            raise ValueError("too many packets for one Ogg page")
        header = _PAGE.pack(b"OggS", 0, kind, self._position, self.serial, self._page_number, 0)
        page = header + bytes([len(segments)]) + segments + b"".join(packets)
        self._page_number += 1
        checksum = struct.pack("<I", _checksum(page))
        return page[:_CHECKSUM_AT] + checksum + page[_CHECKSUM_AT + 4 :]
