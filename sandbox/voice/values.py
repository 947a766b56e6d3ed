"""The values that the voice cores pass around, and the actions they ask of their shell.

A closed union: a shell that performs an `Action` matches all of them. Imports ids only.
"""

from typing import NewType

from attrs import field, frozen

from gateway_client.ids import ChannelId, GuildId, UserId

ConnectionId = NewType("ConnectionId", int)
"""One WebSocket, numbered by its shell; never used twice in a process."""

Ssrc = NewType("Ssrc", int)
"""Who sends an RTP stream, unsigned 32 bits."""

Address = tuple[str, int]
"""IPv4 address and UDP port."""


@frozen(kw_only=True)
class Grant:
    """Leave for one user to join one call.

    Args:
        session_id: the main gateway's session of that user, as its voice state told it.
        token: secret of this grant; any other call needs another one.
    """

    guild_id: GuildId
    channel_id: ChannelId
    user_id: UserId
    session_id: str
    token: str = field(repr=lambda _: "•••")


@frozen(kw_only=True)
class Frame:
    """One RTP packet of a voice, decrypted.

    Args:
        arrived_s: monotonic seconds.
        sequence: 16-bit RTP sequence number.
        timestamp: 32-bit RTP timestamp, in samples of 48 kHz.
        opus: the payload as the sender encoded it.
    """

    arrived_s: float
    sequence: int
    timestamp: int
    opus: bytes


@frozen(kw_only=True)
class SendText:
    """Send JSON text over a WebSocket."""

    connection: ConnectionId
    text: str


@frozen(kw_only=True)
class SendBytes:
    """Send a binary message over a WebSocket; only end-to-end encryption has such."""

    connection: ConnectionId
    data: bytes


@frozen(kw_only=True)
class CloseSocket:
    """Close a WebSocket with a code of the voice gateway."""

    connection: ConnectionId
    code: int


@frozen(kw_only=True)
class SendDatagram:
    """Send over UDP, not earlier than `after_s` seconds from now."""

    address: Address
    data: bytes
    after_s: float = 0.0


@frozen(kw_only=True)
class Heard:
    """A frame arrived in a call, for its recorder and its listeners."""

    grant: Grant
    frame: Frame


@frozen(kw_only=True)
class SpeakingChanged:
    """A member of a call began or ended to speak (op 5)."""

    guild_id: GuildId
    channel_id: ChannelId
    user_id: UserId
    speaking: bool


Action = SendText | SendBytes | CloseSocket | SendDatagram | Heard | SpeakingChanged
