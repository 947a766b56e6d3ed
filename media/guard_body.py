"""The body of an answer as FFmpeg will read it: without chunks, unpacked. A machine without I/O.

The guard must see a playlist wherever FFmpeg sees one, so this forgives what FFmpeg forgives: any first word
in place of ``HTTP/1.1``, lines without carriage returns, odd chunks, packing that nobody asked for. What it
cannot read ends the body.

Source: FFmpeg's ``libavformat/http.c`` (head, chunks, ``inflateInit2(…, 32 + 15)``); RFC 9112 section 7.1.
"""

import re
import zlib
from collections.abc import Callable
from typing import Final

from attrs import define, field

_CHUNKED: Final = re.compile(rb"(?im)^transfer-encoding:[ \t]*chunked")
_PACKED: Final = re.compile(rb"(?im)^content-encoding:[ \t]*(gzip|deflate)")
_LENGTH: Final = re.compile(rb"(?im)^content-length:[ \t]*(\d{1,18})")
_STATUS: Final = re.compile(rb"\S+[ \t]+(\d{3})")
_CHUNK_SIZE: Final = re.compile(rb"[ \t]*\+?(?:0x)?([0-9a-f]{1,15})", re.IGNORECASE)
_LONGEST_LINE: Final = 4096  # bytes of a line that tells a chunk's size
_ZLIB_OR_GZIP: Final = 32 + 15


def status_of(head: bytes) -> int:
    """The status of an answer; 0 if its first line has none."""
    match = _STATUS.match(head)
    return 0 if match is None else int(match[1])


@define(eq=False)
class Body:
    """One body, fed as it comes.

    Attributes:
        is_over: nothing more of it can come.
        is_broken: it is over since it cannot be read any further.
    """

    _chunked: bool
    _left: int | None
    """Bytes until the end of this chunk, or of the body; None for "until the server closes"."""
    _unpack: Callable[[bytes, int], bytes] | None
    is_over: bool = field(default=False, init=False)
    is_broken: bool = field(default=False, init=False)
    _line: bytes = field(default=b"", init=False)

    @property
    def is_chunked(self) -> bool:
        """Whether it comes in chunks, of which the last one is empty."""
        return self._chunked

    @property
    def tells_its_end(self) -> bool:
        """Whether it must not simply end with the connection."""
        return self._chunked or self._left is not None

    def feed(self, data: bytes, most: int) -> bytes:
        """Take what came, in the server's framing.

        Args:
            data: the next bytes behind the head.
            most: of what is unpacked; the rest of a bomb is not unpacked, and is lost.
        """
        content = self._unframe(data)
        if self._unpack is None:
            return content[:most]
        try:
            return self._unpack(content, most)
        except zlib.error:
            self.is_over = self.is_broken = True
            return b""

    def _unframe(self, data: bytes) -> bytes:
        if not self._chunked:
            return self._take(data)[0]
        found = bytearray()
        while data and not self.is_over:
            if self._left:
                content, data = self._take(data)
                found += content
            else:
                data = self._next_chunk(data)
        return bytes(found)

    def _take(self, data: bytes) -> tuple[bytes, bytes]:
        """What belongs to this chunk or body, and what is behind it."""
        if self._left is None:
            return data, b""
        content, rest = data[: self._left], data[self._left :]
        self._left -= len(content)
        self.is_over = not self._left and not self._chunked
        return content, rest

    def _next_chunk(self, data: bytes) -> bytes:
        """Read the line before a chunk, which empty ones may precede; what is behind it."""
        line, newline, rest = data.partition(b"\n")
        self._line += line
        if not newline:
            self.is_over = self.is_broken = len(self._line) > _LONGEST_LINE
            return b""
        told, self._line = self._line.rstrip(b"\r"), b""
        if told:
            size = _CHUNK_SIZE.match(told)
            self._left = 0 if size is None else int(size[1], 16)
            self.is_over, self.is_broken = not self._left, size is None
        return rest


def body_of(head: bytes) -> Body:
    """The body that a head announces."""
    chunked = _CHUNKED.search(head) is not None
    length = _LENGTH.search(head)
    left = int(length[1]) if length is not None and not chunked else None
    unpack = zlib.decompressobj(_ZLIB_OR_GZIP).decompress if _PACKED.search(head) else None
    body = Body(chunked, 0 if chunked else left, unpack)
    body.is_over = left == 0
    return body
