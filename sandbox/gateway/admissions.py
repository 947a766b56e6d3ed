"""How many identifies are allowed: ``max_concurrency`` per five seconds, and so many sessions a day. No I/O.

Source: Gateway, sections "Rate Limiting", "Max Concurrency" and "Session Start Limit Object".
"""

from attrs import define, field

IDENTIFY_WINDOW_S = 5.0
DAY_S = 86_400.0


@define(kw_only=True)
class StartLimit:
    """What ``/gateway/bot`` tells, and what identify obeys."""

    total: int = 1_000
    max_concurrency: int = 1
    enforce_concurrency: bool = True
    _used_at: list[float] = field(factory=list[float])
    _last_by_key: dict[int, float] = field(factory=dict[int, float])

    def remaining(self, now: float) -> int:
        """Return how many sessions may still be started today."""
        self._used_at = [at for at in self._used_at if now - at < DAY_S]
        return max(0, self.total - len(self._used_at))

    def reset_after_s(self, now: float) -> float:
        """Return when the first of today's starts is forgotten."""
        return self._used_at[0] + DAY_S - now if self._used_at else 0.0

    def take(self, shard_id: int, now: float) -> bool:
        """Count an identify; False if its place among concurrent ones is taken for now."""
        key = shard_id % self.max_concurrency
        last = self._last_by_key.get(key)
        if self.enforce_concurrency and last is not None and now - last < IDENTIFY_WINDOW_S:
            return False
        self._last_by_key[key] = now
        self._used_at.append(now)
        return True
