"""How much of the global limit answers are about to need: what reactions go by. A core; time is an argument.

Imports nothing of ours. Whatever is no reaction is an answer here. A place that a reaction takes is held for
more than a second, so it must not be one that an answer wants within this second. Two things tell:

- An answer has just been asked for. Its like often come together (the commands of a burst, the panels behind
  them), and it is on its way to the network right now: reactions keep quiet for ``QUIET_S``. While answers
  never stop they may speak once in ``LONGEST_QUIET_S``.
- Answers come faster than they did. If they go on like in the last ``LATELY_S``, so many more places will be
  held than now, and are left free.

Failure mode: what nobody could foresee, more answers at once than the limiter keeps places for in any case,
after a second in which there were few. Then some wait until the places of that second are free again.
"""

from collections import deque

import attrs

QUIET_S = 0.025
"""Less than the distance of answers that leave reactions a place, so that quiet alone never silences them."""
LONGEST_QUIET_S = 0.25
SPEAKING_S = 0.02
"""After the longest quiet: enough for one reaction."""
LATELY_S = 0.25
WINDOW_S = 1.0


@attrs.define
class Forecast:
    """When answers were asked for, in monotonic seconds; those of the last second that take a place."""

    quiet_until: float = float("-inf")
    _quiet_since: float = float("-inf")
    _times: deque[float] = attrs.field(factory=deque[float])

    def note(self, now: float, *, takes_place: bool) -> None:
        """Note that an answer was asked for; ``takes_place``: the global limit counts it."""
        longest = self._quiet_since + LONGEST_QUIET_S
        if now >= self.quiet_until and not longest <= now < longest + SPEAKING_S:
            self._quiet_since, longest = now, now + LONGEST_QUIET_S
        self.quiet_until = min(now + QUIET_S, longest)
        if takes_place:
            self._times.append(now)
            while self._times[0] + WINDOW_S <= now:
                self._times.popleft()

    def more(self, now: float) -> int:
        """How many more places than now answers will hold within a second if they go on like this."""
        lately = sum(time + LATELY_S > now for time in self._times)
        in_all = sum(time + WINDOW_S > now for time in self._times)
        return max(0, round(lately * WINDOW_S / LATELY_S) - in_all)

    def changes_at(self, now: float) -> float | None:
        """When it will say something else if nothing is asked for until then."""
        if now < self.quiet_until:
            return self.quiet_until
        return min((time + LATELY_S for time in self._times if time + LATELY_S > now), default=None)
