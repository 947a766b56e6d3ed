"""Transport compression: the bytes of WebSocket messages in, whole JSON texts out.

One stream per connection, whose dictionary grows with every message, so a message that cannot be followed
spoils all that come after: `BrokenStream`, and only a new connection helps. zstd ends each message at a
flush, zlib marks the end of a text with four bytes and may split it over several messages. What one text
may unpack to is bounded.

Imports `errors`. No I/O, no clock.

Source: Gateway, "Transport Compression".
"""

import sys
import zlib
from typing import Literal, Protocol, assert_never

from gateway_client.errors import BrokenStream

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Compression = Literal["zstd-stream", "zlib-stream", "none"]

TEXT_LIMIT = 128 * 1024 * 1024
"""Bytes that one text may unpack to; the largest guilds stay far below."""

_SYNC_FLUSH = b"\x00\x00\xff\xff"


class Inflater(Protocol):
    """One connection's stream."""

    def feed(self, message: bytes) -> bytes | None:
        """Unpack one WebSocket message.

        Returns:
            The text, or None when the rest of it is still to come.

        Raises:
            BrokenStream: this and all later messages are lost.
        """
        ...


class _Plain:
    def feed(self, message: bytes) -> bytes | None:
        return message


class _Zlib:
    def __init__(self) -> None:
        self._stream = zlib.decompressobj()
        self._parts = bytearray()

    def feed(self, message: bytes) -> bytes | None:
        if self._parts or not message.endswith(_SYNC_FLUSH):
            self._parts += message
            if len(self._parts) > TEXT_LIMIT:
                raise BrokenStream("a compressed text never ends")
            if not self._parts.endswith(_SYNC_FLUSH):
                return None
            message = bytes(self._parts)
            self._parts.clear()
        try:
            text = self._stream.decompress(message, TEXT_LIMIT)
        except zlib.error as error:
            raise BrokenStream(str(error)) from error
        if self._stream.unconsumed_tail or self._stream.eof:
            raise BrokenStream(
                "the zlib stream ended" if self._stream.eof else "a text unpacks without bounds"
            )
        return text


class _Zstd:
    def __init__(self) -> None:
        self._stream = zstd.ZstdDecompressor()

    def feed(self, message: bytes) -> bytes | None:
        if self._stream.eof:  # the peer ended a frame with its last message, which the format allows
            self._stream = zstd.ZstdDecompressor()
        try:
            text = self._stream.decompress(message, TEXT_LIMIT)
        except zstd.ZstdError as error:
            raise BrokenStream(str(error)) from error
        if len(text) >= TEXT_LIMIT:
            raise BrokenStream("a text unpacks without bounds")
        if self._stream.unused_data:
            raise BrokenStream("two zstd frames in one message")
        return text


def open_inflater(compression: Compression) -> Inflater:
    """A fresh stream for a fresh connection."""
    match compression:
        case "zstd-stream":
            return _Zstd()
        case "zlib-stream":
            return _Zlib()
        case "none":
            return _Plain()
        case _:
            assert_never(compression)
