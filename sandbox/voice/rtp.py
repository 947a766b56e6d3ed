"""RTP headers as Discord's voice server reads and writes them.

The unencrypted part is what SRTP leaves unencrypted: the fixed header, the contributing sources, and the
four-byte preamble of a header extension; the extension's body is encrypted with the payload.
Source: RFC 3550, section 5.1; Discord, "Transport Encryption Modes" (RTP size).
"""

import struct

from attrs import frozen

from sandbox.voice.values import Ssrc

FIXED_SIZE = 12
PAYLOAD_TYPE_OPUS = 0x78
_VERSION_2 = 2
_FIXED = struct.Struct(">BBHII")
_RTCP_TYPES = range(200, 205)
"""Sender and receiver reports and their kin share the port. Source: RFC 3550, section 12.1."""


@frozen(kw_only=True)
class RtpHeader:
    """What a packet says before its encrypted part.

    Args:
        size: bytes of the packet that are not encrypted.
        extension_size: bytes of extension body at the front of the decrypted part.
    """

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: Ssrc
    size: int
    extension_size: int


def is_rtcp(packet: bytes) -> bool:
    """Whether a datagram is control traffic, which this server takes note of and ignores."""
    return len(packet) >= 8 and packet[0] >> 6 == _VERSION_2 and packet[1] in _RTCP_TYPES


def parse_header(packet: bytes) -> RtpHeader | None:
    """Read the header of a voice packet.

    Returns:
        None if this is no RTP packet of version 2, or ends within its header.
    """
    if len(packet) < FIXED_SIZE or packet[0] >> 6 != _VERSION_2:
        return None
    first, second, sequence, timestamp, ssrc = _FIXED.unpack_from(packet)
    size = FIXED_SIZE + 4 * (first & 0x0F)
    extension_size = 0
    if first & 0x10:
        if len(packet) < size + 4:
            return None
        extension_size = 4 * int.from_bytes(packet[size + 2 : size + 4], "big")
        size += 4
    if len(packet) < size:
        return None
    return RtpHeader(
        payload_type=second & 0x7F,
        sequence=sequence,
        timestamp=timestamp,
        ssrc=Ssrc(ssrc),
        size=size,
        extension_size=extension_size,
    )


def to_header(*, sequence: int, timestamp: int, ssrc: Ssrc) -> bytes:
    """The twelve bytes in front of a relayed frame."""
    return _FIXED.pack(_VERSION_2 << 6, PAYLOAD_TYPE_OPUS, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc)
