"""What an answer of Discord's says about rate limits, read from its status, headers and body.

Pure; imports nothing of ours. Header names are taken in lower case. Nonsense in a header counts as absent: a
proxy in between must not be able to stop the bot.

Source: Discord, "Rate Limits", sections "Header Format" and "Exceeding A Rate Limit".
"""

import enum
import math
from collections.abc import Mapping

import attrs
import msgspec

MAX_WAIT_S = 86_400.0
"""Longer waits than a day are not believed."""

DEFAULT_RETRY_S = 5.0
"""How long a 429 that says nothing keeps us away."""


class Scope(enum.Enum):
    """Whom a 429 is about."""

    USER = "user"
    SHARED = "shared"
    GLOBAL = "global"
    ADDRESS = "address"
    """Not from Discord's interface but from the wall before it: everything from this address stops."""


@attrs.frozen(kw_only=True)
class Limits:
    """The window that counted a request. ``reset_after_s`` counts from when Discord answered."""

    bucket: str
    limit: int
    remaining: int
    reset_after_s: float


@attrs.frozen(kw_only=True)
class Verdict:
    """What the limiter needs to know of an answer; ``retry_after_s`` and ``scope`` are of a 429."""

    status: int
    limits: Limits | None = None
    retry_after_s: float = 0.0
    scope: Scope = Scope.USER


class _TooMany(msgspec.Struct):
    """The body of a 429."""

    retry_after: float | None = None
    is_global: bool = msgspec.field(default=False, name="global")


def parse_verdict(status: int, headers: Mapping[str, str], body: bytes) -> Verdict:
    """Read one answer. ``headers`` has lower-case names; ``body`` counts for a 429 only."""
    limits = _parse_limits(headers)
    if status != 429:
        return Verdict(status=status, limits=limits)
    told = _parse_body(body)
    return Verdict(
        status=status,
        limits=limits,
        retry_after_s=_retry_after_s(headers, told),
        scope=_parse_scope(headers, told),
    )


def _retry_after_s(headers: Mapping[str, str], told: _TooMany | None) -> float:
    """Prefer the body, which has decimals; the header is the same rounded up to a second."""
    if told is not None and told.retry_after is not None and 0 <= told.retry_after <= MAX_WAIT_S:
        return told.retry_after
    in_header = _parse_seconds(headers.get("retry-after"))
    return DEFAULT_RETRY_S if in_header is None else in_header


def _parse_limits(headers: Mapping[str, str]) -> Limits | None:
    bucket = headers.get("x-ratelimit-bucket")
    limit = _parse_seconds(headers.get("x-ratelimit-limit"))
    remaining = _parse_seconds(headers.get("x-ratelimit-remaining"))
    reset_after_s = _parse_seconds(headers.get("x-ratelimit-reset-after"))
    if not bucket or limit is None or remaining is None or reset_after_s is None:
        return None
    return Limits(bucket=bucket, limit=int(limit), remaining=int(remaining), reset_after_s=reset_after_s)


def _parse_scope(headers: Mapping[str, str], told: _TooMany | None) -> Scope:
    scope = headers.get("x-ratelimit-scope", "").lower()
    if scope == "shared":
        return Scope.SHARED
    if scope == "global" or "x-ratelimit-global" in headers or (told is not None and told.is_global):
        return Scope.GLOBAL
    if scope == "user" or told is not None:
        return Scope.USER
    return Scope.ADDRESS


def _parse_body(body: bytes) -> _TooMany | None:
    try:
        return msgspec.json.decode(body, type=_TooMany, strict=False)
    except msgspec.DecodeError:
        return None


def _parse_seconds(text: str | None) -> float | None:
    try:
        number = float(text) if text is not None else math.nan
    except ValueError:
        return None
    return number if 0 <= number <= MAX_WAIT_S else None
