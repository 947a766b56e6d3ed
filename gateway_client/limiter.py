"""The send limit of one gateway connection: 120 frames in 60 seconds, or Discord closes with 4008.

A sliding window over the instants of sending, exact for every window. Heartbeats have a share of their own,
so that no burst of commands can starve them. The window is a little longer than Discord's: what leaves us
60 s apart may arrive closer together. Imports nothing; time is an argument; cannot fail.

Source: Gateway, "Rate Limiting".
"""

import math
from collections import deque

from attrs import Factory, define

FRAMES = 120
"""Frames that Discord takes in `PERIOD_S` from one connection."""

PERIOD_S = 60.0
"""Discord's window."""

SLACK_S = 1.0
"""Added to the window against jitter of the network."""

WINDOW_S = PERIOD_S + SLACK_S

RESERVE = 8
"""Frames that only heartbeats may use: two per window by schedule, the rest when Discord asks."""


@define(kw_only=True)
class SendLimiter:
    """Counts one connection's frames; a new connection starts with a new limiter."""

    _sent: deque[float] = Factory(deque[float])

    def allows(self, now: float, *, reserved: bool = False) -> bool:
        """Whether a frame may leave now; `reserved` is for heartbeats."""
        while self._sent and self._sent[0] + WINDOW_S <= now:
            self._sent.popleft()
        return len(self._sent) < (FRAMES if reserved else FRAMES - RESERVE)

    def count(self, now: float) -> None:
        """A frame left."""
        self._sent.append(now)

    def free_at(self) -> float:
        """When `allows` holds for an ordinary frame; minus infinity if nothing has to expire first."""
        over = len(self._sent) - (FRAMES - RESERVE)
        return self._sent[over] + WINDOW_S if over >= 0 else -math.inf
