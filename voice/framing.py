"""How messages between bot and node become bytes, and back.

A core; imports ``voice.protocol``. A frame is a 32-bit big-endian length and that many bytes of msgpack:
``[kind, body]``, where ``kind`` is the class's name and ``body`` its fields by name.

Rules:

- A length above :data:`MAX_FRAME_BYTES` means that the two sides no longer agree where a frame begins (or
  that a stray print reached the pipe): :class:`BrokenStream`, nothing after it can be read.
- A frame that is whole but makes no sense raises :class:`MalformedMessage` and costs only itself.
- Unknown fields are ignored, unknown kinds are malformed: both ends are always the same release.
"""

import struct
from collections.abc import Iterator
from typing import Final, TypeVar

import msgspec
from attrs import define, field

from voice.protocol import (
    Beat,
    Closed,
    Connected,
    Desired,
    Drop,
    FromNode,
    Heard,
    Hello,
    Loudness,
    Position,
    Ready,
    ToNode,
    TrackEnded,
    TrackFailed,
    TrackStarted,
)

MAX_FRAME_BYTES: Final = 1 << 20

_LENGTH: Final = struct.Struct(">I")
_ENCODER: Final = msgspec.msgpack.Encoder()

_T = TypeVar("_T")


class BrokenStream(Exception):
    """The pipe carries something else than frames."""


class MalformedMessage(ValueError):
    """A frame that is no message."""


class _Envelope(msgspec.Struct, array_like=True):
    kind: str
    body: msgspec.Raw


_ENVELOPE: Final = msgspec.msgpack.Decoder(_Envelope)
_TO_NODE: Final[dict[str, type[ToNode]]] = {kind.__name__: kind for kind in (Hello, Desired, Drop)}
_FROM_NODE: Final[dict[str, type[FromNode]]] = {
    kind.__name__: kind
    for kind in (
        Ready,
        Beat,
        Connected,
        Closed,
        TrackStarted,
        TrackEnded,
        TrackFailed,
        Position,
        Heard,
        Loudness,
    )
}


def encode(message: ToNode | FromNode) -> bytes:
    """The frame of ``message``, length included.

    Raises:
        ValueError: the message is longer than a frame may be.
    """
    body = _ENCODER.encode([type(message).__name__, message])
    if len(body) > MAX_FRAME_BYTES:
        raise ValueError(f"a message of {len(body)} bytes does not fit into a frame")
    return _LENGTH.pack(len(body)) + body


def _decode(frame: bytes, kinds: dict[str, type[_T]]) -> _T:
    try:
        envelope = _ENVELOPE.decode(frame)
        kind = kinds.get(envelope.kind)
        if kind is None:
            raise MalformedMessage("unknown kind of message")
        return msgspec.msgpack.decode(envelope.body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        # The error names a field or a byte, never a value, so no token gets into a log.
        raise MalformedMessage(str(error)) from error


def decode_to_node(frame: bytes) -> ToNode:
    """What the bot says.

    Raises:
        MalformedMessage: see there.
    """
    return _decode(frame, _TO_NODE)


def decode_from_node(frame: bytes) -> FromNode:
    """What the node says.

    Raises:
        MalformedMessage: see there.
    """
    return _decode(frame, _FROM_NODE)


@define
class Deframer:
    """Cuts a stream of bytes into frames."""

    _waiting: bytearray = field(factory=bytearray, init=False)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take what arrived; gives every frame that is whole now, without its length, then raises if it must.

        What came whole before a stray print still counts, even if both arrived in one piece.

        Raises:
            BrokenStream: see there.
        """
        self._waiting += data
        while len(self._waiting) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._waiting)
            if length > MAX_FRAME_BYTES:
                raise BrokenStream(f"a frame of {length} bytes was announced")
            end = _LENGTH.size + length
            if len(self._waiting) < end:
                return
            frame = bytes(self._waiting[_LENGTH.size : end])
            del self._waiting[:end]
            yield frame
