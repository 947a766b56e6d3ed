"""The guard against Cloudflare's ban: counts the answers that Discord calls invalid, and says when to stop.

10,000 invalid answers (401, 403, 429 except of scope ``shared``) within ten minutes ban the *address*, the
owner's other bots and all. The guard closes at a fifth of that, opens by itself as the old answers leave the
window, and is shared by everything that talks to Discord's REST interface. A core: time is an argument,
nothing of ours is imported.

Source: Discord, "Rate Limits", section "Invalid Request Limit aka Cloudflare bans".
"""

from collections import deque

WINDOW_S = 600.0
STOP_AT = 2_000

_INVALID = {401, 403, 429}


class InvalidGuard:
    """A sliding count. Open while fewer than ``stop_at`` invalid answers lie in the last ten minutes."""

    def __init__(self, *, stop_at: int = STOP_AT) -> None:
        self._stop_at = stop_at
        self._seen: deque[float] = deque(maxlen=stop_at)

    def record(self, status: int, *, shared: bool, now: float) -> None:
        """Count one answer; ``shared`` is the scope of a 429."""
        if status in _INVALID and not (status == 429 and shared):
            self._seen.append(now)

    def count(self, now: float) -> int:
        """Invalid answers within the last ten minutes."""
        while self._seen and self._seen[0] <= now - WINDOW_S:
            self._seen.popleft()
        return len(self._seen)

    def closed_s(self, now: float) -> float:
        """Seconds until something may be sent again; 0 while the guard is open."""
        if self.count(now) < self._stop_at:
            return 0.0
        return self._seen[0] + WINDOW_S - now
