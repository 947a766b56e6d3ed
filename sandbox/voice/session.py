"""One client in one call: what survives the loss of its WebSocket.

States, each reached from the one before::

    identified ──select protocol──▶ described ──first speaking──▶ announced
         │ socket lost                  │
         └────────▶ detached ◀──────────┘   a resume within `RESUME_WINDOW_S` leads back, else it ends

Holds no I/O and decides nothing about others; `hub` and `media` do. Source: Discord, "Voice Connections".
"""

from attrs import define, field

from sandbox.voice.capture import StreamCheck
from sandbox.voice.replay import ReplayBuffer
from sandbox.voice.transport import Lane
from sandbox.voice.values import Address, ConnectionId, Grant, Ssrc

RESUME_WINDOW_S = 60.0
"""How long a session outlives its socket. Discord names no number; clients give up much earlier."""

NUMBERED_SINCE = 8
"""The gateway version from which messages are numbered and replayed."""


@define(kw_only=True, eq=False)
class Session:
    """A client that identified.

    Args:
        grant: with which it came in.
        ssrc: of what it sends.
        version: of the voice gateway, as the client's address asked for.
        e2ee_version: highest end-to-end version that the client offered. The seam of DAVE: calls answer 0.
        connection: its WebSocket, or None while it is detached.
        address: where it was last heard over UDP with a packet that decrypted (or asked for discovery from).
        early_since: monotonic seconds of the first packet without a speaking message before it.
    """

    grant: Grant
    ssrc: Ssrc
    version: int
    e2ee_version: int
    connection: ConnectionId | None
    replay: ReplayBuffer = field(factory=ReplayBuffer)
    lane: Lane | None = None
    address: Address | None = None
    speaking: int = 0
    announced: bool = False
    early_since: float | None = None
    detached_at: float | None = None
    check: StreamCheck = field(factory=StreamCheck)

    @property
    def listens(self) -> bool:
        """Whether relayed packets can reach it."""
        return self.lane is not None and self.address is not None

    def detach(self, now: float) -> None:
        """Its socket is gone; the session waits for a resume."""
        self.connection = None
        self.detached_at = now

    def attach(self, connection: ConnectionId) -> None:
        """It came back on a new socket."""
        self.connection = connection
        self.detached_at = None
