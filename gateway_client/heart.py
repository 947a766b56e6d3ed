"""The heartbeat of one connection: when to beat, and whether the other side still lives.

The first beat comes after a random part of the interval, so that a thousand shards do not beat together.
Any frame counts as life, not only the acknowledgement: a connection is a zombie when a whole interval
passed without either. Imports nothing; time and randomness are arguments; cannot fail.

Source: Gateway, "Sending Heartbeats".
"""

import math
from collections.abc import Callable

from attrs import define


@define(kw_only=True)
class Heart:
    """Beats every `interval_s`.

    Attributes:
        alive: a frame arrived since the last beat; whoever reads frames sets it.
        latency_s: from the last acknowledged beat to its acknowledgement, None before the first.
        acked_at: when the last acknowledgement came.
    """

    interval_s: float = math.inf
    beat_at: float = math.inf
    alive: bool = True
    latency_s: float | None = None
    acked_at: float | None = None
    sent_at: float | None = None
    _unanswered: bool = False

    def start(self, interval_s: float, now: float, random: Callable[[], float]) -> None:
        """Begin, as HELLO says."""
        self.interval_s = interval_s
        self.beat_at = now + interval_s * random()

    def is_dead(self, now: float) -> bool:
        """Whether a beat is due while the one before stands unanswered, and nothing else was heard either."""
        return now >= self.beat_at and self._unanswered and not self.alive

    def beat(self, now: float) -> None:
        """A scheduled beat leaves."""
        self.beat_at = now + self.interval_s
        self.alive = False
        self.sent(now)

    def sent(self, now: float) -> None:
        """A beat leaves, scheduled or requested; a requested one changes nothing in the schedule."""
        self.sent_at = now
        self._unanswered = True

    def acknowledge(self, now: float) -> None:
        """Op 11 arrived; one that answers nothing is not counted."""
        if self._unanswered and self.sent_at is not None:
            self.latency_s = now - self.sent_at
            self.acked_at = now
            self._unanswered = False
