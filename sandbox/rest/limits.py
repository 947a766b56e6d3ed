"""Rate limits as Discord has them: buckets by route and top-level resource, a global one, and a ban.

A bucket opens a window with its first request and fills it; when it is full, 429 until the window ends.
Buckets are named by a hash that says nothing about the route. Interaction callbacks and follow-ups do not
count against the global limit. After ``max_invalid`` answers of 401, 403 or 429 (but shared ones) within
ten minutes, the address is banned: 429 without JSON. No I/O.

Source: Rate Limits topic; the numbers of single routes are not published, these are what clients meet.
"""

import hashlib
from collections import deque
from enum import Enum

from attrs import define, field, frozen

INVALID_WINDOW_S = 600.0
CHANNEL_WRITES = 20028
"""Source: JSON Error Codes: the channel's own write limit, shared by everybody who writes there."""


class LimitMode(Enum):
    """How strict."""

    OFF = "off"
    REACTIONS = "reactions"
    """Of reactions only: to see what waiting for them does to everything else."""
    REAL = "real"


@frozen(kw_only=True)
class Rule:
    """So many requests in a window; rules of the same ``name`` share their buckets."""

    name: str
    limit: int
    window_s: float


DEFAULT_RULE = Rule(name="default", limit=50, window_s=1.0)
MESSAGE_CREATE = Rule(name="message-create", limit=5, window_s=5.0)
MESSAGE_EDIT = Rule(name="message-edit", limit=5, window_s=5.0)
MESSAGE_DELETE = Rule(name="message-delete", limit=5, window_s=1.0)
REACTION = Rule(name="reaction", limit=1, window_s=0.25)
TYPING = Rule(name="typing", limit=5, window_s=5.0)
MEMBER_EDIT = Rule(name="member-edit", limit=10, window_s=10.0)
COMMANDS = Rule(name="commands", limit=5, window_s=20.0)
FOLLOW_UP = Rule(name="webhook", limit=5, window_s=5.0)
CALLBACK = Rule(name="callback", limit=50, window_s=1.0)


@frozen(kw_only=True)
class Limited:
    """The request must wait."""

    retry_after_s: float
    scope: str
    """``user``, ``shared`` or ``global``."""
    code: int | None = None
    """Of the JSON error, where there is one."""


@frozen(kw_only=True)
class Verdict:
    """What a request's answer says about limits, and whether it is one."""

    headers: dict[str, str]
    limited: Limited | None = None
    banned: bool = False


@define
class _Bucket:
    resets_at: float
    used: int = 0


@define(kw_only=True)
class RateLimits:
    """All buckets."""

    mode: LimitMode = LimitMode.OFF
    rules: dict[str, Rule] = field(factory=dict[str, Rule])
    """Replacements, by a rule's name."""
    global_per_s: int = 50
    max_invalid: int = 10_000
    _buckets: dict[tuple[str, str], _Bucket] = field(factory=dict[tuple[str, str], _Bucket], init=False)
    _shared: dict[str, float] = field(factory=dict[str, float], init=False)
    _global: _Bucket = field(factory=lambda: _Bucket(0.0), init=False)
    _invalid_at: deque[float] = field(factory=deque[float], init=False)

    def take(self, rule: Rule, major: str, now: float, wall: float, *, interaction: bool) -> Verdict:
        """Count a request.

        Args:
            rule: the route's.
            major: the top-level resource (channel, guild, webhook with token).
            now: monotonic seconds.
            wall: seconds since 1970, for ``X-RateLimit-Reset``.
            interaction: exempt from the global limit.
        """
        if self._is_free(rule):
            return Verdict(headers={})
        if self._is_banned(now):
            return Verdict(headers={}, banned=True)
        is_global = self.mode is LimitMode.REAL and not interaction
        if is_global and not _take(self._global, self.global_per_s, 1.0, now):
            wait = self._global.resets_at - now
            return Verdict(headers={}, limited=Limited(retry_after_s=wait, scope="global"))
        rule = self.rules.get(rule.name, rule)
        bucket = self._buckets.setdefault((rule.name, major), _Bucket(0.0))
        shared_until = self._shared.get(rule.name, 0.0)
        if shared_until > now:
            headers = self._headers(rule, bucket, now, wall)
            return Verdict(headers=headers, limited=_shared(rule, shared_until - now))
        fits = _take(bucket, rule.limit, rule.window_s, now)
        headers = self._headers(rule, bucket, now, wall)
        if fits:
            return Verdict(headers=headers)
        wait = bucket.resets_at - now
        return Verdict(headers=headers, limited=Limited(retry_after_s=wait, scope="user"))

    def fill_shared(self, rule: Rule, until: float) -> None:
        """Let others use up a shared limit until then (monotonic seconds)."""
        self._shared[rule.name] = until

    def count_answer(self, status: int, now: float, *, shared: bool) -> None:
        """Count an answer that may be one of a broken client's."""
        if status in {401, 403} or (status == 429 and not shared):
            self._invalid_at.append(now)

    def invalid_requests(self, now: float) -> int:
        """Return how many bad requests there were in the last ten minutes."""
        while self._invalid_at and now - self._invalid_at[0] >= INVALID_WINDOW_S:
            self._invalid_at.popleft()
        return len(self._invalid_at)

    def _is_free(self, rule: Rule) -> bool:
        return self.mode is LimitMode.OFF or (self.mode is LimitMode.REACTIONS and rule.name != REACTION.name)

    def _is_banned(self, now: float) -> bool:
        return self.invalid_requests(now) >= self.max_invalid

    def _headers(self, rule: Rule, bucket: _Bucket, now: float, wall: float) -> dict[str, str]:
        left = max(0.0, bucket.resets_at - now)
        return {
            "x-ratelimit-limit": str(rule.limit),
            "x-ratelimit-remaining": str(max(0, rule.limit - bucket.used)),
            "x-ratelimit-reset": f"{wall + left:.3f}",
            "x-ratelimit-reset-after": f"{left:.3f}",
            "x-ratelimit-bucket": hashlib.sha256(rule.name.encode()).hexdigest()[:32],
        }


def _shared(rule: Rule, wait_s: float) -> Limited:
    writes = rule.name in {MESSAGE_CREATE.name, MESSAGE_EDIT.name}
    return Limited(retry_after_s=wait_s, scope="shared", code=CHANNEL_WRITES if writes else None)


def _take(bucket: _Bucket, limit: int, window_s: float, now: float) -> bool:
    if now >= bucket.resets_at:
        bucket.used, bucket.resets_at = 0, now + window_s
    if bucket.used >= limit:
        return False
    bucket.used += 1
    return True
