"""RTP headers, IP discovery and keep-alive: the datagrams of a call, without encryption.

A core: bytes in, values out, both directions (the sandbox speaks the other side). Imports nothing of ours.

Rules:

- Discord sends and expects version 2, payload type 120, no padding. Received packets may carry CSRCs and a
  one-byte-header extension; its four-byte preamble belongs to the unencrypted header, its body does not.
- Sequence (16 bit) and timestamp (32 bit) start at random and wrap.

Failure mode: anything too short or of another version raises :class:`MalformedPacket`.

Source: Discord, "Voice", sections "Voice Packet Structure", "Transport Encryption Modes" and "IP Discovery";
RFC 3550 section 5.1; RFC 3711 section 3.1.
"""

import random
import struct
from typing import Final

from attrs import define, frozen

FRAME_MS: Final = 20
SAMPLE_RATE_HZ: Final = 48_000
SAMPLES_PER_FRAME: Final = SAMPLE_RATE_HZ * FRAME_MS // 1000
SILENCE_FRAME: Final = b"\xf8\xff\xfe"
SILENCE_FRAMES_AT_STOP: Final = 5
KEEP_ALIVE_S: Final = 5.0

_VERSION_BYTE: Final = 0x80
_VERSION_MASK: Final = 0xC0
_EXTENSION_FLAG: Final = 0x10
_CSRC_MASK: Final = 0x0F
_PAYLOAD_TYPE: Final = 0x78
_HEADER: Final = struct.Struct(">BBHII")
_EXTENSION: Final = struct.Struct(">HH")
_DISCOVERY: Final = struct.Struct(">HHI64sH")
_DISCOVERY_REQUEST: Final = 1
_DISCOVERY_RESPONSE: Final = 2
_DISCOVERY_LENGTH: Final = 70
_KEEP_ALIVE: Final = struct.Struct(">I")

HEADER_BYTES: Final = _HEADER.size
DISCOVERY_BYTES: Final = _DISCOVERY.size


class MalformedPacket(ValueError):
    """A datagram that is not what it should be."""


@frozen(kw_only=True)
class RtpHeader:
    """The part of a packet that is not encrypted.

    Args:
        size: bytes of the unencrypted header: 12, four for each CSRC, four for an extension's preamble.
        extension_bytes: length of the extension's body, which is the first part of what is encrypted.
    """

    sequence: int
    timestamp: int
    ssrc: int
    size: int = HEADER_BYTES
    extension_bytes: int = 0


def parse_header(packet: bytes) -> RtpHeader:
    """Read the header of ``packet``.

    Raises:
        MalformedPacket: not RTP version 2, or shorter than its header says.
    """
    if len(packet) < HEADER_BYTES:
        raise MalformedPacket(f"{len(packet)} bytes are no RTP packet")
    first, _payload_type, sequence, timestamp, ssrc = _HEADER.unpack_from(packet)
    if first & _VERSION_MASK != _VERSION_BYTE:
        raise MalformedPacket("not RTP version 2")
    size = HEADER_BYTES + 4 * (first & _CSRC_MASK)
    extension_bytes = 0
    if first & _EXTENSION_FLAG:
        if len(packet) < size + _EXTENSION.size:
            raise MalformedPacket("the header extension is cut off")
        extension_bytes = 4 * _EXTENSION.unpack_from(packet, size)[1]
        size += _EXTENSION.size
    if len(packet) < size:
        raise MalformedPacket("the header is cut off")
    return RtpHeader(
        sequence=sequence, timestamp=timestamp, ssrc=ssrc, size=size, extension_bytes=extension_bytes
    )


@define(kw_only=True)
class RtpClock:
    """Numbers the packets of one sender: each is one sequence number and 20 ms after the one before.

    The clock counts packets, not time: it stands still while nothing is sent, so a pause leaves no hole.
    """

    ssrc: int
    sequence: int
    timestamp: int

    @classmethod
    def starting_at_random(cls, ssrc: int, rng: random.Random) -> "RtpClock":
        """A clock with random first numbers, as RFC 3550 asks."""
        return cls(ssrc=ssrc, sequence=rng.getrandbits(16), timestamp=rng.getrandbits(32))

    def next_header(self) -> bytes:
        """The 12 bytes of the next packet's header."""
        return self.next_headers(1)[0]

    def next_headers(self, packets: int) -> list[bytes]:
        """Those of the next so many packets."""
        pack, ssrc, sequence, timestamp = _HEADER.pack, self.ssrc, self.sequence, self.timestamp
        headers: list[bytes] = []
        for _ in range(packets):
            headers.append(pack(_VERSION_BYTE, _PAYLOAD_TYPE, sequence, timestamp, ssrc))
            sequence = (sequence + 1) & 0xFFFF
            timestamp = (timestamp + SAMPLES_PER_FRAME) & 0xFFFFFFFF
        self.sequence, self.timestamp = sequence, timestamp
        return headers

    def take_back(self, packets: int) -> None:
        """The last packets that were numbered are not sent: the next ones get their numbers."""
        self.sequence = (self.sequence - packets) & 0xFFFF
        self.timestamp = (self.timestamp - packets * SAMPLES_PER_FRAME) & 0xFFFFFFFF


@frozen(kw_only=True)
class Discovered:
    """An address as the other side sees it."""

    ssrc: int
    address: str
    port: int


def to_discovery_request(ssrc: int) -> bytes:
    """The 74 bytes that ask the server for our own address."""
    return _DISCOVERY.pack(_DISCOVERY_REQUEST, _DISCOVERY_LENGTH, ssrc, b"", 0)


def parse_discovery_request(packet: bytes) -> int | None:
    """The SSRC that asks for its address, or ``None`` if ``packet`` is something else."""
    if len(packet) != DISCOVERY_BYTES:
        return None
    kind, length, ssrc, _address, _port = _DISCOVERY.unpack(packet)
    return ssrc if (kind, length) == (_DISCOVERY_REQUEST, _DISCOVERY_LENGTH) else None


def to_discovery_response(found: Discovered) -> bytes:
    """The answer of a voice server."""
    return _DISCOVERY.pack(
        _DISCOVERY_RESPONSE, _DISCOVERY_LENGTH, found.ssrc, found.address.encode("ascii"), found.port
    )


def parse_discovery_response(packet: bytes) -> Discovered | None:
    """Our own address, or ``None`` if ``packet`` is something else.

    Raises:
        MalformedPacket: a response whose address is no text.
    """
    if len(packet) != DISCOVERY_BYTES:
        return None
    kind, length, ssrc, address, port = _DISCOVERY.unpack(packet)
    if (kind, length) != (_DISCOVERY_RESPONSE, _DISCOVERY_LENGTH):
        return None
    try:
        text = address.partition(b"\0")[0].decode("ascii")
    except UnicodeDecodeError as error:
        raise MalformedPacket("the discovered address is not ASCII") from error
    return Discovered(ssrc=ssrc, address=text, port=port)


def to_keep_alive(ssrc: int) -> bytes:
    """A datagram that keeps the way through a router open; the server ignores it."""
    return _KEEP_ALIVE.pack(ssrc)
