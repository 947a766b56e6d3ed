"""Time and new snowflakes for the model. Imports only ids.

A snowflake holds milliseconds since Discord's epoch in its upper 42 bits; the sandbox counts in the lower 22,
so that ids are unique, rise in order of creation, and are the same in every run that reads the same clock.

Source: Discord API reference, section "Snowflakes".
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from attrs import define, frozen

DISCORD_EPOCH_MS = 1_420_070_400_000
"""2015-01-01T00:00:00Z in milliseconds since 1970."""


@frozen(kw_only=True)
class Clock:
    """Where time comes from."""

    now: Callable[[], float]
    """Monotonic seconds."""
    wall: Callable[[], float]
    """Seconds since 1970."""

    def date(self) -> datetime:
        """Return the wall time as an aware date."""
        return datetime.fromtimestamp(self.wall(), UTC)


SYSTEM_CLOCK = Clock(now=time.monotonic, wall=time.time)


@define
class Snowflakes:
    """Gives ids that rise strictly, also when the clock stands still or goes back."""

    _wall: Callable[[], float]
    _last: int = 0

    def next(self) -> int:
        """Return an id that was never given before."""
        fresh = (int(self._wall() * 1000) - DISCORD_EPOCH_MS) << 22
        self._last = max(fresh, self._last + 1)
        return self._last

    def skip_past(self, snowflake: int) -> None:
        """Never give ``snowflake`` or one below it (after a saved world was read)."""
        self._last = max(self._last, snowflake)


def created_at(snowflake: int) -> datetime:
    """Return when a snowflake was made."""
    return datetime.fromtimestamp(((snowflake >> 22) + DISCORD_EPOCH_MS) / 1000, UTC)


@define
class Tokens:
    """Unguessable-looking strings that are the same in every run: a local Discord has no secrets."""

    _count: int = 0

    def next(self, prefix: str, snowflake: int) -> str:
        """Return a token that no other call returned."""
        self._count += 1
        return f"{prefix}{snowflake:x}{self._count:06x}"
