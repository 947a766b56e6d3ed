"""What the session core asks its shell to do. Frozen values; the shell performs them in order.

`Step` answers "what now?" between connections: wait, dial, or stop for good. `Action` is what an input
brought about while connected.
"""

from attrs import frozen

from gateway_client.events import Received


@frozen(kw_only=True)
class Wait:
    """Nothing to do before `until`, on the clock of the inputs."""

    until: float


@frozen(kw_only=True)
class Dial:
    """Open a WebSocket to `url`, which names the query too; then say `opened` or `dial_failed`."""

    url: str


@frozen(kw_only=True)
class Stop:
    """The session is over; `Session.error` says why, if it was not wished."""


Step = Wait | Dial | Stop


@frozen(kw_only=True)
class Send:
    """Put a text message on the wire. It may hold the token, so it has no `repr` of its own."""

    text: bytes

    def __repr__(self) -> str:
        return f"Send({len(self.text)} bytes)"


@frozen(kw_only=True)
class Deliver:
    """Give the event to the house, now."""

    received: Received


@frozen(kw_only=True)
class Close:
    """Close the WebSocket with `code`, within a short time, and say `lost`."""

    code: int


@frozen(kw_only=True)
class AskToIdentify:
    """Ask the identify gate, and say `permitted` when the turn has come."""


@frozen(kw_only=True)
class Note:
    """One line for the log."""

    level: int
    text: str


Action = Send | Deliver | Close | AskToIdentify | Note
