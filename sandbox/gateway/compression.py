"""How payloads are packed for a connection: plain text, zlib per payload, or one zlib or zstd stream.

A stream has one context per connection and is flushed after each payload; a zlib payload then ends in
``00 00 FF FF``. Payload compression is asked for in IDENTIFY by old libraries and means nothing on a stream.

Source: Gateway, section "Compressing Packets" ("Payload Compression", "Transport Compression").
"""

import zlib
from typing import Protocol

from attrs import define


class Packer(Protocol):
    """Packs one payload after another."""

    def pack(self, payload: bytes) -> str | bytes:
        """Return what goes on the wire: text or binary."""
        ...

    def wants_payload_compression(self) -> None:
        """The client asked for it in IDENTIFY."""
        ...


@define
class PlainPacker:
    """Text; from the moment a client asks for it, each payload by itself in zlib."""

    _zlib: bool = False

    def pack(self, payload: bytes) -> str | bytes:
        """Return text, or a whole zlib stream."""
        return zlib.compress(payload) if self._zlib else payload.decode()

    def wants_payload_compression(self) -> None:
        """From now on compress."""
        self._zlib = True


class ZlibStreamPacker:
    """One zlib stream over the whole connection."""

    def __init__(self) -> None:
        self._stream = zlib.compressobj()

    def pack(self, payload: bytes) -> str | bytes:
        """Return the next piece of the stream."""
        return self._stream.compress(payload) + self._stream.flush(zlib.Z_SYNC_FLUSH)

    def wants_payload_compression(self) -> None:
        """Nothing to do: the transport compresses."""


class ZstdStreamPacker:
    """One zstandard stream over the whole connection."""

    def __init__(self) -> None:
        from backports import zstd  # noqa: PLC0415 - 0.4 MB that only such a connection needs

        self._stream = zstd.ZstdCompressor()

    def pack(self, payload: bytes) -> str | bytes:
        """Return the next piece of the stream."""
        return self._stream.compress(payload, self._stream.FLUSH_BLOCK)

    def wants_payload_compression(self) -> None:
        """Nothing to do: the transport compresses."""


def open_packer(compress: str | None) -> Packer | None:
    """Return what the ``compress`` of a gateway address asks for; None if it is unknown."""
    match compress:
        case None:
            return PlainPacker()
        case "zlib-stream":
            return ZlibStreamPacker()
        case "zstd-stream":
            return ZstdStreamPacker()
        case _:
            return None
