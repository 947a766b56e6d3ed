"""One WebSocket of the voice gateway: what it said so far, and when it must be heard again.

States::

    greeted ──identify──▶ identified ──select protocol──▶ described
       └────────resume───────────┴── (as the session was)

Rules: before identify or resume only heartbeats are taken (4003); a second identify is one too many (4005);
a client that is not heard for `HEARTBEAT_TOLERANCE` intervals has gone (4009); one that says nothing at all
after the greeting is closed after `IDENTIFY_WITHIN_S`. Source: Discord, "Voice Connections".
"""

from attrs import define

from sandbox.voice.session import Session
from sandbox.voice.values import ConnectionId

HEARTBEAT_INTERVAL_S = 13.75
"""What Discord's voice servers ask for."""

HEARTBEAT_TOLERANCE = 1.5
IDENTIFY_WITHIN_S = 20.0


@define(kw_only=True, eq=False)
class Connection:
    """A WebSocket that is open.

    Args:
        heard_at: monotonic seconds of the last heartbeat, or of the greeting.
        interval_s: of the heartbeats, as told in hello.
        session: what it identified or resumed as.
    """

    id: ConnectionId
    version: int
    heard_at: float
    interval_s: float = HEARTBEAT_INTERVAL_S
    session: Session | None = None

    def deadline(self) -> float:
        """When silence becomes the end of it (monotonic seconds)."""
        patience_s = IDENTIFY_WITHIN_S if self.session is None else self.interval_s * HEARTBEAT_TOLERANCE
        return self.heard_at + patience_s
