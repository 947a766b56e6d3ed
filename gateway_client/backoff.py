"""Waiting between attempts, longer each time, never in step with others.

One idea, shared by everything that dials again: the gateway shards, the voice connections, the REST outbox.
It draws the whole delay at random ("full jitter"), because many clients that lost the same server at the same
instant would otherwise come back at the same instant.

Imports nothing of ours and no trio; randomness is an argument. A machine of one number: how many attempts
have failed since `reset`.
"""

from collections.abc import Callable

from attrs import define, field, validators

SHORTEST_SHARE = 0.1
"""The least part of the current ceiling that is waited, so that no delay is ever zero."""


@define(kw_only=True)
class Backoff:
    """Exponential delays with full jitter.

    Args:
        first_s: ceiling of the first delay, in seconds, greater than zero.
        limit_s: no delay is ever longer than this, in seconds.
        factor: each ceiling is the one before times this.
    """

    first_s: float = field(default=1.0, validator=validators.gt(0))
    limit_s: float = field(default=60.0, validator=validators.gt(0))
    factor: float = field(default=2.0, validator=validators.ge(1))
    _ceiling_s: float = field(default=0.0, init=False)

    def next_delay(self, random: Callable[[], float]) -> float:
        """Seconds to wait before the next attempt.

        Args:
            random: draws a float in [0, 1), such as `random.Random().random`.

        Returns:
            A delay in [0.1 x ceiling, ceiling]; the ceiling is `first_s` at first and grows by `factor` up to
            `limit_s` with each call.
        """
        grown_s = self._ceiling_s * self.factor if self._ceiling_s else self.first_s
        self._ceiling_s = min(grown_s, self.limit_s)
        share = SHORTEST_SHARE + (1 - SHORTEST_SHARE) * random()
        return self._ceiling_s * share

    def reset(self) -> None:
        """Forget the failures: the attempt succeeded, and the next delay is a first one again."""
        self._ceiling_s = 0.0
