"""Who may identify when: Discord's limits on starting sessions, for all shards of the process together.

Shards with the same `shard_id % max_concurrency` share a bucket; a bucket takes one identify per 5 s, lower
shards first. Over all of them only so many sessions may be started per day; when none is left, everybody
waits for the reset – going over would make Discord reset the token. Imports `objects`; time is an argument;
cannot fail.

Source: Gateway, "Session Start Limit Object", "Max Concurrency", "Identifying".
"""

import math

from attrs import Factory, define

from gateway_client.objects import SessionStartLimit

SPACING_S = 5.25
"""Between two identifies of one bucket: Discord's 5 s, and some for the jitter of the network."""

DAY_S = 86_400.0
"""After a reset, the next one."""


@define(kw_only=True)
class IdentifyGate:
    """Figures of `GET /gateway/bot`, counted on between two looks at it."""

    max_concurrency: int = 1
    total: int = 1000
    remaining: int = 1000
    reset_at: float = math.inf
    _waiting: list[int] = Factory(list[int])
    _free_at: dict[int, float] = Factory(dict[int, float])

    def update(self, limit: SessionStartLimit, now: float) -> None:
        """Take over fresh figures from Discord."""
        self.max_concurrency = max(1, limit.max_concurrency)
        self.total = limit.total
        self.remaining = limit.remaining
        self.reset_at = now + limit.reset_after / 1000

    def ask(self, shard_id: int) -> None:
        """A shard wants to identify; asking twice is asking once."""
        if shard_id not in self._waiting:
            self._waiting.append(shard_id)
            self._waiting.sort()

    def withdraw(self, shard_id: int) -> None:
        """The shard lost its connection and will ask again."""
        if shard_id in self._waiting:
            self._waiting.remove(shard_id)

    @property
    def is_wanted(self) -> bool:
        """Somebody waits."""
        return bool(self._waiting)

    def take(self, now: float) -> tuple[int, ...]:
        """The shards that may identify now; each is counted as a session start."""
        if self.remaining <= 0 and now >= self.reset_at:
            self.remaining = self.total
            self.reset_at = now + DAY_S
        granted: list[int] = []
        for shard_id in self._waiting:
            bucket = shard_id % self.max_concurrency
            if self.remaining > 0 and self._free_at.get(bucket, -math.inf) <= now:
                self._free_at[bucket] = now + SPACING_S
                self.remaining -= 1
                granted.append(shard_id)
        self._waiting = [shard_id for shard_id in self._waiting if shard_id not in granted]
        return tuple(granted)

    def next_deadline(self) -> float:
        """When `take` may grant something next; infinity if nobody waits."""
        if not self._waiting:
            return math.inf
        if self.remaining <= 0:
            return self.reset_at
        buckets = {shard_id % self.max_concurrency for shard_id in self._waiting}
        return min(self._free_at.get(bucket, -math.inf) for bucket in buckets)
