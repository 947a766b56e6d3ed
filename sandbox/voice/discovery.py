"""IP discovery: a client asks over UDP which address the server sees it at.

Source: Discord, "Voice Connections", section "IP Discovery".
"""

import struct

from sandbox.voice.values import Address, Ssrc

PACKET_SIZE = 74
_HEAD = struct.Struct(">HHI")
_REQUEST = 1
_RESPONSE = 2
_LENGTH = 70
_ADDRESS_SIZE = 64


def parse_discovery(packet: bytes) -> Ssrc | None:
    """The asker's SSRC, or None if the datagram is no discovery request."""
    if len(packet) != PACKET_SIZE:
        return None
    kind, length, ssrc = _HEAD.unpack_from(packet)
    return Ssrc(ssrc) if (kind, length) == (_REQUEST, _LENGTH) else None


def to_discovery(ssrc: Ssrc, seen: Address) -> bytes:
    """The answer: the address in text, padded with zeros, and the port."""
    host, port = seen
    return (
        _HEAD.pack(_RESPONSE, _LENGTH, ssrc)
        + host.encode("ascii").ljust(_ADDRESS_SIZE, b"\0")
        + port.to_bytes(2, "big")
    )
